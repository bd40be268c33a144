"""The slices of outputs: the size of their pixels, and the viewer's position."""

from math import nan

import numpy as np
from napari.components import ViewerModel

from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.world_grid import size_along, viewer_factors


def slice_pixel_size(sources: Sources, axis: int) -> tuple[float, str]:
    """Return the area, or volume, of a pixel of a slice of the outputs."""
    # Axes are counted from the last: a channel axis that comes first is left out.
    n = len(sources.shape)
    others = [other - n for other in sources.grid_axes if other != axis]
    return size_along(sources.first, others)


def world_position(
    viewer: ViewerModel, sources: Sources, axis: int, index: float
) -> tuple[int, float]:
    """Return where a slice of the outputs lies in the viewer: along which axis, where.

    The axis is counted from the last.
    """
    grid = sources.grid()
    middle = [(length - 1) / 2 for length in grid.shape]
    middle[axis] = index
    place = float(grid.matrix[axis] @ [*middle, 1])
    return axis - grid.ndim, place / viewer_factors(viewer, grid)[axis]


def data_position(viewer: ViewerModel, sources: Sources, axis: int) -> float:
    """Return the slice of the outputs that the viewer shows; NaN if it shows none."""
    grid, point = sources.grid(), viewer.dims.point
    if len(point) < grid.ndim:
        return nan
    place = np.array(point[-grid.ndim :]) * viewer_factors(viewer, grid)
    return float(np.linalg.solve(grid.matrix, [*place, 1])[axis])
