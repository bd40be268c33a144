"""The recoloured picture of lazy labels: a lazy array of their chunks."""

from typing import Any

import numpy as np

from napari_kmeans.core.lazy.arrays import drop_axis, whole_pixels, wrap
from napari_kmeans.core.lazy.pixels import LazyPixels
from napari_kmeans.core.progress import on_this_thread
from napari_kmeans.core.recoloring import LabelStyle, check_labels
from napari_kmeans.core.types import Array


def recolor_lazily(
    labels: Any,
    style: LabelStyle,
    pixels: LazyPixels | None = None,
    channel_axis: int | None = None,
) -> Any:
    """Draw lazy labels, of some pixels if given; nothing is computed yet."""
    if pixels is not None:
        labels = labels.rechunk(drop_axis(pixels.image.chunks, channel_axis))
    meta = np.empty((0,) * labels.ndim, labels.dtype)
    labels = labels.map_blocks(
        check_labels, len(style.own) - 1, dtype=meta.dtype, meta=meta
    )
    image = None if pixels is None else pixels.image
    return draw_lazily(style, labels, image, channel_axis)


def draw_lazily(
    style: LabelStyle, labels: Any, image: Any, channel_axis: int | None
) -> Any:
    """Draw lazy labels of an image, which has its channels last if in memory."""
    import dask.array  # noqa: PLC0415

    axes = list(range(labels.ndim))
    drawn_axes, image_axes = axes.copy(), None
    if not style.is_flat:
        place = -1 if channel_axis is None else channel_axis
        drawn_axes.insert(place % (labels.ndim + 1), labels.ndim)
    if image is not None:
        image_axes = axes.copy()
        if channel_axis is not None:  # an axis of its own: channels may be fewer
            image_axes.insert(channel_axis % image.ndim, labels.ndim + 1)
        if isinstance(image, np.ndarray):
            image = wrap(image, (*labels.chunks, *image.shape[labels.ndim :]))
        image = whole_pixels(image, channel_axis)
    return dask.array.blockwise(
        _draw_block,
        drawn_axes,
        labels,
        axes,
        image,
        image_axes,
        style=style,
        channel_axis=channel_axis,
        new_axes={} if style.is_flat else {labels.ndim: style.n_channels},
        concatenate=True,
        dtype=style.dtype,
        meta=np.empty((0,) * len(drawn_axes), style.dtype),
    )


def _draw_block(
    labels: Array, image: Array | None, *, style: LabelStyle, channel_axis: int | None
) -> Array:
    """Draw one block."""
    if image is not None and channel_axis is not None:
        image = np.moveaxis(np.asarray(image), channel_axis, -1)
    with on_this_thread():
        picture = style.draw(labels, image)
    if style.is_flat or channel_axis is None:
        return picture
    return np.moveaxis(picture, -1, channel_axis)
