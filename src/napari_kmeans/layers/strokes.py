"""Detect every way in which the labels of a layer can change."""

from collections.abc import Callable
from typing import Any

import numpy as np
from napari.components import Dims
from napari.layers import Labels

from napari_kmeans.segments.pixel_change import Region
from napari_kmeans.segments.stores.stored_labels import StoredLabels

EVENTS = ("paint", "set_data", "data")


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
        on_change: Callable[[Region | None, bool], bool],
    ) -> None:
        self._labels = labels
        self._dims = dims
        self._on_change = on_change
        self._is_in_stroke = False
        self._point = dims.point
        for event in EVENTS:
            getattr(labels.events, event).connect(self._on_event)
        labels.events.labels_update.connect(self._on_part)

    def stop(self) -> None:
        """Stop watching."""
        for event in EVENTS:
            getattr(self._labels.events, event).disconnect(self._on_event)
        self._labels.events.labels_update.disconnect(self._on_part)

    def _on_part(self, event: Any) -> None:
        region = data_region(self._labels, self._dims, event.offset, event.data.shape)
        # What a script paints may lie in other slices; a stroke ends with `paint`.
        is_all = len(event.offset) == self._labels.ndim
        self._tell(region if is_all or self._is_grouped else None)

    def _on_event(self, event: Any) -> None:
        self._tell(self._slice_moved_to() if event.type == "set_data" else None)
        if event.type == "paint":
            self._is_in_stroke = False

    def _slice_moved_to(self) -> Region | None:
        """Return the slice that has come to the screen; None if it was there before.

        Moving a slider changes no label, and comparing a whole volume takes a while.
        """
        before, self._point = self._point, self._dims.point
        if before == self._point:
            return None
        lengths = self._labels.data.shape
        shape = tuple(lengths[axis] for axis in _displayed(self._labels, self._dims))
        return data_region(self._labels, self._dims, (0,) * len(shape), shape)

    def _tell(self, region: Region | None) -> None:
        differs = self._on_change(region, self._is_in_stroke)
        self._is_in_stroke = self._is_grouped and (self._is_in_stroke or differs)

    @property
    def _is_grouped(self) -> bool:
        """Whether napari joins what is drawn now with what is drawn next.

        That is from press to release of a button, or while a shape is filled; only
        napari knows.
        """
        return _is_grouped(self._labels)


class DiskStrokes:
    """Reports what is painted on labels on disk, stroke by stroke."""

    def __init__(
        self,
        labels: Labels,
        stored: StoredLabels,
        on_paint: Callable[[Region, Any, Any, bool], None],
        on_end: Callable[[], None],
    ) -> None:
        self._labels = labels
        self._stored = stored
        self._on_paint = on_paint
        self._on_end_of_stroke = on_end
        self._is_in_stroke = False
        stored.on_paint = self._tell
        labels.events.paint.connect(self._on_end)

    def stop(self) -> None:
        """Stop reporting; what is painted is still written."""
        self._stored.on_paint = None
        self._labels.events.paint.disconnect(self._on_end)

    def _tell(self, region: Region, before: Any, after: Any) -> None:
        self._on_paint(region, before, after, self._is_in_stroke)
        self._is_in_stroke = self.is_going_on

    def _on_end(self, _event: Any) -> None:
        if self._is_in_stroke:
            self._is_in_stroke = False
            self._on_end_of_stroke()

    @property
    def is_going_on(self) -> bool:
        """Whether a stroke is going on."""
        return _is_grouped(self._labels)


def _is_grouped(labels: Labels) -> bool:
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
