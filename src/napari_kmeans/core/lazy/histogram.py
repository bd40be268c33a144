"""The exact histogram of a lazy image with pixels of up to 24 bits."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.histogram import PHASE, Histogram
from napari_kmeans.core.keys import key_bits, pack, run_starts, runs, unpack
from napari_kmeans.core.lazy.block_reader import BlockReader, windows
from napari_kmeans.core.lazy.chunks import Chunk, ChunkTasks
from napari_kmeans.core.progress import Steps

Array = NDArray[Any]

SORTED_AT_ONCE = 1 << 19
"""Pixels."""


@dataclass(frozen=True, eq=False)
class Counted:
    """The counts of a part of the image."""

    keys: NDArray[np.uint32]  # (M,): of the distinct values, ascending
    counts: NDArray[np.unsignedinteger[Any]]  # (M,): how many pixels have each
    # how many pixels take no part, and how many of them because of the mask
    n_outside: int
    n_masked: int


def count_chunks(
    tasks: ChunkTasks, reader: BlockReader, dtype: np.dtype[Any], n_channels: int
) -> Steps[tuple[Histogram, int, int]]:
    """Count the distinct values of an image, chunk by chunk.

    The histogram is the same as in memory. Besides the chunks it needs a table with one
    number for each possible value: 128 MiB at 24 bits, of which only the used pages are
    allocated.
    """
    counting = _count_in_table(tasks, reader, key_bits(dtype, n_channels) or 0)
    keys, counts, n_outside, n_masked = yield from counting
    return Histogram(unpack(keys, dtype, n_channels), counts), n_outside, n_masked


def _count_in_table(
    tasks: ChunkTasks, reader: BlockReader, bits: int
) -> Steps[tuple[NDArray[np.intp], NDArray[np.int64], int, int]]:
    """Return the distinct keys, their counts, and the number of pixels outside."""
    table = np.zeros(1 << bits, np.int64)
    n_outside = n_masked = 0

    def take(counted: Counted) -> None:
        nonlocal n_outside, n_masked
        table[counted.keys] += counted.counts.astype(np.int64)
        n_outside += counted.n_outside
        n_masked += counted.n_masked

    yield from tasks.run(partial(_count, reader=reader), _merge, take, PHASE)
    keys = np.flatnonzero(table)
    return keys, table[keys], n_outside, n_masked


def _count(
    chunk: Chunk, image: Array, mask: Array | None, *, reader: BlockReader
) -> Counted:
    """Count the values of one chunk."""
    pixels = reader.read_chunk(chunk, image, mask)
    nothing = Counted(
        np.zeros(0, np.uint32),
        np.zeros(0, np.uint32),
        pixels.n_outside,
        pixels.n_masked,
    )
    counted = map(_count_window, windows(pixels, SORTED_AT_ONCE))
    return _merge([nothing, *counted])


def _count_window(values: Array) -> Counted:
    """Count values without a table, of which each thread would need its own."""
    keys = np.sort(pack(values).astype(np.uint32))
    distinct, counts = runs(keys)
    return Counted(distinct, counts.astype(np.uint32), 0, 0)


def _merge(parts: list[Counted]) -> Counted:
    """Merge the counts of several chunks, two at a time."""
    while len(parts) > 1:
        pairs = [parts[start : start + 2] for start in range(0, len(parts), 2)]
        parts = [_sum_equal(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return parts[0]


def _sum_equal(one: Counted, other: Counted) -> Counted:
    """Merge the counts of two parts."""
    keys = np.concatenate([one.keys, other.keys])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = run_starts(keys)
    counts = np.concatenate([one.counts, other.counts])[order]
    if starts.size:
        total = int(one.counts.sum(dtype=np.int64) + other.counts.sum(dtype=np.int64))
        counts = np.add.reduceat(counts, starts, dtype=np.min_scalar_type(total))
    return Counted(
        keys[starts],
        counts,
        one.n_outside + other.n_outside,
        one.n_masked + other.n_masked,
    )
