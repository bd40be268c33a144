"""The Segment button, which gives way to progress or a question."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from magicgui.widgets import Container, PushButton
from napari.components import ViewerModel
from psygnal import Signal

from napari_kmeans.core.progress import Progress
from napari_kmeans.layers.clusterings import clustering_from, show_segmentation
from napari_kmeans.widgets.edits_question import EditsAnswer, EditsQuestion
from napari_kmeans.widgets.errors import message_for
from napari_kmeans.widgets.job_row import JobRow
from napari_kmeans.widgets.run_result import (
    RunRequest,
    RunResult,
    describe,
    run_steps,
)
from napari_kmeans.widgets.source_watch import SourceWatch
from napari_kmeans.widgets.too_large_for_memory import MemoryQuestion, why_too_large


class RunSection(Container[Any]):
    """Runs what `request` returns, shows the result, and asks where it must.

    It asks before painted labels are replaced, and before an image that does not fit
    into memory is read block by block.
    """

    said = Signal(str)
    result_shown = Signal()

    def __init__(self, viewer: ViewerModel, request: Callable[[], RunRequest]) -> None:
        self._viewer, self._request = viewer, request
        self._watch: SourceWatch | None = None
        self._waiting: RunResult | None = None
        self.segment_button = PushButton(
            text="Segment",
            tooltip="Cluster the image into segments (Ctrl+Enter in this panel).",
        )
        self.row = JobRow("Stop; the previous result stays (Esc in this panel).")
        self.question = EditsQuestion()
        self.memory = MemoryQuestion()
        super().__init__(
            widgets=[self.segment_button, self.row, self.question, self.memory],
            labels=False,
        )
        self.margins = (0, 0, 0, 0)
        self.row.cancelled.connect(self._on_cancelled)
        self.question.answered.connect(self._on_answer)
        self.memory.go_button.changed.connect(lambda: self.segment(out_of_core=True))
        self.memory.leave_button.changed.connect(self.cancel)

    @property
    def is_running(self) -> bool:
        """Whether an image is being segmented now."""
        return self.row.is_running

    def segment(self, *, out_of_core: bool = False) -> None:
        """Cluster what is requested, after stopping any run in progress."""
        self.cancel()
        try:
            request = self._request()
            if out_of_core:
                request = replace(request, pixels=request.pixels.out_of_core())
                refusal = ""
            else:
                refusal = why_too_large(request.pixels, request.settings)
        except Exception as error:  # noqa: BLE001
            self.said.emit(message_for(error))
            return
        self.said.emit(refusal)
        if not refusal:
            self._start(request)
        elif not request.pixels.is_lazy:
            self._show_only(self.memory)
            self.memory.go_button.native.setFocus()

    def cancel(self) -> None:
        """Stop the running job, or withdraw a question."""
        self.row.cancel()
        if self._waiting is not None:
            self._end("The new result was discarded. Your edits are unchanged.")
        if self.memory.visible:
            self._end("")

    def close_silently(self) -> None:
        """Stop without a message, because nobody would see it."""
        self.row.stop()
        self._forget()

    def _start(self, request: RunRequest) -> None:
        sources = request.pixels.sources
        self._watch = SourceWatch(self._viewer, sources, self._on_source_changed)
        self._show_only(self.row)
        self.row.run(
            run_steps(request),
            self._on_result,
            self._end,
            self._on_progress,
            activity=f"Segmenting {sources.name}",
        )

    def _on_progress(self, progress: Progress) -> None:
        self.said.emit(f"{progress.phase} …")

    def _on_cancelled(self) -> None:
        self._end("Cancelled. The previous result stays.")

    def _on_source_changed(self, change: str) -> None:
        """Drop a result that is in progress or waits for an answer."""
        if not self.row.stop():
            self._end(f"{change}, so its new result was discarded.")
            return
        again = "" if change.endswith("removed") else " Press Segment again."
        self._end(
            f"{change} while it was being segmented, so nothing was added.{again}"
        )

    def _on_result(self, result: RunResult) -> None:
        """Show a result, unless it would replace what the user has painted."""
        clustering = clustering_from(self._viewer, result.request.pixels.sources)
        edited = None if clustering is None else clustering.edited_labels
        if edited is None:
            self._show_result(result)
        else:
            self._waiting = result
            self.said.emit("")
            self._show_only(self.question)
            self.question.ask(edited.name)

    def _on_answer(self, answer: EditsAnswer) -> None:
        result = self._waiting
        if answer is EditsAnswer.DISCARD:
            self.cancel()
        elif result is not None:
            self._show_result(
                result,
                keep_edits=answer is EditsAnswer.KEEP,
                in_new_layers=answer is EditsAnswer.NEW_LAYERS,
            )

    def _show_result(self, result: RunResult, **options: bool) -> None:
        """Show a result in the viewer, and describe it."""
        request = result.request
        try:
            show_segmentation(
                self._viewer,
                request.pixels.sources,
                result.segmentation,
                pixels=request.pixels,
                channels_as=request.channels_as,
                **options,
            )
            words = describe(result)
        except Exception as error:  # noqa: BLE001
            words = message_for(error)
        self.result_shown.emit()
        self._end(words)

    def _end(self, words: str) -> None:
        """Show the Segment button again, with a message about the run."""
        self._forget()
        self._show_only(self.segment_button)
        self.said.emit(words)

    def _forget(self) -> None:
        self._waiting = None
        if self._watch is not None:
            self._watch.end()
            self._watch = None

    def _show_only(self, shown: Any) -> None:
        for widget in self:
            widget.visible = widget is shown
