"""What can be measured of the segments and their objects."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label, regionprops_table

from napari_kmeans.segments.segment_map import SegmentMap

Array = NDArray[Any]

CHUNK = 1 << 20
"""Pixels that are summed at once."""


def percentages(
    segment_map: SegmentMap, counts: Mapping[int, int]
) -> dict[int, float | None]:
    """Return the share of the pixels not ignored; None for an ignored segment."""
    total = sum(counts[s.value] for s in segment_map if not s.ignored) or 1
    return {
        s.value: None if s.ignored else 100 * counts[s.value] / total
        for s in segment_map
    }


def mean_values(labels: Array, image: Array) -> dict[int, tuple[float, ...]]:
    """Return the mean of each label's pixels."""
    flat = labels.reshape(-1)
    values = image.reshape(flat.size, -1)
    size = int(flat.max()) + 1
    sums = np.zeros((values.shape[1], size))
    counts = np.zeros_like(sums)
    for start in range(0, flat.size, CHUNK):
        block = slice(start, start + CHUNK)
        for channel, one in enumerate(values[block].T.astype(np.float64)):
            finite = np.isfinite(one)
            numbers = flat[block][finite]
            sums[channel] += np.bincount(numbers, one[finite], size)
            counts[channel] += np.bincount(numbers, minlength=size)
    with np.errstate(invalid="ignore"):
        means = (sums / counts).T.tolist()
    present = np.flatnonzero(np.bincount(flat))
    return {value: tuple(means[value]) for value in present.tolist()}


def count_objects(labels: Array) -> dict[int, int]:
    """Count the objects of each label, all in one pass."""
    objects = label(labels, background=0)
    owners = np.zeros(int(objects.max(initial=0)) + 1, labels.dtype)
    owners[objects] = labels  # any pixel of an object tells whose it is
    values, counts = np.unique(owners[1:], return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def find_objects(labels: Array, value: int) -> NDArray[np.int32]:
    """Label the objects of a segment: its connected components."""
    objects: NDArray[np.int32] = label(labels == value).astype(np.int32, copy=False)
    return objects


def measure_objects(
    objects: NDArray[np.int32],
    image: Array | None = None,
    spacing: Sequence[float] | None = None,
) -> dict[str, Array]:
    """Measure every object."""
    sizes = tuple(float(size) for size in spacing or (1.0,) * objects.ndim)
    properties = ["label", "area", "centroid"]
    if objects.ndim == 2 and sizes[0] == sizes[1]:
        properties.append("perimeter")
    if image is not None:
        properties.append("intensity_mean")
    table: dict[str, Array] = regionprops_table(
        objects, image, properties=properties, spacing=sizes
    )
    return table
