"""The Segment button, which gives way to progress or a question."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from magicgui.widgets import PushButton
from napari.components import ViewerModel
from psygnal import Signal
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QSizePolicy

from napari_kmeans.core.kept import Kept
from napari_kmeans.core.progress import Progress
from napari_kmeans.layers.clusterings import clustering_from, show_segmentation
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.widgets.job import JobRow, message_for
from napari_kmeans.widgets.layout import Group
from napari_kmeans.widgets.links import Links
from napari_kmeans.widgets.live import Live
from napari_kmeans.widgets.question import Question
from napari_kmeans.widgets.run import (
    RunRequest,
    RunResult,
    describe,
    run_steps,
    why_too_large,
)

OUT_OF_CORE = {
    "go": (
        "Segment out of core",
        "Read the image block by block, with little memory.",
    ),
    "leave": ("Cancel", "Leave everything as it is (Esc in this panel)."),
}
"""What to do with an image that does not fit into memory."""

EDITS = {
    "keep": (
        "Keep my edits on the new result",
        "Show the new result with your edits on top.",
    ),
    "new layers": (
        "Show it in new layers",
        "Leave your layers as they are and add new ones.",
    ),
    "replace": (
        "Replace my edits",
        "Show the new result instead of your edits. Ctrl+Z brings them back.",
    ),
    "discard": ("Discard the new result", "Leave everything as it is."),
}
"""What to do with painted labels when there is a new result."""


class RunSection(Group):
    """Runs what `request` returns, shows the result, and asks where it must.

    It asks before painted labels are replaced, and before an image that does not fit
    into memory is read block by block.
    """

    said = Signal(str)
    result_shown = Signal()

    def __init__(self, viewer: ViewerModel, request: Callable[[], RunRequest]) -> None:
        self._viewer, self._request = viewer, request
        self._sources = Links()
        # A layer may be renamed meanwhile, without the user thinking of what runs.
        self._names: dict[Any, str] = {}
        self._waiting: RunResult | None = None
        self._edits = Links()  # with what the question is about, while it is asked
        self.refusal = ""  # why the last request could not be run
        self.is_live = False  # whether the last run was not asked for
        self.live = Live()
        self._kept = Kept()
        self._kept_of: Any = None  # the sources
        self.segment_button = PushButton(
            text="Segment",
            tooltip="Cluster the image into segments (Ctrl+Enter in this panel).",
        )
        self.explore_button = PushButton(
            text="Explore",
            tooltip="Open a dock with plots of the clusters, and previews for other "
            "numbers of segments.",
        )
        self.row = JobRow("Stop; the previous result stays (Esc in this panel).")
        self.question = Question(EDITS)
        self.memory = Question(OUT_OF_CORE)
        policy = QSizePolicy.Policy
        self.segment_button.native.setSizePolicy(policy.Expanding, policy.Fixed)
        self._start_row = Group(
            [self.segment_button, self.explore_button, self.live.box],
            layout="horizontal",
        )
        super().__init__([self._start_row, self.row])
        self.question.visible = self.memory.visible = False
        # While a step is being told of, nothing else may be shown.
        self._after_step = QTimer(self.native, singleShot=True, interval=0)
        self._after_step.timeout.connect(self._on_step)
        self.row.cancelled.connect(lambda: self._end("Cancelled: nothing changed."))
        self.question.answered.connect(self._on_answer)
        self.memory.answered.connect(self._on_answer)

    def segment(self, *, out_of_core: bool = False, is_live: bool = False) -> None:
        """Cluster what is requested, after stopping any run in progress."""
        self.cancel()
        self.is_live, self.live.is_due = is_live, False
        self.refusal = ""
        try:
            request = self._request()
            if out_of_core:
                request = replace(request, pixels=request.pixels.out_of_core())
                refusal = ""
            else:
                refusal = why_too_large(request)
        except Exception as error:  # noqa: BLE001
            self.refusal = message_for(error)
            self.said.emit(self.refusal)
            return
        if not refusal:
            self._start(request)
        elif request.pixels.is_lazy:
            self.said.emit(refusal)
        else:
            self._ask(self.memory, refusal)

    def cancel(self) -> None:
        """Stop the running job, or withdraw a question."""
        self.row.cancel()
        if self._waiting is not None:
            self._end("Your edits are unchanged.")
        if self.memory.visible:
            self._end("")

    def close_silently(self) -> None:
        """Stop without a message, because nobody would see it."""
        self.row.stop()
        self._forget()

    def _start(self, request: RunRequest) -> None:
        sources = request.pixels.sources
        self._names = {layer: layer.name for layer in sources.layers}
        # Told last, after the panel has taken back what it said of the layer.
        self._viewer.layers.events.removed.connect(self._on_removed, position="last")
        self._sources.follow(
            *((layer.events.data, self._on_replaced) for layer in sources.layers),
        )
        self._keep_for(sources)
        self.row.run(
            run_steps(request, self._kept),
            self._on_result,
            self._end,
            self._show_progress,
            activity=f"Segmenting {sources.name}",
            is_shown=not self.is_live,
        )
        if not self.is_live:
            self.said.emit("")
            self._show_only(self.row)

    def _show_progress(self, progress: Progress) -> None:
        if not self.row.visible:
            self._show_only(self.row)
        self.said.emit(f"{progress.phase} …")

    def withdraw(self, sources: Sources | None) -> None:
        """Ask no longer about layers other than these, which are chosen now."""
        waiting = self._waiting
        if self.memory.visible:
            self._end("")
        elif waiting is not None and sources is not None:
            asked = waiting.request.pixels.sources
            if asked != sources and {*asked.layers} <= {*self._viewer.layers}:
                self._end(f"The new result of '{asked.name}' was discarded.")

    def let_go_of(self, sources: Sources | None) -> None:
        """Keep nothing of other layers for another run, nor runs of them in mind."""
        self.live.is_due = False
        self._keep_for(sources)

    def kept_of(self, sources: Sources) -> Kept:
        """Return what is kept of the last run of these layers, for another thread."""
        return self._kept.copy() if self._kept_of == sources else Kept()

    def _keep_for(self, sources: Sources | None) -> None:
        """Keep what another run of these layers needs, and nothing of others."""
        if self._kept_of != sources:
            self._kept, self._kept_of = Kept(), sources

    def _on_removed(self, event: Any) -> None:
        if event.value in self._names:
            self._discard(f"'{self._names[event.value]}' was removed")

    def _on_replaced(self, event: Any) -> None:
        self._discard(
            f"The pixels of '{self._names[event.source]}' were replaced",
            " Press Segment again.",
        )

    def _discard(self, change: str, advice: str = "") -> None:
        """Drop a result that is in progress or waits for an answer."""
        if self.row.stop():
            self._end(
                f"{change} while it was being segmented, so nothing was added.{advice}"
            )
        else:
            self._end(f"{change}, so its new result was discarded.")

    def _on_result(self, result: RunResult) -> None:
        """Show a result, unless it would replace what the user has painted."""
        clustering = clustering_from(self._viewer, result.request.pixels.sources)
        edited = None if clustering is None else clustering.edited_labels
        if clustering is None or edited is None:
            self._show_result(result, joins=self.is_live and self.live.goes_on)
        elif self.is_live:  # painted on meanwhile
            self._end("")
        else:
            self._waiting = result
            changed = clustering.segments.history.changed
            self._edits.follow((changed, lambda: self._after_step.start()))  # noqa: PLW0108
            self._ask(
                self.question,
                f"You have edited '{edited.name}' since it was made. "
                "What should happen to your edits?",
            )

    def _on_step(self) -> None:
        """Show what waits for an answer if the edits it is about were undone."""
        result = self._waiting
        if result is not None:
            sources = result.request.pixels.sources
            clustering = clustering_from(self._viewer, sources)
            if clustering is None or clustering.segments.n_edited == 0:
                self._show_result(result)

    def _ask(self, question: Question, text: str) -> None:
        """Ask over the Segment button, which waits for the answer."""
        self.said.emit("")
        self._show_only(self._start_row)
        self._start_row.enabled = False
        question.ask(text)

    def _on_answer(self, answer: str) -> None:
        if answer in ("leave", "discard"):
            self.cancel()
        elif answer == "go":
            self.segment(out_of_core=True)
        elif self._waiting is not None:
            self._show_result(
                self._waiting,
                keep_edits=answer == "keep",
                in_new_layers=answer == "new layers",
            )

    def _show_result(self, result: RunResult, **options: bool) -> None:
        """Show a result in the viewer, and describe it."""
        request = result.request
        try:
            clustering = show_segmentation(
                self._viewer,
                request.pixels.sources,
                result.segmentation,
                pixels=request.pixels,
                channels_as=request.channels_as,
                undecided_below=result.undecided_below,
                **options,
            )
            words = describe(result, clustering.segments.recipe)
            self.live.on_result(clustering, result.seconds, is_live=self.is_live)
            if not self.live.is_quick:
                self._keep_for(None)  # it may be large
        except Exception as error:  # noqa: BLE001
            words = message_for(error)
        self.result_shown.emit()
        self._end(words)

    def _end(self, words: str) -> None:
        """Show the Segment button again, with a message about the run."""
        self._forget()
        self._show_only(self._start_row)
        self.said.emit(words)

    def _forget(self) -> None:
        self._viewer.layers.events.removed.disconnect(self._on_removed)
        self._waiting, self._names = None, {}
        self._sources.follow()
        self._edits.follow()

    def _show_only(self, shown: Any) -> None:
        """Show the Segment button, or the row in its place, and no question."""
        focused = self.native.window().focusWidget()
        had_focus = focused in (self.native, self.segment_button.native)
        self._start_row.enabled = True
        self.question.visible = self.memory.visible = False
        for widget in self:
            widget.visible = widget is shown
        if had_focus:
            is_row = shown is self.row
            button = self.row.cancel_button if is_row else self.segment_button
            button.native.setFocus()
