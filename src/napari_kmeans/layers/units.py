"""Convert settings from the layer's units to pixels."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from napari_kmeans.core.settings import Scaling, Settings
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.world_grid import unit_symbol

TIME_NAMES = ("t", "time", "frame", "frames", "c", "channel", "channels")
"""Labels of axes that are not spatial."""


def space_axes(sources: Sources, *, in_3d: bool) -> tuple[int, ...]:
    """Return the axes along which positions and smoothing act."""
    return sources.grid_axes[-3 if in_3d else -2 :]


def seems_3d(sources: Sources) -> bool:
    """Return whether the axis before the last two seems to be spatial."""
    attributes, axes = sources.placement(), sources.grid_axes
    if len(axes) < 3:
        return False
    label = attributes["axis_labels"][axes[-3]].lower()
    unit, last = (str(attributes["units"][axes[index]]) for index in (-3, -1))
    if label == "z":
        return True
    return unit == last != "pixel" and label not in TIME_NAMES


def length_unit(sources: Sources) -> str:
    """Return the unit of the last axis, such as "µm" or "px"."""
    axes, units = sources.grid_axes, sources.placement()["units"]
    unit = unit_symbol(units[axes[-1]])
    is_scaled = any(sources.spacing[axis] != 1 for axis in axes[-2:])
    return "unit" if unit == "px" and is_scaled else unit


def in_pixels(settings: Settings, sources: Sources, axes: Sequence[int]) -> Settings:
    """Return settings with lengths in pixels."""
    spacing = np.array(sources.spacing)
    along = np.isin(np.arange(len(spacing)), axes)
    changes: dict[str, Any] = {}
    if settings.position_weight:
        weights = settings.position_weight * spacing * along
        changes["position_weight"] = tuple(weights.tolist())
    if settings.sigma:
        changes["sigma"] = tuple((settings.sigma / spacing * along).tolist())
    return replace(settings, **changes) if changes else settings


def for_channels(
    settings: Settings, weights: Sequence[float], scalings: Sequence[Scaling]
) -> Settings:
    """Return settings with the weights and scalings of channels."""
    return replace(
        settings,
        color_space="rgb",
        lightness_weight=1.0,
        channel_weights=tuple(weights),
        scaling=tuple(scalings),
    )


def axis_name(sources: Sources, axis: int) -> str:
    """Return the name of an axis of the outputs."""
    label = str(sources.placement()["axis_labels"][axis])
    return f"axis {axis}" if label.lstrip("-").isdigit() or not label else label
