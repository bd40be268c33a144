"""Process long arrays in blocks, on threads, with progress in between."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from napari_kmeans.core.progress import Progress, Steps

Item = TypeVar("Item")

BLOCK = 1 << 16
"""Pixels per block: small enough for all it needs to stay in the processor's cache."""
BLOCKS_PER_REPORT = 8
"""Blocks per thread between two reports: a few milliseconds."""
FEW = 4
"""Up to this many blocks are done sooner than threads can be started."""
THREADS_VARIABLE = "NAPARI_KMEANS_THREADS"


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


_is_alone: ContextVar[bool] = ContextVar("is_alone", default=False)


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
