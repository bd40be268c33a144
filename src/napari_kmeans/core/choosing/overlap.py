"""Whether clusters are groups of their own, or parts of one that was divided."""

from itertools import combinations, pairwise

import numpy as np
from scipy.spatial.distance import cdist

from napari_kmeans.core.grid import Points
from napari_kmeans.core.types import Array, Floats, Indices

WINDOW = 1 / 6
"""How far from the centroids, and from the middle between them, pixels are counted, as
a share of the distance of the centroids: the three windows do not overlap."""
ROUNDING = 1 + 1e-9
"""For values that lie at the edge of a window."""


def overlap(points: Points, labels: Indices, centroids: Floats) -> float:
    """Return how much the clusters run into each other; NaN for one cluster.

    For two neighbouring clusters, the pixels are counted halfway between their
    centroids and around each centroid, along the line from one to the other. The ratio
    of the first number to the smaller one of the others is 0 if there is an empty gap
    in between, and 1 or more if there is none, as where a single uniform or one-peaked
    group of pixels was divided: it is 1 minus the bimodality amplitude of Zhang et al.
    (2003). The largest ratio of all neighbours is returned.
    """
    resolution = np.array([_smallest_step(feature) for feature in points.features])
    order = np.argsort(labels, kind="stable")
    ends = np.searchsorted(labels.take(order), np.arange(len(centroids) + 1))
    clusters = [
        Points(points.features.take(members, axis=1), points.counts.take(members))
        for start, stop in pairwise(ends)
        for members in [order[start:stop]]
    ]
    ratios = [
        _between(clusters[one], clusters[other], centroids[[one, other]], resolution)
        for one, other in _neighbours(centroids)
    ]
    return max(ratios, default=float("nan"))


def _smallest_step(feature: Array) -> float:
    """Return the smallest difference of two values along an axis; 0 if they are one."""
    steps = np.diff(np.unique(feature))
    return float(steps.min()) if len(steps) else 0.0


def _neighbours(centroids: Floats) -> list[tuple[int, int]]:
    """Return the pairs with no third centroid in the ball that they span."""
    squares = cdist(centroids, centroids, "sqeuclidean")
    pairs = combinations(range(len(centroids)), 2)
    return [
        (one, other)
        for one, other in pairs
        # A third one is outside if it sees the two at less than a right angle.
        if np.count_nonzero(squares[one] + squares[other] < squares[one, other]) == 0
    ]


def _between(
    one: Points, other: Points, centroids: Floats, resolution: Floats
) -> float:
    """Return how many pixels are between two centroids, over those around either."""
    line = centroids[1] - centroids[0]
    length = float(np.sqrt(np.square(line).sum()))
    if not length:
        return float("inf")
    line = line / length
    # Not so narrow as to fall between the values that the image can have.
    width = max(WINDOW * length, float(np.abs(line) @ resolution) / 2) * ROUNDING
    found = np.zeros(3)
    for points in (one, other):
        offsets = points.features - centroids[0][:, np.newaxis]
        along = np.einsum("cm,c->m", offsets, line)
        for window, place in enumerate((0, length / 2, length)):
            found[window] += points.counts[np.abs(along - place) <= width].sum()
    start, middle, end = found.tolist()
    around = min(start, end)
    return middle / around if around else float("inf")
