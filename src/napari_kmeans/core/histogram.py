"""The distinct values of an image and how many pixels have each.

Clustering them is the same as clustering the pixels, of which a photograph has ten to a
hundred times more (Celebi 2011).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import BLOCK, Progress, Steps
from napari_kmeans.core.types import Array, Indices

MAX_BITS = 24
"""Values of up to so many bits have integer keys, by which tables are indexed."""
PHASE = "Counting the distinct values"
SPARSE = 32
"""With more possible keys per pixel than this, sorting is faster than a table."""
SORT_BLOCK = 1 << 19
"""Values that are sorted at once."""


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
    dtype, n_channels = pixels.dtype, pixels.n_channels
    if len(pixels.values) < (1 << bits) // SPARSE:
        ordered = pack(pixels.inside_values(slice(None))).astype(np.uint32)
        ordered.sort()
        first = run_starts(ordered)
        counts = np.diff(first, append=len(ordered))
        return Histogram(unpack(ordered.take(first), dtype, n_channels), counts)
    n_pixels = len(pixels.values)
    table = new_table(bits, n_pixels)
    for start in range(0, n_pixels, BLOCK):
        if start % (64 * BLOCK) == 0:
            yield Progress(PHASE, 0.8 * start / n_pixels)
        add_keys(table, pack(pixels.inside_values(slice(start, start + BLOCK))))
    yield Progress(PHASE, 0.8)
    return from_table(table, dtype, n_channels)


def new_table(bits: int, n_pixels: int) -> Array:
    """Return an empty table of how often each key occurs in so many pixels."""
    return np.zeros(1 << bits, np.uint32 if n_pixels < 2**32 else np.uint64)


def add_keys(table: Array, keys: Indices) -> None:
    """Add keys (M,) to a table."""
    np.add.at(table, keys, table.dtype.type(1))


def from_table(table: Array, dtype: np.dtype[Any], n_channels: int) -> Histogram:
    """Return the values of the keys in a table, and their counts."""
    # Comparing first makes the search several times faster than on the counts.
    keys = np.flatnonzero(table != 0)
    return Histogram(unpack(keys, dtype, n_channels), table[keys].astype(np.int64))


def _count_by_sorting(pixels: Pixels) -> Steps[Histogram]:
    """Count sorted blocks of the values of one channel, and merge the results."""
    n_pixels = len(pixels.values)
    parts = []
    for start in range(0, n_pixels, SORT_BLOCK):
        yield Progress(PHASE, 0.6 * start / n_pixels)
        values = pixels.inside_values(slice(start, start + SORT_BLOCK))[:, 0]
        parts.append(np.unique(values, return_counts=True))
    yield Progress(PHASE, 0.6)
    values, counts = map(np.concatenate, zip(*parts, strict=True))
    if len(parts) > 1 and 2 * len(values) > n_pixels:  # to sort all again is faster
        whole = pixels.inside_values(slice(None))[:, 0]
        values, counts = np.unique(whole, return_counts=True)
    elif len(parts) > 1:
        values, index = np.unique(values, return_inverse=True)
        counts = np.bincount(index, counts).astype(np.int64)
    return Histogram(values[:, np.newaxis], counts)


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


def unpack(keys: Array, dtype: np.dtype[Any], n_channels: int) -> Array:
    """Return the value (M, C) of each key (M,)."""
    if dtype.itemsize == 1:  # the bytes of a key are the channels: one pass, no shifts
        octets = keys.astype("<u4").view(np.uint8).reshape(-1, 4)
        return np.ascontiguousarray(octets[:, :n_channels]).view(dtype)
    bits = 8 * dtype.itemsize
    values = np.empty((len(keys), n_channels), f"u{dtype.itemsize}")
    for channel in range(n_channels):
        values[:, channel] = (keys >> (bits * channel)) & ((1 << bits) - 1)
    return values.view(dtype)


def run_starts(ordered: Array) -> Indices:
    """Return where each run of equal numbers begins in sorted ones."""
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
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
