"""When, and where on a labels layer, something may have been painted."""

from collections.abc import Callable
from typing import Any

import numpy as np
from napari.components import Dims
from napari.layers import Labels

from napari_kmeans.segments.pixel_change import Region

EVENTS = ("paint", "set_data", "data", "labels_update")


class StrokeWatcher:
    """Calls back after each change of a labels layer, also in the middle of a stroke.

    napari has no event that follows every change. `labels_update` follows what is drawn
    in the slice on the screen and tells where; `paint` ends a stroke, or comes before a
    script paints; a script that writes into the array fires none. So the callback has
    to compare the labels itself.
    """

    def __init__(
        self,
        labels: Labels,
        dims: Dims,
        on_change: Callable[[Region | None], None],
        on_end: Callable[[], None],
    ) -> None:
        self._labels = labels
        self._dims = dims
        self._on_change = on_change
        self._on_end = on_end
        self._point = dims.point
        for event in EVENTS:
            getattr(labels.events, event).connect(self._on_event)

    def stop(self) -> None:
        """Stop watching."""
        for event in EVENTS:
            getattr(self._labels.events, event).disconnect(self._on_event)

    def _on_event(self, event: Any) -> None:
        """Tell where labels may have changed, and then whether no more will follow."""
        region = None  # everywhere
        if event.type == "set_data":
            region = self._slice_moved_to()
        # What a script paints may lie in other slices; a stroke ends with `paint`.
        elif event.type == "labels_update" and (
            len(event.offset) == self._labels.ndim or is_grouped(self._labels)
        ):
            offset, shape = event.offset, event.data.shape
            region = data_region(self._labels, self._dims, offset, shape)
        self._on_change(region)
        if event.type == "paint" or not is_grouped(self._labels):
            self._on_end()

    def _slice_moved_to(self) -> Region | None:
        """Return the slice that has come to the screen; None if it was there before."""
        # Moving a slider changes no label, and comparing a whole volume takes a while.
        before, self._point = self._point, self._dims.point
        if before == self._point:
            return None
        lengths = self._labels.data.shape
        shape = tuple(lengths[axis] for axis in _displayed(self._labels, self._dims))
        return data_region(self._labels, self._dims, (0,) * len(shape), shape)


def is_grouped(labels: Labels) -> bool:
    """Return whether napari joins what is drawn now with what is drawn next."""
    return bool(getattr(labels, "_block_history", False))


def _displayed(labels: Labels, dims: Dims) -> list[int]:
    """Return the axes of the labels that are on the screen, in the order there."""
    missing = dims.ndim - labels.ndim
    return [axis - missing for axis in dims.displayed if axis >= missing]


def data_region(
    labels: Labels, dims: Dims, offset: Any, shape: tuple[int, ...]
) -> Region | None:
    """Return the region of the data under a part of the slice on the screen."""
    missing = dims.ndim - labels.ndim
    displayed = _displayed(labels, dims)
    if len(displayed) != len(offset):
        return None
    point = np.round(labels.world_to_data(dims.point[missing:])).astype(int)
    last = np.array(labels.data.shape) - 1
    region = [slice(at, at + 1) for at in np.clip(point, 0, last).tolist()]
    for axis, start, length in zip(displayed, offset, shape, strict=True):
        region[axis] = slice(int(start), int(start) + length)
    return tuple(region)
