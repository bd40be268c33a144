"""From the labels layer to the segments: what the user, or a script, paints."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np
from napari.components import Dims
from napari.layers import Labels
from napari.utils.notifications import show_warning

from napari_kmeans.layers.labels_layer import LabelsLayer
from napari_kmeans.segments.pixel_change import Region, full_region
from napari_kmeans.segments.segment_map import MAX_LABEL
from napari_kmeans.segments.segments import Segments

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
        self._tell(region if is_all or _is_grouped(self._labels) else None)

    def _on_event(self, event: Any) -> None:
        self._tell(self._slice_moved_to() if event.type == "set_data" else None)
        if event.type == "paint":
            self._is_in_stroke = False

    def _slice_moved_to(self) -> Region | None:
        """Return the slice that has come to the screen; None if it was there before."""
        # Moving a slider changes no label, and comparing a whole volume takes a while.
        before, self._point = self._point, self._dims.point
        if before == self._point:
            return None
        lengths = self._labels.data.shape
        shape = tuple(lengths[axis] for axis in _displayed(self._labels, self._dims))
        return data_region(self._labels, self._dims, (0,) * len(shape), shape)

    def _tell(self, region: Region | None) -> None:
        differs = self._on_change(region, self._is_in_stroke)
        is_grouped = _is_grouped(self._labels)
        self._is_in_stroke = is_grouped and (self._is_in_stroke or differs)


class PaintFollower:
    """Takes over into the segments what is painted on their labels layer."""

    def __init__(
        self,
        segments: Segments,
        shown: LabelsLayer,
        on_end_of_stroke: Callable[[], None],
    ) -> None:
        self._segments = segments
        self._shown = shown
        self._on_end_of_stroke = on_end_of_stroke
        self._watching = ExitStack()  # what ends it
        self._is_in_stroke = False  # on disk
        self._refused: int | None = None

    @property
    def is_in_disk_stroke(self) -> bool:
        """Whether a stroke on disk is under way, at the end of which all is drawn."""
        layer, is_on_disk = self._shown.layer, self._segments.stored is not None
        return is_on_disk and layer is not None and _is_grouped(layer)

    def watch(self, labels: Labels | None, dims: Dims | None) -> None:
        """Notice what is painted on a layer from now on, and on no other."""
        self._watching.close()
        self._is_in_stroke = False
        if labels is None or dims is None:
            return
        stored = self._segments.stored
        if stored is not None:
            stored.on_paint = self._paint_on_disk
            labels.events.paint.connect(self._on_end)
            self._watching.callback(setattr, stored, "on_paint", None)
            self._watching.callback(labels.events.paint.disconnect, self._on_end)
        elif self._segments.is_editable:
            watcher = StrokeWatcher(labels, dims, self.follow)
            self._watching.callback(watcher.stop)

    def follow(self, within: Region | None = None, join: bool = False) -> bool:
        """Take over what was painted on the layer; return whether anything was."""
        layer, shown, segments = self._shown.layer, self._shown, self._segments
        if layer is None or shown.is_writing or not segments.is_editable:
            return False
        if np.shape(layer.data) != segments.shape:
            return False
        with shown.writing():
            self._put_back_impossible(layer, within)
        painted = np.asarray(layer.data)
        if shown.preview is None:
            with shown.writing():
                return segments.follow(painted, within, join=join)
        region = full_region(painted) if within is None else within
        if np.array_equal(painted[region], shown.preview[region]):
            return False
        # A script painted on the preview, perhaps outside the region too.
        over = np.where(painted == shown.preview, segments.labels, painted)
        shown.end_preview()
        return segments.follow(over)

    def _put_back_impossible(self, layer: Labels, within: Region | None) -> None:
        """Undo painting with a number that no segment can have."""
        if np.can_cast(layer.data.dtype, np.uint16):
            return
        labels = self._segments.labels
        region = full_region(labels) if within is None else within
        part = np.asarray(layer.data[region])
        impossible = (part < 0) | (part > MAX_LABEL)
        if not impossible.any():
            return
        number = int(part[impossible][0])
        layer.data[region] = np.where(impossible, labels[region], part)
        layer.refresh(extent=False, highlight=False)
        if number != self._refused:  # once, not at every move of a stroke
            show_warning(
                f"Nothing was painted with {number}: the labels of segments go from 0 "
                f"to {MAX_LABEL}. Choose one of these, then paint again."
            )
        self._refused = number

    def _paint_on_disk(self, region: Region, before: Any, after: Any) -> None:
        """Write on disk what the user paints."""
        with self._shown.writing():
            join = self._is_in_stroke
            self._segments.paint_on_disk(region, before, after, join=join)
        self._is_in_stroke = self.is_in_disk_stroke

    def _on_end(self, _event: Any) -> None:
        if self._is_in_stroke:
            self._is_in_stroke = False
            self._on_end_of_stroke()


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
