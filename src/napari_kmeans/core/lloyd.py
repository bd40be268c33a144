"""Weighted k-means: Lloyd's iterations with bounds that skip most points.

Each point keeps a margin: how much farther its second nearest centroid is than its
nearest (Hamerly 2010). While the centroids have moved by less than that, its cluster
cannot change, so it is skipped. Centroids move beyond the mean, by a factor that grows
while that helps (over-relaxation), which halves the number of iterations.
"""

from dataclasses import dataclass

import numpy as np

from napari_kmeans.core.grid import Points, moments
from napari_kmeans.core.nearest import Scores
from napari_kmeans.core.progress import BLOCK, Progress, Steps, for_each_block
from napari_kmeans.core.types import Array, Floats, Indices

PHASE = "Moving the centroids"
GROWTH = 1.2
LARGEST_STEP = 2.5
"""The cap of over-relaxation; with exactly 2, isolated clusters could oscillate."""
SAFETY = 1 - 1e-6
"""Margins are rounded down to float32, to be safe."""
ROUNDING = 2.0**-15
"""Margins up to this share of the points' norm may be due to rounding."""
FORESIGHT = 8
"""A sweep over all margins is to suffice for this many moves like the last."""


@dataclass(frozen=True, eq=False)
class Solved:
    """Centroids in the feature space."""

    centroids: Floats  # (k, n_axes); some may be nearest to no point
    n_iter: int  # iterations made
    converged: bool  # False if `max_iter` ended it


@dataclass(frozen=True, eq=False)
class Refined(Solved):
    """Converged centroids: the mean of each cluster that is not empty or pinned."""

    labels: Array  # (M,): index of the cluster of each point
    unsure: Indices  # points that may be as near to another centroid
    counts: Floats  # (k,): how many pixels each cluster has
    energy: float  # the inertia less a constant of the points
    inertia: float | None = None  # if that constant, and thus all sums, are exact


def refine(
    points: Points,
    centroids: Floats,
    max_iter: int = 300,
    tol: float = 0.0,
    n_pinned: int = 0,
) -> Steps[Refined]:
    """Iterate until the centroids (k, C) converge; the first may be pinned."""
    lloyd = _Lloyd(points, centroids, n_pinned)
    yield from lloyd.look_at_all()
    tolerance = tol * moments(points)[1].mean() if tol else 0.0
    step, energy = 1.0, np.inf
    for n_iter in range(1, max_iter + 1):
        yield Progress(PHASE, 1 - 1 / (1 + 0.1 * n_iter))
        means = lloyd.means(fill=True)
        if ((means - lloyd.centroids) ** 2).sum() <= tolerance:
            return lloyd.finish(n_iter, converged=True)
        last, energy = energy, lloyd.energy()
        step = min(GROWTH * step, LARGEST_STEP) if energy <= last else 1.0
        if lloyd.n_changed == 0:
            step = 1.0
        lloyd.move(lloyd.centroids + step * (means - lloyd.centroids))
    return lloyd.finish(max_iter, converged=False)


