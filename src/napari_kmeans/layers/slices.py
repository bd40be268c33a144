"""The slices of a layer: how large their pixels are, and where the viewer is."""

from collections.abc import Sequence

import numpy as np
from napari.layers import Layer

from napari_kmeans.layers.geometry import POWERS, SHORT_UNITS


def slice_pixel_size(layer: Layer, axis: int) -> tuple[float, str]:
    """Give the area, or volume, of a pixel of a slice of a layer.

    Parameters
    ----------
    layer : napari.layers.Layer
        The layer.
    axis : int
        The axis of the slices, which does not count: a frame of a film is not thick.

    Returns
    -------
    size : float
        In the layer's units.
    unit : str
        Such as "µm²"; "px" if the other axes have no common physical unit.
    """
    axes = [other for other in range(layer.ndim) if other != axis]
    units = {str(layer.units[axis]) for axis in axes}
    if len(units) != 1 or units == {"pixel"}:
        return 1.0, "px"
    (unit,) = units
    size = abs(float(np.prod([layer.scale[axis] for axis in axes])))
    return size, SHORT_UNITS.get(unit, unit) + POWERS.get(len(axes), f"^{len(axes)}")


def world_position(layer: Layer, axis: int, index: float) -> tuple[int, float]:
    """Tell where a slice of a layer lies in the viewer.

    Parameters
    ----------
    layer : napari.layers.Layer
        The layer.
    axis : int
        The axis of the slices.
    index : float
        Of the slice.

    Returns
    -------
    from_last : int
        The viewer's axis, counted from the last: -1 and so on.
    position : float
        On it, in the world's units, at the middle of the slice.
    """
    middle = [(length - 1) / 2 for length in data_shape(layer)]
    middle[axis] = index
    from_last = axis - layer.ndim
    return from_last, float(layer.data_to_world(middle)[from_last])


def data_position(layer: Layer, axis: int, point: Sequence[float]) -> float:
    """Tell at which slice of a layer the viewer is.

    Parameters
    ----------
    layer : napari.layers.Layer
        The layer.
    axis : int
        The axis of the slices.
    point : sequence of float
        Where the viewer is, in the world's units.

    Returns
    -------
    float
        The index of the slice.
    """
    return float(layer.world_to_data(point[-layer.ndim :])[axis])


def data_shape(layer: Layer) -> tuple[int, ...]:
    """Give the shape of a layer without its channels, of its finest level."""
    data = layer.data[0] if getattr(layer, "multiscale", False) else layer.data
    shape: tuple[int, ...] = tuple(data.shape[: layer.ndim])
    return shape
