"""From the layer's units, in which people think, to pixels."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from napari_kmeans.core.settings import Scaling, Settings
from napari_kmeans.layers.geometry import short_unit
from napari_kmeans.layers.sources import Sources

TIME_NAMES = ("t", "time", "frame", "frames", "c", "channel", "channels")
"""Labels of an axis that is no direction in space."""


def space_axes(sources: Sources, *, in_3d: bool) -> tuple[int, ...]:
    """List the axes along which positions and neighbours count.

    Parameters
    ----------
    sources : Sources
        The layers.
    in_3d : bool
        Whether the axis before the last two is one of them.

    Returns
    -------
    tuple of int
        Two or three axes; fewer if there are no more.
    """
    return sources.grid_axes[-3 if in_3d else -2 :]


def seems_3d(sources: Sources) -> bool:
    """Tell whether the axis before the last two seems to be one of space.

    Parameters
    ----------
    sources : Sources
        The layers.

    Returns
    -------
    bool
        True if it is labelled z, or measured in the physical unit of the last axis and
        not labelled as time.
    """
    attributes, axes = sources.placement(), sources.grid_axes
    if len(axes) < 3:
        return False
    label = attributes["axis_labels"][axes[-3]].lower()
    unit, last = (str(attributes["units"][axes[index]]) for index in (-3, -1))
    if label == "z":
        return True
    return unit == last != "pixel" and label not in TIME_NAMES


def length_unit(sources: Sources) -> str:
    """Give the unit of the last axis, such as "µm" or "px".

    Parameters
    ----------
    sources : Sources
        The layers.

    Returns
    -------
    str
        "px" only if the layer has no scale, either.
    """
    axes, units = sources.grid_axes, sources.placement()["units"]
    unit = short_unit(units[axes[-1]])
    is_scaled = any(sources.spacing[axis] != 1 for axis in axes[-2:])
    return "unit" if unit == "px" and is_scaled else unit


def in_pixels(settings: Settings, sources: Sources, axes: Sequence[int]) -> Settings:
    """Give settings in pixels.

    Parameters
    ----------
    settings : Settings
        With a position weight per unit and sigma in units: one number each.
    sources : Sources
        The layers, whose pixels may be longer along one axis than along another.
    axes : sequence of int
        The axes along which positions and neighbours count.

    Returns
    -------
    Settings
        With one number for each axis; unchanged if both are 0.
    """
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
    """Give settings for channels that count differently.

    Parameters
    ----------
    settings : Settings
        For one channel.
    weights : sequence of float
        What each channel is multiplied with after its scaling.
    scalings : sequence of str
        The scaling of each channel.

    Returns
    -------
    Settings
        In the image's own values: channels have no other colour space.
    """
    return replace(
        settings,
        color_space="rgb",
        lightness_weight=1.0,
        channel_weights=tuple(weights),
        scaling=tuple(scalings),
    )


def axis_name(sources: Sources, axis: int) -> str:
    """Give what people call an axis of the outputs.

    Parameters
    ----------
    sources : Sources
        The layers.
    axis : int
        The axis, from 0.

    Returns
    -------
    str
        Its label, such as "z"; "axis 0" if napari numbered it.
    """
    label = str(sources.placement()["axis_labels"][axis])
    return f"axis {axis}" if label.lstrip("-").isdigit() or not label else label
