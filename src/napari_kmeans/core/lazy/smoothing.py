"""Smooth a lazy image chunk by chunk, with the overlap that the filter needs."""

from dataclasses import replace
from typing import Any

import numpy as np

from napari_kmeans.core.lazy.pixels import LazyPixels
from napari_kmeans.core.progress import on_this_thread
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.smoothing import reach, smooth
from napari_kmeans.core.types import Array


def smooth_lazily(pixels: LazyPixels, settings: Settings) -> LazyPixels:
    """Smooth the values of a lazy image; nothing is computed yet."""
    if not settings.sigmas(len(pixels.shape)):
        return pixels
    import dask.array  # noqa: PLC0415

    image, axis = pixels.image, pixels.channel_axis
    depth = list(map(min, reach(settings, len(pixels.shape)), pixels.shape))
    arrays = [image]
    if pixels.mask is not None:
        arrays.append(
            pixels.mask if axis is None else np.expand_dims(pixels.mask, axis)
        )
    if axis is not None:
        depth.insert(axis % image.ndim, 0)
    smoothed = dask.array.map_overlap(
        _smooth_block,
        *arrays,
        depth=tuple(depth),
        boundary="none",
        settings=settings,
        channel_axis=axis,
        alpha=pixels.has_alpha,
        dtype=image.dtype,
        meta=np.empty((0,) * image.ndim, image.dtype),
    )
    return replace(pixels, image=smoothed.rechunk(image.chunks))


def _smooth_block(
    image: Array, mask: Array | None = None, *, channel_axis: int | None, **how: Any
) -> Array:
    """Smooth one block and its surroundings."""
    if mask is not None and channel_axis is not None:
        mask = mask.squeeze(channel_axis)
    with on_this_thread():
        return smooth(image, channel_axis=channel_axis, mask=mask, **how)
