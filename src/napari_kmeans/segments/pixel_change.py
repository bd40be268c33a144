"""Changes of pixels that can be undone, and the regions that they are in."""

import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np

from napari_kmeans.core.progress import thread_count
from napari_kmeans.core.types import Array, Flags

Region = tuple[slice, ...]

BLOCK = 1 << 20
"""Pixels compressed at once, on a thread."""
SMALL = 1 << 16
"""Bytes up to which a change is compressed only when its step is over."""
OVERHEAD = 500
"""About the bytes that a change takes besides its pixels."""


class StepChange(Protocol):
    """The change of the pixels in a step."""

    @property
    def nbytes(self) -> int:
        """The memory that it takes, about."""
        return 0

    def pack(self) -> None:
        """Take as little memory as possible from now on."""
        return

    def joined(self, _later: Any, /) -> "StepChange | None":
        """Join this and a later change; None if they cannot be one."""
        return None


class PixelChange:
    """What differs between two states of an array: old XOR new, of the bounding box.

    A stroke takes some hundred bytes, and doing and undoing it are one operation. Large
    changes are made in worker threads, and compressed there; small ones, such as the
    moves of a brush, only when somebody calls `pack`.
    """

    def __init__(self, region: Region, bits: Array) -> None:  # bits: old ^ new
        self.region = region
        self.dtype = bits.dtype
        self._shape = bits.shape
        self._bits: Array | None = bits
        self._packed: list[bytes] | None = None
        if bits.nbytes > SMALL:
            self._packed = _compressed(bits)

    @property
    def nbytes(self) -> int:
        """The memory that it takes, about."""
        if self._packed is not None:
            return OVERHEAD + sum(map(len, self._packed))
        return OVERHEAD + (0 if self._bits is None else self._bits.nbytes)

    def pack(self) -> None:
        """Take as little memory as possible from now on."""
        if self._bits is not None and self._packed is None:
            self._packed = _compressed(self._bits)
        self._bits = None

    def toggle(self, pixels: Array) -> None:
        """Do the change to the pixels of its region in place, or undo it if done."""
        bits = self._bits
        if bits is None:
            blocks = b"".join(_on_threads(zlib.decompress, self._packed or []))
            bits = np.frombuffer(blocks, self.dtype).reshape(self._shape)
        np.bitwise_xor(pixels, bits, out=pixels)
        if self._packed is not None:
            self._bits = None  # it will hardly be needed again soon


def _compressed(bits: Array) -> list[bytes]:
    """Compress an array, block by block: fast rather than small."""
    flat = np.ascontiguousarray(bits).reshape(-1)
    blocks = [flat[at : at + BLOCK] for at in range(0, flat.size, BLOCK)]
    return _on_threads(lambda block: zlib.compress(block.data, level=1), blocks)


def _on_threads(
    work: Callable[[Any], bytes], blocks: Sequence[Array | bytes]
) -> list[bytes]:
    """Apply a function to each block; one alone is not worth starting threads for."""
    if len(blocks) <= 1:
        return [work(block) for block in blocks]
    with ThreadPoolExecutor(thread_count()) as pool:
        return list(pool.map(work, blocks))


def full_region(array: Array) -> Region:
    """Return the region that is all of an array."""
    return tuple(slice(0, length) for length in array.shape)


def bounding_box(mask: Flags) -> Region | None:
    """Return the smallest region that holds all that is True."""
    region = list(full_region(mask))
    for axis in range(mask.ndim):
        # Each axis narrows what the next has to look at.
        part = mask[tuple(region)]
        others = tuple(other for other in range(mask.ndim) if other != axis)
        found = np.flatnonzero(part.any(axis=others))
        if not len(found):
            return None
        region[axis] = slice(int(found[0]), int(found[-1]) + 1)
    return tuple(region)


def difference(old: Array, new: Array) -> PixelChange | None:
    """Return what differs between two arrays; None if nothing does."""
    region = bounding_box(old != new)
    return None if region is None else PixelChange(region, old[region] ^ new[region])


def empty_change(array: Array) -> PixelChange:
    """Return a change of no pixel."""
    nowhere = tuple(slice(0, 0) for _ in array.shape)
    return PixelChange(nowhere, array[nowhere])
