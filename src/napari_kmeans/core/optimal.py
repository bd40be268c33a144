"""One channel: the global optimum, by dynamic programming over the sorted values.

In one dimension, clusters are runs of the sorted values. The best k runs that end at a
value are the best k - 1 runs that end at a lower value, plus one more run (Wang and
Song 2011). The best start of the last run is non-decreasing in its end, so divide and
conquer bounds the search (Grønlund et al. 2017).

The runs of pinned centroids, which do not move and are in order too, are added in the
same way, before, between and after the others. They may have no values.
"""

from collections.abc import Sequence

import numpy as np

from napari_kmeans.core.progress import Progress, Steps
from napari_kmeans.core.types import Array, Floats, Indices

PHASE = "Finding the best thresholds"
MAX_LEVELS = 1 << 16
"""More distinct values are first binned into this many bins of equal counts, whose
optimum is then refined on all values."""
MOST_STARTS = 1 << 24
"""Starts of runs that are remembered at most: with many pinned centroids, values are
binned into fewer bins."""


def optimum(
    values: Floats, counts: Array, n_clusters: int, pins: Sequence[float] | Floats = ()
) -> Steps[Floats]:
    """Find the free centroids, ascending, that give counted numbers the least inertia.

    The pins are those of the `n_clusters` centroids that do not move.
    """
    yield Progress(PHASE, 0.0)
    weights = counts.astype(np.float64)
    center = np.average(values, weights=weights)
    values, pins = values - center, np.sort(pins) - center
    n_free = n_clusters - len(pins)
    n_bins = min(MAX_LEVELS, MOST_STARTS // ((n_free + 1) * (len(pins) + 1)))
    all_runs = _Runs(values, weights)
    runs = all_runs
    if len(values) > n_bins:
        runs = _binned(values, weights, n_bins)
    n_free = min(n_free, len(runs))
    layers = yield from _layers(runs, n_free, pins)
    centroids = runs.means(*_trace_back(layers, n_free, len(runs)))
    if runs is not all_runs:
        centroids = all_runs.rest(centroids, pins)
    return centroids + center


_Layers = list[list[Array]]
"""Of each number of pinned and of free runs, the start (n + 1,) of the last run for
each end; -1 - start if that run is a pinned one."""


def _layers(runs: "_Runs", n_free: int, pins: Floats) -> Steps[_Layers]:
    """Find the best runs that end at each value: so many free, and so many pinned."""
    none = np.full(len(runs) + 1, -np.inf)
    none[0] = 0.0  # no run, no value
    before = [none]  # the gains with one pinned run less, and each number of free ones
    layers: _Layers = []
    for n_pinned in range(len(pins) + 1):
        gains: list[Floats] = []
        starts: list[Array] = []
        for n in range(n_free + 1):
            done = n_pinned + n / (n_free + 1)
            yield Progress(PHASE, done / (len(pins) + 1))
            ways = []  # to end with a pinned run, and with a free one
            if n_pinned:
                ways.append(runs.with_pinned(before[n], pins[n_pinned - 1]))
            if n:
                ways.append(runs.with_free(gains[-1]))
            best, start = ways[0] if ways else (none, np.zeros(len(none), np.int32))
            for gain, other in ways[1:]:
                start = np.where(gain > best, other, start)
                best = np.maximum(gain, best)
            gains.append(best)
            starts.append(start)
        before = gains
        layers.append(starts)
    return layers


class _Runs:
    """Cumulative sums over sorted values, from which the gains of runs follow."""

    def __init__(self, values: Floats, weights: Floats) -> None:
        self._values = values
        self._weights = np.concatenate([[0.0], np.cumsum(weights)])
        self._sums = np.concatenate([[0.0], np.cumsum(weights * values)])

    def __len__(self) -> int:
        return len(self._values)

    def gain(self, start: Array, end: Array) -> Floats:
        """Return by how much the inertia falls: the squared sum over the count."""
        total: Floats = self._sums[end] - self._sums[start]
        total *= total
        total /= self._weights[end] - self._weights[start]
        return total

    def means(self, starts: Array, ends: Array) -> Floats:
        """Return the mean of some runs."""
        total: Floats = self._sums[ends] - self._sums[starts]
        total /= self._weights[ends] - self._weights[starts]
        return total

    def with_pinned(self, before: Floats, pin: float) -> tuple[Floats, Array]:
        """Add the run of a pinned centroid, which may be empty."""
        # Here the gain is a difference of cumulative sums: one search serves all ends.
        gains = 2 * pin * self._sums - pin**2 * self._weights
        rests = before - gains
        best = np.maximum.accumulate(rests)
        is_best = np.where(rests == best, np.arange(len(rests), dtype=np.int32), 0)
        return best + gains, -1 - np.maximum.accumulate(is_best)

    def with_free(self, before: Floats) -> tuple[Floats, Array]:
        """Add one run, by divide and conquer: middle ends bound the other starts."""
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
        return totals, starts[:-1]

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

    def rest(self, centroids: Floats, pins: Floats) -> Floats:
        """Move centroids until each is the mean of the values nearest to it."""
        edges = np.zeros(0, np.intp)
        while True:
            every = np.concatenate([centroids, pins])
            order = np.argsort(every, kind="stable")
            middles = (every[order][1:] + every[order][:-1]) / 2
            inner = np.searchsorted(self._values, middles, side="right")
            moved = np.concatenate([[0], inner, [len(self)]])
            if np.array_equal(moved, edges):
                return centroids
            edges = moved
            is_kept = (order < len(centroids)) & (np.diff(edges) > 0)
            centroids = self.means(edges[:-1][is_kept], edges[1:][is_kept])


def _binned(values: Floats, weights: Floats, n_bins: int) -> _Runs:
    """Bin sorted values into bins of about equal counts, each with its exact mean."""
    reached = np.cumsum(weights)
    bins = (reached * ((n_bins - 1) / reached[-1])).astype(np.intp)
    firsts = np.flatnonzero(np.diff(bins, prepend=-1))
    totals = np.add.reduceat(weights, firsts)
    means = np.add.reduceat(weights * values, firsts) / totals
    return _Runs(means, totals)


def _trace_back(layers: _Layers, n_free: int, end: int) -> tuple[Indices, Indices]:
    """Return the starts and the ends of the best free runs."""
    n_pinned, runs = len(layers) - 1, []
    while n_free or n_pinned:
        start = int(layers[n_pinned][n_free][end])
        if start < 0:
            n_pinned, end = n_pinned - 1, -1 - start
        else:
            runs.append((start, end))
            n_free, end = n_free - 1, start
    starts, ends = np.array(runs[::-1], np.intp).reshape(-1, 2).T
    return starts, ends
