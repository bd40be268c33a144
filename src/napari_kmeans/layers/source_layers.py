"""The image layers that are clustered together, and whether they can be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from napari.layers import Image

from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.world_grid import (
    WorldGrid,
    grid_of,
    own_transform,
    placement,
    unit_symbol,
)

MOST_CHANNELS = 16
"""An axis with more entries than this is not offered as a channel axis."""
NO_CHANNELS = ("t", "time", "z", "y", "x")
"""Labels of axes that are not channel axes."""
TIME_NAMES = ("t", "time", "frame", "frames", "c", "channel", "channels")
"""Labels of axes that are not spatial."""
NAMED = 3
"""How many layers are named; any others are only counted."""


@dataclass(frozen=True)
class Sources:
    """An image layer, several that are channels each, or one with a channel axis."""

    layers: tuple[Image, ...]  # the layers, at least one
    # the axis of the channels of the only layer; None if it has none, or is rgb
    channel_axis: int | None = None
    # which entries of the channel axis take part; None: all
    entries: tuple[int, ...] | None = None

    @property
    def first(self) -> Image:
        """The layer that the outputs are aligned with."""
        return self.layers[0]

    @property
    def name(self) -> str:
        """What the outputs are named after, such as "DAPI + GFP"."""
        names = [layer.name for layer in self.layers]
        if len(names) > NAMED + 1:
            names[NAMED:] = [f"{len(names) - NAMED} more"]
        return " + ".join(names)

    @property
    def is_multichannel(self) -> bool:
        """Whether there are channels other than RGB."""
        return len(self.layers) > 1 or self.channel_axis is not None

    @property
    def has_integers(self) -> bool:
        """Whether a layer has integers, whose maximum means saturated."""
        return any(np.dtype(layer.dtype).kind in "iu" for layer in self.layers)

    @property
    def is_colors(self) -> bool:
        """Whether the image is RGB."""
        return bool(self.first.rgb) and len(self.layers) == 1

    @property
    def kind(self) -> str:
        """What kind of image it is, as far as settings are alike."""
        if self.is_colors:
            return "colours"
        return "channels" if self.is_multichannel else "one channel"

    @property
    def is_multiscale(self) -> bool:
        """Whether the image has several levels."""
        return bool(self.first.multiscale)

    @property
    def channel_names(self) -> tuple[str, ...]:
        """The name of each channel; one if there are no channels, or colours."""
        if self.channel_axis is None:
            return tuple(layer.name for layer in self.layers)
        return tuple(f"Channel {entry + 1}" for entry in self.taken_entries)

    @property
    def taken_entries(self) -> tuple[int, ...]:
        """Which entries of the channel axis are clustered."""
        if self.channel_axis is None:
            return ()
        every = range(full_shape(self.first)[self.channel_axis])
        return tuple(every) if self.entries is None else self.entries

    # Where the outputs lie

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the outputs, without channels."""
        shape = full_shape(self.first)
        if self.channel_axis is None:
            return shape
        if self.channel_axis == 0:
            return shape[1:]
        return (*shape[: self.channel_axis], 1, *shape[self.channel_axis + 1 :])

    @property
    def grid_axes(self) -> tuple[int, ...]:
        """The axes of the outputs without the channel axis, which has length 1."""
        thick = self.channel_axis or None
        return tuple(axis for axis in range(len(self.shape)) if axis != thick)

    def placement(self) -> dict[str, Any]:
        """Return the attributes that align the outputs with the layers.

        A channel axis that comes first is left out: napari shows a layer of fewer axes
        at all places along it. Another becomes one pixel that covers all channels.
        """
        attributes, axis = placement(self.first), self.channel_axis
        if axis is None:
            return attributes
        if axis == 0:
            return _without_first_axis(attributes)
        return _with_thick_axis(attributes, axis, full_shape(self.first)[axis])

    def grid(self) -> WorldGrid:
        """Return the grid of the outputs' pixels."""
        return grid_of(self.first, self.shape, self.placement())

    @property
    def spacing(self) -> tuple[float, ...]:
        """The size of a pixel along each axis of the outputs."""
        return tuple(abs(float(size)) for size in self.placement()["scale"])

    def pixel_size(self, across: int | None = None) -> tuple[float, str]:
        """Return the area or volume of a pixel, or of one of a slice, and its unit."""
        # Axes are counted from the last: a channel axis that comes first is left out.
        layer, n = self.first, len(self.shape)
        axes = [axis - n for axis in self.grid_axes if axis != across]
        units = {str(layer.units[axis]) for axis in axes}
        if len(units) > 1 or units == {"pixel"}:
            return 1.0, "px"
        size = abs(float(np.prod([layer.scale[axis] for axis in axes])))
        return size, unit_symbol(layer.units[axes[0]], len(axes))

    # The axes of the outputs

    def axis_name(self, axis: int) -> str:
        """Return the name of an axis."""
        label = str(self.placement()["axis_labels"][axis])
        return f"axis {axis}" if label.lstrip("-").isdigit() or not label else label

    def space_axes(self, *, in_3d: bool) -> tuple[int, ...]:
        """Return the axes along which positions and smoothing act."""
        return self.grid_axes[-3 if in_3d else -2 :]

    @property
    def seems_3d(self) -> bool:
        """Whether the axis before the last two seems to be spatial."""
        attributes, axes = self.placement(), self.grid_axes
        if len(axes) < 3:
            return False
        label = attributes["axis_labels"][axes[-3]].lower()
        unit, last = (str(attributes["units"][axes[index]]) for index in (-3, -1))
        return label == "z" or (unit == last != "pixel" and label not in TIME_NAMES)

    @property
    def length_unit(self) -> str:
        """The unit of the last axis, such as "µm" or "px"."""
        unit = unit_symbol(self.placement()["units"][self.grid_axes[-1]])
        is_scaled = any(self.spacing[axis] != 1 for axis in self.grid_axes[-2:])
        return "unit" if unit == "px" and is_scaled else unit

    def in_pixels(self, settings: Settings, axes: Sequence[int]) -> Settings:
        """Return settings with lengths along some axes in pixels."""
        spacing = np.array(self.spacing)
        along = np.isin(np.arange(len(spacing)), axes)
        changes: dict[str, Any] = {}
        if settings.position_weight:
            weights = settings.position_weight * spacing * along
            changes["position_weight"] = tuple(weights.tolist())
        if settings.sigma:
            changes["sigma"] = tuple((settings.sigma / spacing * along).tolist())
        return replace(settings, **changes) if changes else settings

    # Whether they can be clustered together

    def check(self) -> None:
        """Raise an exception if the layers cannot be clustered together."""
        for layer in self.layers:
            if not np.isfinite(_levels(layer)[0]).all():
                raise ValueError(
                    f"'{layer.name}' has chunks of unknown size, so the positions of "
                    "its pixels are unknown: call compute_chunk_sizes() on the dask "
                    "array, and open it again."
                )
        if len(self.layers) < 2:
            return
        for layer in self.layers:
            if layer.rgb:
                raise ValueError(
                    f"'{layer.name}' is a colour image, which can only be clustered "
                    "on its own: clear its tick, select it alone, or split it into "
                    "channels first (right-click it in the layer list, 'Split RGB')."
                )
        for layer in self.layers[1:]:
            _check_pair(self.first, layer)


