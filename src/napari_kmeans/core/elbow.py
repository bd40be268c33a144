"""How the inertia falls with the number of clusters: what has the elbow."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_kmeans.core.clustering import levels_of, to_points, values_to_cluster
from napari_kmeans.core.optimal import optimum
from napari_kmeans.core.pixels import read_pixels
from napari_kmeans.core.preparing import prepare, smoothing_share
from napari_kmeans.core.progress import Steps, within
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.solving import solve


def elbow_steps(
    image: ArrayLike,
    settings: Settings,
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    mask: ArrayLike | None = None,
) -> Steps[NDArray[np.float64]]:
    """Find the inertia for every number of clusters, step by step.

    For one channel, or grey, it is the least inertia there is, and takes no longer than
    one fit to the largest number. Otherwise it is that of a fit for each number.

    Returns (n_clusters,).
    """
    pixels = read_pixels(image, channel_axis=channel_axis, alpha=alpha, mask=mask)
    smoothed = smoothing_share(settings, 0.1)
    pixels = yield from within(prepare(pixels, settings), 0, smoothed)
    values = values_to_cluster(pixels, settings)
    histogram, space = yield from within(values, smoothed, 0.2)
    largest = min(settings.n_clusters, len(histogram.values))
    if space.n_axes == 1:
        levels, counts = levels_of(histogram, space)
        steps = optimum(levels, counts, min(largest, len(levels)))
        best = yield from within(steps, 0.2, 1)
        inertias = best.inertias
    else:
        points = yield from within(to_points(histogram, space), 0.2, 0.3)
        squares = points.sum_of_squares()
        inertias = np.empty(largest)
        for index in range(largest):
            asked = replace(settings, n_clusters=index + 1)
            low, high = (0.3 + 0.7 * (index + part) / largest for part in (0, 1))
            refined = yield from within(solve(points, asked, None), low, high)
            inertias[index] = max(refined.energy + squares, 0)
    return np.array([space.squared(inertia) for inertia in inertias])
