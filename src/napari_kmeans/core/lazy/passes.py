"""The last passes: refine the centroids on all pixels, with exact features."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.blocks import BLOCK
from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.lazy.block_reader import BlockReader, windows
from napari_kmeans.core.lazy.chunks import Chunk, ChunkTasks
from napari_kmeans.core.nearest import nearest
from napari_kmeans.core.progress import Steps, subprogress

Array = NDArray[Any]
Floats = NDArray[np.float64]

MOST_PASSES = 4
ENOUGH = 1e-4
"""Another pass follows only if the last lowered the inertia by this share."""


@dataclass(frozen=True, eq=False)
class PassSums:
    """The sums of one pass over the pixels."""

    # (1 + C + D + n_axes, k): of each cluster: how many pixels it has, the sums of
    # their values, divided by 2 to the space's exponent, and of their features
    sums: Floats
    # sum over the pixels of the squared distance to the nearest centroid
    inertia: float

    def __add__(self, other: "PassSums") -> "PassSums":
        return PassSums(self.sums + other.sums, self.inertia + other.inertia)


@dataclass(frozen=True, eq=False)
class PixelFit:
    """Centroids, measured on all pixels."""

    # (k, n_axes): in the feature space, none of them nearest to no pixel
    centroids: Floats
    # (k, C + D): the mean of each cluster's pixels, in the image's own units, and their
    # mean position if it counts
    means: Floats
    counts: NDArray[np.int64]  # (k,): how many pixels each cluster has
    inertia: float  # as of `PassSums`
    n_iter: int  # how often the centroids moved


def refine_on_pixels(
    tasks: ChunkTasks, reader: BlockReader, space: FeatureSpace, centroids: Floats
) -> Steps[PixelFit]:
    """Move centroids to the means of their pixels while that helps, step by step.

    Shapes: centroids (k, n_axes).
    """
    last = np.inf
    number = 0
    while True:
        centroids = _ascending(centroids)
        start = number / (number + 2)
        looking = _look(tasks, reader, space, centroids)
        looked = yield from subprogress(looking, start, (number + 1) / (number + 3))
        number += 1
        filled = looked.sums[0] > 0
        fell = last - looked.inertia > ENOUGH * looked.inertia
        if filled.all() and (number >= MOST_PASSES or not fell):
            return _rest(space, centroids, looked, number - 1)
        last = looked.inertia
        sums = looked.sums[:, filled]
        n_axes = centroids.shape[1]
        centroids = (
            (sums[-n_axes:] / sums[0]).T if number < MOST_PASSES else centroids[filled]
        )


def _rest(
    space: FeatureSpace, centroids: Floats, looked: PassSums, n_iter: int
) -> PixelFit:
    """Measure the clusters of the last pass."""
    counts, values = looked.sums[0], looked.sums[1 : -centroids.shape[1]]
    return PixelFit(
        centroids,
        space.unscaled((values / counts).T),
        counts.astype(np.int64),
        space.squared(looked.inertia),
        n_iter,
    )


def _ascending(centroids: Floats) -> Floats:
    """Sort the centroids if there is one axis, for binary search."""
    return np.sort(centroids, axis=0) if centroids.shape[1] == 1 else centroids


def _look(
    tasks: ChunkTasks, reader: BlockReader, space: FeatureSpace, centroids: Floats
) -> Steps[PassSums]:
    """Make one pass over all pixels."""
    total = PassSums(np.zeros((_n_rows(space), len(centroids))), 0.0)

    def take(looked: PassSums) -> None:
        nonlocal total
        total += looked

    work = partial(_look_at_chunk, reader=reader, space=space, centroids=centroids)
    yield from tasks.run(work, _merge, take, "Moving the centroids")
    return total


def _n_rows(space: FeatureSpace) -> int:
    """Return how many sums there are of a cluster."""
    return 1 + space.n_channels + space.n_positions + space.n_axes


def _merge(parts: list[PassSums]) -> PassSums:
    """Add up the sums of several chunks, in order."""
    total, *others = parts
    for other in others:
        total += other
    return total


def _look_at_chunk(
    chunk: Chunk,
    image: Array,
    mask: Array | None,
    *,
    reader: BlockReader,
    space: FeatureSpace,
    centroids: Floats,
) -> PassSums:
    """Assign every pixel of a chunk and sum up."""
    n_clusters = len(centroids)
    sums = np.zeros((_n_rows(space), n_clusters))
    inertia = 0.0
    for values in windows(reader.read_chunk(chunk, image, mask), BLOCK):
        features = space.features(values)
        found = nearest(features, centroids)
        scaled = space.scaled(values)
        columns = (
            np.bincount(found, minlength=n_clusters),
            *(
                np.bincount(found, column, n_clusters)
                for column in (*scaled.T, *features)
            ),
        )
        sums += np.array(columns)
        for feature, positions in zip(features, centroids.T, strict=True):
            offsets = feature - positions.take(found)
            inertia += float(np.einsum("m,m->", offsets, offsets))  # BLAS has threads
    return PassSums(sums, inertia)
