"""The panel that is docked in napari's window."""

from typing import Any

from magicgui.widgets import Container, Label, ProgressBar, PushButton
from napari.components import ViewerModel
from napari.layers import Image, Layer
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import QSizePolicy

from napari_kmeans.core.free_memory import free_memory
from napari_kmeans.core.lazy.chunks import ChunkError
from napari_kmeans.core.progress import Progress
from napari_kmeans.layers.clusterings import (
    clustering_from,
    clustering_of,
    show_segmentation,
    sources_of,
)
from napari_kmeans.layers.memory_needed import memory_to_segment
from napari_kmeans.layers.source_pixels import PixelSelection, read_source
from napari_kmeans.layers.units import in_pixels, space_axes
from napari_kmeans.widgets.aligned_rows import align
from napari_kmeans.widgets.areas.areas_section import AreasSection
from napari_kmeans.widgets.clean_up_section import CleanUp
from napari_kmeans.widgets.describing import describe
from napari_kmeans.widgets.edits_question import EditsAnswer, EditsQuestion
from napari_kmeans.widgets.image_choice import ImageChoice
from napari_kmeans.widgets.last_used import load_settings, save_settings
from napari_kmeans.widgets.memory_question import (
    MemoryQuestion,
    describe_blocks,
    describe_memory,
)
from napari_kmeans.widgets.models_choice import ModelsChoice
from napari_kmeans.widgets.region_form import RegionForm
from napari_kmeans.widgets.run import Result, Run
from napari_kmeans.widgets.scroll_area import ScrollingContainer
from napari_kmeans.widgets.segments_table.segments_section import SegmentsSection
from napari_kmeans.widgets.settings_form import DEFAULTS, SettingsForm
from napari_kmeans.widgets.start_page import StartPage
from napari_kmeans.widgets.storing import StoringSection

EXPECTED_ERRORS = (ValueError, TypeError, MemoryError, ChunkError)
"""Errors whose message tells the user what is wrong with the image or the settings."""


