"""The one place that chooses between arrays in memory and lazy ones, block by block."""

import operator
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from napari_kmeans.core.choosing.sampling import Sample, sample_pixels
from napari_kmeans.core.clustering import Clustering, cluster_pixels, count_pixels
from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.confidence import PHASE as COMPARING
from napari_kmeans.core.confidence import ConfidenceTable
from napari_kmeans.core.histogram import Histogram
from napari_kmeans.core.kept import Kept
from napari_kmeans.core.labelling import PHASE, Labeller
from napari_kmeans.core.lazy.arrays import as_blocks, is_lazy
from napari_kmeans.core.lazy.confidence import confidence_lazily
from napari_kmeans.core.lazy.counting import count_lazily
from napari_kmeans.core.lazy.fitting import cluster_lazily
from napari_kmeans.core.lazy.labelling import label_lazily
from napari_kmeans.core.lazy.pixels import LazyPixels, read_lazy
from napari_kmeans.core.lazy.recoloring import recolor_lazily
from napari_kmeans.core.lazy.sampling import sample_chunks
from napari_kmeans.core.lazy.smoothing import smooth_lazily
from napari_kmeans.core.pixels import Pixels, read_pixels
from napari_kmeans.core.progress import Progress, Steps
from napari_kmeans.core.recoloring import LabelStyle, check_labels, recolor_pixels
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.smoothing import smooth_pixels
from napari_kmeans.core.types import Array, Floats

AnyPixels = Pixels | LazyPixels


def as_array(image: Any) -> Any:
    """Return an image as an array of dask if it is lazy, and of numpy otherwise."""
    if is_lazy(image):
        return as_blocks(image)
    return image if isinstance(image, np.ma.MaskedArray) else np.asarray(image)


def read(
    image: Any,
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    like: Any = None,
) -> AnyPixels:
    """Read the pixels of an image, lazily if it is lazy, or another array if given."""
    if is_lazy(image if like is None else like):
        return read_lazy(image, channel_axis=channel_axis, alpha=alpha)
    return read_pixels(image, channel_axis=channel_axis, alpha=alpha)


def prepare(
    pixels: AnyPixels, settings: Settings, origin: Sequence[int] | None = None
) -> Steps[AnyPixels]:
    """Smooth pixels and add positions, as the settings require."""
    n_axes = len(pixels.shape)
    if settings.position_weights(n_axes):
        pixels = replace(pixels, origin=_check_origin(origin, n_axes))
    if isinstance(pixels, LazyPixels):
        return smooth_lazily(pixels, settings)
    return (yield from smooth_pixels(pixels, settings))


def cluster(
    pixels: AnyPixels, settings: Settings, kept: Kept | None = None
) -> Steps[Clustering]:
    """Cluster prepared pixels, step by step."""
    if isinstance(pixels, LazyPixels):
        return (yield from cluster_lazily(pixels, settings, kept))
    return (yield from cluster_pixels(pixels, settings, kept))


def sample(pixels: AnyPixels, kept: Kept | None = None) -> Steps[Sample]:
    """Find values of prepared pixels that are few enough to cluster many times."""
    if isinstance(pixels, LazyPixels):
        return (yield from sample_chunks(pixels, kept))
    return (yield from sample_pixels(pixels, kept))


def count(
    pixels: AnyPixels, space: FeatureSpace, settings: Settings
) -> Steps[Histogram]:
    """Count the values of prepared pixels on the only axis of a model."""
    if isinstance(pixels, LazyPixels):
        return (yield from count_lazily(pixels, space, settings))
    return (yield from count_pixels(pixels))


def label(
    pixels: AnyPixels, labeller: Labeller, index: Array | None = None
) -> Steps[Any]:
    """Label prepared pixels, step by step; index has their clusters, if known."""
    if isinstance(pixels, LazyPixels):
        yield Progress(PHASE, 0.0)
        return label_lazily(pixels, labeller)
    return (yield from labeller.label_pixels(pixels, index))


def confidence(
    pixels: AnyPixels, space: FeatureSpace, centroids: Floats, cuts: Floats | None
) -> Steps[Any]:
    """Find the confidence of prepared pixels, step by step."""
    if isinstance(pixels, LazyPixels):
        yield Progress(COMPARING, 0.0)
        return confidence_lazily(pixels, space, centroids, cuts)
    return (yield from ConfidenceTable(space, centroids, cuts).of_pixels(pixels))


def recolor(
    labels: Any,
    style: LabelStyle,
    pixels: AnyPixels | None = None,
    channel_axis: int | None = None,
) -> Steps[Any]:
    """Draw labels, of some pixels if given, step by step."""
    labels = as_array(labels)
    if pixels is not None and labels.shape != pixels.shape:
        raise ValueError(
            f"labels has the shape {labels.shape}, but the image without its channels "
            f"has {pixels.shape}: give the labels of this image, or set channel_axis."
        )
    if not isinstance(labels, np.ndarray):
        assert not isinstance(pixels, Pixels)
        yield Progress("Colouring the segments", 0.0)
        return recolor_lazily(labels, style, pixels, channel_axis)
    assert not isinstance(pixels, LazyPixels)
    labels = check_labels(labels, len(style.own) - 1)
    return (yield from recolor_pixels(labels, style, pixels, channel_axis))


def _check_origin(origin: Sequence[int] | None, n_axes: int) -> tuple[int, ...]:
    """Return the origin as whole numbers, or say what is wrong with it."""
    if origin is None:
        return (0,) * n_axes
    wanted = (
        f"origin is {origin}, but the image has {n_axes} spatial axes: give one whole "
        "number for each."
    )
    try:
        numbers = tuple(map(operator.index, origin))
    except TypeError:
        raise TypeError(wanted) from None
    if len(numbers) != n_axes:
        raise ValueError(wanted)
    return numbers
