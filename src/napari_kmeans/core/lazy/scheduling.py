"""Run tasks on dask's scheduler, a few at a time, with results in order.

A sliding window limits the number of blocks in memory. Results are taken in the order
of the tasks, whichever finishes first, so that sums of floats are the same on every
scheduler.
"""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol

from napari_kmeans.core.blocks import thread_count
from napari_kmeans.core.progress import Progress, Steps

AHEAD = 2
"""Tasks queued for each worker besides the one that it runs."""
LOOK = 0.1
"""Seconds between checks for cancellation while waiting for a task."""


class Future(Protocol):
    """A submitted task."""

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the result; TimeoutError if that takes too long."""

    def cancel(self) -> Any:
        """Cancel it, unless it has been started."""

    def done(self) -> bool:
        """Return whether there is a result, or an exception."""


Submit = Callable[[Any], Future]
"""Submits a dask task (Delayed)."""


def for_each_task(
    tasks: Iterable[Any],
    n_tasks: int,
    take: Callable[[Any], object],
    rescue: Callable[[int, Exception], Any],
    phase: str,
) -> Steps[None]:
    """Run tasks on dask's scheduler and handle their results in order, step by step.

    When the generator is closed, the tasks that have not been started are cancelled.
    """
    yield Progress(phase, 0.0)
    with _scheduler() as (submit, window):
        waiting: deque[Future] = deque()
        coming = iter(tasks)
        try:
            for done in range(n_tasks):
                _fill(waiting, coming, submit, window)
                progress = Progress(phase, done / n_tasks)
                try:
                    result = yield from _result(waiting[0], progress)
                except Exception as error:  # noqa: BLE001 - it is raised there
                    result = rescue(done, error)
                waiting.popleft()
                take(result)
                del result  # it would stay in memory while the next one is made
        finally:
            for future in waiting:
                future.cancel()


def _fill(
    waiting: deque[Future], tasks: Iterator[Any], submit: Submit, window: int
) -> None:
    """Submit as many tasks as the window allows."""
    while len(waiting) < window:
        task = next(tasks, None)
        if task is None:
            return
        waiting.append(submit(task))


def _result(future: Future, progress: Progress) -> Steps[Any]:
    """Wait for a result, with regular reports, so that it can be cancelled."""
    yield progress
    while not future.done():
        try:
            return future.result(timeout=LOOK)
        except TimeoutError:  # of this wait, or of the task, which then is done
            yield progress
    return future.result()


@contextmanager
def _scheduler() -> Iterator[tuple[Submit, int]]:
    """Yield a function that submits tasks to dask's scheduler, and the window."""
    import dask  # noqa: PLC0415
    from dask.base import get_scheduler  # noqa: PLC0415

    get = get_scheduler()
    client = _client(get)
    chosen = dask.config.get("scheduler", None)
    if client is not None:
        n_workers = sum(client.nthreads().values()) or 1
        yield client.compute, _window(n_workers)
    elif isinstance(chosen, Executor):
        n_workers = getattr(chosen, "_max_workers", thread_count())
        yield _submit_to(chosen), _window(n_workers)
    elif get is not None and get.__module__ == "dask.multiprocessing":
        yield from _on_processes()
    elif get is None or get.__module__ == "dask.threaded":
        yield from _on_threads()
    else:  # the synchronous one, or one that we do not know
        yield _Now, 1


def is_on_cluster() -> bool:
    """Return whether dask is set to a client of dask.distributed."""
    from dask.base import get_scheduler  # noqa: PLC0415

    return _client(get_scheduler()) is not None


def _client(get: Any) -> Any:
    """Return the client of dask.distributed that dask is set to, or None."""
    distributed = sys.modules.get("distributed")
    owner = getattr(get, "__self__", None)
    if distributed is None or not isinstance(owner, distributed.Client):
        return None
    return owner


def _on_threads() -> Iterator[tuple[Submit, int]]:
    """Run tasks on as many threads as dask is set to."""
    import dask  # noqa: PLC0415

    n_workers = dask.config.get("num_workers", None) or thread_count()
    pool = ThreadPoolExecutor(n_workers)
    try:
        yield _submit_to(pool), _window(n_workers)
    finally:
        pool.shutdown(cancel_futures=True)


def _submit_to(pool: Executor) -> Submit:
    """Return a function that submits tasks to a thread pool."""
    return lambda task: pool.submit(_do, task)


def _on_processes() -> Iterator[tuple[Submit, int]]:
    """Run tasks on as many processes as dask is set to."""
    import cloudpickle  # noqa: PLC0415
    import dask  # noqa: PLC0415
    from dask.multiprocessing import get_context  # noqa: PLC0415

    n_workers = dask.config.get("num_workers", None) or thread_count()
    pool = ProcessPoolExecutor(n_workers, mp_context=get_context())

    def submit(task: Any) -> Future:
        # Before it is sent: dask's own way with what a plain pickle refuses.
        return pool.submit(_unpack_and_do, cloudpickle.dumps(task))

    try:
        yield submit, _window(n_workers)
    finally:
        pool.shutdown(cancel_futures=True)


def _window(n_workers: int) -> int:
    """Return how many tasks may be under way."""
    return n_workers * (1 + AHEAD)


def _do(task: Any) -> Any:
    """Run a task on the calling thread, without dask's global callbacks.

    Among them is napari's cache, which would keep every block and is not thread-safe.
    """
    return task.compute(scheduler="synchronous", callbacks=())


def _unpack_and_do(packed: bytes) -> Any:
    """Run a task that was sent to this process."""
    import pickle  # noqa: PLC0415

    return _do(pickle.loads(packed))


class _Now:
    """A task that dask's scheduler runs when its result is requested."""

    def __init__(self, task: Any) -> None:
        self._task = task

    def result(self, timeout: float | None = None) -> Any:  # noqa: ARG002
        """Do it."""
        return self._task.compute()

    def cancel(self) -> None:
        """Do nothing: it has not been started."""

    def done(self) -> bool:
        """Return True: there is nothing to wait for."""
        return True
