"""Weighted k-means on points: Lloyd's iterations that look only where they must.

Each point keeps a margin: how much farther its second nearest centroid is than its
nearest (Hamerly 2010, Making k-means even faster, SIAM Data Mining). While the
centroids have moved by less than that, its cluster cannot change and it is not looked
at. Sums are kept up to date by the points that change cluster. Centroids move farther
than to the mean, by a factor that grows while that pays (over-relaxation), which takes
about half the iterations. It ends, exactly as plain iterations do, when every centroid
is the mean of its cluster and no point is nearer to another.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.blocks import BLOCK, for_each_block
from napari_kmeans.core.grid import Points, moments
from napari_kmeans.core.nearest import Scores
from napari_kmeans.core.progress import Progress, Steps

Array = NDArray[Any]
Centroids = NDArray[np.float64]

PHASE = "Moving the centroids"
GROWTH = 1.2
LARGEST_STEP = 2.5
"""Of over-relaxation. A cap of exactly 2 can make isolated clusters swing for ever."""
SAFETY = 1 - 1e-6
"""Margins are rounded to float32: down, to be safe."""
FORESIGHT = 8
"""Moves as long as the last one for which a sweep over all margins is to suffice."""


@dataclass(frozen=True, eq=False)
class Refined:
    """Centroids at rest.

    Attributes
    ----------
    centroids : ndarray of float64 and shape (k, C)
        The mean of each cluster; where it started if the cluster is empty.
    labels : ndarray of uint and shape (M,)
        Index of the cluster of each point.
    energy : float
        The inertia less a constant of the points; to compare results by.
    n_iter : int
        Iterations made.
    converged : bool
        False if `max_iter` ended it.
    """

    centroids: Centroids
    labels: Array
    energy: float
    n_iter: int
    converged: bool


def refine(
    points: Points, centroids: Centroids, max_iter: int = 300, tol: float = 0.0
) -> Steps[Refined]:
    """Move centroids to rest.

    Parameters
    ----------
    points : Points
        The points.
    centroids : ndarray of float64 and shape (k, C)
        Where they start.
    max_iter : int
        At most this many iterations.
    tol : float
        Stop when the squared movement of all centroids is at most `tol` times the mean
        variance of the axes. 0: when no point changes its cluster.

    Yields
    ------
    Progress
        Between the steps.

    Returns
    -------
    Refined
        The centroids at rest.
    """
    lloyd = _Lloyd(points, centroids)
    yield from lloyd.look_at_all()
    tolerance = tol * moments(points)[1].mean() if tol else 0.0
    step, energy = 1.0, np.inf
    for n_iter in range(1, max_iter + 1):
        yield Progress(PHASE, 1 - 1 / (1 + 0.1 * n_iter))
        means = lloyd.means()
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

    def __init__(self, points: Points, centroids: Centroids) -> None:
        self.centroids = centroids
        self.n_changed = len(points)
        n_clusters = len(centroids)
        self._points = points
        self._labels = np.zeros(len(points), np.min_scalar_type(n_clusters - 1))
        self._margins = np.zeros(len(points), np.float32)
        self._weights = np.zeros(n_clusters)
        self._sums = np.zeros((n_clusters, len(points.features)))
        # How far the margins of each cluster have shrunk since the last sweep, and how
        # far they may shrink before points that are not watched must be looked at.
        self._spent = np.zeros(n_clusters)
        self._reach = 0.0
        self._watched = np.zeros(0, np.intp)

    def look_at_all(self) -> Steps[None]:
        """Find the cluster and the margin of every point."""
        scores = Scores(self.centroids)

        def look(block: slice) -> None:
            for start in range(block.start, block.stop, scores.block):
                part = slice(start, min(start + scores.block, block.stop))
                features = self._points.features[:, part].astype(np.float64)
                self._labels[part], self._margins[part] = self._look(scores, features)

        yield from for_each_block(look, len(self._points), PHASE)
        self._sum_all()

    def means(self) -> Centroids:
        """Give the mean of each cluster; an empty one goes to the farthest point."""
        empty = np.flatnonzero(self._weights <= 0)
        weights = self._weights.copy()
        weights[empty] = 1
        means = self._sums / weights[:, np.newaxis]
        means[empty] = self.centroids[empty]
        if empty.size:
            means[empty[0]] = self._farthest_point(empty[0])
        return means

    def energy(self) -> float:
        """Give the inertia less the sum of the squares of the points."""
        squares = (self.centroids * self.centroids).sum(axis=1)
        return float(self._weights @ squares - 2 * (self.centroids * self._sums).sum())

    def move(self, centroids: Centroids) -> None:
        """Move the centroids and find the points that change cluster."""
        moves = np.sqrt(((centroids - self.centroids) ** 2).sum(axis=1))
        self.centroids = centroids
        self._spent += moves + _largest_other(moves)
        self.n_changed = 0
        if self._spent.max() > self._reach:
            self._sweep(FORESIGHT * float(moves.max()))
        else:
            margins = self._margins[self._watched]
            margins -= self._spent[self._labels[self._watched]]
            self._look_again(self._watched[margins <= 0])

    def finish(self, n_iter: int, *, converged: bool) -> Refined:
        """Compute the means anew, free of the rounding of many small changes."""
        self._sum_all()
        filled = self._weights > 0
        self.centroids = self.centroids.copy()
        self.centroids[filled] = self._sums[filled] / self._weights[filled, np.newaxis]
        return Refined(self.centroids, self._labels, self.energy(), n_iter, converged)

    def _sweep(self, reach: float) -> None:
        """Bring all margins up to date and watch those that may soon run out."""
        self._margins -= self._spent.astype(np.float32)[self._labels]
        self._spent[:] = 0
        self._look_again(np.flatnonzero(self._margins <= 0))
        self._reach = reach
        self._watched = np.flatnonzero(self._margins <= reach)

    def _look_again(self, indices: NDArray[np.intp]) -> None:
        """Find the cluster and the margin of some points."""
        scores = Scores(self.centroids)
        for start in range(0, len(indices), scores.block):
            chosen = indices[start : start + scores.block]
            features = self._points.features.take(chosen, axis=1).astype(np.float64)
            found, margins = self._look(scores, features)
            self._margins[chosen] = margins + self._spent[found]
            old = self._labels[chosen]
            changed = np.flatnonzero(found != old)
            if changed.size:
                self._labels[chosen] = found
                self.n_changed += changed.size
                features = features.take(changed, axis=1)
                counts = self._points.counts[chosen[changed]]
                self._add(old[changed], features, -counts)
                self._add(found[changed], features, counts)

    def _look(self, scores: Scores, features: Array) -> tuple[Array, Array]:
        """Give the cluster and the margin of some points."""
        found, first, second = scores.best(features)
        squares = np.einsum("cm,cm->m", features, features)
        margins = _distance(squares, second)
        margins -= _distance(squares, first)
        margins *= SAFETY
        return found, margins

    def _sum_all(self) -> None:
        """Sum the points of each cluster."""
        self._weights[:] = 0
        self._sums[:] = 0
        for start in range(0, len(self._points), BLOCK):
            block = slice(start, start + BLOCK)
            features = self._points.features[:, block]
            self._add(self._labels[block], features, self._points.counts[block])

    def _add(self, labels: Array, features: Array, counts: Array) -> None:
        """Add points to the sums of their clusters."""
        n_clusters = len(self._weights)
        self._weights += np.bincount(labels, counts, n_clusters)
        for axis, feature in enumerate(features):
            self._sums[:, axis] += np.bincount(labels, feature * counts, n_clusters)

    def _farthest_point(self, cluster: int) -> Array:
        """Give the point farthest from its centroid, or this cluster's own centroid."""
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


def _largest_other(moves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give for each centroid the longest move of the others."""
    if len(moves) == 1:
        return np.zeros(1)
    largest = int(moves.argmax())
    others = np.full(len(moves), moves[largest])
    others[largest] = np.delete(moves, largest).max()
    return others


def _distance(squares: Array, scores: Array) -> Array:
    """Turn scores into distances, given the squared lengths of the points."""
    distance: Array = squares - 2 * scores
    np.maximum(distance, 0, out=distance)
    np.sqrt(distance, out=distance)
    return distance
