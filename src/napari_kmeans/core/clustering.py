"""From pixels to clusters: the whole pipeline.

One channel goes to the global optimum. Pixels of up to 24 bits are clustered by their
distinct values. All others, nearly all of whose pixels are distinct, or whose position
counts, are clustered pixel by pixel, starting from binned points.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from napari_kmeans.core.color import FeatureSpace, canonical_order, feature_space
from napari_kmeans.core.grid import Points
from napari_kmeans.core.histogram import PHASE, Histogram, count_values, key_bits
from napari_kmeans.core.kept import Kept, once
from napari_kmeans.core.labelling import Labeller
from napari_kmeans.core.lloyd import Refined, Solved
from napari_kmeans.core.nearest import nearest
from napari_kmeans.core.optimal import optimum
from napari_kmeans.core.pixels import Pixels, check_numbers
from napari_kmeans.core.progress import (
    BLOCK,
    Progress,
    Steps,
    for_each_block,
    subprogress,
)
from napari_kmeans.core.seeding import Given
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.solving import solve
from napari_kmeans.core.types import Array, Counts, Floats, Indices

COMPACT = (np.uint16, np.int16, np.float16, np.float32)
"""Types that float32 represents exactly: fitting then needs half the memory."""


TOO_FAR = 1e100
"""Squared distances to points further than this from the image's could overflow."""
CANCELLED = 1e-4
"""An inertia that is a smaller share of the squared points has lost digits."""


@dataclass(frozen=True, eq=False)
class Clustering:
    """The clusters of pixels; see `KMeansModel` for the fields."""

    space: FeatureSpace
    centroids: Floats
    positions: Floats
    feature_centroids: Floats
    counts: Counts
    inertia: float
    n_iter: int
    message: str | None
    converged: bool
    labeller: Labeller
    pixel_index: Array | None = None  # (N,): of each pixel inside, if found for each
    n_outside: int = 0


def cluster_pixels(
    pixels: Pixels, settings: Settings, kept: Kept | None = None
) -> Steps[Clustering]:
    """Cluster pixels, step by step."""
    yield Progress(PHASE, 0.0)
    n_outside = pixels.n_outside
    check_numbers(len(pixels.values), n_outside, pixels.n_masked, settings)
    counting = once(kept, "histogram", (pixels,), count_pixels(pixels))
    histogram = yield from subprogress(counting, 0, 0.3)
    n_positions = pixels.n_positions
    steps = cluster_values(histogram, pixels.dtype, settings, n_positions, kept)
    clustering = yield from subprogress(steps, 0.3, 1)
    return replace(clustering, n_outside=n_outside)


def count_pixels(pixels: Pixels) -> Steps[Histogram]:
    """Count the distinct values of pixels, or each pixel as one."""
    few_bits = key_bits(pixels.dtype, pixels.n_channels) is not None
    if not pixels.n_positions and (pixels.n_channels == 1 or few_bits):
        return (yield from count_values(pixels))
    # With several channels of many bits, nearly all pixels are distinct, and finding
    # the few duplicates would cost more than it saves.
    values = pixels.inside_values(slice(None))
    return Histogram(values, np.broadcast_to(1.0, len(values)))


def cluster_values(
    histogram: Histogram,
    dtype: np.dtype[Any],
    settings: Settings,
    n_positions: int = 0,
    kept: Kept | None = None,
) -> Steps[Clustering]:
    """Cluster counted values of an image's type, step by step."""
    measures = settings.color_space, settings.scaling, settings.position_weight
    weights = settings.channel_weights, settings.lightness_weight
    laying = lay_out(histogram, dtype, settings, n_positions)
    space = yield from once(kept, "space", (histogram, *measures, *weights), laying)
    if space.n_axes == 1:
        steps = _find_optimum(histogram, space, settings)
    else:
        steps = _find_centroids(histogram, space, settings, kept)
    found = yield from subprogress(steps, 0, 0.85)
    describing = _describe(histogram, space, found, settings)
    return (yield from subprogress(describing, 0.85, 1))


def lay_out(
    histogram: Histogram, dtype: np.dtype[Any], settings: Settings, n_positions: int
) -> Steps[FeatureSpace]:
    """Return the feature space of counted values."""
    yield Progress("Measuring the pixels", 0.0)
    return feature_space(settings, histogram, dtype, n_positions)