class _Lloyd:
    """The state of the iterations."""

    def __init__(self, points: Points, centroids: Floats, n_pinned: int) -> None:
        self.centroids = centroids
        self._n_pinned = n_pinned  # so many, the first ones, do not move
        self.n_changed = len(points)
        n_clusters = len(centroids)
        self._points = points
        self._labels = np.zeros(len(points), np.min_scalar_type(n_clusters - 1))
        self._margins = np.zeros(len(points), np.float32)
        # Of each cluster, the number of pixels and the sum of each axis.
        self._totals = np.zeros((1 + len(points.features), n_clusters))
        # How far the margins of each cluster have shrunk since the last sweep, and how
        # far they may shrink before points that are not watched must be looked at.
        self._spent = np.zeros(n_clusters)
        self._limits = np.full(n_clusters, -1.0)
        self._watched = np.zeros(0, np.intp)

    def look_at_all(self) -> Steps[None]:
        """Compute the cluster and the margin of every point, and sum the clusters."""
        scores = Scores(self.centroids)
        n_points = len(self._points)
        # One for each block, added up in one order whatever thread was first.
        totals = np.zeros((-(-n_points // BLOCK), *self._totals.shape))

        def look_at(block: slice) -> None:
            for start in range(block.start, block.stop, scores.block):
                part = slice(start, min(start + scores.block, block.stop))
                features = self._points.features[:, part].astype(np.float64)
                self._labels[part], self._margins[part] = look(scores, features)
            totals[block.start // BLOCK] = self._sum(
                self._labels[block],
                self._points.features[:, block],
                self._points.counts[block],
            )

        yield from for_each_block(look_at, n_points, PHASE)
        self._totals = totals.sum(axis=0)

    def means(self, *, fill: bool) -> Floats:
        """Return the mean of each cluster; one empty one may get the farthest point."""
        weights, sums = self._totals[0], self._totals[1:]
        empty = np.flatnonzero(weights <= 0)
        means = (sums / np.where(weights > 0, weights, 1)).T
        means[empty] = self.centroids[empty]
        means[: self._n_pinned] = self.centroids[: self._n_pinned]
        empty = empty[empty >= self._n_pinned]
        if fill and empty.size:
            means[empty[0]] = self._farthest_point(empty[0])
        return means

    def energy(self) -> float:
        """Return the inertia minus the (constant) sum of the squared points."""
        squares = (self.centroids * self.centroids).sum(axis=1)
        weights, sums = self._totals[0], self._totals[1:]
        return float(weights @ squares - 2 * (self.centroids.T * sums).sum())

    def move(self, centroids: Floats) -> None:
        """Move the centroids and find the points that change cluster."""
        reach = FORESIGHT * self._move_to(centroids)
        self.n_changed = 0
        if (self._spent > self._limits).any():  # all margins are looked at
            self._settle_margins()
            self._look_again(np.flatnonzero(self._margins <= 0))
            self._limits[:] = reach
            self._watched = np.flatnonzero(self._margins <= reach)
            return
        margins = self._margins.take(self._watched)
        margins -= self._spent.take(self._labels.take(self._watched))
        self._look_again(self._watched[margins <= 0])
        soon = margins <= reach
        if 2 * np.count_nonzero(soon) < len(margins):  # the others need no watching
            self._watched = self._watched[soon]
            np.minimum(self._limits, self._spent + reach, out=self._limits)

    def finish(self, n_iter: int, *, converged: bool) -> Refined:
        """Go to the means, and find the points that rounding could move."""
        means, weights = self.means(fill=False), self._totals[0]
        self._move_to(means)
        self._settle_margins()
        unsure = np.flatnonzero(self._margins <= rounding_of(self._points, means))
        energy = self.energy()
        return Refined(means, n_iter, converged, self._labels, unsure, weights, energy)

    def _move_to(self, centroids: Floats) -> float:
        """Move the centroids, reduce the margins, and return the longest move."""
        moves = np.sqrt(((centroids - self.centroids) ** 2).sum(axis=1))
        self.centroids = centroids
        self._spent += moves + _largest_other(moves)
        return float(moves.max())

    def _settle_margins(self) -> None:
        """Update all margins."""
        self._margins -= self._spent.astype(np.float32).take(self._labels)
        self._spent[:] = 0

    def _look_again(self, indices: Indices) -> None:
        """Recompute the cluster and the margin of some points."""
        scores = Scores(self.centroids)
        for start in range(0, len(indices), scores.block):
            chosen = indices[start : start + scores.block]
            features = self._points.features.take(chosen, axis=1).astype(np.float64)
            found, margins = look(scores, features)
            self._margins[chosen] = margins + self._spent[found]
            old = self._labels[chosen]
            changed = np.flatnonzero(found != old)
            if changed.size:
                self._labels[chosen] = found
                self.n_changed += changed.size
                # Both clusters of each at once: those it leaves, and those it enters.
                features = features.take(np.tile(changed, 2), axis=1)
                counts = self._points.counts[chosen[changed]]
                counts = np.concatenate([-counts, counts])
                both = np.concatenate([old[changed], found[changed]])
                self._totals += self._sum(both, features, counts)

    def _sum(self, labels: Array, features: Array, counts: Array) -> Array:
        """Sum some points of each cluster."""
        n_clusters = len(self.centroids)
        labels = labels.astype(np.intp)  # once, not in each call
        weighted = (feature * counts for feature in features)
        return np.stack(
            [np.bincount(labels, each, n_clusters) for each in (counts, *weighted)]
        )

    def _farthest_point(self, cluster: int) -> Array:
        """Return the point farthest from its centroid, or the cluster's centroid."""
        farthest: Array = self.centroids[cluster]
        distance = 0.0
        for start in range(0, len(self._points), BLOCK):
            block = slice(start, start + BLOCK)
            features = self._points.features[:, block].astype(np.float64)
            offsets = features - self.centroids[self._labels[block]].T
            distances = np.einsum("cm,cm->m", offsets, offsets)
            index = int(distances.argmax())
            if distances[index] > distance:
                farthest, distance = features[:, index], float(distances[index])
        return farthest


def look(scores: Scores, features: Array) -> tuple[Array, Array]:
    """Return the cluster and the margin of some points."""
    found, first, second = scores.best(features)
    squares = np.einsum("cm,cm->m", features, features)
    margins = _distance(squares, second)
    margins -= _distance(squares, first)
    margins *= SAFETY
    return found, margins


def rounding_of(points: Points, centroids: Floats) -> float:
    """Return the margin up to which rounding may decide which centroid is nearest."""
    return float(ROUNDING * (_extent(centroids.T) + _extent(points.features)))


def _extent(features: Array) -> float:
    """Return an upper bound on the points' norms."""
    longest = np.maximum(features.max(axis=1), -features.min(axis=1))
    return float(np.sqrt(np.square(longest, dtype=np.float64).sum()))


def _largest_other(moves: Floats) -> Floats:
    """Return, for each centroid, the longest move of all others."""
    second = np.partition(moves, -2)[-2] if len(moves) > 1 else 0.0
    is_largest = np.arange(len(moves)) == moves.argmax()
    return np.where(is_largest, second, moves.max())


def _distance(squares: Array, scores: Array) -> Array:
    """Turn scores into distances, given the squared lengths of the points."""
    distance: Array = squares - 2 * scores
    np.maximum(distance, 0, out=distance)
    np.sqrt(distance, out=distance)
    return distance