class KMeansPanel(ScrollingContainer):
    """Choose an image and a number of segments, and press Segment."""

    def __init__(self, napari_viewer: ViewerModel) -> None:
        # napari hands plugins a proxy, whose layers are proxies too: they are compared
        # by identity here.
        self._viewer: ViewerModel = getattr(napari_viewer, "__wrapped__", napari_viewer)
        self._run: Run | None = None
        self._waiting: Result | None = None

        self.start_page = StartPage(self._viewer)
        self.input = ImageChoice(self._images)
        self.image = self.input.image
        self.form = SettingsForm(load_settings(DEFAULTS))
        self.region = RegionForm(self._viewer, self._is_own_output)
        self.models = ModelsChoice()
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
        self.memory = MemoryQuestion()
        self.status = Label(value="")
        self.segments = SegmentsSection()
        self.clean_up = CleanUp(lambda: self.segments.view.selected_values)
        self.areas = AreasSection()
        self.storing = StoringSection()
        self.job: Container[Any] = Container(
            widgets=[
                self.input,
                self.form.main,
                self.region,
                self.models,
                self.form.advanced,
                self.segment_button,
                self.running,
                self.question,
                self.memory,
                self.status,
                self.segments,
                self.clean_up,
                self.areas,
                self.storing,
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

    def segment(self, *, out_of_core: bool = False) -> None:
        """Cluster the chosen image; a run that is under way is stopped first."""
        self.cancel()
        try:
            run = self._new_run(out_of_core)
            needed = 0 if out_of_core else memory_to_segment(run.pixels, run.settings)
        except EXPECTED_ERRORS as error:
            self._say(str(error))
            return
        free = free_memory()
        if needed > free:
            self._refuse(run, needed, free)
            return
        save_settings(self.form.chosen)
        run.progressed.connect(self._on_progress)
        run.succeeded.connect(self._on_success)
        run.failed.connect(self._on_failure)
        run.stopped.connect(self._on_stopped)
        self._run = run
        self._say("")
        self.progress_bar.value = 0
        self._show_actions()
        run.start()

    def _refuse(self, run: Run, needed: int, free: int) -> None:
        """Say that a run would not fit into memory, and offer what would."""
        if run.pixels.is_lazy:
            self._say(describe_blocks(run.source_name, needed, free))
            return
        self._say(describe_memory(run.source_name, needed, free))
        self.memory.ask()
        self._show_actions()

    def _new_run(self, out_of_core: bool) -> Run:
        """Make a run of what the panel says."""
        sources = self.input.sources
        if sources is None:
            what = "Tick at least one channel" if self.input.layers else "Open an image"
            raise ValueError(f"{what} first, then press Segment.")
        detail = self.form.detail
        selection = PixelSelection(
            self.region.region,
            self.region.labels_all,
            detail.background_value,
            detail.leaves_out_saturated,
            self.models.slice_axis,
        )
        pixels = read_source(sources, selection)
        axes = space_axes(sources, in_3d=bool(detail.in_3d.value))
        settings = self.input.settings_for(sources, self.form.settings)
        settings = in_pixels(settings, sources, axes)
        if out_of_core:
            pixels = pixels.out_of_core()
        return Run(self._viewer, pixels, settings, self.input.shown_parts)

    def cancel(self) -> None:
        """Stop what is running, or drop the result that waits for an answer."""
        if self._run is not None:
            self._run.stop("Cancelled. The previous result stays.")
        if self._waiting is not None:
            self._waiting = None
            self._say("The new result was discarded. Your edits are as they were.")
        if self.memory.is_asking:
            self.memory.close_question()
            self._say("")
        self._show_actions()

    # How the panel looks

    def _arrange(self) -> None:
        """Set what magicgui has no words for."""
        self.status.visible = False
        rows = [self.input.rows, self.input.look, self.form.main]
        align([*rows, self.region.rows, self.models])
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
        is_busy = self._run is not None or self._waiting is not None
        self.segment_button.visible = not (is_busy or self.memory.is_asking)

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
        layers.selection.events.changed.connect(self._preselect)
        self.input.chosen.connect(self._on_input_chosen)
        self.segment_button.changed.connect(self.segment)
        self.cancel_button.changed.connect(self.cancel)
        self.question.answered.connect(self._on_answer)
        self.memory.go_button.changed.connect(lambda: self.segment(out_of_core=True))
        self.memory.leave_button.changed.connect(self.cancel)
        self.clean_up.said.connect(self._say)
        self.areas.said.connect(self._say)
        self.storing.said.connect(self._say)
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
        layers.selection.events.changed.disconnect(self._preselect)
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
            if isinstance(layer, Image) and sources_of(self._viewer, layer) is None
        ]

    def _is_own_output(self, layer: Layer) -> bool:
        """Tell whether a layer shows the segments of what is to be clustered."""
        sources = self.input.sources
        return sources is not None and sources_of(self._viewer, layer) == sources

    def _on_layers_changed(self, _event: Any = None) -> None:
        self._drop_result_without_source()
        self.input.refresh()
        self.region.refresh()
        has_images = bool(self._images())
        self.start_page.visible = not has_images
        self.job.visible = has_images

    def _drop_result_without_source(self) -> None:
        """Close the question when the layer it is about has been removed."""
        result = self._waiting
        if result is None:
            return
        if all(layer in self._viewer.layers for layer in result.sources.layers):
            return
        self._waiting = None
        self._say(
            f"'{result.source_name}' was removed, so its new result was discarded."
        )
        self._show_actions()

    def _preselect(self, _event: Any = None) -> None:
        """Choose the images that are selected, or the sources of an active output."""
        selection = self._viewer.layers.selection
        selected = [image for image in self._images() if image in selection]
        sources = sources_of(self._viewer, selection.active)
        if selected:
            self.input.choose(selected)
        elif sources is not None and set(sources.layers) <= set(self._images()):
            self.input.choose_like(sources)
        self._show_segments()

    def _on_input_chosen(self) -> None:
        """Offer what suits the layers that are to be clustered."""
        sources = self.input.sources
        if sources is not None:
            self.form.has_colors = sources.is_colors
            self.form.detail.show_sources(sources)
            self.models.show_sources(sources)
            self.region.show_sources(sources)
        self._show_segments()

    def _show_segments(self) -> None:
        """Show the segments of the active layer, or else those of the chosen image."""
        active, sources = self._viewer.layers.selection.active, self.input.sources
        clustering = None
        if sources_of(self._viewer, active) is not None:
            clustering = clustering_of(self._viewer, active)
        elif sources is not None:
            clustering = clustering_from(self._viewer, sources)
            clustering = clustering or clustering_of(self._viewer, sources.first)
        self.segments.show_segments(clustering)
        self.clean_up.show_segments(clustering)
        self.clean_up.visible = clustering is not None
        self.areas.show_segments(clustering)
        self.storing.show_segments(clustering)

    # A run and its end

    def _on_progress(self, progress: Progress) -> None:
        self.progress_bar.value = round(100 * progress.fraction)
        self._say(f"{progress.phase} …")

    def _on_success(self, result: Result) -> None:
        self._run = None
        clustering = clustering_from(self._viewer, result.sources)
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
            result.sources,
            result.segmentation,
            keep_edits=keep_edits,
            in_new_layers=in_new_layers,
            pixels=result.pixels,
            channels_as=result.parts,
        )
        self._show_segments()
        self._say(describe(result))
