"""Values of an image to start from: at places, at points, or the means of labels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels, Points

from napari_kmeans.core.types import Array, Floats, Indices
from napari_kmeans.layers.region import Region
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import stored_array
from napari_kmeans.layers.world_grid import (
    WorldGrid,
    grid_of,
    index_transform,
    viewer_factors,
)

MOST_STARTS = 255
MOST_READ = 1 << 22
"""Pixels of an image on disk that are read at most, one by one."""
AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Start:
    """A value that clusters are to start from."""

    value: tuple[float, ...]  # of each channel, in the image's own units
    place: tuple[float, ...]  # where it is, in pixels
    pinned: bool = False


def place_at(viewer: ViewerModel, grid: WorldGrid, position: Any) -> Indices:
    """Return the pixel at a position of the viewer, or say why there is none."""
    if viewer.dims.ndisplay != 2:
        raise ValueError("Turn to the 2-D view (Ctrl+Y) to pick a pixel.")
    if len(position) < grid.ndim:
        raise ValueError(f"'{grid.name}' is not on the screen.")
    index = _index_of(viewer, grid, position)
    if not _is_inside(index, grid):
        raise ValueError(f"There is no pixel of '{grid.name}': click inside the image.")
    return np.rint(index).astype(np.intp)


def starts_at(
    sources: Sources, places: Indices, region: Region | None = None
) -> list[Start]:
    """Return the values at places (N, D); raise if a pixel has none, or is not used."""
    if region is not None and not region.mask(sources.grid())[tuple(places.T)].all():
        raise ValueError(
            "A pixel is outside the region, so it is not clustered: pick inside, or "
            "change the region."
        )
    values = values_at(sources, places)
    if not np.isfinite(values).all():
        raise ValueError(
            "A pixel has no value there (NaN, infinite, or of alpha 0): choose another."
        )
    pairs = zip(values.tolist(), places.tolist(), strict=True)
    return [Start(tuple(value), tuple(map(float, place))) for value, place in pairs]


def places_of_points(points: Points, viewer: ViewerModel, sources: Sources) -> Indices:
    """Return the pixels (N, D) that points lie on, or say why they lie on none.

    Points with fewer axes lie in the slice that is shown.
    """
    grid, theirs = sources.grid(), grid_of(points)
    if not len(points.data):
        raise ValueError(f"'{points.name}' has no points: add some first.")
    if len(points.data) > MOST_STARTS:
        raise ValueError(
            f"'{points.name}' has {len(points.data):,} points: give {MOST_STARTS} at "
            "most."
        )
    n = min(grid.ndim, theirs.ndim)
    index = np.tile(_index_of(viewer, grid, viewer.dims.point), (len(points.data), 1))
    data = np.hstack([points.data[:, -n:], np.ones((len(points.data), 1))])
    index[:, -n:] = (data @ index_transform(theirs, grid, n).T)[:, :n]
    outside = [number for number, one in enumerate(index) if not _is_inside(one, grid)]
    if outside:
        raise ValueError(
            f"Point {outside[0]} of '{points.name}' is outside '{sources.name}', so "
            "none was added: move or delete it first."
        )
    return np.rint(index).astype(np.intp)


def means_of_labels(sources: Sources, layer: Labels) -> list[Start]:
    """Return the mean value and place of the pixels of each label."""
    labels = stored_array(layer.data[0] if layer.multiscale else layer.data)
    if labels.shape != sources.shape:
        shapes = (" × ".join(map(str, one)) for one in (labels.shape, sources.shape))
        raise ValueError(
            f"'{layer.name}' and '{sources.name}' differ in shape "
            f"({' and '.join(shapes)}): give labels of this image."
        )
    labels = np.asarray(labels)
    inside = np.flatnonzero(labels)
    if not len(inside):
        raise ValueError(f"'{layer.name}' has no labels: paint some first.")
    is_lazy = not all(
        isinstance(_finest(layer), np.ndarray) for layer in sources.layers
    )
    if is_lazy and len(inside) > MOST_READ:
        raise ValueError(
            f"'{layer.name}' labels {len(inside):,} pixels, which would be read one by "
            f"one: label {MOST_READ:,} at most."
        )
    numbers, index = np.unique(labels.reshape(-1)[inside], return_inverse=True)
    if len(numbers) > MOST_STARTS:
        raise ValueError(
            f"'{layer.name}' has {len(numbers):,} labels: give {MOST_STARTS} at most."
        )
    totals = np.zeros(len(numbers))
    sums: Any = 0.0
    for start in range(0, len(inside), AT_ONCE):
        some, of_each = inside[start : start + AT_ONCE], index[start : start + AT_ONCE]
        places = np.column_stack(np.unravel_index(some, labels.shape))
        rows = np.hstack([values_at(sources, places), places])
        there = np.isfinite(rows).all(axis=1)
        of_each, rows = of_each[there], rows[there]
        totals += np.bincount(of_each, minlength=len(totals))
        sums = sums + np.stack(
            [np.bincount(of_each, row, len(totals)) for row in rows.T]
        )
    if not totals.all():
        raise ValueError(
            f"No pixel of label {numbers[totals.argmin()]} of '{layer.name}' has a "
            "value: paint it elsewhere."
        )
    means = (sums / totals).T
    n_axes = len(sources.shape)
    return [Start(tuple(m[:-n_axes].tolist()), tuple(m[-n_axes:])) for m in means]


def values_at(sources: Sources, places: Indices) -> Floats:
    """Return the values (N, C) at places (N, D), read alone; NaN where alpha is 0."""
    axis, columns = sources.channel_axis, []
    for layer in sources.layers:
        data = stored_array(_finest(layer))
        if axis is None:
            columns.append(_read(data, places).reshape(len(places), -1))
            continue
        rest = np.delete(places, axis, axis=1) if axis else places
        columns += [
            _read(data, np.insert(rest, axis, entry, axis=1))[:, np.newaxis]
            for entry in sources.taken_entries
        ]
    values = np.hstack(columns).astype(np.float64)
    if sources.is_colors and values.shape[1] == 4:
        values[values[:, 3] == 0] = np.nan
        values = values[:, :3]
    return values


def _read(data: Any, places: Indices) -> Array:
    """Return the pixels of an array at places, whether in memory or not."""
    index = tuple(places.T)
    return np.asarray(
        data[index] if isinstance(data, np.ndarray) else data.vindex[index]
    )


def _finest(layer: Any) -> Any:
    return layer.data[0] if layer.multiscale else layer.data


def _index_of(viewer: ViewerModel, grid: WorldGrid, position: Any) -> Floats:
    """Return the index in a grid, not rounded, of a position of the viewer."""
    world = np.array(position[-grid.ndim :]) * viewer_factors(viewer, grid)
    index: Floats = np.linalg.solve(grid.matrix, [*world, 1])[:-1]
    return index


def _is_inside(index: Floats, grid: WorldGrid) -> bool:
    rounded = np.rint(index)
    return bool(((rounded >= 0) & (rounded < grid.shape)).all())
