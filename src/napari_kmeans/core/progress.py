"""Long computations are generators that report their progress.

Who drives one itself can stop it between two steps by closing it. Everyone else calls
`finish`. Long arrays are processed in blocks, on threads.
"""

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")
Item = TypeVar("Item")

BLOCK = 1 << 16
"""Pixels per block: small enough for all it needs to stay in the processor's cache."""
BLOCKS_PER_REPORT = 8
"""Blocks per thread between two reports: a few milliseconds."""
FEW = 4
"""Up to this many blocks are done sooner than threads can be started."""
THREADS_VARIABLE = "NAPARI_KMEANS_THREADS"

_is_alone: ContextVar[bool] = ContextVar("is_alone", default=False)


@dataclass(frozen=True)
class Progress:
    """The progress of a computation.

    Attributes
    ----------
    phase : str
        What is being done, in words for the user, such as "Counting colours".
    fraction : float
        The fraction of the whole computation that is done, from 0 to 1.
    """

    phase: str
    fraction: float


Steps = Generator[Progress, None, Result]
"""A computation that yields `Progress` between its steps and returns its result."""

Callback = Callable[[Progress], object]
"""Called between two steps. An exception raised in it stops the computation."""


def finish(steps: Steps[Result], callback: Callback | None = None) -> Result:
    """Run a computation to its end and return its result."""
    results = []

    def run() -> Steps[None]:
        results.append((yield from steps))

    with closing(steps):  # if the callback raises
        for progress in run():
            if callback is not None:
                callback(progress)
    return results[0]


def subprogress(
    steps: Steps[Result],
    start: float,
    stop: float,
    where: str = "",
    guard: Callable[[], object] | None = None,
) -> Steps[Result]:
    """Run a computation as part of a larger one, with its progress scaled.

    The guard is called after each step; an exception raised in it stops all.
    """
    done = 0.0
    while True:
        try:
            progress = next(steps)
        except StopIteration as stop_iteration:
            result: Result = stop_iteration.value
            return result
        if guard is not None:
            guard()
        done = max(done, progress.fraction)
        yield Progress(where + progress.phase, start + (stop - start) * done)


def thread_count() -> int:
    """Return the number of threads to work on."""
    if _is_alone.get():
        return 1
    chosen = os.environ.get(THREADS_VARIABLE)
    if chosen:
        return max(1, int(chosen))
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def on_this_thread() -> Iterator[None]:
    """Start no threads: for work that already runs on many threads."""
    before = _is_alone.set(True)
    try:
        yield
    finally:
        _is_alone.reset(before)


def for_each_block(
    work: Callable[[slice], object], length: int, phase: str, size: int = BLOCK
) -> Steps[None]:
    """Call a function for every block of an array, step by step."""
    starts = range(0, length, size)
    blocks = [slice(start, min(start + size, length)) for start in starts]
    threads = 1 if len(blocks) < FEW else thread_count()
    yield from for_each(work, blocks, phase, threads, BLOCKS_PER_REPORT)


def for_each(
    work: Callable[[Item], object],
    items: Sequence[Item],
    phase: str,
    threads: int,
    per_report: int,
) -> Steps[None]:
    """Call a function for every item, with reports after some items per thread."""
    batch = threads * per_report
    with ThreadPoolExecutor(threads) as pool:
        mapped = map if threads == 1 else pool.map
        for start in range(0, len(items), batch):
            yield Progress(phase, start / len(items))
            # Draining the results raises what was raised in a thread.
            for _ in mapped(work, items[start : start + batch]):
                pass
