"""What the user painted over the labels."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.segments.pixel_change import Region, bounding_box
from napari_kmeans.segments.segment import MAX_LABEL, label_dtype
from napari_kmeans.segments.segment_map import SegmentMap

Array = NDArray[Any]


@dataclass(frozen=True)
class Painted:
    """Pixels that are to have another label."""

    region: Region  # their bounding box
    index: NDArray[np.intp]  # (N,): where they are in the region, counted in C order
    labels: Array  # (N,): the label that each is to have

    def moved(self, outer: Region) -> "Painted":
        """Give the same pixels of an array in which theirs is a region."""
        pairs = zip(outer, self.region, strict=True)
        region = (slice(o.start + r.start, o.start + r.stop) for o, r in pairs)
        return replace(self, region=tuple(region))


def find_painted(
    painted: Array, labels: Array, within: Region | None = None
) -> Painted | None:
    """Find which pixels of the labels were painted."""
    if within is not None:
        painted, labels = painted[within], labels[within]
    differs = painted != labels
    region = bounding_box(differs)
    if region is None:
        return None
    index = np.flatnonzero(differs[region])
    found = Painted(region, index, painted[region].reshape(-1)[index])
    return found if within is None else found.moved(within)


def distinct(labels: Array) -> tuple[int, ...]:
    """Give the label values that occur."""
    if not labels.size:
        return ()
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high > MAX_LABEL:
        raise ValueError(
            f"The labels go from {low} to {high}: paint with numbers from 0 to "
            f"{MAX_LABEL}."
        )
    if low == high:  # as of a stroke: much faster
        return (low,)
    occurs = np.zeros(high + 1, np.bool_)
    occurs[labels] = True
    return tuple(np.flatnonzero(occurs).tolist())


def atoms_of(labels: Array, predicted: Array, segment_map: SegmentMap) -> Array:
    """Give the atom that pixels of some labels take."""
    table = segment_map.table()
    first = np.zeros(int(table.max()) + 1, label_dtype(segment_map.n_atoms))
    for segment in segment_map:
        first[segment.value] = segment.atoms[0]
    atoms: Array = np.where(table[predicted] == labels, predicted, first[labels])
    return atoms
