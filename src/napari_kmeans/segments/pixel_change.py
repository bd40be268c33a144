"""A change of some pixels of an array, kept small, that can be done and undone."""

import zlib
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Region = tuple[slice, ...]


@dataclass(frozen=True)
class PixelChange:
    """What differs between two states of an array.

    It keeps old XOR new, of the bounding box only and compressed: a stroke takes some
    hundred bytes, and doing and undoing it are one operation.

    Attributes
    ----------
    region : tuple of slice
        The bounding box of what differs.
    dtype : numpy.dtype
        The type of the array.
    bits : bytes
        old XOR new in the region, in C order, compressed.
    """

    region: Region
    dtype: np.dtype[Any]
    bits: bytes

    @classmethod
    def between(cls, old: Array, new: Array, region: Region) -> Self:
        """Keep what differs between two states of a region.

        Parameters
        ----------
        old, new : ndarray of uint8 or uint16
            The region's pixels, of one type.
        region : tuple of slice
            Where they lie in the array; each slice has a start and a stop.

        Returns
        -------
        PixelChange
            The change.
        """
        bits = zlib.compress(np.bitwise_xor(old, new).data, level=1)
        return cls(region, old.dtype, bits)

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        return len(self.bits)

    def toggle(self, array: Array) -> None:
        """Do the change to an array in place, or undo it if it was done.

        Parameters
        ----------
        array : ndarray
            Of the type of the change, or wider.
        """
        part = array[self.region]
        bits = np.frombuffer(zlib.decompress(self.bits), self.dtype)
        np.bitwise_xor(part, bits.reshape(part.shape), out=part)


def whole(array: Array) -> Region:
    """Give the region that is all of an array."""
    return tuple(slice(0, length) for length in array.shape)


def bounding_box(mask: NDArray[np.bool_]) -> Region | None:
    """Give the smallest region that holds all that is True.

    Parameters
    ----------
    mask : ndarray of bool
        Of any number of dimensions.

    Returns
    -------
    tuple of slice, or None
        None if nothing is True.
    """
    region = list(whole(mask))
    for axis in range(mask.ndim):
        # Each axis narrows what the next has to look at.
        part = mask[tuple(region)]
        others = tuple(other for other in range(mask.ndim) if other != axis)
        found = np.flatnonzero(part.any(axis=others))
        if not len(found):
            return None
        region[axis] = slice(int(found[0]), int(found[-1]) + 1)
    return tuple(region)
