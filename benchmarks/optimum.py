"""The minimum inertia of one channel, computed independently of the plugin."""

import numpy as np

from benchmarks.peer import Array


def least_inertia(image: Array, k: int) -> float:
    """Return the inertia of the best partition of one channel into k clusters.

    Dynamic programming over the sorted values. The best start of the last cluster is
    non-decreasing in its end (Grønlund et al. 2017), so each layer is filled by divide
    and conquer: the middle first, which bounds the search on either side.
    """
    values, counts = np.unique(image, return_counts=True)
    centered = values - np.average(values, weights=counts)
    weight, first, second = (
        np.concatenate([[0.0], np.cumsum(counts * centered**power)])
        for power in range(3)
    )

    def within(start: Array, stop: int) -> Array:
        """Return the inertia of the values start to stop as one cluster."""
        total = first[stop] - first[start]
        mean_square: Array = total**2 / (weight[stop] - weight[start])
        inertia: Array = second[stop] - second[start] - mean_square
        return inertia

    n = len(values)
    best = np.full(n + 1, np.inf)
    best[0] = 0
    for _ in range(min(k, n)):
        layer = np.full(n + 1, np.inf)
        layer[0] = 0
        todo = [(1, n, 0, n - 1)]
        while todo:
            low, high, earliest, latest = todo.pop()
            middle = (low + high) // 2
            starts = np.arange(earliest, min(latest, middle - 1) + 1)
            totals = best[starts] + within(starts, middle)
            at = int(totals.argmin())
            layer[middle] = totals[at]
            if low < middle:
                todo.append((low, middle - 1, earliest, int(starts[at])))
            if middle < high:
                todo.append((middle + 1, high, int(starts[at]), latest))
        best = layer
    return float(best[n])
