"""The slices of outputs: how large their pixels are, and where the viewer is."""

from collections.abc import Sequence
from math import nan

import numpy as np

from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.world_grid import size_along


def slice_pixel_size(sources: Sources, axis: int) -> tuple[float, str]:
    """Give the area, or volume, of a pixel of a slice of the outputs."""
    # Axes are counted from the last: a channel axis that comes first is left out.
    n = len(sources.shape)
    others = [other - n for other in sources.grid_axes if other != axis]
    return size_along(sources.first, others)


def world_position(sources: Sources, axis: int, index: float) -> tuple[int, float]:
    """Tell where a slice of the outputs lies in the viewer."""
    grid = sources.grid()
    middle = [(length - 1) / 2 for length in grid.shape]
    middle[axis] = index
    return axis - grid.ndim, float(grid.matrix[axis] @ [*middle, 1])


def data_position(sources: Sources, axis: int, point: Sequence[float]) -> float:
    """Tell at which slice of the outputs the viewer is."""
    grid = sources.grid()
    if len(point) < grid.ndim:
        return nan
    place = np.linalg.solve(grid.matrix, [*point[-grid.ndim :], 1])
    return float(place[axis])
