"""Lloyd's iterations on few points: cells that lie within one cluster count as one.

Where all points of a cell have the same nearest centroid, only their sum matters. The
others, next to the borders of the clusters, are looked at one by one.
"""

from dataclasses import replace

import numpy as np

from napari_kmeans.core.grid import Points
from napari_kmeans.core.lloyd import Refined, look, refine, rounding_of
from napari_kmeans.core.nearest import Scores
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.types import Flags, Floats, Indices

SPARE = 1.5
GROWTH = 1.2
"""Cells are split a little earlier than they must be, as the centroids still move; each
time that was not enough, yet earlier."""


def refine_bundled(
    points: Points,
    cells: Points,
    of_each: Indices,
    centroids: Floats,
    max_iter: int,
    *,
    n_pinned: int = 0,
) -> Steps[Refined]:
    """Iterate until the centroids (k, C) rest, as they would on all points.

    `of_each` has the cell (M,) that each point is in.
    """
    radii = _radii(points, cells, of_each)
    rounding = rounding_of(points, centroids)
    spare, n_iter = SPARE, 0
    is_whole = _within(cells, centroids, spare * radii, rounding)
    while True:
        single = np.flatnonzero(~is_whole.take(of_each))
        parts = (cells.features[:, is_whole], points.features.take(single, axis=1))
        counts = (cells.counts[is_whole], points.counts[single])
        mixed = Points(np.concatenate(parts, axis=1), np.concatenate(counts))
        found = yield from refine(
            mixed, centroids, max_iter - n_iter, n_pinned=n_pinned
        )
        n_iter += found.n_iter
        centroids = found.centroids
        # At rest, what matters is whether the cells are within one cluster by now.
        is_torn = is_whole & ~_within(cells, centroids, radii, rounding)
        if n_iter >= max_iter or not is_torn.any():
            break
        spare *= GROWTH
        is_whole &= _within(cells, centroids, spare * radii, rounding)
    n_whole = len(mixed) - len(single)
    of_cell = np.zeros(len(cells), found.labels.dtype)
    of_cell[is_whole] = found.labels[:n_whole]
    labels = of_cell.take(of_each)
    labels[single] = found.labels[n_whole:]
    unsure = single[found.unsure[found.unsure >= n_whole] - n_whole]
    converged = found.converged and not is_torn.any()
    return replace(
        found, labels=labels, unsure=unsure, n_iter=n_iter, converged=converged
    )


def _radii(points: Points, cells: Points, of_each: Indices) -> Floats:
    """Return how far from the mean of each cell its points are at most."""
    squares = np.zeros(len(points))
    for feature, mean in zip(points.features, cells.features, strict=True):
        offsets = feature - mean.take(of_each)
        offsets *= offsets
        squares += offsets
    largest = np.zeros(len(cells))
    np.maximum.at(largest, of_each, squares)
    radii: Floats = np.sqrt(largest)
    return radii


def _within(cells: Points, centroids: Floats, radii: Floats, rounding: float) -> Flags:
    """Return which cells have all their points in the cluster of their mean."""
    scores = Scores(centroids)
    margins = np.empty(len(cells))
    for start in range(0, len(cells), scores.block):
        block = slice(start, start + scores.block)
        margins[block] = look(scores, cells.features[:, block])[1]
    return margins > 2 * radii + rounding
