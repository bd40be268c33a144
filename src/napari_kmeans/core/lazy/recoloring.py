"""The recoloured picture of a lazy image: a lazy array of its chunks."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.blocks import on_this_thread
from napari_kmeans.core.lazy.arrays import drop_axis
from napari_kmeans.core.lazy.pixels import LazyPixels
from napari_kmeans.core.pixels import read_pixels
from napari_kmeans.core.progress import finish
from napari_kmeans.core.recoloring import (
    MeanColors,
    check_labels,
    check_shape,
    recolor_pixels,
)

Array = NDArray[Any]


def recolor_lazily(
    labels: Any,
    colors: MeanColors,
    pixels: LazyPixels | None = None,
    channel_axis: int | None = None,
) -> Any:
    """Draw lazy labels in the mean colours; nothing is computed yet."""
    import dask.array  # noqa: PLC0415

    n_axes = labels.ndim + (channel_axis is not None)
    axes = tuple(range(n_axes))
    spatial_axes = drop_axis(axes, channel_axis)
    arguments, new_axes, dtype = [], {}, np.dtype(colors.dtype)
    if pixels is not None:
        check_shape(labels.shape, pixels.shape)
        labels = labels.rechunk(drop_axis(pixels.image.chunks, channel_axis))
        arguments, dtype = [pixels.image, axes], pixels.image.dtype
    elif channel_axis is not None:
        n_channels = colors.centroids.shape[1] + colors.has_alpha
        new_axes = {channel_axis % n_axes: n_channels}
    return dask.array.blockwise(
        _recolor_block,
        axes,
        labels,
        spatial_axes,
        *arguments,
        colors=colors,
        channel_axis=channel_axis,
        new_axes=new_axes,
        dtype=dtype,
        meta=np.empty((0,) * n_axes, dtype),
    )


def _recolor_block(
    labels: Array,
    image: Array | None = None,
    *,
    colors: MeanColors,
    channel_axis: int | None,
) -> Array:
    """Draw one block."""
    labels = check_labels(labels, len(colors.centroids))
    pixels = None
    if image is not None:
        alpha = colors.has_alpha
        pixels = read_pixels(image, channel_axis=channel_axis, alpha=alpha)
    with on_this_thread():
        return finish(recolor_pixels(labels, colors, pixels, channel_axis))
