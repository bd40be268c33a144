"""How many pixels have values in each box of a plane, and whose they are."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from napari_kmeans.core.histogram import run_starts
from napari_kmeans.core.plotting.tally import Tally
from napari_kmeans.core.types import Array, Counts, Flags, Floats, Indices

FEWEST, MOST = 32, 256
"""Boxes along an axis: the more, the more distinct values there are to fill them."""
BLUR = 1.5
"""Boxes over which it is looked who has most of the pixels around."""


@dataclass(frozen=True, eq=False)
class Density:
    """Counts in the boxes of a plane, apart for each part; only those above 0."""

    shape: tuple[int, int]  # boxes along each of the two axes
    low: Floats  # (2,): where the boxes begin and end
    high: Floats
    boxes: Indices  # (K,): the number of the box, counted along the second axis first
    ids: Array  # (K,)
    counts: Counts  # (K,)

    def by_label(self, table: Array) -> tuple[Counts, Array]:
        """Return the pixels of each box, and the label most of them have.

        The table has the label of each part; parts of label 0 do not count.
        """
        labels = table[self.ids]
        seen = labels > 0
        totals = np.zeros(self.shape[0] * self.shape[1], np.int64)
        owners = np.zeros(len(totals), table.dtype)
        pairs = self.boxes[seen] * (int(table.max(initial=0)) + 1) + labels[seen]
        order = np.argsort(pairs, kind="stable")
        first = run_starts(pairs[order])
        if len(first):
            counts = np.add.reduceat(self.counts[seen][order], first)
            boxes, labels = self.boxes[seen][order][first], labels[seen][order][first]
            np.add.at(totals, boxes, counts)
            # Written in ascending order, the largest count stays.
            ascending = np.lexsort((-labels.astype(np.int64), counts))
            owners[boxes[ascending]] = labels[ascending]
        return totals.reshape(self.shape), owners.reshape(self.shape)

    def territories(self, table: Array) -> Array:
        """Return the label of most pixels in and around each box that has any.

        Segments that lie over each other in the plane have borders even so.
        """
        labels = table[self.ids]
        n_boxes = self.shape[0] * self.shape[1]
        owners = np.zeros(self.shape, table.dtype)
        most = np.zeros(self.shape)
        filled = np.zeros(n_boxes, np.bool_)
        for label in np.unique(labels[labels > 0]).tolist():
            own = labels == label
            filled[self.boxes[own]] = True
            counts = np.bincount(self.boxes[own], self.counts[own], n_boxes)
            around = gaussian_filter(counts.reshape(self.shape), BLUR)
            wins = around > most
            owners[wins], most[wins] = label, around[wins]
        owners[~filled.reshape(self.shape)] = 0
        return owners


def density_of(tally: Tally, places: Floats) -> Density:
    """Count the values of a tally, which lie at some places (2, M) of a plane."""
    n_boxes = int(np.clip(np.sqrt(len(tally)) / 2, FEWEST, MOST))
    ends = [_ends(axis, n_boxes) for axis in places]
    low, high = (
        np.array(limits) for limits in zip(*(e[:2] for e in ends), strict=True)
    )
    shape = ends[0][2], ends[1][2]
    boxes = np.zeros(len(tally), np.intp)
    for axis, start, stop, n in zip(places, low, high, shape, strict=True):
        numbers = ((axis - start) * (n / (stop - start))).astype(np.intp)
        boxes = boxes * n + np.clip(numbers, 0, n - 1)
    pairs = tally.ids.astype(np.int64) * (shape[0] * shape[1]) + boxes
    order = np.argsort(pairs, kind="stable")
    first = run_starts(pairs[order])
    counts = tally.counts[order]
    counts = np.add.reduceat(counts, first) if len(first) else counts
    chosen = order[first]
    return Density(shape, low, high, boxes[chosen], tally.ids[chosen], counts)


def _ends(places: Floats, n_boxes: int) -> tuple[float, float, int]:
    """Return where the boxes along an axis begin and end, and how many there are.

    Whole numbers have one each.
    """
    if not len(places):
        return 0.0, 1.0, 1
    low, high = float(places.min()), float(places.max())
    # Boxes of other widths than the numbers' would be filled unevenly.
    if high - low < MOST and np.array_equal(places, np.rint(places)):
        return low - 0.5, high + 0.5, int(high - low) + 1
    room = (high - low) / n_boxes or 1.0
    return low - room / 2, high + room / 2, n_boxes


def inside_polygon(places: Floats, polygon: Floats) -> Flags:
    """Return which places (2, M) lie inside a polygon (V, 2), by the even-odd rule."""
    from skimage.measure import points_in_poly  # noqa: PLC0415 (long to import)

    low, high = polygon.min(axis=0), polygon.max(axis=0)
    near = ((places >= low[:, None]) & (places <= high[:, None])).all(axis=0)
    inside = np.zeros(places.shape[1], np.bool_)
    inside[near] = points_in_poly(places[:, near].T, polygon)
    return inside
