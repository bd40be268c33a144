"""Pass 1 over the pixels: range, mean and variance of each axis."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.lazy.pixels import LazyPixels, windows
from napari_kmeans.core.pixels import Pixels, check_numbers
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.settings import Settings

Floats = NDArray[np.float64]


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
class _Part:
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
    skipped = _Part(pixels.n_skipped, pixels.n_skipped, np.zeros((0, 5, space.n_axes)))
    parts = [skipped]
    work = partial(_measure, space=space)
    yield from pixels.for_each_chunk(work, _merge, parts.append, "Measuring the image")
    whole = _merge(parts)
    check_numbers(pixels.n_pixels, whole.n_outside, whole.n_masked, settings)
    return Moments(whole.n_outside, *_total(whole.rows))


def _measure(pixels: Pixels, *, space: FeatureSpace) -> _Part:
    """Measure one chunk."""
    filled = (values for values in windows(pixels) if len(values))
    rows = np.array([_row(space.features(values)) for values in filled])
    return _Part(
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


def _merge(parts: list[_Part]) -> _Part:
    """Join the windows of several parts."""
    return _Part(
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
