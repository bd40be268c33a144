"""The panel that is docked in napari's window."""

from typing import Any

from magicgui.widgets import Container, Label, ProgressBar, PushButton
from napari.components import ViewerModel
from napari.layers import Image
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import QSizePolicy

from napari_kmeans.core.progress import Progress
from napari_kmeans.layers.outputs import clustering_of, show_segmentation, source_of
from napari_kmeans.widgets.areas.section import AreasSection
from napari_kmeans.widgets.edits_question import EditsAnswer, EditsQuestion
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox
from napari_kmeans.widgets.last_used import load_settings, save_settings
from napari_kmeans.widgets.run import Result, Run
from napari_kmeans.widgets.scroll_area import ScrollingContainer
from napari_kmeans.widgets.segments.clean_up import CleanUp
from napari_kmeans.widgets.segments.section import SegmentsSection
from napari_kmeans.widgets.settings_form import DEFAULTS, SettingsForm
from napari_kmeans.widgets.start_page import StartPage

EXPECTED_ERRORS = (ValueError, TypeError, MemoryError)
"""Errors whose message tells the user what is wrong with the image or the settings."""


class KMeansPanel(ScrollingContainer):
    """Choose an image and a number of segments, and press Segment.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        The viewer whose image layers are offered.
    """

    def __init__(self, napari_viewer: ViewerModel) -> None:
        # napari hands plugins a proxy, whose layers are proxies too: they are compared
        # by identity here.
        self._viewer: ViewerModel = getattr(napari_viewer, "__wrapped__", napari_viewer)
        self._run: Run | None = None
        self._waiting: Result | None = None

        self.start_page = StartPage(self._viewer)
        self.image = ElidedComboBox(
            label="Image",
            choices=self._images,
            tooltip="The image layer whose pixels are put into segments.",
        )
        self.form = SettingsForm(load_settings(DEFAULTS))
        self.form.main.insert(0, self.image)
        self.segment_button = PushButton(
            text="Segment",
            tooltip="Cluster the image into segments (Ctrl+Enter in this panel).",
        )
        self.progress_bar = ProgressBar(min=0, max=100, tooltip="How far it has come.")
        self.cancel_button = PushButton(
            text="Cancel",
            tooltip="Stop; the previous result stays (Esc in this panel).",
        )
        self.running: Container[Any] = Container(
            widgets=[self.progress_bar, self.cancel_button],
            layout="horizontal",
            labels=False,
            visible=False,
        )
        self.running.margins = (0, 0, 0, 0)
        self.question = EditsQuestion()
        self.status = Label(value="")
        self.segments = SegmentsSection()
        self.clean_up = CleanUp(lambda: self.segments.view.selected_values)
        self.areas = AreasSection()
        self.job: Container[Any] = Container(
            widgets=[
                self.form,
                self.segment_button,
                self.running,
                self.question,
                self.status,
                self.segments,
                self.clean_up,
                self.areas,
            ],
            labels=False,
        )
        super().__init__(widgets=[self.start_page, self.job])
        self._arrange()
        self._connect()
        self._on_layers_changed()
        self._preselect()

    @property
    def is_running(self) -> bool:
        """Whether an image is being segmented now."""
        return self._run is not None

    def segment(self) -> None:
        """Cluster the chosen image; a run that is under way is stopped first."""
        self.cancel()
        source = self.image.value
        if source is None:
            self._say("Open an image first, then press Segment.")
            return
        try:
            run = Run(self._viewer, source, self.form.settings)
        except EXPECTED_ERRORS as error:
            self._say(str(error))
            return
        save_settings(run.settings)
        run.progressed.connect(self._on_progress)
        run.succeeded.connect(self._on_success)
        run.failed.connect(self._on_failure)
        run.stopped.connect(self._on_stopped)
        self._run = run
        self._say("")
        self.progress_bar.value = 0
        self._show_actions()
        run.start()

    def cancel(self) -> None:
        """Stop what is running, or drop the result that waits for an answer."""
        if self._run is not None:
            self._run.stop("Cancelled. The previous result stays.")
        if self._waiting is not None:
            self._waiting = None
            self._say("The new result was discarded. Your edits are as they were.")
            self._show_actions()

    # How the panel looks

    def _arrange(self) -> None:
        """Set what magicgui has no words for."""
        self.status.visible = False
        self.status.native.setWordWrap(True)
        self.status.native.setSizePolicy(
            QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum
        )
        self.status.native.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
        )

    def _show_actions(self) -> None:
        """Show Segment, or progress and Cancel, or the question."""
        self.running.visible = self._run is not None
        self.question.visible = self._waiting is not None
        self.segment_button.visible = self._run is None and self._waiting is None

    def _say(self, text: str) -> None:
        self.status.value = text
        self.status.visible = bool(text)  # an empty line would be a gap

    # The viewer's layers

    def _connect(self) -> None:
        """Follow the viewer, the buttons and the keys."""
        layers = self._viewer.layers
        layers.events.inserted.connect(self._on_layers_changed)
        layers.events.removed.connect(self._on_layers_changed)
        layers.events.reordered.connect(self._on_layers_changed)
        layers.events.renamed.connect(self._on_layers_changed)
        layers.selection.events.active.connect(self._preselect)
        self.image.changed.connect(self._on_image_chosen)
        self.segment_button.changed.connect(self.segment)
        self.cancel_button.changed.connect(self.cancel)
        self.question.answered.connect(self._on_answer)
        self.clean_up.said.connect(self._say)
        self.areas.said.connect(self._say)
        self.native_parent_changed.connect(self._on_parent_changed)
        self.native.destroyed.connect(self._let_go)
        self._bind("Ctrl+Return", self.segment)
        self._bind("Ctrl+Enter", self.segment)
        self._bind("Escape", self.cancel)

    def _let_go(self) -> None:
        """Stop following the viewer when the dock or the window is closed."""
        layers = self._viewer.layers
        layers.events.inserted.disconnect(self._on_layers_changed)
        layers.events.removed.disconnect(self._on_layers_changed)
        layers.events.reordered.disconnect(self._on_layers_changed)
        layers.events.renamed.disconnect(self._on_layers_changed)
        layers.selection.events.active.disconnect(self._preselect)
        self._stop_silently()

    def _on_parent_changed(self, parent: Any) -> None:
        """Stop when the dock is closed: nobody could see the result's question."""
        if parent is None:
            self._stop_silently()

    def _stop_silently(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.stopped.disconnect()
            run.stop("The panel was closed.")

    def _bind(self, key: str, action: Any) -> None:
        """Let a key act while the panel has the focus, and only then."""
        shortcut = QShortcut(QKeySequence(key), self.native)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(action)

    def _images(self, _widget: Any = None) -> list[Image]:
        """List the image layers that can be chosen: not those made from one."""
        return [
            layer
            for layer in self._viewer.layers
            if isinstance(layer, Image) and source_of(self._viewer, layer) is None
        ]

    def _on_layers_changed(self, _event: Any = None) -> None:
        self._drop_result_without_source()
        self.image.reset_choices()
        has_images = bool(self._images())
        self.start_page.visible = not has_images
        self.job.visible = has_images

    def _drop_result_without_source(self) -> None:
        """Close the question when the layer it is about has been removed."""
        result = self._waiting
        if result is not None and result.source not in self._viewer.layers:
            self._waiting = None
            self._say(
                f"'{result.source_name}' was removed, so its new result was discarded."
            )
            self._show_actions()

    def _preselect(self, _event: Any = None) -> None:
        """Choose the active layer, or the source of an active output."""
        active = self._viewer.layers.selection.active
        source = source_of(self._viewer, active) or active
        if source in self._images():
            self.image.value = source
        self._show_segments()

    def _on_image_chosen(self, image: Image | None) -> None:
        if image is not None:
            self.form.has_colors = image.rgb
        self._show_segments()

    def _show_segments(self) -> None:
        """Show the segments of the active layer, or else those of the chosen image."""
        active = self._viewer.layers.selection.active
        clustering = clustering_of(self._viewer, active)
        if clustering is None:
            clustering = clustering_of(self._viewer, self.image.value)
        self.segments.show_segments(clustering)
        self.clean_up.show_segments(clustering)
        self.clean_up.visible = clustering is not None
        self.areas.show_segments(clustering)

    # A run and its end

    def _on_progress(self, progress: Progress) -> None:
        self.progress_bar.value = round(100 * progress.fraction)
        self._say(f"{progress.phase} …")

    def _on_success(self, result: Result) -> None:
        self._run = None
        clustering = clustering_of(self._viewer, result.source)
        edited = None if clustering is None else clustering.edited_labels
        if edited is None:
            self._show(result)
        else:
            self._waiting = result
            self._say("")
            self.question.ask(edited.name)
        self._show_actions()

    def _on_answer(self, answer: EditsAnswer) -> None:
        if answer is EditsAnswer.DISCARD:
            self.cancel()
        elif self._waiting is not None:
            result, self._waiting = self._waiting, None
            self._show(
                result,
                keep_edits=answer is EditsAnswer.KEEP,
                in_new_layers=answer is EditsAnswer.NEW_LAYERS,
            )
            self._show_actions()

    def _on_failure(self, error: Exception) -> None:
        self._run = None
        self._show_actions()
        if isinstance(error, EXPECTED_ERRORS):
            self._say(str(error))
        else:
            self._say(f"Something went wrong: {error}")
            notification_manager.receive_error(type(error), error, error.__traceback__)

    def _on_stopped(self, reason: str) -> None:
        self._run = None
        self._show_actions()
        self._say(reason)

    def _show(
        self, result: Result, keep_edits: bool = False, in_new_layers: bool = False
    ) -> None:
        """Put a result into the viewer and say what it is."""
        show_segmentation(
            self._viewer,
            result.source,
            result.segmentation,
            keep_edits=keep_edits,
            in_new_layers=in_new_layers,
        )
        self._show_segments()
        self._say(describe(result))


def describe(result: Result) -> str:
    """Say in a line what a run has made, with what the user should know below it.

    Parameters
    ----------
    result : Result
        What the run has made.

    Returns
    -------
    str
        For example "5 segments · 262,144 px · 34 ms".
    """
    model, seconds = result.segmentation.model, result.seconds
    n_segments = len(model.counts)
    parts = [
        f"{n_segments} segment{'s' if n_segments != 1 else ''}",
        f"{int(model.counts.sum()):,} px",
        f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s",
    ]
    if model.n_outside:
        parts.insert(2, f"{model.n_outside:,} px in no segment")
    lines = [" · ".join(parts)]
    if model.message:
        lines.append(model.message)
    if result.source.name != result.source_name:
        lines.append(
            f"'{result.source_name}' was renamed meanwhile; "
            f"the layers are named after '{result.source.name}'."
        )
    return "\n".join(lines)
