"""An array in memory as a lazy one, of which nothing is copied."""

from collections.abc import Sequence
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Held:
    """An array that dask reads by index only: one that it knows it would copy.

    Parameters
    ----------
    array : ndarray or array-like
        The array, or a file of which `array[slices]` reads a part.

    Attributes
    ----------
    shape : tuple of int
        As of the array.
    dtype : numpy.dtype
        As of the array.
    ndim : int
        As of the array.
    """

    def __init__(self, array: Any) -> None:
        self._array = array
        self.shape: tuple[int, ...] = tuple(array.shape)
        self.dtype: np.dtype[Any] = np.dtype(array.dtype)
        self.ndim = len(self.shape)

    def __getitem__(self, index: Any) -> NDArray[Any]:
        """Give a part: of an array in memory a view, as it is at that time."""
        return np.asarray(self._array[index])


BLOCK = 1 << 20
"""Values in a block of `tiles`, which is computed in some milliseconds."""


def tiles(shape: Sequence[int]) -> tuple[int, ...]:
    """Give the size of blocks that suit what is looked at plane by plane.

    Parameters
    ----------
    shape : sequence of int
        Of an array without channels.

    Returns
    -------
    tuple of int
        Squares of the last two axes, or several whole planes if these are small.
    """
    edge, left, sizes = isqrt(BLOCK), BLOCK, []
    for number, length in enumerate(reversed(shape)):
        size = max(1, min(length, edge if number < 2 else left))
        left //= size
        sizes.append(size)
    return tuple(reversed(sizes))


def hold(array: Any, chunks: Any) -> Any:
    """Give an array as a dask array, without a copy and without a look at its values.

    Parameters
    ----------
    array : ndarray or array-like
        The array. What is written to it later is seen by what is computed later.
    chunks : tuple, or "auto"
        As for `dask.array.from_array`.

    Returns
    -------
    dask.array.Array
        The same values, under a name of its own.
    """
    import dask.array  # noqa: PLC0415

    held = Held(array)
    meta = np.empty((0,) * held.ndim, held.dtype)
    return dask.array.from_array(held, chunks, name=False, asarray=False, meta=meta)
