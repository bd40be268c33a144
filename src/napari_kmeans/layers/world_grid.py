"""The placement of layers in world coordinates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Layer
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def placement(source: Layer) -> dict[str, Any]:
    """Return the attributes that align another layer with a source."""
    return {
        "scale": source.scale,
        "translate": source.translate,
        "rotate": source.rotate,
        "shear": source.shear,
        # The matrix: passing the Affine object would share it between the layers.
        "affine": np.array(source.affine.affine_matrix),
        "units": source.units,
        "axis_labels": source.axis_labels,
    }


def unit_symbol(unit: Any, power: int = 1) -> str:
    """Return the usual symbol of a unit, such as "µm" or "µm²"."""
    if str(unit) == "pixel":
        return "px"
    return f"{unit**power:~P}" or str(unit)  # of no dimension pint writes nothing


def pixel_size(layer: Layer) -> tuple[float, str]:
    """Return the area of a pixel of a layer, or its volume."""
    return size_along(layer, range(layer.ndim))


def size_along(layer: Layer, axes: Sequence[int]) -> tuple[float, str]:
    """Return the area or volume of a pixel along some axes of a layer, and its unit."""
    units = {str(layer.units[axis]) for axis in axes}
    if len(units) > 1 or units == {"pixel"}:
        return 1.0, "px"
    size = abs(float(np.prod([layer.scale[axis] for axis in axes])))
    return size, unit_symbol(layer.units[axes[0]], len(axes))


@dataclass(frozen=True, eq=False)
class WorldGrid:
    """The grid of an array's pixels in world coordinates.

    As in napari, axes are counted from the last; a grid with fewer axes lies at every
    position along the others.
    """

    name: str  # what messages call it
    shape: tuple[int, ...]  # the number of pixels along each axis
    matrix: Matrix  # (n + 1, n + 1): takes an index to a place in the world
    units: tuple[Any, ...]  # the unit of each axis of the world

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    def last_axes(self, n: int) -> Matrix:
        """Return the matrix of the last axes alone.

        Returns (n + 1, n + 1).
        """
        return self.matrix[-n - 1 :, -n - 1 :]


def grid_of(layer: Layer, shape: tuple[int, ...] | None = None) -> WorldGrid:
    """Return the grid of a layer's pixels."""
    matrix = np.eye(layer.ndim + 1)
    origin = np.asarray(layer.data_to_world(np.zeros(layer.ndim)))
    for axis, step in enumerate(np.eye(layer.ndim)):
        matrix[:-1, axis] = layer.data_to_world(step) - origin
    matrix[:-1, -1] = origin
    return WorldGrid(layer.name, shape or (0,) * layer.ndim, matrix, tuple(layer.units))


def index_transform(ours: WorldGrid, theirs: WorldGrid, n: int) -> Matrix:
    """Return the matrix that maps an index of one grid to an index of another.

    Returns (n + 1, n + 1).
    """
    factors = unit_factors(ours.units[-n:], theirs.units[-n:])
    to_world = np.diag([*factors, 1.0]) @ ours.last_axes(n)
    return np.asarray(np.linalg.solve(theirs.last_axes(n), to_world), np.float64)


def viewer_factors(viewer: ViewerModel, grid: WorldGrid) -> list[float]:
    """Return what the viewer's coordinates are multiplied with to be in a grid's units.

    Of layers in several units napari takes one that suits all of them.
    """
    units = viewer.layers.extent.units
    if units is None:
        return [1.0] * grid.ndim
    return unit_factors(units[-grid.ndim :], grid.units)


def unit_factors(units: Sequence[Any], wanted: Sequence[Any]) -> list[float]:
    """Return the factors that convert lengths to other units."""
    pairs = list(zip(units, wanted, strict=True))
    if any(a.dimensionality != b.dimensionality for a, b in pairs):
        return [1.0] * len(pairs)
    return [float((1 * a).to(b).magnitude) for a, b in pairs]
