"""Pixels computed on demand, for napari and for the segments.

napari asks a layer for the slice, or the tile of a level, on the screen, and dask
computes its chunks.
"""

from typing import Any

import numpy as np
from napari.layers import Image, Labels

from napari_kmeans.core.lazy.arrays import as_blocks
from napari_kmeans.core.lazy.uncopied import tiles, wrap
from napari_kmeans.core.levels import map_levels


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


def holds(layer: Image | Labels, data: Any) -> bool:
    """Return whether a layer can hold data: multiscale layers stay multiscale."""
    return bool(layer.multiscale) == isinstance(data, list)
