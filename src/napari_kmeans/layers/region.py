"""Regions to cluster: slices, or what is inside shapes or labels.

A region consists of numbers only, read from the viewer's layers once, so that its mask
can be computed on another thread while the user goes on working.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels, Shapes
from scipy.ndimage import affine_transform
from skimage.draw import polygon as pixels_inside

from napari_kmeans.core.types import Flags, Floats
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.world_grid import (
    WorldGrid,
    grid_of,
    index_transform,
    viewer_factors,
)

OUTLINES = ("rectangle", "ellipse", "polygon")
"""The types of shapes that have an area."""
FLAT = 1e-3
"""How far the corners of a shape may deviate from its plane, in pixels."""
ELLIPSE_CORNERS = 180

THIN = 250
"""How many times an image is as long as the line around its region is wide."""

WHITE = ("white", "#ffffff", "#ffffffff")

MOST_VALUES = 1 << 16
"""How many label values may be written down as those of a region."""


@dataclass(frozen=True)
class Slices:
    """A range along each of some axes."""

    ranges: tuple[tuple[int, int, int], ...]  # the last is inside, too

    def mask(self, grid: WorldGrid) -> Flags:
        """Return which pixels are inside."""
        mask = np.zeros(grid.shape, np.bool_)
        inside = [slice(None)] * grid.ndim
        for axis, first, last in self.ranges:
            if first > last:
                raise ValueError(
                    f"The range of slices goes from {first} to {last}, so it is "
                    "empty: the first slice must not come after the last."
                )
            if not 0 <= first <= last < grid.shape[axis]:
                raise ValueError(
                    f"The slices from {first} to {last} are not all in "
                    f"'{grid.name}', whose slices go from 0 to "
                    f"{grid.shape[axis] - 1}: choose others."
                )
            inside[axis] = slice(first, last + 1)
        mask[tuple(inside)] = True
        return mask

    def record(self) -> dict[str, Any]:
        """Return in plain JSON values which region it is."""
        return {"slices": [list(each) for each in self.ranges]}


def current_slice(viewer: ViewerModel, grid: WorldGrid) -> Slices:
    """Return the slice of an image that the viewer shows."""
    dims, n = viewer.dims, grid.ndim
    hidden = [axis - dims.ndim + n for axis in dims.not_displayed]
    hidden = [axis for axis in hidden if axis >= 0]
    if not hidden:
        raise ValueError(
            f"The viewer shows all of '{grid.name}' at once, so there is no current "
            "slice: go back to the 2-D view, or choose another region."
        )
    point = np.array(dims.point[-n:]) * viewer_factors(viewer, grid)
    linear, offset = grid.matrix[:-1, :-1], grid.matrix[:-1, -1]
    # The axes that are displayed have no place: take the one where the image is.
    index = np.zeros(n)
    rows = np.ix_(hidden, hidden)
    shown = [axis for axis in range(n) if axis not in hidden]
    rest = linear[np.ix_(hidden, shown)] @ (np.array(grid.shape)[shown] - 1) / 2
    index[hidden] = np.linalg.solve(linear[rows], (point - offset)[hidden] - rest)
    places = [round(float(index[axis])) for axis in hidden]
    if any(not 0 <= p < grid.shape[a] for a, p in zip(hidden, places, strict=True)):
        raise ValueError(
            f"The slider is at a position where '{grid.name}' has no slice: move it "
            "to one, or choose another region."
        )
    return Slices(tuple((a, p, p) for a, p in zip(hidden, places, strict=True)))


@dataclass(frozen=True, eq=False)
class Outlined:
    """What is inside polygons."""

    grid: WorldGrid  # where the coordinates of the corners lie; its name is the layer's
    polygons: tuple[Floats, ...]  # (m, d): the corners of each
    # whether a polygon that lies in one slice goes through all of them
    every_slice: bool = False

    def mask(self, grid: WorldGrid) -> Flags:
        """Return which pixels are inside."""
        name = self.grid.name
        if not self.polygons:
            raise ValueError(
                f"'{name}' has no closed shape: draw a rectangle, an ellipse or a "
                "polygon in it first."
            )
        n = min(grid.ndim, self.grid.ndim)
        matrix = index_transform(self.grid, grid, n)
        # Over all slices at once where the outlines have fewer axes than the image.
        mask = np.zeros(grid.shape[-n:], np.bool_)
        for corners in self.polygons:
            self._fill(mask, corners[:, -n:] @ matrix[:-1, :-1].T + matrix[:-1, -1])
        if not mask.any():
            raise ValueError(
                f"The shapes in '{name}' contain no pixel of '{grid.name}': move or "
                "draw them over the image, in one of its slices."
            )
        return np.broadcast_to(mask, grid.shape)

    def record(self) -> dict[str, Any]:
        """Return in plain JSON values which region it is."""
        return {
            "shapes": self.grid.name,
            "polygons": [corners.tolist() for corners in self.polygons],
            "matrix": self.grid.matrix.tolist(),
            "units": list(map(str, self.grid.units)),
            "every_slice": self.every_slice,
        }

    def _fill(self, mask: Flags, corners: Floats) -> None:
        """Set the pixels inside one polygon, given in pixels."""
        rows, columns = self._plane(corners)
        plane_last = np.moveaxis(mask, (rows, columns), (-2, -1))
        shape = (mask.shape[rows], mask.shape[columns])
        inside = pixels_inside(corners[:, rows], corners[:, columns], shape)
        others = sorted(set(range(mask.ndim)) - {rows, columns})
        middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
        place = [round(float(middle[axis])) for axis in others]
        if self.every_slice:
            plane_last[(..., *inside)] = True
        elif all(0 <= at < mask.shape[a] for at, a in zip(place, others, strict=True)):
            plane_last[(*place, *inside)] = True

    def _plane(self, corners: Floats) -> tuple[int, int]:
        """Return the two axes of a polygon's plane."""
        is_along = np.ptp(corners, axis=0) > FLAT
        if is_along.sum() > 2:
            raise ValueError(
                f"A shape in '{self.grid.name}' is not parallel to the slices of the "
                "image: draw it in a 2-D view of a slice, or in a 2-D shapes layer."
            )
        # In line with fewer axes, it is in the plane of the last of the others.
        rows, columns = sorted(np.argsort(is_along, kind="stable")[-2:].tolist())
        return rows, columns


