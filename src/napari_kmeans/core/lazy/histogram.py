"""The exact histogram of a lazy image with pixels of up to 24 bits."""

from dataclasses import dataclass

import numpy as np

from napari_kmeans.core.histogram import (
    PHASE,
    Histogram,
    key_bits,
    pack,
    run_starts,
    unpack,
)
from napari_kmeans.core.lazy.pixels import LazyPixels, windows
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.types import Array

SORTED_AT_ONCE = 1 << 19
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
    # 128 MiB at 24 bits, of which only the used pages are allocated.
    table = np.zeros(1 << (key_bits(dtype, n_channels) or 0), np.int64)
    n_outside = n_masked = pixels.n_skipped

    def take(counted: _Counted) -> None:
        nonlocal n_outside, n_masked
        table[counted.keys] += counted.counts.astype(np.int64)
        n_outside += counted.n_outside
        n_masked += counted.n_masked

    yield from pixels.for_each_chunk(_count, _merge, take, PHASE)
    keys = np.flatnonzero(table)
    histogram = Histogram(unpack(keys, dtype, n_channels), table[keys])
    return histogram, n_outside, n_masked


def _count(pixels: Pixels) -> _Counted:
    """Count the values of one chunk, without a table, which each thread would need."""
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
