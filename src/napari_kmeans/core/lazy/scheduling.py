"""Run tasks on dask's scheduler, a few at a time, with results in order.

A sliding window limits the number of blocks in memory. Results are taken in the order
of the tasks, whichever finishes first, so that sums of floats are the same on every
scheduler.
"""

import pickle
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any

from napari_kmeans.core.progress import Progress, Steps, thread_count

AHEAD = 2
"""Tasks queued for each worker besides the one that it runs."""
LOOK = 0.1
"""Seconds between checks for cancellation while waiting for a task."""

Submit = Callable[[Any], Future[Any]]
"""Submits a dask task (Delayed); the future may be one of dask.distributed."""


def for_each_task(
    tasks: Iterable[Any],
    n_tasks: int,
    take: Callable[[Any], object],
    rescue: Callable[[int, Exception], Any],
    phase: str,
) -> Steps[None]:
    """Run tasks on dask's scheduler and handle their results in order, step by step."""
    yield Progress(phase, 0.0)
    with _scheduler() as (submit, window):
        waiting: deque[Future[Any]] = deque()
        coming = iter(tasks)
        try:
            for done in range(n_tasks):
                waiting.extend(map(submit, islice(coming, window - len(waiting))))
                try:
                    result = yield from _wait(
                        waiting[0], Progress(phase, done / n_tasks)
                    )
                except Exception as error:  # noqa: BLE001 - it is raised there
                    result = rescue(done, error)
                waiting.popleft()
                take(result)
                del result  # it would stay in memory while the next one is made
        finally:  # also when the generator is closed
            for future in waiting:
                future.cancel()


def _wait(future: Future[Any], progress: Progress) -> Steps[Any]:
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
    """Yield what submits tasks to dask's scheduler, and how many may be under way."""
    import dask  # noqa: PLC0415
    from dask.base import get_scheduler  # noqa: PLC0415
    from dask.local import synchronous_executor  # noqa: PLC0415
    from dask.multiprocessing import get_context  # noqa: PLC0415

    get = get_scheduler()
    client = _client()
    chosen = dask.config.get("scheduler", None)
    n_workers = dask.config.get("num_workers", None) or thread_count()
    if client is not None:
        n_workers = sum(client.nthreads().values()) or 1
        yield client.compute, n_workers * (1 + AHEAD)
    elif isinstance(chosen, Executor):
        n_workers = getattr(chosen, "_max_workers", thread_count())
        yield lambda task: chosen.submit(_do, task), n_workers * (1 + AHEAD)
    elif get is not None and get.__module__ == "dask.multiprocessing":
        with ProcessPoolExecutor(n_workers, mp_context=get_context()) as processes:
            yield lambda task: _send(processes, task), n_workers * (1 + AHEAD)
    elif get is None or get.__module__ == "dask.threaded":
        with ThreadPoolExecutor(n_workers) as threads:
            yield lambda task: threads.submit(_do, task), n_workers * (1 + AHEAD)
    else:  # the synchronous one, or one that we do not know
        yield lambda task: synchronous_executor.submit(task.compute), 1


def is_in_this_process() -> bool:
    """Return whether tasks run in this process, where they can share an array."""
    import dask  # noqa: PLC0415
    from dask.base import get_scheduler  # noqa: PLC0415

    chosen, get = dask.config.get("scheduler", None), get_scheduler()
    if isinstance(chosen, Executor):
        return isinstance(chosen, ThreadPoolExecutor)
    return get is None or get.__module__ in ("dask.threaded", "dask.local")


def is_on_cluster() -> bool:
    """Return whether dask is set to a client of dask.distributed."""
    return _client() is not None


def _client() -> Any:
    """Return the client of dask.distributed that dask is set to, or None."""
    from dask.base import get_scheduler  # noqa: PLC0415

    distributed = sys.modules.get("distributed")
    owner = getattr(get_scheduler(), "__self__", None)
    is_client = distributed is not None and isinstance(owner, distributed.Client)
    return owner if is_client else None


def _do(task: Any) -> Any:
    """Run a task on the calling thread, without dask's global callbacks."""
    # Among them is napari's cache, which would keep every block and is not thread-safe.
    return task.compute(scheduler="synchronous", callbacks=())


def _send(processes: Executor, task: Any) -> Future[Any]:
    """Submit a task to another process, in dask's way: a plain pickle refuses some."""
    import cloudpickle  # noqa: PLC0415

    return processes.submit(_unpack_and_do, cloudpickle.dumps(task))


def _unpack_and_do(packed: bytes) -> Any:
    """Run a task that was sent to this process."""
    return _do(pickle.loads(packed))
