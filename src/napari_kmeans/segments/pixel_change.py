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
        self._bits: Array | None = bits
        self._packed = Packed(bits) if bits.nbytes > SMALL else None

    @property
    def nbytes(self) -> int:
        """The memory that it takes, about."""
        held = self._packed or self._bits
        return OVERHEAD + (0 if held is None else held.nbytes)

    def pack(self) -> None:
        """Take as little memory as possible from now on."""
        if self._packed is None and self._bits is not None:
            self._packed = Packed(self._bits)
        self._bits = None

    def toggle(self, pixels: Array) -> None:
        """Do the change to the pixels of its region in place, or undo it if done."""
        bits = self._bits
        if self._packed is not None:
            bits = self._packed.array() if bits is None else bits
            self._bits = None  # it will hardly be needed again soon
        assert bits is not None
        np.bitwise_xor(pixels, bits, out=pixels)


class Packed:
    """An array, compressed block by block: fast rather than small."""

    def __init__(self, array: Array) -> None:
        self._dtype, self._shape = array.dtype, array.shape
        flat = np.ascontiguousarray(array).reshape(-1)
        blocks = [flat[at : at + BLOCK] for at in range(0, flat.size, BLOCK)]
        self._blocks = _on_threads(lambda one: zlib.compress(one.data, level=1), blocks)

    @property
    def nbytes(self) -> int:
        """The memory that it takes, about."""
        return sum(map(len, self._blocks))

    def array(self) -> Array:
        """Return the array, to be read only."""
        data = b"".join(_on_threads(zlib.decompress, self._blocks))
        return np.frombuffer(data, self._dtype).reshape(self._shape)


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
