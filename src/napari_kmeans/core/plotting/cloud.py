"""The values of an image as a cloud of points, of which there may be only so many."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from napari_kmeans.core.histogram import run_starts
from napari_kmeans.core.plotting.plot_axes import PlotAxis, coordinates_steps
from napari_kmeans.core.plotting.tally import Tally
from napari_kmeans.core.progress import Progress, Steps, subprogress
from napari_kmeans.core.types import Array, Counts, Floats, Indices

MOST_POINTS = 200_000
FINEST = 256
"""Boxes along an axis, at most."""
COARSER = 2**-0.5
"""The boxes along an axis become fewer by this factor until they are few enough."""


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points, each of which stands for pixels of one part that have like values."""

    places: Floats  # (3, P): where they lie along the axes
    values: Floats  # (P, n): the mean values of their pixels
    ids: Array  # (P,): the part
    counts: Counts  # (P,)
    low: Floats  # (3,): where the values begin and end along each axis
    high: Floats
    of_each: Indices  # (M,): the point of each value of the tally

    def __len__(self) -> int:
        return len(self.ids)


def cloud_steps(
    tally: Tally, axes: Sequence[PlotAxis], most: int = MOST_POINTS
) -> Steps[Cloud]:
    """Turn values into points, step by step.

    If there are too many, those in one box and of one part become one point, at the
    mean of its pixels: none are lost.
    """
    grid = tally.grid
    converting = coordinates_steps(tally.values, grid.channels, axes, grid.dtype)
    places = yield from subprogress(converting, 0, 0.7)
    low, high = places.min(axis=1, initial=np.inf), places.max(axis=1, initial=-np.inf)
    if len(tally) <= most:
        every = np.arange(len(tally))
        ids, counts = tally.ids, tally.counts
        return Cloud(places, tally.values, ids, counts, low, high, every)
    length = np.where(high > low, high - low, 1.0)
    share = (places - low[:, np.newaxis]) / length[:, np.newaxis]
    n_boxes = float(FINEST)
    while True:
        yield Progress("Grouping the values", 0.8)
        cells = _cells(share, tally.ids, int(n_boxes))
        order = np.argsort(cells, kind="stable")
        first = run_starts(cells[order])
        if len(first) <= most or n_boxes < 2:
            break
        n_boxes *= COARSER
    of_each = np.empty(len(tally), np.intp)
    of_each[order] = np.repeat(np.arange(len(first)), np.diff(first, append=len(tally)))
    counts = np.add.reduceat(tally.counts[order], first)

    def means(rows: Floats) -> Floats:
        weighted = (rows * tally.counts)[:, order]
        sums: Floats = np.add.reduceat(weighted, first, axis=1)
        return sums / counts

    values = means(tally.values.T).T
    ids = tally.ids[order][first]
    return Cloud(means(places), values, ids, counts, low, high, of_each)


def _cells(share: Floats, ids: Array, n_boxes: int) -> Array:
    """Return the number (M,) of the box and the part of points (3, M) from 0 to 1."""
    cells = ids.astype(np.uint64)
    for axis in share:
        boxes = np.minimum((axis * n_boxes).astype(np.uint64), n_boxes - 1)
        cells = cells * np.uint64(n_boxes) + boxes
    return cells
