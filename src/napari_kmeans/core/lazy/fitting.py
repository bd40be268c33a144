"""Fit a model to an image larger than memory.

Pixels of up to 24 bits are counted; the histogram is the same as in memory, and so is
the model. All others are measured and binned; the centroids are fitted to the bins,
then refined and measured on the pixels themselves.
"""

from dataclasses import replace

import numpy as np

from napari_kmeans.core.clustering import (
    Clustering,
    cluster_values,
    given_centroids,
    message_about,
)
from napari_kmeans.core.color import (
    LINEAR,
    FeatureSpace,
    axis_weights,
    canonical_order,
    check_finite,
    exponent_of,
    percentile_range,
    scaling_words,
)
from napari_kmeans.core.grid import Points
from napari_kmeans.core.histogram import key_bits
from napari_kmeans.core.kept import Kept, once
from napari_kmeans.core.labelling import Labeller
from napari_kmeans.core.lazy.cells import Grid, group_into_cells
from napari_kmeans.core.lazy.histogram import count_chunks
from napari_kmeans.core.lazy.labelling import shared_labeller
from napari_kmeans.core.lazy.passes import Moments, measure_axes, refine_on_pixels
from napari_kmeans.core.lazy.pixels import LazyPixels
from napari_kmeans.core.lloyd import Solved
from napari_kmeans.core.optimal import optimum
from napari_kmeans.core.pixels import check_numbers
from napari_kmeans.core.progress import Steps, subprogress
from napari_kmeans.core.seeding import Given
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.solving import solve

TRIES = 4
"""How often the centroids of cells are fitted, each time with other initializations."""


def cluster_lazily(
    pixels: LazyPixels, settings: Settings, kept: Kept | None = None
) -> Steps[Clustering]:
    """Cluster the prepared pixels of a lazy image, step by step."""
    axis_weights(settings, pixels.n_channels)  # raises before anything is read
    bits = key_bits(pixels.dtype, pixels.n_channels)
    if bits is None or pixels.origin is not None:
        return (yield from _cluster_cells(pixels, settings))
    counting = once(kept, "histogram", (pixels,), count_chunks(pixels))
    counted = yield from subprogress(counting, 0, 0.8)
    histogram, n_outside, n_masked = counted
    check_numbers(pixels.n_pixels, n_outside, n_masked, settings)
    steps = cluster_values(histogram, pixels.dtype, settings, kept=kept)
    clustering = yield from subprogress(steps, 0.8, 1)
    labeller = clustering.labeller  # which has met all values
    shared_labeller(labeller.space, labeller.centroids, labeller)
    return replace(clustering, n_outside=n_outside)


def _cluster_cells(pixels: LazyPixels, settings: Settings) -> Steps[Clustering]:
    """Bin the pixels, cluster the bins, and refine on the pixels."""
    space, moments = yield from subprogress(_measure(pixels, settings), 0, 0.2)
    grouping = _group(pixels, settings, space, moments)
    space, points = yield from subprogress(grouping, 0.2, 0.4)
    given = given_centroids(settings, space)
    solving = _solve(points, space, settings, given)
    found = yield from subprogress(solving, 0.4, 0.5)
    refining = refine_on_pixels(pixels, space, found.centroids, given.n_pinned)
    fit = yield from subprogress(refining, 0.5, 1)
    colors, positions = np.split(fit.means, [space.n_channels], axis=1)
    order = canonical_order(colors)
    if space.n_axes == 1:  # on which centroids are searched: they are to ascend
        order = np.argsort(fit.centroids[:, 0])
    return Clustering(
        space=space,
        centroids=colors[order],
        positions=positions[order],
        feature_centroids=fit.centroids[order],
        counts=fit.counts[order],
        inertia=fit.inertia,
        n_iter=found.n_iter + fit.n_iter,
        message=message_about(
            fit.centroids, given, found, settings, all_alike=len(points) <= len(order)
        ),
        converged=found.converged,
        labeller=Labeller(space, fit.centroids[order]),
        n_outside=moments.n_outside,
    )


def _measure(
    pixels: LazyPixels, settings: Settings
) -> Steps[tuple[FeatureSpace, Moments]]:
    """Return the feature space without weights, and the moments of its axes."""
    n_colors = len(axis_weights(settings, pixels.n_channels))
    position_weight = settings.position_weights(len(pixels.shape))
    n_axes = n_colors + len(position_weight)
    space = FeatureSpace(
        settings.color_space,
        pixels.dtype.name,
        offset=(0.0,) * n_axes,
        weight=(1.0,) * n_axes,
        n_positions=len(position_weight),
    )
    moments = yield from measure_axes(pixels, space, settings)
    limits = np.array([moments.low, moments.high])
    check_finite(limits, settings)
    exponent = 0
    if pixels.dtype.kind == "f" and settings.color_space in LINEAR:
        exponent = exponent_of(limits, position_weight)
    if exponent:
        space = replace(space, exponent=exponent)
        moments = yield from measure_axes(pixels, space, settings)
    return space, moments


def _group(
    pixels: LazyPixels, settings: Settings, space: FeatureSpace, moments: Moments
) -> Steps[tuple[FeatureSpace, Points]]:
    """Return the feature space, and the cells of its grid."""
    weight = axis_weights(settings, pixels.n_channels)
    words = scaling_words(settings.scaling, len(weight))
    positions = settings.position_weights(len(pixels.shape))
    # Percentiles are those of a fine grid along the axis; until then, and nearly in
    # proportion to them, there are the standard deviations.
    spread = np.array(
        [
            1.0 if word == "none" or not deviation else deviation
            for word, deviation in zip(words, moments.spread, strict=False)
        ]
    )
    grids = [Grid.of(moments, np.array([*(weight / spread), *positions]))]
    by_percentile = [axis for axis, word in enumerate(words) if word == "percentile"]
    grids += [Grid.of(moments, np.eye(space.n_axes)[axis]) for axis in by_percentile]
    space = replace(space, offset=tuple(moments.low.tolist()))
    grids = [replace(grid, mean=grid.mean - moments.low) for grid in grids]
    points, *along = yield from group_into_cells(pixels, space, grids)
    for axis, line in zip(by_percentile, along, strict=True):
        spread[axis] = percentile_range(line.features[axis], line.counts) or 1.0
    weight = np.array([*(weight / spread), *positions])
    space = replace(space, weight=tuple(weight.tolist()))
    return space, Points(points.features * weight[:, np.newaxis], points.counts)


def _solve(
    points: Points, space: FeatureSpace, settings: Settings, given: Given
) -> Steps[Solved]:
    """Find the centroids of cells; the pinned ones come first."""
    if space.n_axes == 1:
        order = np.argsort(points.features[0])
        levels, counts = points.features[0, order], points.counts[order]
        pins = given.pinned[:, 0]
        free = yield from optimum(levels, counts, settings.n_clusters, pins)
        centroids = np.concatenate([pins, free])
        return Solved(centroids[:, np.newaxis], 0, converged=True)
    # Cells are few, and where the starts on them lead is not quite where the pixels
    # would: tried more often, they lead to no worse a place.
    refined = yield from solve(points, settings, given, TRIES)
    filled = refined.counts > 0
    filled[: given.n_pinned] = True  # there may be a pixel near one all the same
    return Solved(refined.centroids[filled], refined.n_iter, refined.converged)
