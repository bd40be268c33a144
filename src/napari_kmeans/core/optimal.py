"""One channel: the global optimum, by dynamic programming over the sorted values.

In one dimension, clusters are runs of the sorted values. The best k runs that end at a
value are the best k - 1 runs that end at a lower value, plus one more run (Wang and
Song 2011). The best start of the last run is non-decreasing in its end, so divide and
conquer bounds the search (Grønlund et al. 2017).
"""

import numpy as np

from napari_kmeans.core.progress import Progress, Steps
from napari_kmeans.core.types import Array, Floats, Indices

PHASE = "Finding the best thresholds"
MAX_LEVELS = 1 << 16
"""More distinct values are first binned into this many bins of equal counts, whose
optimum is then refined on all values."""


def optimum(values: Floats, counts: Array, n_clusters: int) -> Steps[Floats]:
    """Find the centroids, ascending, of counted numbers with the minimum inertia."""
    yield Progress(PHASE, 0.0)
    weights = counts.astype(np.float64)
    center = np.average(values, weights=weights)
    all_runs = _Runs(values - center, weights)
    runs = all_runs if len(values) <= MAX_LEVELS else _binned(values - center, weights)
    n_layers = min(n_clusters, len(runs))
    best, starts = runs.gain(np.zeros(len(runs), np.intp), runs.ends), []
    for layer in range(1, n_layers):
        yield Progress(PHASE, layer / n_layers)
        best, start = runs.next_layer(best)
        starts.append(start)
    edges = _trace_back(starts, len(runs))
    centroids = runs.means(edges)
    if runs is not all_runs:
        centroids = all_runs.rest(centroids)
    return centroids + center


class _Runs:
    """Cumulative sums over sorted values, from which the gains of runs follow."""

    def __init__(self, values: Floats, weights: Floats) -> None:
        self._values = values
        self._weights = np.concatenate([[0.0], np.cumsum(weights)])
        self._sums = np.concatenate([[0.0], np.cumsum(weights * values)])
        self.ends = np.arange(1, len(values) + 1)

    def __len__(self) -> int:
        return len(self._values)

    def gain(self, start: Array, end: Array) -> Floats:
        """Return by how much the inertia falls: the squared sum over the count."""
        total: Floats = self._sums[end] - self._sums[start]
        total *= total
        total /= self._weights[end] - self._weights[start]
        return total

    def means(self, edges: Array) -> Floats:
        """Return the mean of the runs between edges."""
        return np.diff(self._sums[edges]) / np.diff(self._weights[edges])

    def next_layer(self, best: Floats) -> tuple[Floats, Array]:
        """Add one run, by divide and conquer: middle ends bound the other starts."""
        before = np.concatenate([[-np.inf], best])
        totals = np.full(len(self) + 1, -np.inf)
        starts = np.zeros(len(self) + 2, np.int32)
        starts[-1] = len(self)
        stride = 1 << (len(self).bit_length())
        while stride > 1:
            ends = np.arange(stride // 2, len(self) + 1, stride)
            low = starts[ends - stride // 2]
            after = np.minimum(ends + stride // 2, len(self) + 1)
            high = np.minimum(starts[after], ends - 1)
            totals[ends], starts[ends] = self._search(before, ends, low, high)
            stride //= 2
        return totals[1:], starts[1:-1]

    def _search(
        self, before: Floats, ends: Array, low: Array, high: Array
    ) -> tuple[Floats, Array]:
        """Find the best total and its start for each end, among starts low to high."""
        # The ranges of candidates, of different lengths, lie one after the other.
        lengths = np.maximum(high - low, 0) + 1
        firsts = np.cumsum(lengths) - lengths
        candidates = np.arange(lengths.sum()) + np.repeat(low - firsts, lengths)
        gains = self.gain(candidates, np.repeat(ends, lengths))
        gains += before[candidates]
        best = np.maximum.reduceat(gains, firsts)  # of each range
        # The first candidate in each range that is as good as the best.
        is_best = np.flatnonzero(gains == np.repeat(best, lengths))
        first_best = is_best[np.searchsorted(is_best, firsts)]
        return best, candidates[first_best]

    def rest(self, centroids: Floats) -> Floats:
        """Move centroids until each is the mean of the values nearest to it."""
        edges = np.zeros(0, np.intp)
        while True:
            middles = (centroids[1:] + centroids[:-1]) / 2
            inner = np.searchsorted(self._values, middles, side="right")
            moved = np.unique(np.concatenate([[0], inner, [len(self)]]))
            if np.array_equal(moved, edges):
                return centroids
            edges = moved
            centroids = self.means(edges)


def _binned(values: Floats, weights: Floats) -> _Runs:
    """Bin sorted values into bins of about equal counts, each with its exact mean."""
    reached = np.cumsum(weights)
    bins = (reached * ((MAX_LEVELS - 1) / reached[-1])).astype(np.intp)
    firsts = np.flatnonzero(np.diff(bins, prepend=-1))
    totals = np.add.reduceat(weights, firsts)
    means = np.add.reduceat(weights * values, firsts) / totals
    return _Runs(means, totals)


def _trace_back(starts: list[Array], end: int) -> Indices:
    """Return the edges of the best runs, from the starts of each layer."""
    edges = [end]
    for start in reversed(starts):
        edges.append(int(start[edges[-1] - 1]))
    return np.array([0, *reversed(edges)], np.intp)
