"""The labels of a lazy image: a lazy array of its chunks.

Only centroids are in the graph. The look-up table of labels is made once per process,
not per chunk or thread.
"""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.labelling import Labeller
from napari_kmeans.core.lazy.arrays import drop_axis
from napari_kmeans.core.lazy.pixels import LazyPixels, Reader
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import finish, on_this_thread
from napari_kmeans.core.types import Array, Floats

KEPT = 4
"""Labellers whose tables are kept: each has up to 32 MiB."""

_labellers: dict[Any, Labeller] = {}  # the most recently used are last
_lock = threading.Lock()


def shared_labeller(
    space: FeatureSpace,
    centroids: Floats,
    made: Labeller | None = None,
    cuts: Floats | None = None,
) -> Labeller:
    """Return the labeller that this process keeps for some centroids, or cuts."""
    key = space, centroids.tobytes(), None if cuts is None else cuts.tobytes()
    with _lock:
        labeller = _labellers.pop(key, made) or Labeller(space, centroids, cuts)
        _labellers[key] = labeller
        if len(_labellers) > KEPT:
            del _labellers[next(iter(_labellers))]
    return labeller


def label_lazily(pixels: LazyPixels, labeller: Labeller) -> Any:
    """Return the labels of a lazy image; nothing is computed yet."""
    return for_each_pixel(
        pixels,
        _label,
        labeller.dtype,
        space=labeller.space,
        centroids=labeller.centroids,
        cuts=labeller.cuts,
    )


def for_each_pixel(
    pixels: LazyPixels,
    function: Callable[..., Array],
    dtype: np.dtype[Any],
    **arguments: Any,
) -> Any:
    """Return a lazy array of what a function gives for the pixels of each chunk."""
    import dask.array  # noqa: PLC0415

    axes = tuple(range(pixels.image.ndim))
    spatial_axes = drop_axis(axes, pixels.channel_axis)
    mask_axes = None if pixels.mask is None else spatial_axes
    arrays: list[Any] = [pixels.image, axes, pixels.mask, mask_axes]
    if pixels.origin is not None:
        arrays += _coordinates(pixels, spatial_axes)
    return dask.array.blockwise(
        _on_block,
        spatial_axes,
        *arrays,
        function=partial(function, **arguments),
        reader=pixels.reader,
        dtype=dtype,
        meta=np.empty((0,) * len(spatial_axes), dtype),
    )


def _coordinates(pixels: LazyPixels, spatial_axes: tuple[int, ...]) -> Iterator[Any]:
    """Yield the coordinates along each axis, in the image's chunks, and the axis."""
    import dask.array  # noqa: PLC0415

    for axis in spatial_axes:
        chunks = pixels.image.chunks[axis]
        yield dask.array.arange(sum(chunks), chunks=(chunks,))
        yield (axis,)


def _on_block(
    image: Any,
    mask: Array | None,
    *coordinates: Array,
    function: Callable[[Pixels], Array],
    reader: Reader,
) -> Array:
    """Call a function for the pixels of one block."""
    if isinstance(image, list):  # along the channel axis, with one block
        (image,) = image
    pixels = reader(image, mask, [int(axis[0]) for axis in coordinates])
    with on_this_thread():
        return function(pixels)


def _label(
    pixels: Pixels, space: FeatureSpace, centroids: Floats, cuts: Floats | None
) -> Array:
    """Label the pixels of one block."""
    labeller = shared_labeller(space, centroids, cuts=cuts)
    return finish(labeller.label_pixels(pixels))
