"""Passes over all pixels, with exact features: the first one, and the last ones.

The first measures range, mean and variance of each axis; the last refine the centroids.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.lazy.pixels import LazyPixels, windows
from napari_kmeans.core.nearest import nearest
from napari_kmeans.core.pixels import Pixels, check_numbers
from napari_kmeans.core.progress import BLOCK, Steps, subprogress
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.types import Counts, Floats

MOST_PASSES = 4
ENOUGH = 1e-4
"""Another pass follows only if the last lowered the inertia by this share."""


@dataclass(frozen=True, eq=False)
class Moments:
    """The moments of the axes of the feature space."""

    n_outside: int  # how many pixels take no part
    # (n_axes,): of the features of the others; the spread is the standard deviation
    low: Floats
    high: Floats
    mean: Floats
    spread: Floats


@dataclass(frozen=True, eq=False)
class _Windows:
    """The moments of a part of the image."""

    # how many pixels take no part, and how many of them because of the mask
    n_outside: int
    n_masked: int
    # (W, 5, n_axes): count, low, high, mean and sum of squares of each window
    rows: Floats


def measure_axes(
    pixels: LazyPixels, space: FeatureSpace, settings: Settings
) -> Steps[Moments]:
    """Measure the axes of a feature space, chunk by chunk."""
    n_skipped = pixels.n_skipped
    parts = [_Windows(n_skipped, n_skipped, np.zeros((0, 5, space.n_axes)))]
    work = partial(_measure, space=space)
    yield from pixels.for_each_chunk(work, _join, parts.append, "Measuring the image")
    whole = _join(parts)
    check_numbers(pixels.n_pixels, whole.n_outside, whole.n_masked, settings)
    return Moments(whole.n_outside, *_total(whole.rows))


def _measure(pixels: Pixels, *, space: FeatureSpace) -> _Windows:
    """Measure one chunk."""
    filled = (values for values in windows(pixels) if len(values))
    rows = np.array([_row(space.features(values)) for values in filled])
    return _Windows(
        pixels.n_outside, pixels.n_masked, rows.reshape(len(rows), 5, space.n_axes)
    )


def _row(features: Floats) -> Floats:
    """Return the count, low, high, mean and sum of squares of a window (5, n_axes)."""
    low, high = features.min(axis=1), features.max(axis=1)
    deviations = features - low[:, np.newaxis]
    means = deviations.mean(axis=1)
    deviations -= means[:, np.newaxis]
    with np.errstate(over="ignore"):  # infinite: then it is measured once more, scaled
        squares = np.einsum("cm,cm->c", deviations, deviations)
    count = np.full(len(features), features.shape[1])
    return np.stack([count, low, high, low + means, squares])


def _join(parts: list[_Windows]) -> _Windows:
    """Join the windows of several parts."""
    return _Windows(
        sum(part.n_outside for part in parts),
        sum(part.n_masked for part in parts),
        np.concatenate([part.rows for part in parts]),
    )


def _total(rows: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the low, high, mean and spread of all windows."""
    counts, lows, highs, means, squares = rows.swapaxes(0, 1)
    low, high = lows.min(axis=0), highs.max(axis=0)
    share = counts / counts.sum(axis=0)
    mean = low + ((means - low) * share).sum(axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        between = (means - mean) ** 2 * share
        within = squares / counts.sum(axis=0)
        spread = np.sqrt(between.sum(axis=0) + within.sum(axis=0))
    return low, high, mean, spread


_Sums = tuple[Floats, float]
"""The inertia of pixels, and (1 + C + D + n_axes, k) of each cluster: how many it has,
the sums of their values, divided by 2 to the space's exponent, and of their features.
"""


@dataclass(frozen=True, eq=False)
class PixelFit:
    """Centroids, measured on all pixels."""

    # (k, n_axes): in the feature space, none of them nearest to no pixel; the pinned
    # ones first
    centroids: Floats
    # (k, C + D): the mean of each cluster's pixels, in the image's own units, and their
    # mean position if it counts
    means: Floats
    counts: Counts  # (k,): how many pixels each cluster has
    inertia: float  # without the space's exponent
    n_iter: int  # how often the centroids moved


def refine_on_pixels(
    pixels: LazyPixels, space: FeatureSpace, centroids: Floats, n_pinned: int = 0
) -> Steps[PixelFit]:
    """Move centroids (k, n_axes) to the means of their pixels while that helps.

    The first ones are pinned: they stay.
    """
    last, n_iter = np.inf, 0
    while True:
        looking = _look_at_all(pixels, space, centroids)
        start, stop = n_iter / (n_iter + 2), (n_iter + 1) / (n_iter + 3)
        sums, inertia = yield from subprogress(looking, start, stop)
        filled = sums[0] > 0
        fell = last - inertia > ENOUGH * inertia
        is_last = n_iter + 1 >= MOST_PASSES
        if filled.all() and (is_last or not fell):
            break
        last, n_iter = inertia, n_iter + 1
        sums = sums[:, filled]
        means = (sums[-space.n_axes :] / sums[0]).T
        centroids = centroids[filled]
        n_pinned = int(np.count_nonzero(filled[:n_pinned]))
        if not is_last:
            centroids[n_pinned:] = means[n_pinned:]
    counts, values = sums[0], sums[1 : -space.n_axes]
    return PixelFit(
        centroids,
        space.unscaled((values / counts).T),
        counts.astype(np.int64),
        space.squared(inertia),
        n_iter,
    )


def _look_at_all(
    pixels: LazyPixels, space: FeatureSpace, centroids: Floats
) -> Steps[_Sums]:
    """Make one pass over all pixels."""
    total: list[_Sums] = []

    def take(looked: _Sums) -> None:
        total[:] = [_add([*total, looked])]

    work = partial(_look, space=space, centroids=centroids)
    yield from pixels.for_each_chunk(work, _add, take, "Moving the centroids")
    return total[0]


def _add(parts: list[_Sums]) -> _Sums:
    """Add up the sums of several parts, in order."""
    sums, inertias = zip(*parts, strict=True)
    return sum(sums), sum(inertias)


def _look(pixels: Pixels, *, space: FeatureSpace, centroids: Floats) -> _Sums:
    """Assign every pixel of a chunk to its nearest centroid, and sum up."""
    n_clusters = len(centroids)
    n_rows = 1 + space.n_channels + space.n_positions + space.n_axes
    sums = np.zeros((n_rows, n_clusters))
    inertia = 0.0
    for values in windows(pixels, BLOCK):
        features = space.features(values)
        found = nearest(features, centroids)
        columns = (*space.scaled(values).T, *features)
        sums[0] += np.bincount(found, minlength=n_clusters)
        for row, column in enumerate(columns, 1):
            sums[row] += np.bincount(found, column, n_clusters)
        for feature, positions in zip(features, centroids.T, strict=True):
            offsets = feature - positions.take(found)
            inertia += float(np.einsum("m,m->", offsets, offsets))  # BLAS has threads
    return sums, inertia
