"""What can be measured of the segments."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

from napari_kmeans.segments.segment_map import SegmentMap

Array = NDArray[Any]

CHUNK = 1 << 20
"""Pixels that are summed at once."""


@dataclass(frozen=True)
class Statistics:
    """What is measured of a segment."""

    value: int  # its label value
    name: str  # its name
    pixels: int  # how many pixels it has
    # its share of the pixels of all segments that are not ignored; None if it is
    # ignored itself
    percent: float | None
    size: float  # its area or volume, in some unit


def statistics(
    segment_map: SegmentMap, counts: Mapping[int, int], pixel_size: float = 1.0
) -> list[Statistics]:
    """Return what follows from the numbers of pixels alone."""
    total = sum(counts[s.value] for s in segment_map if not s.ignored)
    return [
        Statistics(
            segment.value,
            segment.name,
            pixels := counts[segment.value],
            None if segment.ignored else 100 * pixels / (total or 1),
            pixels * pixel_size,
        )
        for segment in segment_map
    ]


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
    """Count the connected pieces of each label, all in one pass."""
    pieces = label(labels, background=0)
    owners = np.zeros(int(pieces.max(initial=0)) + 1, labels.dtype)
    owners[pieces] = labels  # any pixel of a piece tells whose it is
    values, counts = np.unique(owners[1:], return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))
