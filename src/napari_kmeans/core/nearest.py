"""The nearest centroids of points, in blocks that stay in the processor's cache."""

import math
import threading

import numpy as np

from napari_kmeans.core.types import Array, Floats, Indices

CACHE = 1 << 17
"""Scores computed at once."""
ONE_THREAD = 1 << 18
"""Multiplications up to which OpenBLAS stays on the calling thread: more threads would
not speed up such thin matrices."""


class Scores:
    """How near each point x is to each centroid c: c.x - c.c/2 is larger the nearer."""

    def __init__(self, centroids: Floats) -> None:
        n_clusters, n_axes = centroids.shape
        self._centroids = centroids
        self._half_squares = half_squares(centroids)
        self.block = max(256, min(CACHE, ONE_THREAD // n_axes) // n_clusters)
        self.rounding = 2.0 ** (index_bits(n_clusters) - 48)
        """Scores differing by less, relative to their terms, may be in any order."""

    def best(self, features: Array) -> tuple[Indices, Array, Array]:
        """Return the nearest centroid of points (C, M), and their two best scores."""
        scores = scratch((len(self._centroids), features.shape[1]))
        np.matmul(self._centroids, features, out=scores)
        scores -= self._half_squares
        first, index = take_largest(scores)
        scores[index, np.arange(len(index))] = -np.inf
        return index, first, scores.max(axis=0)


def scratch(shape: tuple[int, ...]) -> Floats:
    """Return an array that the next call reuses: allocating one takes too long."""
    size = math.prod(shape)
    buffer: Floats | None = getattr(_memory, "buffer", None)
    if buffer is None or buffer.size < size:
        buffer = _memory.buffer = np.empty(size)
    return buffer[:size].reshape(shape)


_memory = threading.local()


def half_squares(centroids: Floats) -> Floats:
    """Return half the squared length of centroids, of shape (..., k, 1)."""
    squares: Floats = np.square(centroids).sum(axis=-1, keepdims=True)
    return 0.5 * squares


def index_bits(n_clusters: int) -> int:
    """Return how many bits the index of a cluster needs."""
    return max(1, (n_clusters - 1).bit_length())


def take_largest(scores: Floats) -> tuple[Floats, Indices]:
    """Find the largest of the scores (..., k, M) of each point, and its centroid."""
    # With the index in the lowest bits, the maximum tells both: several times faster.
    n_clusters = scores.shape[-2]
    mask = (1 << index_bits(n_clusters)) - 1
    bits = scores.view(np.int64)
    bits &= ~mask
    bits |= np.arange(n_clusters)[:, np.newaxis]
    largest = scores.max(axis=-2)
    return largest, (largest.view(np.int64) & mask).astype(np.intp, copy=False)


FEW_CUTS = 32
"""Up to so many cuts, comparing with one after the other is faster than searching."""


def runs_between(numbers: Floats, cuts: Floats) -> Indices:
    """Return how many of some ascending cuts each number (M,) lies above."""
    if len(cuts) > FEW_CUTS:
        return np.searchsorted(cuts, numbers)
    above = np.zeros(len(numbers), np.intp)
    for cut in cuts:
        above += numbers > cut
    return above


def nearest(features: Floats, centroids: Floats) -> Indices:
    """Find the nearest centroid (M,) of each point (C, M), independently of the others.

    A matrix product rounds differently for different numbers of points. Where that
    could matter, the squared distances decide, computed axis by axis in float64.
    """
    if len(features) == 1:
        order = np.argsort(centroids[:, 0], kind="stable")
        ascending = centroids[order, 0]
        below = runs_between(features[0], (ascending[1:] + ascending[:-1]) / 2)
        # Those of one model are in order already; a mean of several may not be.
        return below if (np.diff(order) > 0).all() else order[below]
    scores = Scores(centroids)
    largest = np.sqrt((centroids * centroids).sum(axis=1).max())
    index = np.empty(features.shape[1], np.intp)
    for start in range(0, len(index), scores.block):
        block = features[:, start : start + scores.block]
        found, first, second = scores.best(block)
        length = np.sqrt(np.einsum("cm,cm->m", block, block))
        unsure = first - second <= scores.rounding * largest * (largest + length)
        if unsure.any():
            offsets = block[:, np.newaxis, unsure] - centroids.T[:, :, np.newaxis]
            found[unsure] = np.square(offsets).sum(axis=0).argmin(axis=0)
        index[start : start + scores.block] = found
    return index
