"""Cuts between the clusters of one axis, moved by hand.

On one axis clusters are runs of the sorted values, so k - 1 cuts tell all. With sums
from the lowest value up, a model with other cuts is measured in microseconds.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.histogram import Histogram
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.progress import Progress, Steps
from napari_kmeans.core.types import Array, Counts, Floats, Indices

PHASE = "Sorting the values"
EDGE = 1e-6
"""How near a cut comes to the values of which it has to leave one on each side, as a
share of the distance to the next value."""
NEGLIGIBLE = 1e-9
"""A share of the squared deviations of all pixels that is rounding only."""


@dataclass(frozen=True, eq=False)
class Levels:
    """The distinct values on the only axis of a feature space, ascending, summed up.

    Sums have one entry more than there are values: that of none of them comes first.
    """

    space: FeatureSpace
    values: Array  # (M, C): as in the image
    points: Floats  # (M,): on the axis
    center: float  # the mean of all pixels, from which points are summed
    counts: Counts  # (M + 1,): of pixels up to each value
    value_sums: Floats  # (C, M + 1): of the scaled values
    point_sums: Floats  # (M + 1,)
    square_sums: Floats  # (M + 1,)

    @classmethod
    def of_steps(cls, histogram: Histogram, space: FeatureSpace) -> Steps[Self]:
        """Sort and sum up counted values, step by step."""
        yield Progress(PHASE, 0.0)
        points, counts, values = (
            space.features(histogram.values)[0],
            histogram.counts,
            histogram.values,
        )
        if (np.diff(points) < 0).any():  # of colours, or of whole numbers below 0
            yield Progress(PHASE, 0.2)
            order = np.argsort(points, kind="stable")
            points, counts, values = points[order], counts[order], values[order]
        yield Progress(PHASE, 0.5)
        weights = counts.astype(np.float64)
        scaled = space.scaled(values).T
        center = float(np.average(points, weights=weights))
        centered = points - center
        sums = np.stack([_summed(weights * channel) for channel in scaled])
        yield Progress(PHASE, 0.8)
        of_points = _summed(weights * centered), _summed(weights * centered**2)
        return cls(space, values, points, center, _summed(counts), sums, *of_points)

    @property
    def n_pixels(self) -> int:
        """How many pixels there are."""
        return int(self.counts[-1])

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest value, in the image's own units."""
        low, high = self.space.off_axis(self.points[[0, -1]])
        return float(low), float(high)

    def below(self, cuts: Floats) -> Indices:
        """Return how many of the values are up to each of some cuts."""
        return np.searchsorted(self.points, self.space.on_axis(cuts), side="right")

    def edges(self, cuts: Floats) -> Indices:
        """Return where the run of each cluster begins, and the last one ends."""
        return np.array([0, *self.below(cuts), len(self.points)], np.intp)


def _summed(numbers: Array) -> Array:
    """Return the sums of the first numbers, from that of none on."""
    sums = np.zeros(len(numbers) + 1, np.result_type(numbers, np.int64))
    np.cumsum(numbers, out=sums[1:])
    return sums


def has_cuts(model: KMeansModel) -> bool:
    """Whether the clusters of a model are runs of one axis, with cuts between them."""
    return model.space.n_axes == 1


def is_whole(space: FeatureSpace) -> bool:
    """Whether the numbers along the only axis are whole."""
    return np.dtype(space.dtype).kind in "bui" and space.color_space != "grey"


def cuts_of(model: KMeansModel) -> Floats:
    """Return the cuts, (k - 1,) in the image's own units, of a model of one axis.

    Of whole numbers they lie in the middle between two of them.
    """
    if model.cuts is not None:
        return model.cuts
    centroids, space = model.feature_centroids[:, 0], model.space
    middles = (centroids[1:] + centroids[:-1]) / 2
    cuts = space.off_axis(middles)
    if not is_whole(space):
        return cuts
    # The highest number up to the middle, which rounding may hide by one.
    near = np.floor(cuts)[:, np.newaxis] + np.arange(-1.0, 2.0)
    is_below = space.on_axis(near) <= middles[:, np.newaxis]
    highest: Floats = near[:, 0] + is_below.sum(axis=1) - 1
    return highest + 0.5


def bounds(levels: Levels, cuts: Floats, index: int) -> tuple[float, float]:
    """Return how far a cut may be moved: a value is left to the clusters beside it."""
    start, _, stop = levels.edges(cuts)[index : index + 3]
    points = levels.points[[start, start + 1, stop - 2, stop - 1]]
    first, second, last_but_one, last = levels.space.off_axis(points).tolist()
    if is_whole(levels.space):
        return round(first) + 0.5, round(last) - 0.5
    return (
        first + EDGE * (second - first),
        last - EDGE * (last - last_but_one),
    )


def moved(levels: Levels, cuts: Floats, index: int, to: float) -> Floats:
    """Return the cuts with one of them moved as near to a number as it may be."""
    if is_whole(levels.space):
        to = np.floor(to) + 0.5
    low, high = bounds(levels, cuts, index)
    after = cuts.copy()
    after[index] = min(max(to, low), high)
    return after


def adjusted(model: KMeansModel, levels: Levels, cuts: Floats) -> KMeansModel:
    """Return a model with other cuts, measured anew; with its own, the fitted one."""
    fitted = model if model.fitted is None else model.fitted
    if np.array_equal(cuts, cuts_of(fitted)):
        return replace(fitted)  # without its table of labels
    edges = levels.edges(cuts)
    if (np.diff(edges) <= 0).any():
        raise ValueError("Each segment needs at least one value: move the cut back.")
    counts = np.diff(levels.counts[edges])
    means = np.diff(levels.value_sums[:, edges]) / counts
    sums = np.diff(levels.point_sums[edges])
    squares = np.diff(levels.square_sums[edges])
    # The deviations from the mean of all, less those of the means.
    inertia = max(float(np.sum(squares - sums**2 / counts)), 0.0)
    space = levels.space
    return replace(
        fitted,
        centroids=space.unscaled(means.T),
        feature_centroids=(sums / counts + levels.center)[:, np.newaxis],
        counts=counts,
        inertia=space.squared(inertia),
        cuts=cuts,
        fitted=replace(fitted),
    )


def rise(model: KMeansModel) -> float | None:
    """Return by which share moving the cuts raised the inertia; None if from 0."""
    fitted = model.fitted
    if fitted is None:
        return 0.0
    spread = np.ptp(fitted.feature_centroids) ** 2 * fitted.counts.sum()
    if not fitted.inertia > NEGLIGIBLE * fitted.space.squared(float(spread)):
        return None
    return model.inertia / fitted.inertia - 1
