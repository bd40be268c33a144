"""The exact histogram of a lazy image with pixels of up to 24 bits."""

from dataclasses import dataclass
from itertools import chain
from threading import Lock

import numpy as np

from napari_kmeans.core.histogram import (
    PHASE,
    Histogram,
    add_keys,
    from_table,
    key_bits,
    new_table,
    pack,
    run_starts,
)
from napari_kmeans.core.lazy.pixels import LazyPixels, windows
from napari_kmeans.core.lazy.scheduling import is_in_this_process
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.types import Array

SORTED_AT_ONCE = 1 << 20
"""Pixels."""


@dataclass(frozen=True, eq=False)
class _Counted:
    """The counts of a part of the image."""

    keys: Array  # (M,), uint32: of the distinct values, ascending
    counts: Array  # (M,), unsigned: how many pixels have each
    # how many pixels take no part, and how many of them because of the mask
    n_outside: int = 0
    n_masked: int = 0


def count_chunks(pixels: LazyPixels) -> Steps[tuple[Histogram, int, int]]:
    """Count the distinct values, those outside, and those outside the mask."""
    dtype, n_channels = pixels.dtype, pixels.n_channels
    # Up to 128 MiB, of which only the used pages are allocated.
    table = new_table(key_bits(dtype, n_channels) or 0, pixels.n_pixels)
    n_outside = n_masked = pixels.n_skipped
    lock, none = Lock(), np.zeros(0, np.uint32)

    def take(counted: _Counted) -> None:
        nonlocal n_outside, n_masked
        table[counted.keys] += counted.counts
        n_outside += counted.n_outside
        n_masked += counted.n_masked

    def count_here(parts: list[Pixels]) -> _Counted:
        # After all has been read: what cannot be read is tried once more.
        for values in chain.from_iterable(map(windows, parts)):
            keys = pack(values)
            with lock:
                add_keys(table, keys)
        n_outside = sum(part.n_outside for part in parts)
        return _Counted(none, none, n_outside, sum(part.n_masked for part in parts))

    # With one table in reach of all threads, there is nothing to sort or to merge.
    if is_in_this_process():
        yield from pixels.for_each_chunk(_whole, count_here, take, PHASE)
    else:
        yield from pixels.for_each_chunk(_count, _merge, take, PHASE)
    return from_table(table, dtype, n_channels), n_outside, n_masked


def _whole(pixels: Pixels) -> Pixels:
    """Return the pixels of a chunk."""
    return pixels


def _count(pixels: Pixels) -> _Counted:
    """Count the values of one chunk, without a table, which each task would send."""
    none = np.zeros(0, np.uint32)
    parts = [_Counted(none, none, pixels.n_outside, pixels.n_masked)]
    for values in windows(pixels, SORTED_AT_ONCE):
        packed = pack(values).astype(np.uint32)
        keys, counts = np.unique(packed, return_counts=True)
        parts.append(_Counted(keys, counts.astype(np.uint32)))
    return _merge(parts)


def _merge(parts: list[_Counted]) -> _Counted:
    """Merge the counts of several parts, two at a time."""
    while len(parts) > 1:
        pairs = [parts[start : start + 2] for start in range(0, len(parts), 2)]
        parts = [_sum_equal(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return parts[0]


def _sum_equal(one: _Counted, other: _Counted) -> _Counted:
    """Merge the counts of two parts."""
    keys = np.concatenate([one.keys, other.keys])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = run_starts(keys)
    counts = np.concatenate([one.counts, other.counts])[order]
    if starts.size:
        total = int(one.counts.sum(dtype=np.int64) + other.counts.sum(dtype=np.int64))
        counts = np.add.reduceat(counts, starts, dtype=np.min_scalar_type(total))
    return _Counted(
        keys[starts],
        counts,
        one.n_outside + other.n_outside,
        one.n_masked + other.n_masked,
    )
