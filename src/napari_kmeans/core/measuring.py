"""The count and mean of each cluster's pixels, and the total inertia."""

from dataclasses import dataclass

import numpy as np

from napari_kmeans.core.blocks import BLOCK, for_each_block
from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.histogram import Histogram
from napari_kmeans.core.nearest import nearest
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.types import Array, Counts, Floats, Indices


@dataclass(frozen=True, eq=False)
class Measured:
    """The measures of all clusters."""

    index: Array  # (M,): the cluster of each value
    counts: Counts  # (k,): how many pixels each cluster has
    means: Floats  # (k, C): of its pixels, in the image's own units; 0 if empty
    inertia: float  # in the feature space


def measure(
    histogram: Histogram,
    space: FeatureSpace,
    centroids: Floats,
    known: Array | None = None,
    unsure: Indices | None = None,
) -> Steps[Measured]:
    """Measure clusters, given centroids (k, n_axes), and clusters (M,) known."""
    n_values, n_channels = histogram.values.shape
    n_clusters = len(centroids)
    index = np.empty(n_values, np.min_scalar_type(n_clusters - 1))
    if known is not None:
        index = known.astype(index.dtype, copy=False)
        index[unsure] = nearest(space.features(histogram.values[unsure]), centroids)
    n_blocks = -(-n_values // BLOCK)
    # A row for each block, added up in one order whatever thread was first.
    counts = np.zeros((n_blocks, n_clusters), np.int64)
    sums = np.zeros((n_blocks, n_channels, n_clusters))
    inertias = np.zeros(n_blocks)

    def measure_block(block: slice) -> None:
        row = block.start // BLOCK
        values = histogram.values[block]
        weights = histogram.counts[block].astype(np.float64)
        features = space.features(values)
        if known is None:
            index[block] = nearest(features, centroids)
        found = index[block].astype(np.intp)
        counts[row] = np.bincount(found, weights, n_clusters)
        for channel, scaled in enumerate(space.scaled(values).T):
            sums[row, channel] = np.bincount(found, weights * scaled, n_clusters)
        for feature, positions in zip(features, centroids.T, strict=True):
            offsets = feature - positions.take(found)
            offsets *= offsets
            inertias[row] += np.einsum("m,m->", offsets, weights)  # BLAS starts threads

    yield from for_each_block(measure_block, n_values, "Measuring the segments")
    totals = counts.sum(axis=0)
    means = sums.sum(axis=0) / np.maximum(totals, 1)
    return Measured(index, totals, space.unscaled(means.T), float(np.sum(inertias)))
