"""The placement of layers in world coordinates."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Layer
from napari.utils.transforms import CompositeAffine

from napari_kmeans.core.types import Floats


def placement(source: Layer) -> dict[str, Any]:
    """Return the attributes that align another layer with a source."""
    names = ("scale", "translate", "rotate", "shear", "units", "axis_labels")
    attributes = {name: getattr(source, name) for name in names}
    # The matrix: passing the Affine object would share it between the layers.
    return {**attributes, "affine": np.array(source.affine.affine_matrix)}


def own_transform(place: dict[str, Any]) -> CompositeAffine:
    """Return the transform of a placement, without its affine."""
    return CompositeAffine(**{key: place[key] for key in place if key != "affine"})


def unit_symbol(unit: Any, power: int = 1) -> str:
    """Return the usual symbol of a unit, such as "µm" or "µm²"."""
    if str(unit) == "pixel":
        return "px"
    return f"{unit**power:~P}" or str(unit)  # of no dimension pint writes nothing


@dataclass(frozen=True, eq=False)
class WorldGrid:
    """The grid of an array's pixels in world coordinates.

    As in napari, axes are counted from the last; a grid with fewer axes lies at every
    position along the others.
    """

    name: str  # what messages call it
    shape: tuple[int, ...]  # the number of pixels along each axis
    matrix: Floats  # (n + 1, n + 1): takes an index to a place in the world
    units: tuple[Any, ...]  # the unit of each axis of the world

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)


def grid_of(
    layer: Layer,
    shape: tuple[int, ...] | None = None,
    place: dict[str, Any] | None = None,
) -> WorldGrid:
    """Return the grid of pixels that lie where a layer does, or at another place."""
    place = place or placement(layer)
    matrix = place["affine"] @ own_transform(place).affine_matrix
    return WorldGrid(layer.name, shape or (0,) * layer.ndim, matrix, place["units"])


def index_transform(ours: WorldGrid, theirs: WorldGrid, n: int) -> Floats:
    """Return the matrix (n + 1, n + 1) from an index of one grid to one of another."""
    last = np.s_[-n - 1 :, -n - 1 :]
    factors = unit_factors(ours.units[-n:], theirs.units[-n:])
    to_world = np.diag([*factors, 1.0]) @ ours.matrix[last]
    return np.asarray(np.linalg.solve(theirs.matrix[last], to_world), np.float64)


def viewer_factors(viewer: ViewerModel, grid: WorldGrid) -> list[float]:
    """Return what the viewer's coordinates are multiplied with to be in a grid's units.

    Of layers in several units napari takes one that suits all of them.
    """
    units = viewer.layers.extent.units
    return unit_factors((units or grid.units)[-grid.ndim :], grid.units)


def world_position(
    viewer: ViewerModel, grid: WorldGrid, axis: int, index: float
) -> tuple[int, float]:
    """Return the axis of the viewer, from the last, and where a slice lies along it."""
    middle = [(length - 1) / 2 for length in grid.shape]
    middle[axis] = index
    place = float(grid.matrix[axis] @ [*middle, 1])
    return axis - grid.ndim, place / viewer_factors(viewer, grid)[axis]


def data_position(viewer: ViewerModel, grid: WorldGrid, axis: int) -> float:
    """Return the slice that the viewer shows; NaN if it shows none."""
    point = viewer.dims.point
    if len(point) < grid.ndim:
        return nan
    place = np.array(point[-grid.ndim :]) * viewer_factors(viewer, grid)
    return float(np.linalg.solve(grid.matrix, [*place, 1])[axis])


def unit_factors(units: Sequence[Any], wanted: Sequence[Any]) -> list[float]:
    """Return the factors that convert lengths to other units."""
    pairs = list(zip(units, wanted, strict=True))
    if any(a.dimensionality != b.dimensionality for a, b in pairs):
        return [1.0] * len(pairs)
    return [float((1 * a).to(b).magnitude) for a, b in pairs]
