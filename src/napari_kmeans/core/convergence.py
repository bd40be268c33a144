"""One run of Lloyd's algorithm as the textbooks have it, with every iteration kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.clustering import (
    count_pixels,
    given_centroids,
    lay_out,
    measure,
    to_points,
)
from napari_kmeans.core.color import FeatureSpace, canonical_order
from napari_kmeans.core.dispatch import prepare, read
from napari_kmeans.core.grid import Points, moments
from napari_kmeans.core.histogram import Histogram
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.pixels import Pixels, check_numbers
from napari_kmeans.core.progress import Callback, Progress, Steps, finish, subprogress
from napari_kmeans.core.seeding import Given, at_random, plus_plus
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.types import Array, Counts, Floats, Indices


@dataclass(frozen=True, eq=False)
class Convergence:
    """How the centroids of one run moved, from the start to where they rest.

    Attributes
    ----------
    models : tuple of KMeansModel
        The model of each of T iterations; the first is the start. Each labels images as
        any other model. Clusters have the order of the last, from dark to bright; one
        that has no pixel stays where it is.
    mask : ndarray of bool, or None
        Which pixels were clustered; None if all were.
    """

    models: tuple[KMeansModel, ...]
    mask: Any = None

    @property
    def centroids(self) -> Floats:
        """The mean of each cluster's pixels in each iteration: (T, k, C)."""
        return np.stack([model.centroids for model in self.models])

    @property
    def feature_centroids(self) -> Floats:
        """Where the centroids are, in the feature space: (T, k, n_axes)."""
        return np.stack([model.feature_centroids for model in self.models])

    @property
    def inertia(self) -> Floats:
        """The inertia of each iteration (T,), which never rises."""
        return np.array([model.inertia for model in self.models])


def converge(
    image: ArrayLike,
    n_clusters: int,
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    mask: ArrayLike | None = None,
    callback: Callback | None = None,
    **settings: Any,
) -> Convergence:
    """Run Lloyd's algorithm once, and keep the centroids of every iteration.

    This shows how k-means works: pixels go to the nearest centroid, centroids to the
    mean of their pixels, until nothing changes. Unlike `segment`, which solves one
    channel exactly and compares many starts, it may end in a local optimum.

    Parameters
    ----------
    image, n_clusters, channel_axis, alpha, mask, callback
        As in `segment`. The image must be in memory.
    **settings
        Other parameters of `Settings`. `init`, `pinned` and `random_state` choose
        the start; `n_init` has no effect.

    Returns
    -------
    Convergence
        The models of all iterations, with their centroids and inertias.

    Raises
    ------
    TypeError
        An argument has the wrong type, or is not a parameter of `Settings`; or the
        image is a dask or zarr array.
    ValueError
        An argument has an invalid value, or there is no pixel to cluster.

    Warns
    -----
    RuntimeWarning
        `max_iter` was reached before the centroids converged.
    """
    steps = converge_steps(
        image,
        Settings(n_clusters, **settings),
        channel_axis=channel_axis,
        alpha=alpha,
        mask=mask,
    )
    convergence = finish(steps, callback)
    convergence.models[-1].warn_if_stopped()
    return convergence