def full_shape(layer: Image) -> tuple[int, ...]:
    """Return the shape of a layer's data at full resolution, without its colours."""
    finest = _levels(layer)[0][: layer.ndim]
    return tuple(int(size) if np.isfinite(size) else 1 for size in finest)


def possible_channel_axes(layer: Image) -> tuple[int, ...]:
    """List the axes of a layer that may be one of channels."""
    if layer.rgb or layer.ndim < 3:
        return ()
    shape = full_shape(layer)
    return tuple(
        axis
        for axis, size in enumerate(shape)
        if 2 <= size <= MOST_CHANNELS
        and str(layer.units[axis]) == "pixel"
        and layer.axis_labels[axis].lower() not in NO_CHANNELS
    )


def _check_pair(one: Image, other: Image) -> None:
    """Raise an exception if two layers do not have the same grid."""
    names = f"'{one.name}' and '{other.name}'"
    tick = f"clear the tick of '{other.name}'"
    sizes = [_levels(layer) for layer in (one, other)]
    if sizes[0] != sizes[1]:
        what = "shapes" if sizes[0][0] != sizes[1][0] else "pyramids"
        shown = " and ".join(
            ", ".join(" × ".join(map(str, shape)) for shape in shapes)
            for shapes in sizes
        )
        raise ValueError(
            f"{names} cannot be clustered together: their {what} differ ({shown}). "
            f"Resample one to the shape of the other first, or {tick}."
        )
    ours, theirs = placement(one), placement(other)
    for name in ("units", "scale", "translate", "rotate", "shear", "affine"):
        if not _alike(ours[name], theirs[name]):
            shown = f"{_in_words(ours[name])} and {_in_words(theirs[name])}"
            raise ValueError(
                f"{names} cannot be clustered together: their pixels are not aligned, "
                f"because {name} differs ({shown}). Give both layers the same {name}, "
                f"or {tick}."
            )


def _levels(layer: Image) -> list[tuple[Any, ...]]:
    """Return the shape of each level of a layer."""
    data = layer.data if layer.multiscale else [layer.data]
    return [tuple(level.shape) for level in data]


def _alike(one: Any, other: Any) -> bool:
    """Return whether two layers have the same value of an attribute."""
    if isinstance(one, tuple):
        return tuple(map(str, one)) == tuple(map(str, other))
    one, other = np.asarray(one), np.asarray(other)
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-6, atol=1e-9)


def _in_words(value: Any) -> str:
    """Write a vector or a matrix in a line."""
    if isinstance(value, tuple):
        return ", ".join(map(unit_symbol, value))
    rows = np.atleast_2d(value)
    return "; ".join(", ".join(f"{number:.6g}" for number in row) for row in rows)


def _without_first_axis(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return a placement without the first axis."""
    kept = own_transform(attributes).set_slice(range(1, len(attributes["scale"])))
    return {
        "scale": kept.scale,
        "translate": kept.translate,
        "rotate": kept.rotate,
        "shear": kept.shear,
        "affine": attributes["affine"][1:, 1:],
        "units": attributes["units"][1:],
        "axis_labels": attributes["axis_labels"][1:],
    }


def _with_thick_axis(attributes: dict[str, Any], axis: int, n: int) -> dict[str, Any]:
    """Return a placement in which one pixel covers the n of an axis."""
    scale = np.array(attributes["scale"])
    middle = np.where(np.arange(len(scale)) == axis, (n - 1) / 2, 0)
    scale[axis] *= n
    translate = np.asarray(own_transform(attributes)(middle))
    return {**attributes, "scale": scale, "translate": translate}
