"""The whole job in one call: labels, recoloured image and model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import ArrayLike

from napari_kmeans.core.clustering import cluster_pixels
from napari_kmeans.core.lazy.arrays import as_blocks, is_lazy
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.pixels import read_pixels
from napari_kmeans.core.preparing import prepare, smoothing_share
from napari_kmeans.core.progress import Callback, Steps, finish, subprogress
from napari_kmeans.core.settings import ColorSpace, Scaling, Settings, Smoothing


@dataclass(frozen=True, eq=False)
class Segmentation:
    """An image, segmented.

    Attributes
    ----------
    labels : ndarray of uint8 or uint16
        The label of each pixel, 1 to k from dark to bright; 0 is 'in no segment'. Its
        shape is the image's without the channels.
    recolored : ndarray
        The image with every pixel in the mean colour of its cluster. Of the image's
        shape and type; alpha is kept, and so are the pixels in no segment.
    model : KMeansModel
        How it was made, and how to do the same to another image. With one model a slice
        it is their summary: counts and inertias summed, centroids averaged over the
        pixels.
    slice_models : tuple of KMeansModel or None, or None
        With one model a slice, the models, in the order of the slices; None for a slice
        without a pixel that can be clustered.
    level : int or None
        For an image of several levels, the one that was fitted; 0 is the finest.
        `labels` and `recolored` are then tuples with an array for each level.
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
    """Cluster the pixels of an image and give labels, recoloured image and model.

    Parameters
    ----------
    image, n_clusters, channel_axis, alpha, mask, callback
        As for `KMeansModel.fit`.
    label_all : bool
        Whether the pixels outside the mask are labelled too, as `KMeansModel.predict`
        does. False: they get label 0 and keep their value in the recoloured image.
    slice_axis : int, optional
        Make a model of its own for each slice along this axis of the labels, as if each
        slice were an image. None: one model for all pixels.
    color_space, init, n_init, max_iter, tol, random_state
        See `Settings`.
    channel_weights, lightness_weight, scaling
        See `Settings`.
    position_weight, sigma, smoothing
        See `Settings`.

    Returns
    -------
    Segmentation
        The result.

    Raises
    ------
    TypeError
        An argument is of the wrong type.
    ValueError
        An argument has a value that cannot be used, or no pixel can be clustered.

    Warns
    -----
    RuntimeWarning
        `max_iter` ended the iterations before the centroids came to rest.
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
) -> Steps[Segmentation]:
    """Cluster the pixels of an image, step by step."""
    if is_lazy(image):
        image = as_blocks(image)
    if slice_axis is not None:
        # Imported here: it calls this function for each slice.
        from napari_kmeans.core.slice_models import segment_slices_steps  # noqa: PLC0415

        return (
            yield from segment_slices_steps(
                image,
                settings,
                slice_axis,
                channel_axis=channel_axis,
                alpha=alpha,
                mask=mask,
                label_all=label_all,
            )
        )
    if is_lazy(image):
        from napari_kmeans.core.lazy.dispatch import draw_lazily  # noqa: PLC0415
        from napari_kmeans.core.lazy.fitting import fit_lazily  # noqa: PLC0415
        from napari_kmeans.core.lazy.pixels import read_lazy  # noqa: PLC0415

        source = read_lazy(image, channel_axis=channel_axis, alpha=alpha, mask=mask)
        model = yield from fit_lazily(source, settings)
        labels, recolored = draw_lazily(model, source, label_all=label_all)
        return Segmentation(labels, recolored, model)
    pixels = read_pixels(image, channel_axis=channel_axis, alpha=alpha, mask=mask)
    smoothed = smoothing_share(settings, 0.3)
    pixels = yield from subprogress(prepare(pixels, settings), 0, smoothed)
    cluster = cluster_pixels(pixels, settings)
    clustering = yield from subprogress(cluster, smoothed, 0.8)
    model = KMeansModel.from_clustering(clustering, pixels, settings)
    if label_all and mask is not None:
        label = model.predict_steps(image)
    else:
        label = clustering.labeller.label_pixels(pixels, clustering.pixel_index)
    labels = yield from subprogress(label, 0.8, 0.9)
    recolored = yield from subprogress(model.recolor_steps(labels, image), 0.9, 1)
    return Segmentation(labels, recolored, model)
