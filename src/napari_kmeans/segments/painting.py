"""Find what the user has painted on the labels."""

from dataclasses import dataclass, replace

import numpy as np

from napari_kmeans.core.types import Array, Indices
from napari_kmeans.segments.pixel_change import Region, bounding_box, full_region
from napari_kmeans.segments.segment_map import MAX_LABEL, SegmentMap

BLOCK = 1 << 17
"""Pixels compared at once."""


@dataclass(frozen=True)
class Painted:
    """Pixels that get another label."""

    region: Region  # their bounding box
    before: Array  # the labels of all pixels in it
    index: Indices  # (N,): where they are in the region, counted in C order
    labels: Array  # (N,): the label that each is to have

    def after(self) -> Array:
        """Return the labels of all pixels in the region as they are to be."""
        labels = self.before.copy()
        labels.reshape(-1)[self.index] = self.labels
        return labels

    def moved(self, outer: Region) -> "Painted":
        """Return the same pixels of an array in which theirs is a region."""
        pairs = zip(outer, self.region, strict=True)
        region = (slice(o.start + r.start, o.start + r.stop) for o, r in pairs)
        return replace(self, region=tuple(region))


def find_painted(
    painted: Array, labels: Array, within: Region | None = None
) -> Painted | None:
    """Return which pixels of the labels were painted; None if none were."""
    within = within or _changed_rows(painted, labels)
    if within is None:
        return None
    painted, labels = painted[within], labels[within]
    differs = painted != labels
    region = bounding_box(differs)
    if region is None:
        return None
    index = np.flatnonzero(differs[region])
    of_each = painted[region].reshape(-1)[index]
    return Painted(region, labels[region], index, of_each).moved(within)


def _changed_rows(painted: Array, labels: Array) -> Region | None:
    """Return the rows that hold all that differs; None if nothing does."""
    # Compared in blocks that stay in the cache: before each undo nothing differs.
    n = max(1, BLOCK // max(1, labels[:1].size))
    starts = range(0, len(labels), n)
    changed = [
        at for at in starts if (painted[at : at + n] != labels[at : at + n]).any()
    ]
    if not changed:
        return None
    rows = slice(changed[0], min(changed[-1] + n, len(labels)))
    return (rows, *full_region(labels)[1:])


def distinct(labels: Array) -> tuple[int, ...]:
    """Return the label values that occur."""
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
    """Return the atom that pixels of some labels take: the predicted one if it fits."""
    fits = segment_map.table[predicted] == labels
    atoms: Array = np.where(fits, predicted, segment_map.first_atoms[labels])
    return atoms
