"""Segment an image in one call: labels, recoloured image and model."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from numpy.typing import ArrayLike

from napari_kmeans.core.dispatch import (
    cluster,
    label,
    prepare,
    read,
    recolor,
    smoothing_share,
)
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.progress import Callback, Steps, finish, subprogress
from napari_kmeans.core.settings import ColorSpace, Scaling, Settings, Smoothing
from napari_kmeans.core.slice_models import segment_slices


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
    color_space, init, n_init, max_iter, tol, random_state
        See `Settings`.
    channel_weights, lightness_weight, scaling
        See `Settings`.
    position_weight, sigma, smoothing
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
    image: ArrayLike,
    settings: Settings,
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    mask: ArrayLike | None = None,
    label_all: bool = False,
    slice_axis: int | None = None,
    draw: bool = True,
) -> Steps[Segmentation]:
    """Cluster the pixels of an image, step by step; without a picture unless drawn."""
    segment_one = partial(
        _segment_one,
        channel_axis=channel_axis,
        alpha=alpha,
        label_all=label_all,
        draw=draw,
    )
    if slice_axis is None:
        return (yield from segment_one(image, settings, mask))
    slices = segment_slices(
        segment_one, image, settings, slice_axis, channel_axis=channel_axis, mask=mask
    )
    return Segmentation(*(yield from slices))


def _segment_one(
    image: ArrayLike,
    settings: Settings,
    mask: ArrayLike | None,
    *,
    channel_axis: int | None,
    alpha: bool | None,
    label_all: bool,
    draw: bool,
) -> Steps[Segmentation]:
    """Cluster all pixels of an image together."""
    pixels = read(image, channel_axis=channel_axis, alpha=alpha)
    smoothed = smoothing_share(settings, 0.3)
    prepare_chosen = prepare(pixels.masked(mask), settings)
    prepared = yield from subprogress(prepare_chosen, 0, smoothed)
    clustering = yield from subprogress(cluster(prepared, settings), smoothed, 0.8)
    model = KMeansModel.from_clustering(clustering, pixels, settings)
    if label_all and mask is not None:
        labelling = model.predict_pixels(pixels)
    else:
        labelling = label(prepared, model.labeller, clustering)
    labels = yield from subprogress(labelling, 0.8, 0.9)
    del prepared, clustering, labelling  # which take more memory than the picture
    recolored = None
    if draw:
        drawing = recolor(labels, model.mean_colors, pixels)
        recolored = yield from subprogress(drawing, 0.9, 1)
    return Segmentation(labels, recolored, model)
