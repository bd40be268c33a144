"""Which number of clusters an image asks for, if any."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.choosing.choice import Criteria, choose
from napari_kmeans.core.choosing.criteria import (
    calinski_harabasz,
    explained_variance,
    silhouettes,
)
from napari_kmeans.core.choosing.overlap import overlap
from napari_kmeans.core.choosing.sampling import Sample, thinned
from napari_kmeans.core.clustering import cluster_values
from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.dispatch import AnyPixels, prepare, read, sample
from napari_kmeans.core.grid import Points, moments
from napari_kmeans.core.kept import Kept, once
from napari_kmeans.core.nearest import nearest
from napari_kmeans.core.pixels import TooFewPixelsError
from napari_kmeans.core.progress import Callback, Steps, finish, subprogress
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.types import Counts, Floats

MOST_COMPARED = 1 << 12
"""Points on several axes all of whose distances to each other are measured."""
MOST_LOOKED_AT = 1 << 16
"""Points between which gaps are looked for."""


@dataclass(frozen=True)
class Suggestion:
    """A number of clusters for an image, and what speaks for it.

    Attributes
    ----------
    criteria : tuple of Criteria
        How well each number of clusters describes the pixels, in ascending order.
        Numbers that the image has too few different values for are left out.
    n_clusters : int or None
        The number suggested. None: no number stands out.
    reason : str
        Why, in plain words.
    n_pixels : int
        How many pixels there are to cluster.
    n_fitted : int
        How many of them were clustered: all, or a sample of 262,144 if there are more
        than 524,288 different values.
    n_compared : int
        Of how many of those the silhouette is the mean: all, or a sample of 4,096 if
        they have more than 4,096 different values on several axes.
    """

    criteria: tuple[Criteria, ...]
    n_clusters: int | None
    reason: str
    n_pixels: int
    n_fitted: int
    n_compared: int


def suggest(
    image: ArrayLike,
    ks: Iterable[int] = range(2, 9),
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    mask: ArrayLike | None = None,
    callback: Callback | None = None,
    **settings: Any,
) -> Suggestion:
    """Suggest a number of clusters for an image, or say that no number stands out.

    Parameters
    ----------
    image, channel_axis, alpha, mask, callback
        As in `segment`.
    ks : iterable of int
        The numbers of clusters to compare.
    **settings
        Other parameters of `Settings`, the same for all.

    Returns
    -------
    Suggestion
        The number, why, and the criteria for each number that was compared.

    Raises
    ------
    TypeError
        An argument has the wrong type, or is not a parameter of `Settings`.
    ValueError
        An argument has an invalid value, there is no number to compare, or there is no
        pixel to cluster.

    Notes
    -----
    The largest number is suggested whose clusters are all separate groups, and whose
    mean silhouette [1]_ is above 0.25, up to which there is no substantial structure
    [2]_. Clusters are separate groups if between any two neighbouring centroids,
    halfway, there are at most two thirds as many pixels as around the one that has
    fewer around it: a bimodality amplitude [3]_ of a third or more. Where a single
    uniform or one-peaked group is divided, as noise is by any number, there are as many
    or more. (The gap statistic [4]_ compares with a uniform group, too, but by the
    inertia, which misleads where groups differ much in size or spread.) If the image
    has no more different values than the largest number compared, as many clusters as
    values are suggested.

    The bend of the explained variance, which the reason names if no number stands out,
    is the number farthest above the straight line through its ends [5]_.

    References
    ----------
    .. [1] P. J. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and
       validation of cluster analysis", Journal of Computational and Applied Mathematics
       20, 53-65, 1987.
    .. [2] L. Kaufman, P. J. Rousseeuw, "Finding groups in data: an introduction to
       cluster analysis", Wiley 1990.
    .. [3] C. Zhang, B. E. Mapes, B. J. Soden, "Bimodality in tropical water vapour",
       Quarterly Journal of the Royal Meteorological Society 129, 2847-2866, 2003.
    .. [4] R. Tibshirani, G. Walther, T. Hastie, "Estimating the number of clusters in a
       data set via the gap statistic", Journal of the Royal Statistical Society B
       63(2), 411-423, 2001.
    .. [5] V. Satopaa et al., "Finding a 'kneedle' in a haystack", ICDCS Workshops 2011,
       166-171.
    """
    every = [Settings(k, **settings) for k in ks]
    pixels = read(image, channel_axis=channel_axis, alpha=alpha).masked(mask)
    return finish(suggest_steps(pixels, every), callback)


def suggest_steps(
    pixels: AnyPixels, every: Sequence[Settings], kept: Kept | None = None
) -> Steps[Suggestion]:
    """Compare clusterings of pixels with settings that differ in the number only."""
    if not every:
        raise ValueError(
            "ks is empty: give numbers of clusters, for example range(2, 9)."
        )
    kept = Kept() if kept is None else kept
    compared = yield from subprogress(gather(pixels, every[0], kept), 0, 0.4)
    fits = []
    for number, settings in enumerate(every):
        share = 0.4 + 0.5 * number / len(every), 0.4 + 0.5 * (number + 1) / len(every)
        where = f"k = {settings.n_clusters}: "
        fit = compared.fit(settings, kept)
        fits.append((yield from subprogress(fit, *share, where)))
    return (yield from subprogress(compared.compare(fits), 0.9, 1))


@dataclass(frozen=True, eq=False)
class Fit:
    """The clusters of the pixels that are compared, without a table of labels."""

    space: FeatureSpace
    centroids: Floats  # (k, C): in the image's own units, from dark to bright
    feature_centroids: Floats  # (k, n_axes)
    counts: Counts
    inertia: float


@dataclass(frozen=True, eq=False)
class Compared:
    """The pixels on which clusterings are compared."""

    prepared: AnyPixels  # the whole image, smoothed, with positions if they count
    sample: Sample

    def fit(self, settings: Settings, kept: Kept) -> Steps[Fit]:
        """Cluster them, sharing with other numbers what is kept."""
        histogram, pixels = self.sample.histogram, self.prepared
        n_positions = 0 if pixels.origin is None else len(pixels.shape)
        steps = cluster_values(histogram, pixels.dtype, settings, n_positions, kept)
        found = yield from steps
        centers = found.centroids, found.feature_centroids
        return Fit(found.space, *centers, found.counts, found.inertia)

    def compare(self, fits: Sequence[Fit]) -> Steps[Suggestion]:
        """Measure clusterings, and suggest one."""
        by_number = {len(fit.centroids): fit for fit in fits}
        fits = [by_number[number] for number in sorted(by_number)]
        histogram = self.sample.histogram
        features = fits[0].space.features(histogram.values)
        points = Points(features, histogram.counts.astype(float, copy=False))
        few = points if len(features) == 1 else thinned(points, MOST_COMPARED)
        labelings = [nearest(few.features, fit.feature_centroids) for fit in fits]
        heights = yield from silhouettes(few, labelings)
        # Of all pixels.
        factor = self.sample.n_pixels / self.sample.size
        total = float(moments(points)[1].sum()) * self.sample.size * factor
        looked_at = thinned(points, MOST_LOOKED_AT)
        criteria = []
        for fit, silhouette in zip(fits, heights, strict=True):
            n_clusters, inertia = len(fit.centroids), fit.inertia * factor
            if fit.space.exponent:  # it may be infinite, or 0
                inertia = _scaled_inertia(points, fit) * factor
            labels = nearest(looked_at.features, fit.feature_centroids)
            ratio = calinski_harabasz(inertia, total, self.sample.n_pixels, n_clusters)
            criteria.append(
                Criteria(
                    n_clusters=n_clusters,
                    inertia=fit.inertia * factor,
                    explained=explained_variance(inertia, total),
                    calinski_harabasz=ratio,
                    silhouette=silhouette,
                    overlap=overlap(looked_at, labels, fit.feature_centroids),
                )
            )
        suggested, reason = choose(criteria, _count_few(points, fits[-1]))
        return Suggestion(
            tuple(criteria),
            suggested,
            reason,
            n_pixels=self.sample.n_pixels,
            n_fitted=self.sample.size,
            n_compared=int(few.counts.sum()),
        )


def _scaled_inertia(points: Points, fit: Fit) -> float:
    """Return the inertia of points as they are, without the exponent of the space."""
    index = nearest(points.features, fit.feature_centroids)
    offsets = points.features - fit.feature_centroids[index].T
    squares = np.einsum("cm,cm->m", offsets, offsets)
    return float(np.einsum("m,m->", squares, points.counts))


def _count_few(points: Points, fit: Fit) -> int | None:
    """Return the number of different points if each is a cluster; None if not."""
    index = nearest(points.features, fit.feature_centroids)
    are_alike = np.array_equal(points.features, fit.feature_centroids[index].T)
    return len(fit.centroids) if are_alike else None


def gather(pixels: AnyPixels, settings: Settings, kept: Kept) -> Steps[Compared]:
    """Find the pixels on which clusterings are compared, given one of the settings."""
    look = settings.sigma, settings.smoothing, settings.position_weight
    preparing = once(kept, "prepared", (pixels, *look), prepare(pixels, settings))
    prepared = yield from subprogress(preparing, 0, 0.4)
    chosen = yield from subprogress(sample(prepared, kept), 0.4, 1)
    if not chosen.n_pixels:
        raise TooFewPixelsError(
            "image has no pixel that can be clustered: all of them are NaN, infinite, "
            "of alpha 0 or outside the mask.",
            0,
        )
    return Compared(prepared, chosen)