def _find_optimum(
    histogram: Histogram, space: FeatureSpace, settings: Settings
) -> Steps[Solved]:
    """Find the centroids on one axis."""
    levels, counts = space.features(histogram.values)[0], histogram.counts
    if (np.diff(levels) <= 0).any():  # colours, or below 0: their keys come last
        levels, index = np.unique(levels, return_inverse=True)
        counts = np.bincount(index, counts)
    pins = given_centroids(settings, space).pinned[:, 0]
    free = yield from optimum(levels, counts, settings.n_clusters, pins)
    centroids = np.sort(np.concatenate([free, pins]))
    return Solved(centroids[:, np.newaxis], 0, converged=True)


def _find_centroids(
    histogram: Histogram,
    space: FeatureSpace,
    settings: Settings,
    kept: Kept | None,
) -> Steps[Solved]:
    """Find the centroids on several axes."""
    measuring = to_points(histogram, space)
    measuring = once(kept, "points", (histogram, space), measuring)
    points = yield from subprogress(measuring, 0, 0.1)
    given = given_centroids(settings, space)
    solving = solve(points, settings, given, kept=kept)
    refined = yield from subprogress(solving, 0.1, 1)
    order = _order(histogram, space, refined, given.n_pinned)
    rank = np.zeros(len(refined.centroids), refined.labels.dtype)
    rank[order] = np.arange(len(order))
    labels, counts = rank.take(refined.labels), refined.counts[order]
    centroids = refined.centroids[order]
    inertia = None
    if _is_exact(histogram, space) and not given.n_pinned:
        inertia = refined.energy + points.sum_of_squares()
    return replace(
        refined, centroids=centroids, labels=labels, counts=counts, inertia=inertia
    )


def _is_exact(histogram: Histogram, space: FeatureSpace) -> bool:
    """Whether points are whole numbers whose sums, also of squares, are exact."""
    is_byte = histogram.values.dtype.kind in "bui" and histogram.values.itemsize == 1
    is_plain = space.color_space == "rgb" and set(space.weight) == {1.0}
    return is_byte and is_plain and not space.n_positions


def to_points(histogram: Histogram, space: FeatureSpace) -> Steps[Points]:
    """Turn values into points in the feature space, step by step."""
    precision = np.float32 if histogram.values.dtype in COMPACT else np.float64
    features = np.empty((space.n_axes, len(histogram.values)), precision)

    def convert(block: slice) -> None:
        features[:, block] = space.features(histogram.values[block])

    yield from for_each_block(convert, len(histogram.values), "Measuring the pixels")
    return Points(features, histogram.counts.astype(np.float64, copy=False))


def _order(
    histogram: Histogram, space: FeatureSpace, refined: Refined, n_pinned: int
) -> Indices:
    """Return the canonical order of the centroids that are not empty."""
    filled = np.flatnonzero(refined.counts)
    n_channels = space.n_channels
    weight = np.array(space.weight)[:n_channels]
    if space.color_space == "rgb" and weight.all() and not n_pinned:
        # In the image's own units, but for an offset that changes no order.
        means = refined.centroids[:, :n_channels] / weight
    else:
        n_clusters = len(refined.centroids)
        sums = [
            np.bincount(refined.labels, channel * histogram.counts, n_clusters)
            for channel in space.scaled(histogram.values[:, :n_channels]).T
        ]
        means = np.stack(sums, axis=1) / np.maximum(refined.counts, 1)[:, np.newaxis]
    return filled[canonical_order(means[filled])]


def given_centroids(settings: Settings, space: FeatureSpace) -> Given:
    """Return the centroids given to start from, as points, the pinned ones first."""
    if isinstance(settings.init, str):
        return Given(np.empty((0, space.n_axes)))
    centroids = np.array(settings.init)
    n_columns = space.n_channels + space.n_positions
    if centroids.shape[1] != n_columns:
        raise ValueError(
            f"init has {centroids.shape[1]} columns, but the image has {n_columns} "
            f"channels{' and coordinates' if space.n_positions else ''}: give one "
            "column for each."
        )
    pinned = list(settings.pinned)
    others = np.delete(np.arange(len(centroids)), pinned)
    points = space.features(centroids[[*pinned, *others]]).T
    if not (np.abs(points) < TOO_FAR).all():
        raise ValueError(
            "init has values of another magnitude than the image: give centroids in "
            "the image's own units."
        )
    return Given(points, len(pinned))


