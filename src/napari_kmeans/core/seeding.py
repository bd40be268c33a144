"""Initial centroids: many random initializations at once, on few points."""

from dataclasses import dataclass

import numpy as np

from napari_kmeans.core.grid import Points
from napari_kmeans.core.nearest import half_squares, scratch, take_largest
from napari_kmeans.core.types import Array, Floats, Indices

Starts = Floats
"""Of shape (R, k, C): the centroids of each of R starts."""
CANDIDATES = 48
"""How many points are candidates for a swap."""


@dataclass(frozen=True, eq=False)
class Given:
    """Centroids that every start begins with, as given by the user."""

    centroids: Floats  # (m, n_axes)
    n_pinned: int = 0  # so many, the first ones, do not move

    def __len__(self) -> int:
        return len(self.centroids)

    @property
    def pinned(self) -> Floats:
        """The centroids that do not move."""
        return self.centroids[: self.n_pinned]


def plus_plus(
    points: Points,
    n_clusters: int,
    n_starts: int,
    random: np.random.Generator,
    given: Given,
) -> Starts:
    """Draw starts by greedy k-means++ (Arthur and Vassilvitskii 2007).

    Each next centroid is, of a few points drawn with a probability proportional to
    their count times their squared distance to the nearest centroid so far, the one
    that lowers the inertia most.
    """
    features, counts = points.features, points.counts
    squares = np.einsum("cm,cm->m", features, features)
    n_tries = 2 + int(np.log(n_clusters))
    starts = np.empty((n_starts, n_clusters, len(features)))
    if len(given):
        starts[:, : len(given)] = given.centroids
        nearest = _squared_distances(given.centroids, features, squares).min(axis=0)
        distances = np.tile(nearest, (n_starts, 1))
    else:
        first = random.choice(len(points), n_starts, p=counts / counts.sum())
        starts[:, 0] = features[:, first].T
        distances = _squared_distances(starts[:, 0], features, squares).copy()
    for cluster in range(max(1, len(given)), n_clusters):
        tried = _draw(distances * counts, n_tries, random)
        candidates: Array = features[:, tried.ravel()].T
        nearer = _squared_distances(candidates, features, squares)
        nearer = nearer.reshape(n_starts, n_tries, -1)
        np.minimum(nearer, distances[:, np.newaxis], out=nearer)
        best = np.einsum("stm,m->st", nearer, counts).argmin(axis=1)
        each = np.arange(n_starts)
        distances = nearer[each, best]
        starts[:, cluster] = features[:, tried[each, best]].T
    return starts


def at_random(
    points: Points, n_clusters: int, n_starts: int, random: np.random.Generator
) -> Starts:
    """Draw starts from the points, with probabilities proportional to their counts."""
    probability = points.counts / points.counts.sum()
    drawn = [
        random.choice(len(points), n_clusters, replace=False, p=probability)
        for _ in range(n_starts)
    ]
    starts: Starts = points.features.T[np.array(drawn)].astype(np.float64, order="C")
    return starts


def improve(
    points: Points, starts: Starts, n_iter: int, n_pinned: int
) -> tuple[Starts, Floats]:
    """Run a few plain iterations from all starts; return them, best first."""
    n_starts, n_clusters, n_axes = starts.shape
    n_all = n_starts * n_clusters
    features, counts = points.features, points.counts
    offsets = n_clusters * np.arange(n_starts)[:, np.newaxis]
    weights = [
        np.broadcast_to(weight, (n_starts, len(points))).ravel()
        for weight in (counts, *(features * counts))
    ]
    for _ in range(n_iter):
        scores = scratch((n_starts, n_clusters, len(points)))
        np.matmul(starts, features, out=scores)
        scores -= half_squares(starts)
        largest, labels = take_largest(scores)
        labels = (labels + offsets).ravel()
        totals, *sums = (np.bincount(labels, weight, n_all) for weight in weights)
        filled = totals > 0
        filled.reshape(n_starts, n_clusters)[:, :n_pinned] = False
        starts = starts.reshape(n_all, n_axes).copy()
        for axis, total in enumerate(sums):
            starts[filled, axis] = total[filled] / totals[filled]
        starts = starts.reshape(n_starts, n_clusters, n_axes)
    gains = np.einsum("sm,m->s", largest, counts)
    order = np.argsort(-gains, kind="stable")
    return starts[order], -gains[order]


def exchange(
    points: Points,
    start: Floats,
    n_starts: int,
    random: np.random.Generator,
    n_given: int,
) -> Starts:
    """Return a start (k, C), followed by the best with one centroid relocated.

    It is none of the first, which were given, and goes to a point drawn as in
    k-means++; of all pairs of such a point and a centroid to take, those are best that
    lower the inertia most before any iteration. This escapes local optima of Lloyd's
    iterations (Lattanzi and Sohler 2019, A better k-means++ algorithm via local search,
    ICML).
    """
    features, counts = points.features, points.counts
    squares = np.einsum("cm,cm->m", features, features)
    distances = _squared_distances(start, features, squares).copy()
    each = np.arange(len(points))
    labels = distances.argmin(axis=0)
    first = distances[labels, each]
    distances[labels, each] = np.inf
    second = distances.min(axis=0)
    drawn = _draw((first * counts)[np.newaxis], CANDIDATES, random)[0]
    new = _squared_distances(features[:, drawn].T, features, squares)
    # The inertia with each new centroid added, and what it gains by taking another.
    with_new = np.minimum(new, first)
    inertias = (with_new @ counts)[:, np.newaxis]
    np.minimum(new, second, out=new)
    new -= with_new
    new *= counts
    own = np.zeros((len(points), len(start)))
    own[each, labels] = 1
    inertias = (inertias + new @ own)[:, n_given:]
    order = np.argsort(inertias, axis=None, kind="stable")
    added, taken = np.unravel_index(order, inertias.shape)
    taken = taken + n_given
    # Of a point's cluster and a centroid to take, the best pair only.
    kinds = labels[drawn[added]] * len(start) + taken
    best = np.sort(np.unique(kinds, return_index=True)[1])[:n_starts]
    added, taken = added[best], taken[best]
    starts = np.repeat(start[np.newaxis], 1 + len(best), axis=0)
    starts[np.arange(1, 1 + len(best)), taken] = features[:, drawn[added]].T
    return starts


def _squared_distances(centroids: Floats, features: Array, squares: Floats) -> Floats:
    """Return the squared distance of each centroid to each point."""
    distances = scratch((len(centroids), features.shape[1]))
    np.matmul(centroids, features, out=distances)
    distances *= -2
    distances += squares
    distances += (centroids * centroids).sum(axis=1)[:, np.newaxis]
    np.maximum(distances, 0, out=distances)
    return distances


def _draw(potentials: Floats, n_tries: int, random: np.random.Generator) -> Indices:
    """Draw points for each start, with probabilities proportional to the potentials."""
    reached = np.cumsum(potentials, axis=1)
    levels = random.random((len(potentials), n_tries)) * reached[:, -1:]
    drawn = [
        np.searchsorted(sums, level, side="right")
        for sums, level in zip(reached, levels, strict=True)
    ]
    index: Indices = np.minimum(drawn, potentials.shape[1] - 1)
    return index