def converge_steps(
    image: Any,
    settings: Settings,
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    mask: Any = None,
) -> Steps[Convergence]:
    """Keep the iterations of one run, step by step."""
    pixels = read(image, channel_axis=channel_axis, alpha=alpha).masked(mask)
    if not isinstance(pixels, Pixels):
        raise TypeError(
            "image is a dask or zarr array, of which each iteration would be read "
            "again: give a part or a coarser level of it in memory, for example "
            "numpy.asarray(image[:1000, :1000])."
        )
    prepared = yield from subprogress(prepare(pixels, settings), 0, 0.1)
    assert isinstance(prepared, Pixels)
    n_outside, n_masked = prepared.n_outside, prepared.n_masked
    check_numbers(len(prepared.values), n_outside, n_masked, settings)
    histogram = yield from subprogress(count_pixels(prepared), 0.1, 0.2)
    n_positions = prepared.n_positions
    space = yield from lay_out(histogram, prepared.dtype, settings, n_positions)
    points = yield from subprogress(to_points(histogram, space), 0.2, 0.3)
    start = _start(points, settings, space)
    iterating = _iterate(histogram, space, points, start, settings)
    iterations = yield from subprogress(iterating, 0.3, 1)
    kind = prepared.dtype.name, prepared.channel_axis, prepared.has_alpha
    models = [
        KMeansModel(settings, *kind, space, n_outside=n_outside, **fields)
        for fields in iterations
    ]
    return Convergence(tuple(models), mask)


def _start(points: Points, settings: Settings, space: FeatureSpace) -> Given:
    """Return all centroids to start from, the pinned ones first."""
    given, n_clusters = given_centroids(settings, space), settings.n_clusters
    if len(given) == n_clusters:
        return given
    if len(points) <= n_clusters - given.n_pinned:
        start = np.concatenate([given.pinned, points.features.T])
        return Given(start, given.n_pinned)
    random = np.random.default_rng(settings.random_state)
    if settings.init == "random":
        return Given(at_random(points, n_clusters, 1, random)[0])
    return Given(plus_plus(points, n_clusters, 1, random, given)[0], given.n_pinned)


def _iterate(
    histogram: Histogram,
    space: FeatureSpace,
    points: Points,
    start: Given,
    settings: Settings,
) -> Steps[Sequence[dict[str, Any]]]:
    """Return what differs between the models of all iterations."""
    tolerance = settings.tol * moments(points)[1].mean() if settings.tol else 0.0
    centroids, n_pinned = start.centroids, start.n_pinned
    means = histogram.values[_nearest_points(points, centroids)].astype(np.float64)
    iterations: list[dict[str, Any]] = []
    for n_iter in range(settings.max_iter + 1):
        yield Progress("Moving the centroids", 1 - 1 / (1 + 0.1 * n_iter))
        measuring = measure(histogram, space, centroids)
        index, counts, found, inertia = yield from subprogress(measuring, 0, 0)
        filled = (counts > 0)[:, np.newaxis]
        means = np.where(filled, found, means)
        moved = np.where(filled, _mean_points(points, index, counts), centroids)
        moved[:n_pinned] = centroids[:n_pinned]
        is_at_rest = bool(((moved - centroids) ** 2).sum() <= tolerance)
        iterations.append(
            {
                "centroids": means[:, : space.n_channels],
                "positions": means[:, space.n_channels :],
                "feature_centroids": centroids,
                "counts": counts,
                "inertia": space.squared(inertia),
                "n_iter": n_iter,
                "converged": is_at_rest,
            }
        )
        centroids = moved
        if is_at_rest:
            break
    order = canonical_order(iterations[-1]["centroids"])
    return [_in_order(iteration, order) for iteration in iterations]


def _nearest_points(points: Points, centroids: Floats) -> Indices:
    """Return the point (k,) nearest to each centroid."""
    squares = (
        ((points.features.T - centroid) ** 2).sum(axis=1) for centroid in centroids
    )
    return np.array([int(distances.argmin()) for distances in squares])


def _mean_points(points: Points, index: Array, counts: Counts) -> Floats:
    """Return the mean point (k, n_axes) of each cluster; of an empty one, zeros."""
    sums = [
        np.bincount(index, feature * points.counts, len(counts))
        for feature in points.features
    ]
    means: Floats = (sums / np.maximum(counts, 1)).T
    return means


def _in_order(iteration: dict[str, Any], order: Indices) -> dict[str, Any]:
    """Return an iteration with its clusters in another order."""
    each = ("centroids", "positions", "feature_centroids", "counts")
    return {**iteration, **{name: iteration[name][order] for name in each}}