def _describe(
    histogram: Histogram, space: FeatureSpace, found: Solved, settings: Settings
) -> Steps[Clustering]:
    """Measure the clusters, and drop empty ones."""
    centroids = found.centroids
    known = found if isinstance(found, Refined) else None
    measuring = measure(histogram, space, centroids, known)
    index, counts, means, inertia = yield from measuring
    while not counts.all():
        centroids = centroids[counts > 0]
        measuring = measure(histogram, space, centroids)
        index, counts, means, inertia = yield from measuring
    labeller = Labeller(space, centroids)
    labeller.enter(histogram.values, index)
    is_complete = len(centroids) == settings.n_clusters
    all_alike = is_complete or _all_alike(histogram.values, index, space)
    given = given_centroids(settings, space)
    return Clustering(
        space=space,
        centroids=means[:, : space.n_channels],
        positions=means[:, space.n_channels :],
        feature_centroids=centroids,
        counts=counts,
        inertia=space.squared(inertia),
        n_iter=found.n_iter,
        message=message_about(centroids, given, found, settings, all_alike=all_alike),
        converged=found.converged,
        labeller=labeller,
        pixel_index=index if histogram.counts.strides == (0,) else None,
    )


def measure(
    histogram: Histogram,
    space: FeatureSpace,
    centroids: Floats,
    known: Refined | None = None,
) -> Steps[tuple[Array, Counts, Floats, float]]:
    """Return the cluster of each value, and the clusters' counts, means and inertia."""
    n_values, n_channels = histogram.values.shape
    n_clusters = len(centroids)
    index = np.empty(n_values, np.min_scalar_type(n_clusters - 1))
    if known is not None:
        index, unsure = known.labels.astype(index.dtype, copy=False), known.unsure
        found = nearest(space.features(histogram.values[unsure]), centroids)
        if known.inertia is not None and np.array_equal(index[unsure], found):
            constant = known.inertia - known.energy
            if known.inertia > CANCELLED * constant:
                means = centroids + space.offset
                return index, known.counts.astype(np.int64), means, known.inertia
        index[unsure] = found
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
    return index, totals, space.unscaled(means.T), float(np.sum(inertias))


def _all_alike(values: Array, index: Array, space: FeatureSpace) -> bool:
    """Whether all values of a cluster are one point of the feature space."""
    first = np.zeros(int(index.max()) + 1, np.intp)
    first[index] = np.arange(len(index))  # any value of each cluster
    points = space.features(values[first])
    blocks = (slice(start, start + BLOCK) for start in range(0, len(values), BLOCK))
    return all(
        np.array_equal(space.features(values[block]), points[:, index[block]])
        for block in blocks
    )


def message_about(
    centroids: Floats,
    given: Given,
    found: Solved,
    settings: Settings,
    *,
    all_alike: bool,
) -> str | None:
    """Say what the user should know; `all_alike` if no cluster has two values."""
    sentences = []
    n_clusters = len(centroids)
    n_empty = sum(not (centroids == one).all(axis=1).any() for one in given.pinned)
    n_wanted = settings.n_clusters - n_empty
    if n_empty:
        sentences.append(
            f"{n_empty} of {given.n_pinned} pinned centroids "
            f"{'is' if n_empty == 1 else 'are'} nearest to no pixel, and left out."
        )
    if n_clusters < n_wanted and not all_alike:
        sentences.append(
            f"Only {n_clusters} of {n_wanted} segments have pixels: allow more "
            "iterations, or start from other centroids."
        )
    elif n_clusters < n_wanted:
        sentences.append(
            "This image has only 1 value, so there is 1 segment."
            if n_clusters == 1
            else f"This image has only {n_clusters} different values, so there are "
            f"{n_clusters} segments."
        )
    if not found.converged:
        plural = "" if found.n_iter == 1 else "s"
        sentences.append(
            f"Stopped after {found.n_iter} iteration{plural}, before the centroids "
            "converged: allow more iterations for the exact result."
        )
    return " ".join(sentences) or None
