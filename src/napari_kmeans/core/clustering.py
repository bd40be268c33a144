"""From pixels to clusters: the whole way of the data, one front end for each kind."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.color import FeatureSpace, feature_space
from napari_kmeans.core.labelling import Labeller
from napari_kmeans.core.nearest import nearest
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import Progress, Steps
from napari_kmeans.core.settings import Settings

Array = NDArray[Any]

LUMINANCE = (0.2125, 0.7154, 0.0721)
"""Of linear RGB, ITU-R BT.709, as in skimage.color.rgb2gray."""


@dataclass(frozen=True, eq=False)
class Clustering:
    """What was found in the pixels; see `KMeansModel` for its parts."""

    space: FeatureSpace
    centroids: NDArray[np.float64]
    feature_centroids: NDArray[np.float64]
    counts: NDArray[np.int64]
    inertia: float
    n_iter: int
    message: str | None
    labeller: Labeller


def cluster_pixels(pixels: Pixels, settings: Settings) -> Steps[Clustering]:
    n_pixels = len(pixels.values)
    if settings.n_clusters > n_pixels:
        raise ValueError(
            f"n_clusters is {settings.n_clusters}, but the image has only {n_pixels} "
            f"pixels: give at most {n_pixels}."
        )
    if pixels.n_outside == n_pixels:
        raise ValueError(
            "image has no pixel that can be clustered: all of them are NaN, infinite "
            "or of alpha 0."
        )
    yield Progress("Counting the colours", 0)
    values = pixels.values if pixels.inside is None else pixels.values[pixels.inside]
    values, counts = np.unique(values, axis=0, return_counts=True)
    space = feature_space(settings, values, counts)
    features = space.features(values)
    yield Progress("Placing the centroids", 0.3)
    k = min(settings.n_clusters, np.unique(features, axis=1).shape[1])
    centroids = None
    best = np.inf
    rng = np.random.default_rng(settings.random_state)
    for _ in range(4):
        start = seed(features, counts, k, rng, settings, space)
        for n_iter in range(settings.max_iter):
            index = nearest(features, start)
            weight = np.bincount(index, counts, k)
            new = np.stack(
                [
                    np.bincount(index, counts * f, k) / np.maximum(weight, 1)
                    for f in features
                ],
                axis=1,
            )
            new[weight == 0] = start[weight == 0]
            if (new == start).all():
                break
            start = new
            yield Progress("Moving the centroids", 0.5)
        inertia = (counts * ((features - start[index].T) ** 2).sum(axis=0)).sum()
        if inertia < best:
            best, centroids = inertia, start
    index = nearest(features, centroids)
    keep = np.bincount(index, minlength=k) > 0
    centroids = centroids[keep]
    index = nearest(features, centroids)
    order = canonical_order(means(values, counts, index, len(centroids)))
    centroids = centroids[order]
    index = nearest(features, centroids)
    message = None
    k = len(centroids)
    if k < settings.n_clusters:
        message = (
            f"This image has only {k} different values, so there are {k} segments."
            if k > 1
            else "This image has only 1 value, so there is 1 segment."
        )
    inertia = (counts * ((features - centroids[index].T) ** 2).sum(axis=0)).sum()
    return Clustering(
        space,
        means(values, counts, index, k),
        centroids,
        np.bincount(index, counts, k).astype(np.int64),
        space.squared(inertia),
        n_iter,
        message,
        Labeller(space, centroids),
    )


def seed(features, counts, k, rng, settings, space):
    if not isinstance(settings.init, str):
        return space.features(np.array(settings.init)).T[:k].copy()
    chosen = [rng.choice(len(counts), p=counts / counts.sum())]
    distance = np.full(len(counts), np.inf)
    for _ in range(k - 1):
        distance = np.minimum(
            distance, ((features.T - features[:, chosen[-1]]) ** 2).sum(axis=1)
        )
        p = distance * counts
        chosen.append(rng.choice(len(counts), p=p / p.sum()))
    return features[:, chosen].T.copy()


def means(values, counts, index, k):
    weight = np.bincount(index, counts, k)
    return np.stack(
        [np.bincount(index, counts * v.astype(float), k) / weight for v in values.T],
        axis=1,
    )


def canonical_order(centroids):
    n_channels = centroids.shape[1]
    brightness = centroids @ (
        LUMINANCE if n_channels == 3 else [1 / n_channels] * n_channels
    )
    return np.lexsort((*centroids.T[::-1], brightness))
