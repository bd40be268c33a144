"""The part of an image that napari's camera shows."""

from dataclasses import dataclass

import numpy as np
from napari.components import ViewerModel

from napari_kmeans.core.types import Indices
from napari_kmeans.layers.region import current_slice
from napari_kmeans.layers.source_layers import Sources, full_shape

Span = tuple[float, float]


@dataclass(frozen=True)
class View:
    """A rectangle of an image, in shares of the length of each axis."""

    axes: tuple[int, int]  # the axes of the rows and of the columns
    spans: tuple[Span, Span]  # of these axes
    at: tuple[float, ...]  # where the slice lies along each axis
    aspect: float  # the width over the height, as they are shown

    def places(self, shape: tuple[int, ...], size: tuple[int, int]) -> list[Indices]:
        """Return the indices along each axis of an array that make a small picture.

        The size (rows, columns) is that of the picture.
        """
        shares = [np.array([share]) for share in self.at]
        for axis, (low, high), n in zip(self.axes, self.spans, size, strict=True):
            shares[axis] = low + (high - low) * (np.arange(n) + 0.5) / n
        return [
            np.clip(length * share, 0, length - 1).astype(np.intp)
            for length, share in zip(shape, shares, strict=True)
        ]


def view_of(viewer: ViewerModel, sources: Sources) -> View:
    """Return what the camera shows of image layers; of a volume in 3-D its middle.

    Raises ValueError if the viewer's slider is where the image has no slice.
    """
    layer, grid = sources.first, sources.grid()
    at = [0.5] * grid.ndim
    is_flat = viewer.dims.ndisplay == 2
    if is_flat and grid.ndim > 2:
        for axis, place, _ in current_slice(viewer, grid).ranges:
            at[axis] = (place + 0.5) / grid.shape[axis]
    n_more = viewer.dims.ndim - layer.ndim
    shown = [axis - n_more for axis in viewer.dims.displayed][-2:]
    dropped = sources.channel_axis
    if dropped in shown or min(shown) < 0:
        shown = [axis + (dropped == 0) for axis in sources.grid_axes[-2:]]
    spans = [_span(sources, axis) if is_flat else (0.0, 1.0) for axis in shown]
    rows, columns = (axis - (dropped == 0) for axis in shown)
    lengths = [
        (high - low) * grid.shape[axis] * sources.spacing[axis]
        for axis, (low, high) in zip((rows, columns), spans, strict=True)
    ]
    aspect = lengths[1] / lengths[0] if min(lengths) > 0 else 1.0
    return View((rows, columns), (spans[0], spans[1]), tuple(at), aspect)


def _span(sources: Sources, axis: int) -> Span:
    """Return which share of an axis of the layer the camera shows."""
    layer, length = sources.first, full_shape(sources.first)[axis]
    low, high = (float(corner[axis]) for corner in layer.corner_pixels)
    if low == high:  # not drawn yet, or moved out of sight
        return 0.0, 1.0
    factor = 1.0
    if layer.multiscale:
        factor = float(layer.downsample_factors[layer.data_level][axis])
    return max(0.0, low * factor / length), min(1.0, (high + 1) * factor / length)
