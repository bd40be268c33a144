"""Wrap an array in memory as a dask array without copying it."""

from collections.abc import Sequence
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray


class UncopiedArray:
    """An array that dask reads by indexing, so that it does not copy it."""

    def __init__(self, array: Any) -> None:
        self._array = array
        self.shape: tuple[int, ...] = tuple(array.shape)
        self.dtype: np.dtype[Any] = np.dtype(array.dtype)
        self.ndim = len(self.shape)

    def __getitem__(self, index: Any) -> NDArray[Any]:
        """Return a part: of an array in memory a view, as it is at that time."""
        return np.asarray(self._array[index])


BLOCK = 1 << 20
"""Values per block of `tiles`, which takes a few milliseconds."""


def tiles(shape: Sequence[int]) -> tuple[int, ...]:
    """Return chunks that suit viewing plane by plane."""
    edge, left, sizes = isqrt(BLOCK), BLOCK, []
    for number, length in enumerate(reversed(shape)):
        size = max(1, min(length, edge if number < 2 else left))
        left //= size
        sizes.append(size)
    return tuple(reversed(sizes))


def wrap(array: Any, chunks: Any) -> Any:
    """Return an array as a dask array, without copying or hashing it."""
    import dask.array  # noqa: PLC0415

    held = UncopiedArray(array)
    meta = np.empty((0,) * held.ndim, held.dtype)
    return dask.array.from_array(held, chunks, name=False, asarray=False, meta=meta)
