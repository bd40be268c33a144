"""A change of some pixels of an array, kept small, that can be done and undone."""

import zlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.blocks import thread_count

Array = NDArray[Any]
Region = tuple[slice, ...]

BLOCK = 1 << 20
"""Pixels that are compressed at once, on a thread."""
OVERHEAD = 500
"""About the bytes that a change takes beside its pixels."""


@dataclass(frozen=True)
class PixelChange:
    """What differs between two states of an array.

    It keeps old XOR new, of the bounding box only and compressed: a stroke takes some
    hundred bytes, and doing and undoing it are one operation.
    """

    region: Region  # the bounding box of what differs
    dtype: np.dtype[Any]  # the type of the array
    # old XOR new in the region, in C order: the blocks, compressed
    bits: tuple[bytes, ...]

    @classmethod
    def between(cls, old: Array, new: Array, region: Region) -> Self:
        """Keep what differs between two states of a region."""
        bits = np.bitwise_xor(old, new).reshape(-1)
        blocks = [bits[at : at + BLOCK] for at in range(0, bits.size, BLOCK)]
        return cls(region, old.dtype, tuple(_on_threads(_compress, blocks)))

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        return OVERHEAD + sum(map(len, self.bits))

    def toggle(self, array: Array) -> None:
        """Do the change to an array in place, or undo it if it was done."""
        part = array[self.region]
        blocks = b"".join(_on_threads(zlib.decompress, self.bits))
        bits = np.frombuffer(blocks, self.dtype)
        np.bitwise_xor(part, bits.reshape(part.shape), out=part)


def _compress(bits: Array) -> bytes:
    """Compress a block: fast rather than small."""
    return zlib.compress(bits.data, level=1)


def _on_threads(
    work: Callable[[Any], bytes], blocks: Sequence[Array | bytes]
) -> list[bytes]:
    """Do something with every block; one alone is not worth starting threads for."""
    if len(blocks) == 1:
        return [work(blocks[0])]
    with ThreadPoolExecutor(thread_count()) as pool:
        return list(pool.map(work, blocks))


def full_region(array: Array) -> Region:
    """Give the region that is all of an array."""
    return tuple(slice(0, length) for length in array.shape)


def union(regions: Iterable[Region]) -> Region:
    """Give the smallest region that holds others."""
    regions = list(regions)
    filled = [r for r in regions if all(axis.start < axis.stop for axis in r)]
    return tuple(
        slice(min(axis.start for axis in axes), max(axis.stop for axis in axes))
        for axes in zip(*(filled or regions), strict=True)
    )


def bounding_box(mask: NDArray[np.bool_]) -> Region | None:
    """Give the smallest region that holds all that is True."""
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
    """Keep what differs between two arrays."""
    region = bounding_box(old != new)
    if region is None:
        return None
    dtype = np.promote_types(old.dtype, new.dtype)
    old, new = (array[region].astype(dtype, copy=False) for array in (old, new))
    return PixelChange.between(old, new, region)


def empty_change(array: Array) -> PixelChange:
    """Give a change that changes no pixel."""
    nowhere = tuple(slice(0, 0) for _ in array.shape)
    return PixelChange.between(array[nowhere], array[nowhere], nowhere)
