"""Segment an image in one call: labels, recoloured image and model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.dispatch import AnyPixels, as_array, label, read
from napari_kmeans.core.kept import Kept, once
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.pixels import (
    TooFewPixelsError,
    check_axis,
    check_mask,
    find_channel_axis,
)
from napari_kmeans.core.progress import Callback, Steps, finish, subprogress
from napari_kmeans.core.settings import ColorSpace, Scaling, Settings, Smoothing
from napari_kmeans.core.slice_models import summarize


@dataclass(frozen=True, eq=False)
class Segmentation:
    """An image, segmented.

    Attributes
    ----------
    labels : ndarray of uint8 or uint16
        The label of each pixel, 1 to k from dark to bright; 0 means 'in no segment'.
        The shape is that of the image without its channel axis. A dask array, not
        computed yet, if the image is a dask or zarr array.
    recolored : ndarray
        The image with every pixel in the mean colour of its cluster, of the same shape
        and dtype. Alpha and the pixels in no segment are kept. A dask array if the
        image is a dask or zarr array.
    model : KMeansModel
        The fitted model. With one model per slice, a summary of them: counts and
        inertias summed, centroids averaged over the pixels.
    slice_models : tuple of (KMeansModel or None), or None
        With one model per slice, the models in the order of the slices; None for a
        slice without any pixel to cluster.
    level : int or None
        For a pyramid, the level that was fitted; 0 is the finest. `labels` and
        `recolored` are then tuples with one array for each level.
    """

    labels: Any
    recolored: Any
    model: KMeansModel
    slice_models: tuple[KMeansModel | None, ...] | None = None
    level: int | None = None


def segment(
    image: ArrayLike,
    n_clusters: int,
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    mask: ArrayLike | None = None,
    label_all: bool = False,
    slice_axis: int | None = None,
    color_space: ColorSpace = "rgb",
    init: str | ArrayLike = "k-means++",
    pinned: Sequence[int] = (),
    n_init: int | Literal["auto"] = "auto",
    max_iter: int = 300,
    tol: float = 0.0,
    random_state: int = 0,
    channel_weights: ArrayLike | None = None,
    lightness_weight: float = 1.0,
    scaling: Scaling | Sequence[Scaling] = "none",
    position_weight: float | Sequence[float] = 0.0,
    sigma: float | Sequence[float] = 0.0,
    smoothing: Smoothing = "gaussian",
    callback: Callback | None = None,
) -> Segmentation:
    """Segment an image by k-means clustering of its pixels.

    Parameters
    ----------
    image : array_like
        An array of any shape and of bool, an integer type, float16, float32 or float64;
        numpy, dask or zarr. NaN and infinite pixels are in no segment.
    n_clusters : int
        The number of clusters. If the image has fewer distinct values there are fewer
        clusters, and the model's `message` says so.
    channel_axis : int, optional
        The axis of the channels. None: the image has one channel.
    alpha : bool, optional
        Whether the last channel is alpha. None: it is if the image is uint8 and has
        four channels. Pixels of alpha 0 are in no segment.
    mask : array_like of bool, optional
        The pixels to cluster, of the shape of the image without its channel axis.
    label_all : bool
        Whether pixels outside the mask are labelled, too, as by `KMeansModel.predict`.
        If False, they get label 0 and keep their values in the recoloured image.
    slice_axis : int, optional
        Fit a separate model to each slice along this axis of the labels. None: fit one
        model to all pixels.
    color_space, init, pinned, n_init, max_iter, tol, random_state, channel_weights
        See `Settings`.
    lightness_weight, scaling, position_weight, sigma, smoothing
        See `Settings`.
    callback : callable, optional
        Called with a `Progress` between steps. An exception raised in it stops the
        computation.

    Returns
    -------
    Segmentation
        The labels, the recoloured image and the fitted model.

    Raises
    ------
    TypeError
        An argument has the wrong type.
    ValueError
        An argument has an invalid value, or there is no pixel to cluster.

    Warns
    -----
    RuntimeWarning
        `max_iter` was reached before the centroids converged.

    Notes
    -----
    The distinct values of the image are clustered, weighted by their counts [1]_. On
    one axis, dynamic programming finds the global optimum [2]_ [3]_ for up to 65,536
    distinct values; more are binned first, and the centroids then refined on all of
    them. On several axes, greedy k-means++ [4]_ initializes many runs on binned values;
    the best are improved by swaps and refined by Lloyd's algorithm [5]_ on all values,
    with the bounds of Hamerly [6]_.

    References
    ----------
    .. [1] M. E. Celebi, "Improving the performance of k-means for color quantization",
       Image and Vision Computing 29(4), 260-271, 2011.
    .. [2] H. Wang, M. Song, "Ckmeans.1d.dp: optimal k-means clustering in one dimension
       by dynamic programming", The R Journal 3(2), 29-33, 2011.
    .. [3] A. Grønlund et al., "Fast exact k-means, k-medians and Bregman divergence
       clustering in 1D", arXiv:1701.07204, 2017.
    .. [4] D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding",
       SODA 2007, 1027-1035.
    .. [5] S. P. Lloyd, "Least squares quantization in PCM", IEEE Transactions on
       Information Theory 28(2), 129-137, 1982.
    .. [6] G. Hamerly, "Making k-means even faster", SDM 2010, 130-140.
    """
    settings = Settings.among(locals())
    steps = segment_steps(
        image,
        settings,
        channel_axis=channel_axis,
        alpha=alpha,
        mask=mask,
        label_all=label_all,
        slice_axis=slice_axis,
    )
    segmentation = finish(steps, callback)
    segmentation.model.warn_if_stopped()
    return segmentation


def segment_steps(
    image: Any,
    settings: Settings,
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    mask: Any = None,
    label_all: bool = False,
    slice_axis: int | None = None,
    draw: bool = True,
    kept: Kept | None = None,
) -> Steps[Segmentation]:
    """Cluster the pixels of an image, step by step; without a picture unless drawn.

    What is kept of an earlier clustering is used if the image and the mask are the same
    arrays, unchanged; slices keep nothing.
    """
    if slice_axis is not None:
        kept = None

    def together(image: Any, settings: Settings, mask: Any) -> Steps[Segmentation]:
        reading = read_chosen(image, mask, channel_axis, alpha)
        pixels, chosen = yield from once(
            kept, "pixels", (image, mask, channel_axis, alpha), reading
        )
        fitting = KMeansModel.fit_steps(chosen, settings, kept)
        model, prepared, index = yield from subprogress(fitting, 0, 0.8)
        if label_all and mask is not None:
            labelling = model.predict_steps(pixels)
        else:
            labelling = label(prepared, model.labeller, index)
        labels = yield from subprogress(labelling, 0.8, 0.9)
        # These take more memory than the picture.
        del prepared, index, chosen, fitting, labelling
        recolored = None
        if draw:
            drawing = model.recolor_steps(labels, pixels)
            recolored = yield from subprogress(drawing, 0.9, 1)
        return Segmentation(labels, recolored, model)

    if slice_axis is None:
        return (yield from together(image, settings, mask))
    axes = slice_axis, channel_axis
    return (yield from _segment_slices(together, image, settings, mask, axes))


def read_chosen(
    image: Any, mask: Any, channel_axis: int | None, alpha: bool | None
) -> Steps[tuple[AnyPixels, AnyPixels]]:
    """Return all pixels of an image, and those to cluster."""
    yield from ()  # one step, which needs no report
    pixels = read(image, channel_axis=channel_axis, alpha=alpha)
    return pixels, pixels.masked(mask)


def _segment_slices(
    segment_one: Callable[..., Steps[Segmentation]],
    image: Any,
    settings: Settings,
    mask: Any,
    axes: tuple[int, int | None],
) -> Steps[Segmentation]:
    """Cluster each slice along an axis of the labels as a separate image."""
    slice_axis, channel_axis = axes
    image = as_array(image)
    channels = find_channel_axis(image, channel_axis)
    shape = [size for axis, size in enumerate(image.shape) if axis != channels]
    if mask is not None:
        mask = check_mask(mask, tuple(shape))
    wanted = f": give an axis of the labels, from {-len(shape)} to {len(shape) - 1}."
    axis = check_axis("slice_axis", slice_axis, len(shape), wanted)
    image_axis = axis + (channels is not None and channels <= axis)
    n_slices = shape[axis]
    shape[axis] = 1
    models: list[KMeansModel | None] = []
    labels, pictures = [], []
    is_drawn = False
    empty = []  # those of which something was to be clustered, but cannot be
    for number in range(n_slices):
        inside = None if mask is None else _slice_of(mask, axis, number)
        pixels = _slice_of(image, image_axis, number)
        steps = _segment_slice(segment_one, pixels, settings, inside)
        share = number / n_slices, (number + 1) / n_slices
        where = f"Slice {number + 1} of {n_slices}: "
        one = yield from subprogress(steps, *share, where)
        if one is None:  # it keeps its values
            if inside is None or np.asarray(inside).any():
                empty.append(number)
            models.append(None)
            labels.append(np.zeros(shape, np.uint8))
            pictures.append(pixels)
        else:
            # A copy of a model has no table of labels, which takes megabytes.
            models.append(replace(one.model))
            labels.append(one.labels)
            pictures.append(one.recolored)
            is_drawn = one.recolored is not None
    model = summarize(models, settings, prod(shape), empty)
    recolored = np.concatenate(pictures, image_axis) if is_drawn else None
    return Segmentation(np.concatenate(labels, axis), recolored, model, tuple(models))


def _segment_slice(
    segment_one: Callable[..., Steps[Segmentation]],
    image: Any,
    settings: Settings,
    mask: Any,
) -> Steps[Segmentation | None]:
    """Cluster one slice, maybe into fewer; None if there is no pixel to cluster."""
    try:
        return (yield from segment_one(image, settings, mask))
    except TooFewPixelsError as error:
        if not error.n_pixels:
            return None
        fewer = settings.without_init(n_clusters=error.n_pixels)
        return (yield from segment_one(image, fewer, mask))


def _slice_of(array: Any, axis: int, number: int) -> Any:
    """Return one slice, keeping its axis, so that settings per axis still fit."""
    return array[(slice(None),) * axis + (slice(number, number + 1),)]
