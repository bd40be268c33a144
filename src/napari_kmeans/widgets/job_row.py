"""Progress and Cancel of a job."""

from collections.abc import Callable
from typing import Any, TypeVar

from magicgui.widgets import Container, ProgressBar, PushButton
from psygnal import Signal

from napari_kmeans.core.progress import Progress, Steps
from napari_kmeans.widgets.job import Job

Result = TypeVar("Result")


class JobRow(Container[Any]):
    """Progress and Cancel of one job at a time; hidden while none runs."""

    cancelled = Signal()

    def __init__(self, cancel_tooltip: str) -> None:
        self._job: Job[Progress, Any] | None = None
        self.progress_bar = ProgressBar(min=0, max=100, tooltip="The progress so far.")
        self.cancel_button = PushButton(text="Cancel", tooltip=cancel_tooltip)
        super().__init__(
            widgets=[self.progress_bar, self.cancel_button],
            layout="horizontal",
            labels=False,
            visible=False,
        )
        self.margins = (0, 0, 0, 0)
        self.cancel_button.changed.connect(self.cancel)
        self.native.destroyed.connect(self._let_go)

    @property
    def is_running(self) -> bool:
        """Whether a job is running."""
        return self._job is not None

    def run(
        self,
        steps: Steps[Result],
        on_result: Callable[[Result], object],
        on_error: Callable[[str], object],
        on_progress: Callable[[Progress], object] | None = None,
        *,
        activity: str = "",
    ) -> None:
        """Run a `Job`, for which one that is running is stopped."""
        self.stop()

        def show(step: Progress) -> None:
            self.progress_bar.value = round(100 * step.fraction)
            if on_progress is not None:
                on_progress(step)

        def succeed(result: Result) -> None:
            self.stop()
            on_result(result)

        def fail(message: str) -> None:
            self.stop()
            on_error(message)

        self.progress_bar.value = 0
        self._job = Job(steps, succeed, fail, show, activity=activity)
        self.visible = True

    def stop(self) -> bool:
        """Stop the running job without a message; return whether there was one."""
        job, self._job = self._job, None
        if job is None:
            return False
        job.stop()
        self.visible = False
        return True

    def cancel(self) -> None:
        """Stop the running job, and report it."""
        if self.stop():
            self.cancelled.emit()

    def _let_go(self) -> None:
        """Stop without touching the widgets, which are gone."""
        if self._job is not None:
            self._job.stop()
