"""The filters that smooth one channel: a Gaussian and a median with pixels left out.

The result depends on a pixel's neighbours alone: blocks give the same as the whole.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from math import prod
from typing import Any

import numpy as np

from napari_kmeans.core.types import Array, Flags, Floats, Indices

Outside = Flags | None

MODE = "reflect"
"""The boundary mode of scipy.ndimage: (d c b a | a b c d | d c b a), which NumPy calls
"symmetric"."""
WINDOW_VALUES = 1 << 20
"""Values in the windows sorted at once."""
LARGEST_BOX = 150
"""Up to this many values in a box, a sorting network is faster than sorting."""
NETWORK_BLOCK = 1 << 14
"""Medians computed at once: few enough for the arrays to stay in the cache."""


def gaussian(
    values: Array, outside: Outside, sigmas: Sequence[float], radii: Sequence[int]
) -> Array:
    """Return the mean of the values around each, weighted by a Gaussian."""
    if outside is None or not outside.any():
        return _as_type(_blur(values, sigmas, radii), values.dtype)
    blurred = _blur(np.where(outside, 0, values), sigmas, radii)
    # Less what is missing, not what is there: that is exactly 1 if nothing is missing.
    blurred /= np.where(outside, 1, 1 - _blur(outside, sigmas, radii))
    return _as_type(blurred, values.dtype)


def _blur(values: Array, sigmas: Sequence[float], radii: Sequence[int]) -> Floats:
    """Convolve with a Gaussian in float64."""
    # Imported here: SciPy takes longer to import than most images to cluster.
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415

    floats = values.astype(np.float64)
    blurred: Floats = gaussian_filter(floats, sigmas, radius=radii, mode=MODE)
    return blurred


def median(values: Array, outside: Outside, radii: Sequence[int]) -> Array:
    """Return the median of the values around each."""
    if outside is None or not outside.any():
        return _medians_of_all(values, radii)
    from scipy.ndimage import maximum_filter  # noqa: PLC0415

    filled = np.where(outside, values.dtype.type(0), values)
    medians = _medians_of_all(filled, radii)
    near = maximum_filter(outside, box_shape(radii), mode=MODE) & ~outside
    medians[near] = _medians_of_some(filled, outside, radii, np.argwhere(near))
    return medians


def _medians_of_all(values: Array, radii: Sequence[int]) -> Array:
    """Return the median of the box around each value, by the faster of two methods."""
    known = np.float32 if values.dtype == np.float16 else values.dtype  # to processors
    known_values, box = values.astype(known, copy=False), box_shape(radii)
    if prod(box) <= LARGEST_BOX:
        medians = box_medians(known_values, radii)
    else:
        from scipy.ndimage import median_filter  # noqa: PLC0415

        medians = median_filter(known_values, box, mode=MODE)
    return np.asarray(medians, values.dtype)


def box_medians(values: Array, radii: Sequence[int]) -> Array:
    """Return the median of the box around every value, by a sorting network."""
    # It makes the same comparisons for any values (Batcher 1968), so each is one
    # minimum and one maximum of whole arrays, which a processor vectorizes.
    medians = np.empty_like(values)
    padded = _padded(values, radii)
    axis = int(np.argmax(values.shape))
    length = values.shape[axis]
    thickness = max(1, NETWORK_BLOCK * length // values.size)
    for start in range(0, length, thickness):
        stop = min(start + thickness, length)
        block = [(0, size) for size in values.shape]
        block[axis] = start, stop
        shifts = product(*map(range, box_shape(radii)))
        shifted = [padded[_moved(block, by)] for by in shifts]
        medians[_moved(block, (0,) * values.ndim)] = _middle(shifted)
    return medians


def _moved(block: list[tuple[int, int]], by: Sequence[int]) -> tuple[slice, ...]:
    """Return the index of a block, moved along each axis."""
    pairs = zip(block, by, strict=True)
    return tuple(slice(start + shift, stop + shift) for (start, stop), shift in pairs)


def box_shape(radii: Sequence[int]) -> tuple[int, ...]:
    """Return how many values a box has along each axis."""
    return tuple(2 * radius + 1 for radius in radii)


def _padded(values: Array, radii: Sequence[int]) -> Array:
    """Reflect values at the edges, as far as boxes reach."""
    return np.pad(values, [(radius, radius) for radius in radii], mode="symmetric")


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
    """Return the comparisons for the median of n values, and which results it needs."""
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
    p = highest = 1 << max(0, (n - 1).bit_length() - 1)
    while p:
        q, r, d = highest, 0, p
        while d:
            for place in range(n - d):
                if place & p == r:
                    yield place, place + d
            d, q, r = q - p, q >> 1, p
        p >>= 1


def _medians_of_some(
    values: Array, outside: Flags, radii: Sequence[int], places: Indices
) -> Array:
    """Return the medians at some places, without the values left out."""
    box = box_shape(radii)
    windows, gaps = (
        np.lib.stride_tricks.sliding_window_view(_padded(array, radii), box)
        for array in (values, outside)
    )
    medians = np.empty(len(places), values.dtype)
    n_places = max(1, WINDOW_VALUES // prod(box))
    for start in range(0, len(places), n_places):
        index = tuple(places[start : start + n_places].T)
        block, left_out = (a[index].reshape(len(index[0]), -1) for a in (windows, gaps))
        block[left_out] = _largest(values.dtype)
        block.sort(axis=1)
        counts = (~left_out).sum(axis=1)
        rows = np.arange(len(block))
        low, high = (block[rows, middle] for middle in ((counts - 1) // 2, counts // 2))
        mean = low / 2.0 + high / 2.0
        between = _as_type(np.asarray(mean, np.float64), values.dtype)
        medians[start : start + n_places] = np.where(low == high, low, between)
    return medians


def _largest(dtype: np.dtype[Any]) -> Any:
    """Return the value that sorts last in a type."""
    if dtype.kind == "f":
        return np.inf
    return True if dtype.kind == "b" else np.iinfo(dtype).max


def _as_type(values: Floats, dtype: np.dtype[Any]) -> Array:
    """Convert floats to an image's type, with rounding for integers."""
    if dtype.kind == "f":
        return values.astype(dtype)
    np.rint(values, out=values)
    if dtype.itemsize == 8:
        # The largest 64-bit integers are no floats: the next float above is too large.
        limits = np.iinfo(dtype)
        largest = np.nextafter(float(limits.max), 0)
        np.clip(values, float(limits.min), largest, out=values)
    return values.astype(dtype)
