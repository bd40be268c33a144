"""The one way to run a computation in a worker thread."""

from collections.abc import Callable, Generator
from math import inf
from time import perf_counter
from typing import Generic, TypeVar

from napari.qt.threading import GeneratorWorker, create_worker
from napari.utils import progress

from napari_kmeans.core.progress import Progress
from napari_kmeans.widgets.errors import message_for

Step = TypeVar("Step")
Result = TypeVar("Result")

SHOW_AFTER = 0.15
"""Seconds before progress is shown: most jobs are over by then."""

SHOW_EVERY = 0.05
"""Seconds between two updates of the progress: steps may be far shorter."""


class Job(Generic[Step, Result]):
    """Runs steps in a worker thread from now on, and calls back on the main thread.

    Either `on_result` or `on_error` is called once, the latter with what to tell the
    user; neither is once the job is stopped. `on_progress` is called with some of the
    steps. A job with an `activity` shows it in napari's activity dock.
    """

    def __init__(
        self,
        steps: Generator[Step, None, Result],
        on_result: Callable[[Result], object],
        on_error: Callable[[str], object],
        on_progress: Callable[[Step], object] | None = None,
        *,
        activity: str = "",
    ) -> None:
        self.is_running = True
        self._on_result, self._on_error = on_result, on_error
        self._on_progress = on_progress
        self._activity = activity
        self._bar: progress | None = None
        self._next_shown = perf_counter() + SHOW_AFTER
        worker: GeneratorWorker = create_worker(
            self._work, steps, _ignore_errors=True, _start_thread=False
        )
        # Functions, not bound methods: those do not keep the job alive, and PySide then
        # delivers a signal that was waiting to an object that is gone.
        worker.yielded.connect(lambda step: self._show(step))  # noqa: PLW0108
        worker.returned.connect(lambda outcome: self._end(*outcome))
        worker.start()

    def stop(self) -> bool:
        """Stop at the next step; return whether the job was still running."""
        was_running, self.is_running = self.is_running, False
        if self._bar is not None:
            self._bar.close()
        return was_running

    def _work(
        self, steps: Generator[Step, None, Result]
    ) -> Generator[Step, None, tuple[Result | None, Exception | None]]:
        """Take the steps, in the worker thread, and return the result or the error.

        Raised, a RuntimeError would be lost: napari's workers take it as a sign that
        they have been deleted, and neither fail nor end.
        """
        try:
            while self.is_running:
                yield next(steps)
        except StopIteration as end:
            return end.value, None
        except Exception as error:  # noqa: BLE001
            return None, error
        finally:
            steps.close()
        return None, None  # stopped, so nobody listens

    def _show(self, step: Step) -> None:
        if not self.is_running or perf_counter() < self._next_shown:
            return
        # napari's activity dock handles pending events: the next steps, even the end of
        # the job, may come while this one is being shown.
        self._next_shown = inf
        if self._on_progress is not None:
            self._on_progress(step)
        if self._activity and isinstance(step, Progress):
            self._show_activity(step)
        self._next_shown = perf_counter() + SHOW_EVERY

    def _show_activity(self, step: Progress) -> None:
        if self._bar is None:
            self._bar = progress(total=100, desc=self._activity)
        if self.is_running:
            self._bar.update(round(100 * step.fraction) - self._bar.n)
        else:
            self._bar.close()

    def _end(self, result: Result | None, error: Exception | None) -> None:
        if not self.stop():
            return
        if error is None:
            self._on_result(result)  # type: ignore[arg-type]  # None is a result, too
        else:
            self._on_error(message_for(error))
