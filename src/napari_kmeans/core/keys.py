"""Integer keys for values of up to 24 bits, by which tables are indexed."""

from typing import Any

import numpy as np

from napari_kmeans.core.types import Array, Indices

MAX_BITS = 24


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
