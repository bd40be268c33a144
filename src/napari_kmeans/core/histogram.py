"""The distinct values of an image and how many pixels have each.

Clustering them is the same as clustering the pixels, of which a photograph has ten to a
hundred times more (Celebi 2011).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_kmeans.core.blocks import BLOCK
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import Progress, Steps
from napari_kmeans.core.types import Array, Counts, Indices

MAX_BITS = 24
"""Values of up to so many bits have integer keys, by which tables are indexed."""
PHASE = "Counting the distinct values"
SCAN_BLOCK = 1 << 20
"""Entries of a table that are searched at once."""
SPARSE = 32
"""With more possible keys per pixel than this, sorting is faster than a table."""
SORT_BLOCK = 1 << 19
"""Values that are sorted at once."""
MERGE_BLOCK = 1 << 18
"""Sorted values that are merged at once, about."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """Distinct values and their counts."""

    values: Array  # (M, C): distinct, in an order that depends on their type alone
    counts: Array  # (M,): how many pixels have each value


def count_values(pixels: Pixels) -> Steps[Histogram]:
    """Count the distinct values of pixels, step by step."""
    bits = key_bits(pixels.values.dtype, pixels.n_channels)
    if bits is None:
        return (yield from _count_by_sorting(pixels))
    if len(pixels.values) < (1 << bits) // SPARSE:
        return _count_keys_by_sorting(pixels)
    return (yield from _count_in_table(pixels))


def _count_keys_by_sorting(pixels: Pixels) -> Histogram:
    """Count by sorting the keys, if a table would be nearly empty."""
    values = pixels.inside_values(slice(None))
    keys, counts = np.unique(pack(values).astype(np.uint32), return_counts=True)
    return Histogram(
        unpack(keys.astype(np.intp), values.dtype, values.shape[1]), counts
    )


def _count_in_table(pixels: Pixels) -> Steps[Histogram]:
    """Count in a table with one entry for each key."""
    dtype, n_channels = pixels.values.dtype, pixels.n_channels
    n_keys = 1 << (key_bits(dtype, n_channels) or 0)
    n_pixels = len(pixels.values)
    table = np.zeros(n_keys, np.uint32 if n_pixels < 2**32 else np.uint64)
    one = table.dtype.type(1)
    for start in range(0, n_pixels, BLOCK):
        if start % (64 * BLOCK) == 0:
            yield Progress(PHASE, 0.8 * start / n_pixels)
        np.add.at(table, pack(pixels.inside_values(slice(start, start + BLOCK))), one)
    yield Progress(PHASE, 0.8)
    # Comparing first makes the search several times faster than on the counts.
    keys = np.concatenate(
        [
            np.flatnonzero(table[start : start + SCAN_BLOCK] != 0) + start
            for start in range(0, n_keys, SCAN_BLOCK)
        ]
    )
    return Histogram(unpack(keys, dtype, n_channels), table[keys].astype(np.int64))


def _count_by_sorting(pixels: Pixels) -> Steps[Histogram]:
    """Count sorted blocks of values and merge the results."""
    n_pixels = len(pixels.values)
    parts = []
    for start in range(0, n_pixels, SORT_BLOCK):
        yield Progress(PHASE, 0.8 * start / n_pixels)
        values = pixels.inside_values(slice(start, start + SORT_BLOCK))
        if values.shape[1] == 1:
            distinct, counts = np.unique(values[:, 0], return_counts=True)
            parts.append(Histogram(distinct[:, np.newaxis], counts))
        else:
            parts.append(_sum_equal(values, np.ones(len(values), np.int64)))
    yield Progress(PHASE, 0.8)
    if len(parts) == 1:
        return parts[0]
    return (yield from _merged(parts))


def _merged(parts: list[Histogram]) -> Steps[Histogram]:
    """Merge histograms by ranges of the first channel, each with its own values."""
    firsts = [part.values[:, 0] for part in parts]
    step = max(1, MERGE_BLOCK // len(parts))
    splitters = max(firsts, key=len)[step::step]
    edges = [
        [0, *np.searchsorted(first, splitters).tolist(), len(first)] for first in firsts
    ]
    merged = []
    for number in range(len(splitters) + 1):
        yield Progress(PHASE, 0.8 + 0.2 * number / (len(splitters) + 1))
        ranges = [slice(*edge[number : number + 2]) for edge in edges]
        pieces = list(zip(parts, ranges, strict=True))
        merged.append(
            _sum_equal(
                np.concatenate([part.values[piece] for part, piece in pieces]),
                np.concatenate([part.counts[piece] for part, piece in pieces]),
            )
        )
    return Histogram(
        np.concatenate([part.values for part in merged]),
        np.concatenate([part.counts for part in merged]),
    )


def _sum_equal(values: Array, counts: Counts) -> Histogram:
    """Sort values and add up the counts of equal ones."""
    if values.shape[1] == 1:
        order = np.argsort(values[:, 0], kind="stable")
    else:
        order = np.lexsort(values.T[::-1])
    values = values[order]
    starts = run_starts(values)
    return Histogram(values[starts], np.add.reduceat(counts[order], starts))


def key_bits(dtype: np.dtype[Any], n_channels: int) -> int | None:
    """Return the number of bits of a pixel's key, or None if it has no key."""
    bits = 8 * dtype.itemsize * n_channels
    return bits if dtype.kind in "bui" and bits <= MAX_BITS else None


def pack(values: Array) -> Indices:
    """Return the key (M,) of each value (M, C)."""
    raw = values.view(f"u{values.dtype.itemsize}")
    if raw.dtype == np.uint8 and raw.shape[1] == 3 and raw.flags.c_contiguous:
        return _pack_rgb(raw)
    keys = raw[:, -1].astype(np.intp)
    for channel in range(raw.shape[1] - 2, -1, -1):
        keys <<= 8 * raw.dtype.itemsize
        keys |= raw[:, channel]
    return keys


def unpack(keys: Indices, dtype: np.dtype[Any], n_channels: int) -> Array:
    """Return the value (M, C) of each key (M,)."""
    bits = 8 * dtype.itemsize
    values = np.empty((len(keys), n_channels), f"u{dtype.itemsize}")
    for channel in range(n_channels):
        values[:, channel] = (keys >> (bits * channel)) & ((1 << bits) - 1)
    return values.view(dtype)


def run_starts(ordered: Array) -> Indices:
    """Return where each run of equal numbers, or rows, begins in sorted ones."""
    first = np.ones(len(ordered), np.bool_)
    differ = ordered[1:] != ordered[:-1]
    first[1:] = differ if ordered.ndim == 1 else differ.any(axis=1)
    return np.flatnonzero(first)


def _pack_rgb(raw: Array) -> Indices:
    """Read four bytes at every third byte and drop the fourth: one pass, no shifts."""
    keys = np.empty(len(raw), np.intp)
    if len(raw) > 1:
        quads = np.ndarray((len(raw) - 1,), "<u4", buffer=raw, strides=(3,))
        np.bitwise_and(quads, 0xFFFFFF, out=keys[:-1])
    if len(raw):  # four bytes from the last pixel would read beyond the array
        red, green, blue = raw[-1].tolist()
        keys[-1] = red | green << 8 | blue << 16
    return keys