def inside_shapes(layer: Shapes, *, every_slice: bool = False) -> Outlined:
    """Read a region from a shapes layer."""
    polygons = tuple(
        _ellipse(np.asarray(corners)) if kind == "ellipse" else np.array(corners)
        for corners, kind in zip(layer.data, layer.shape_type, strict=True)
        if kind in OUTLINES
    )
    return Outlined(grid_of(layer), polygons, every_slice)


def _ellipse(corners: Floats) -> Floats:
    """Return the outline of an ellipse from the corners of its rectangle."""
    middle = corners.mean(axis=0)
    one, other = (corners[1] - corners[0]) / 2, (corners[3] - corners[0]) / 2
    angles = np.linspace(0, 2 * np.pi, ELLIPSE_CORNERS, endpoint=False)[:, np.newaxis]
    return np.asarray(middle + np.cos(angles) * one + np.sin(angles) * other)


@dataclass(frozen=True, eq=False)
class Labelled:
    """The pixels that have certain labels."""

    grid: WorldGrid  # where the labels lie; its name is the layer's
    labels: Any  # the labels
    values: tuple[int, ...] | None = None  # which of them are inside; None: all but 0

    def mask(self, grid: WorldGrid) -> Flags:
        """Return which pixels are inside."""
        n = min(grid.ndim, self.grid.ndim)
        chosen = self._chosen()
        if chosen.ndim > n and any(size > 1 for size in chosen.shape[:-n]):
            raise ValueError(
                f"'{self.grid.name}' has {chosen.ndim} axes, but '{grid.name}' has "
                f"{n}: choose labels with no more axes than the image."
            )
        chosen = chosen.reshape(chosen.shape[-n:])
        matrix, shape = index_transform(grid, self.grid, n), grid.shape[-n:]
        if chosen.shape != shape or not np.allclose(matrix, np.eye(n + 1), atol=1e-6):
            chosen = affine_transform(
                chosen.astype(np.uint8), matrix, output_shape=shape, order=0
            ).astype(np.bool_)
        if not chosen.any():
            raise ValueError(
                f"The labels in '{self.grid.name}' contain no pixel of '{grid.name}': "
                "align them with the image, or choose others."
            )
        return np.broadcast_to(chosen, grid.shape)

    def record(self) -> dict[str, Any]:
        """Return in plain JSON values which region it is."""
        values = None if self.values is None else list(self.values)
        return {"labels": self.grid.name, "values": values}

    def _chosen(self) -> Flags:
        """Return where the labels are inside, on their own grid."""
        labels = np.asarray(self.labels)
        chosen: Flags = labels != 0
        if self.values is not None:
            chosen = np.isin(labels, self.values)
        if chosen.any():
            return chosen
        if self.values is None:
            raise ValueError(
                f"'{self.grid.name}' has no label other than 0: paint what you want "
                "to cluster in it first."
            )
        wanted = ", ".join(map(str, self.values))
        raise ValueError(
            f"'{self.grid.name}' has no pixel with the label {wanted}: type labels "
            "that it has, or leave the box empty for all."
        )


Region = Slices | Outlined | Labelled
"""A part of an image: what is inside, and in plain JSON values which it is."""


def inside_labels(layer: Labels, values: Sequence[int] | None = None) -> Labelled:
    """Read a region from a labels layer."""
    labels = layer.data[0] if layer.multiscale else layer.data
    chosen = None if values is None else tuple(values)
    return Labelled(grid_of(layer, tuple(labels.shape)), labels, chosen)


def read_label_values(text: str) -> tuple[int, ...] | None:
    """Read label values as people write them, such as "1, 3-5"; None if none are."""
    values: list[int] = []
    for item in filter(None, map(str.strip, re.split("[,;]", text))):
        match = re.fullmatch(r"(\d+)(?:\s*-\s*(\d+))?", item)
        if match is None:
            raise ValueError(
                f"'{text}' is not a list of labels: type for example 1, 3-5, or leave "
                "the box empty for all but 0."
            )
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last:
            raise ValueError(
                f"'{item}' holds no label: write the smaller one first, {last}-{first}."
            )
        if last - first + len(values) >= MOST_VALUES:
            raise ValueError(
                f"'{text.strip()}' holds more than {MOST_VALUES:,} labels: give fewer, "
                "or leave the box empty for all but 0."
            )
        values.extend(range(first, last + 1))
    return tuple(values) or None


def add_region(viewer: ViewerModel, sources: Sources) -> Shapes:
    """Add an empty shapes layer over an image, to draw polygons in."""
    grid = sources.grid()
    layer = Shapes(ndim=grid.ndim, name=f"{sources.name} region", **sources.placement())
    layer.current_face_color = "transparent"
    layer.current_edge_color = "yellow"
    layer.current_edge_width = max(grid.shape[-2:]) / THIN
    viewer.add_layer(layer)
    layer.mode = "add_polygon"
    return layer


def show_only_outlines(layer: Shapes) -> None:
    """Let an image be seen through shapes with napari's own white faces."""
    if layer.current_face_color in WHITE and np.all(layer.face_color == 1):
        layer.face_color = "transparent"
        layer.current_face_color = "transparent"
