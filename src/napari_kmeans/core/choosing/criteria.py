"""How well a clustering describes its pixels, by published definitions.

All are computed on distinct values with their counts, and are those of the pixels.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.spatial.distance import cdist

from napari_kmeans.core.grid import Points
from napari_kmeans.core.progress import Progress, Steps, for_each
from napari_kmeans.core.types import Array, Floats, Indices

ROWS = 1 << 8
"""Points whose distances to all others are measured at once: 8 MB at most."""


def explained_variance(inertia: float, total: float) -> float:
    """Return the share of the inertia of one cluster that a clustering removes."""
    return max(0.0, 1 - inertia / total) if total else 0.0


def calinski_harabasz(
    inertia: float, total: float, n_pixels: float, n_clusters: int
) -> float:
    """Return the variance ratio of Calinski and Harabasz (1974); NaN for one cluster.

    It is the variance between the clusters over that within them, each divided by its
    degrees of freedom; 1 if there is none within, as in scikit-learn.
    """
    if n_clusters == 1:
        return float("nan")
    if inertia <= 0:
        return 1.0
    between = (total - inertia) / (n_clusters - 1)
    return between * (n_pixels - n_clusters) / inertia


def silhouettes(points: Points, labelings: Sequence[Indices]) -> Steps[list[float]]:
    """Return the mean silhouette of the pixels (Rousseeuw 1987) for each labelling.

    The silhouette of a pixel compares a, its mean distance to the other pixels of its
    cluster, with b, that to the pixels of the nearest other cluster: (b - a) divided by
    the larger one, and 0 for the only pixel of a cluster. NaN for one cluster.

    On one axis, where each cluster (M,) is a run of the values, cumulative sums give
    it; on several, all distances between the points are measured.
    """
    if len(points.features) == 1:
        return (yield from _on_one_axis(points, labelings))
    return (yield from _on_several_axes(points, labelings))


def _on_one_axis(points: Points, labelings: Sequence[Indices]) -> Steps[list[float]]:
    """Return the silhouettes of runs of numbers, from cumulative sums."""
    order = np.argsort(points.features[0], kind="stable")
    values = points.features[0].take(order).astype(np.float64)
    counts = points.counts.take(order).astype(np.float64)
    means: list[float] = []
    for labels in labelings:
        yield Progress("Comparing the segments", len(means) / len(labelings))
        ascending = labels.take(order)
        starts = np.flatnonzero(np.diff(ascending, prepend=ascending[0] - 1))
        means.append(_of_runs(values, counts, np.append(starts, len(values))))
    return means


def _of_runs(values: Floats, counts: Floats, edges: Indices) -> float:
    """Return the silhouette of sorted numbers, whose clusters lie between edges."""
    if len(edges) == 2:
        return float("nan")
    sizes = np.add.reduceat(counts, edges[:-1])
    centers = np.add.reduceat(counts * values, edges[:-1]) / sizes
    total = 0.0
    for run, (start, stop) in enumerate(pairwise(edges)):
        weights, size = counts[start:stop], sizes[run]
        if size == 1:
            continue
        # From the mean of the run, so that large numbers do not cancel out.
        offsets = values[start:stop] - centers[run]
        below, sums = np.cumsum(weights), np.cumsum(weights * offsets)
        within = offsets * (2 * below - size) + sums[-1] - 2 * sums
        within /= size - 1
        # All of another run lies to one side: the mean distance is that to its mean.
        others = [other for other in (run - 1, run + 1) if 0 <= other < len(centers)]
        apart = np.min(
            [np.abs(offsets - (centers[other] - centers[run])) for other in others],
            axis=0,
        )
        total += float(np.einsum("m,m->", weights, _ratio(within, apart)))
    return total / float(counts.sum())


def _on_several_axes(
    points: Points, labelings: Sequence[Indices]
) -> Steps[list[float]]:
    """Return the silhouettes from all distances, which are the same for all of them."""
    rows = np.ascontiguousarray(points.features.T, np.float64)
    numbers = [np.unique(labels, return_inverse=True)[1] for labels in labelings]
    members = [_members(points.counts, labels) for labels in numbers]
    ends = np.cumsum([columns.shape[1] for columns in members])
    every = np.concatenate(members, axis=1)
    totals = np.zeros(len(labelings))

    def compare(start: int) -> None:
        block = slice(start, start + ROWS)
        sums = np.split(cdist(rows[block], rows) @ every, ends[:-1], axis=1)
        for which, (labels, columns) in enumerate(zip(numbers, members, strict=True)):
            each = _silhouette(sums[which], labels[block], columns.sum(axis=0))
            totals[which] += np.einsum("m,m->", each, points.counts[block])

    starts = range(0, len(rows), ROWS)
    yield from for_each(compare, starts, "Comparing the segments", 1, 1)
    means = totals / points.counts.sum()
    lonely = [columns.shape[1] == 1 for columns in members]
    return np.where(lonely, np.nan, means).tolist()  # type: ignore[no-any-return]


def _members(counts: Array, labels: Indices) -> Floats:
    """Return the count of each point in the column (M, k) of its cluster, or 0."""
    columns = np.zeros((len(labels), int(labels.max()) + 1))
    columns[np.arange(len(labels)), labels] = counts
    return columns


def _silhouette(sums: Floats, labels: Indices, sizes: Floats) -> Floats:
    """Return the silhouettes (M,), given the sums of distances (M, k) to clusters."""
    if len(sizes) == 1:
        return np.zeros(len(sums))
    own = np.arange(len(sums)), labels
    size = sizes[labels]
    within = sums[own] / np.maximum(size - 1, 1)
    means = sums / sizes
    means[own] = np.inf
    return np.where(size == 1, 0.0, _ratio(within, means.min(axis=1)))


def _ratio(within: Floats, apart: Floats) -> Floats:
    """Return silhouettes, given the distances within a cluster and to the next."""
    larger = np.maximum(within, apart)
    return np.divide(apart - within, larger, np.zeros_like(larger), where=larger > 0)
