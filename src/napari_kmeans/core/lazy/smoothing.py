"""Smooth a lazy image chunk by chunk, with the overlap that the filter needs."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.blocks import on_this_thread
from napari_kmeans.core.lazy.arrays import drop_axis
from napari_kmeans.core.lazy.pixels import LazyPixels
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.smoothing import reach, smooth

Array = NDArray[Any]


def smooth_lazily(pixels: LazyPixels, settings: Settings) -> LazyPixels:
    """Smooth the values of a lazy image; nothing is computed yet."""
    if not settings.sigmas(len(pixels.shape)):
        return pixels
    import dask.array  # noqa: PLC0415
    from dask.array.overlap import overlap, trim_internal  # noqa: PLC0415

    image, axes = pixels.image, tuple(range(pixels.image.ndim))
    spatial_axes = drop_axis(axes, pixels.channel_axis)
    depth = dict.fromkeys(axes, 0)
    depth.update(zip(spatial_axes, reach(settings, len(spatial_axes)), strict=True))
    image = image.rechunk(
        {axis: _enough(image.chunks[axis], depth[axis]) for axis in axes}
    )
    depth = {axis: n if image.numblocks[axis] > 1 else 0 for axis, n in depth.items()}
    wide = overlap(image, depth, "none")
    arguments = [wide, axes]
    if pixels.mask is not None:
        mask = pixels.mask.rechunk(drop_axis(image.chunks, pixels.channel_axis))
        depths = {n: depth[axis] for n, axis in enumerate(spatial_axes)}
        arguments += [overlap(mask, depths, "none"), spatial_axes]
    smoothed = dask.array.blockwise(
        _smooth_block,
        axes,
        *arguments,
        settings=settings,
        channel_axis=pixels.channel_axis,
        alpha=pixels.has_alpha,
        dtype=image.dtype,
        meta=np.empty((0,) * len(axes), image.dtype),
    )
    trimmed = trim_internal(smoothed, depth, "none")
    return replace(pixels, image=trimmed.rechunk(pixels.image.chunks))


def _enough(sizes: tuple[int, ...], depth: int) -> tuple[int, ...]:
    """Merge chunks along an axis that are shorter than the overlap."""
    joined = [0]
    for size in sizes:
        if joined[-1] >= max(depth, 1):
            joined.append(0)
        joined[-1] += size
    if len(joined) > 1 and joined[-1] < depth:
        last = joined.pop()
        joined[-1] += last
    return tuple(joined)


def _smooth_block(image: Array, mask: Array | None = None, **choices: Any) -> Array:
    """Smooth one block and its surroundings."""
    with on_this_thread():
        return smooth(image, mask=mask, **choices)
