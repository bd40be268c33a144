"""Pixels computed on demand, for napari and for the segments.

napari asks a layer for the slice, or the tile of a level, on the screen, and dask
computes its chunks.
"""

from typing import Any

import numpy as np
from napari.layers import Image, Labels
from numpy.typing import NDArray

from napari_kmeans.core.blocks import on_this_thread
from napari_kmeans.core.lazy.arrays import as_blocks, whole_pixels
from napari_kmeans.core.lazy.uncopied import tiles, wrap
from napari_kmeans.core.levels import map_levels
from napari_kmeans.segments.label_style import LabelStyle

Array = NDArray[Any]


def as_computed(labels: Any) -> Any:
    """Return labels as `Segments` takes them: one array, or all levels lazy.

    What is derived from them is then computed on demand, also for levels in memory.
    """
    return labels if isinstance(labels, np.ndarray) else map_levels(in_tiles, labels)


def in_tiles(array: Any, channel_axis: int | None = None) -> Any:
    """Return an array as a lazy one, in chunks that suit viewing."""
    if not isinstance(array, np.ndarray):
        return as_blocks(array)
    shape = list(array.shape)
    if channel_axis is None:
        return wrap(array, tiles(shape))
    n_channels = shape.pop(channel_axis)
    sizes = list(tiles(shape))
    sizes.insert(channel_axis % array.ndim, n_channels)
    return wrap(array, tuple(sizes))


def as_layer_data(labels: Any) -> Any:
    """Return labels as the data of a layer."""
    if isinstance(labels, np.ndarray):
        return np.array(labels)
    return list(labels) if isinstance(labels, tuple) else labels


def holds(layer: Image | Labels, data: Any) -> bool:
    """Return whether a layer can hold data: multiscale layers stay multiscale."""
    return bool(layer.multiscale) == isinstance(data, list)


def draw_lazily(style: LabelStyle, labels: Any, image: Any) -> Any:
    """Draw the pixels of labels; nothing is computed yet."""
    import dask.array  # noqa: PLC0415 - only lazy layers need it

    labels = in_tiles(labels)
    axes = tuple(range(labels.ndim))
    has_channels = image.ndim > labels.ndim
    if isinstance(image, np.ndarray):
        image = wrap(image, (*labels.chunks, *image.shape[labels.ndim :]))
    elif has_channels:
        image = whole_pixels(image, -1)
    drawn_axes = axes if style.is_flat else (*axes, labels.ndim + 1)
    return dask.array.blockwise(
        _draw_block,
        drawn_axes,
        labels,
        axes,
        image,
        (*axes, labels.ndim) if has_channels else axes,
        style=style,
        new_axes={} if style.is_flat else {labels.ndim + 1: style.table.shape[1]},
        concatenate=True,
        dtype=style.table.dtype,
        meta=np.empty((0,) * len(drawn_axes), style.table.dtype),
    )


def _draw_block(labels: Array, image: Array, style: LabelStyle) -> Array:
    """Draw one block."""
    picture = np.empty(style.shape(labels.shape), style.table.dtype)
    with on_this_thread():
        style.draw(labels, image, picture)
    return picture
