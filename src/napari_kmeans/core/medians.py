"""Box medians by minima and maxima of whole arrays.

A sorting network (Batcher 1968, Sorting networks and their applications) makes the same
comparisons for any values, so each comparison is one minimum and one maximum of arrays,
which a processor vectorizes. Comparisons that the median does not depend on are
omitted.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

LARGEST_BOX = 150
"""Up to this many values in a box, this is faster than sorting each box."""
BLOCK = 1 << 14
"""Medians computed at once: few enough for the arrays to stay in the cache."""


def box_medians(values: Array, radii: Sequence[int]) -> Array:
    """Return the median of the box around every value."""
    medians = np.empty_like(values)
    padded = np.pad(values, [(radius, radius) for radius in radii], mode="symmetric")
    axis = int(np.argmax(values.shape))
    length = values.shape[axis]
    thickness = max(1, BLOCK * length // values.size)
    for start in range(0, length, thickness):
        stop = min(start + thickness, length)
        block = [(0, size) for size in values.shape]
        block[axis] = start, stop
        shifts = product(*(range(2 * radius + 1) for radius in radii))
        shifted = [padded[_moved(block, by)] for by in shifts]
        medians[_moved(block, (0,) * values.ndim)] = _middle(shifted)
    return medians


def _moved(block: list[tuple[int, int]], by: Sequence[int]) -> tuple[slice, ...]:
    """Return the index of a block, moved along each axis."""
    pairs = zip(block, by, strict=True)
    return tuple(slice(start + shift, stop + shift) for (start, stop), shift in pairs)


def box_size(radii: Sequence[int]) -> int:
    """Return how many values a box has."""
    return prod(2 * radius + 1 for radius in radii)


def _middle(arrays: list[Array]) -> Array:
    """Return the elementwise median of an odd number of arrays."""
    for low, high, keeps_low, keeps_high in _network(len(arrays)):
        first, second = arrays[low], arrays[high]
        if keeps_low:
            arrays[low] = np.minimum(first, second)
        if keeps_high:
            arrays[high] = np.maximum(first, second)
    return arrays[len(arrays) // 2]


@cache
def _network(n: int) -> tuple[tuple[int, int, bool, bool], ...]:
    """Return the comparisons that the median of n values needs.

    Each has its two places, and whether the smaller and the larger value are needed.
    """
    needed = {n // 2}
    comparisons = []
    for low, high in reversed(list(_sorting_network(n))):
        keeps = low in needed, high in needed
        if any(keeps):
            comparisons.append((low, high, *keeps))
            needed |= {low, high}
    return tuple(reversed(comparisons))


def _sorting_network(n: int) -> Iterator[tuple[int, int]]:
    """Yield the comparisons that sort n values (Knuth, algorithm 5.2.2 M)."""
    highest = 1 << max(0, (n - 1).bit_length() - 1)
    p = highest
    while p and n > 1:
        q, r, d = highest, 0, p
        while True:
            for place in range(n - d):
                if place & p == r:
                    yield place, place + d
            if q == p:
                break
            d, q, r = q - p, q >> 1, p
        p >>= 1
