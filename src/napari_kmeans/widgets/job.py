"""The one way to run a computation in a worker thread, with progress and Cancel."""

from collections.abc import Callable, Generator
from functools import partial
from math import inf
from time import perf_counter
from typing import Any, Generic, TypeVar

from magicgui.widgets import ProgressBar, PushButton
from napari.qt.threading import GeneratorWorker, create_worker
from napari.utils import progress
from napari.utils.notifications import notification_manager
from psygnal import Signal
from qtpy.QtWidgets import QApplication, QLabel

from napari_kmeans.core.progress import Progress, Steps
from napari_kmeans.widgets.layout import Group
from napari_kmeans.widgets.texts import panel_words

Step = TypeVar("Step")
Result = TypeVar("Result")

SHOW_AFTER = 0.5
"""Seconds before progress is shown: most jobs are over by then."""

SHOW_EVERY = 0.2
"""Seconds between two updates of the progress, at least."""

REST = 15
"""How many times as long as an update takes it is until the next, at least: each makes
Qt compose the whole window, canvas and all, which takes time from the job."""

LONG = 2.0
"""Seconds after which a job is shown in napari's activity dock, too."""

EXPECTED_ERRORS = (ValueError, TypeError, MemoryError, OSError, ImportError)
"""Errors whose message tells the user what is wrong."""


def message_for(error: Exception) -> str:
    """Return what to say about an error; an unexpected one also goes to napari."""
    if isinstance(error, EXPECTED_ERRORS):
        return _in_words(error)
    notification_manager.receive_error(type(error), error, error.__traceback__)
    return f"Something went wrong: {_in_words(error)}"


def _in_words(error: Exception) -> str:
    """Return the error's message, which is never empty."""
    # str(KeyError) is in quotation marks.
    text = str(error.args[0]) if isinstance(error, KeyError) else str(error)
    if isinstance(error, MemoryError):
        details = f" ({text})" if text else ""
        return (
            f"There is not enough memory{details}. Free some, or choose a smaller "
            "image or region."
        )
    if isinstance(error, OSError) and error.strerror:  # not raised with words for users
        return (
            f"{error.strerror}: '{error.filename}'"
            if error.filename
            else error.strerror
        )
    return panel_words(text) or type(error).__name__


def one_step(function: Callable[[], Result]) -> Generator[None, None, Result]:
    """Take a whole computation as a single step."""
    yield
    return function()


def _do_nothing(_: object) -> None:
    """Take what nobody wants to know."""


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
        self._on_progress = on_progress or _do_nothing
        self._activity = activity
        self._bar: progress | None = None
        start = perf_counter()
        self._next_shown, self._long_from = start + SHOW_AFTER, start + LONG
        worker: GeneratorWorker = create_worker(
            self._work, steps, _ignore_errors=True, _start_thread=False
        )
        # Functions, not bound methods: those do not keep the job alive, and PySide then
        # delivers a signal that was waiting to an object that is gone.
        worker.yielded.connect(lambda step: self._show(step))  # noqa: PLW0108
        worker.returned.connect(lambda outcome: self._end(*outcome))
        # napari ends the workers of a closed window, but leaves their steps open.
        worker.finished.connect(lambda: steps.close())  # noqa: PLW0108
        worker.start()

    def stop(self) -> bool:
        """Stop at the next step; return whether the job was still running."""
        was_running, self.is_running = self.is_running, False
        # The application keeps each worker until it quits, and the worker this.
        self._on_result = self._on_error = self._on_progress = _do_nothing
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
        start, self._next_shown = perf_counter(), inf
        self._on_progress(step)
        is_long = perf_counter() > self._long_from
        if self._activity and is_long and isinstance(step, Progress):
            self._show_activity(step)
        end = perf_counter()
        self._next_shown = end + max(SHOW_EVERY, REST * (end - start))

    def _show_activity(self, step: Progress) -> None:
        if self._bar is None:
            self._bar = progress(total=100, desc=self._activity)
            _stop_animations()
        if self.is_running:
            self._bar.update(round(100 * step.fraction) - self._bar.n)
        else:
            self._bar.close()

    def _end(self, result: Result | None, error: Exception | None) -> None:
        on_result, on_error = self._on_result, self._on_error
        if not self.stop():
            return
        if error is None:
            on_result(result)  # type: ignore[arg-type]  # None is a result, too
        else:
            on_error(message_for(error))


def _stop_animations() -> None:
    """Stop the wheel that turns beside napari's activity dock until its next use.

    Qt composes the whole window for each of its turns: without a graphics card, a run
    takes three times as long.
    """
    for window in QApplication.topLevelWidgets():
        for label in window.findChildren(QLabel):
            if label.movie() is not None:
                label.movie().setPaused(True)


class JobRow(Group):
    """Progress and Cancel of one job at a time; hidden while none runs."""

    cancelled = Signal()

    def __init__(self, cancel_tooltip: str) -> None:
        self._job: Job[Progress, Any] | None = None
        self.progress_bar = ProgressBar(min=0, max=100, tooltip="The progress so far.")
        self.cancel_button = PushButton(text="Cancel", tooltip=cancel_tooltip)
        super().__init__(
            [self.progress_bar, self.cancel_button], layout="horizontal", visible=False
        )
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
        is_shown: bool = True,
    ) -> None:
        """Run a `Job`, for which one that is running is stopped."""
        self.stop()

        def show(step: Progress) -> None:
            self.progress_bar.value = round(100 * step.fraction)
            if on_progress is not None:
                on_progress(step)

        def end(call_back: Callable[[Any], object], outcome: Any) -> None:
            self.stop()
            call_back(outcome)

        self.progress_bar.value = 0  # shown already, it would be painted at once
        ends = partial(end, on_result), partial(end, on_error)
        self._job = Job(steps, *ends, show, activity=activity)
        self.visible = is_shown

    def stop(self) -> bool:
        """Stop the running job without a message; return whether there was one."""
        job, self._job = self._job, None
        if job is None:
            return False
        job.stop()
        if self.native.window().focusWidget() is self.cancel_button.native:
            # Hidden, the button would leave the focus to whatever comes next.
            self.native.parentWidget().setFocus()
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
