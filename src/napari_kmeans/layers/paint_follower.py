"""From the labels layer to the segments: what the user, or a script, paints."""

from collections.abc import Callable
from typing import Any

import numpy as np
from napari.components import Dims
from napari.layers import Labels
from napari.utils.notifications import show_warning

from napari_kmeans.layers.labels_layer import LabelsLayer
from napari_kmeans.layers.strokes import DiskStrokes, StrokeWatcher
from napari_kmeans.segments.pixel_change import Region, full_region
from napari_kmeans.segments.segment import MAX_LABEL
from napari_kmeans.segments.segments import Segments


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
        self._watcher: StrokeWatcher | DiskStrokes | None = None
        self._refused: int | None = None

    @property
    def is_in_disk_stroke(self) -> bool:
        """Whether a stroke on disk is under way, at the end of which all is drawn."""
        watcher = self._watcher
        return isinstance(watcher, DiskStrokes) and watcher.is_going_on

    def watch(self, labels: Labels | None, dims: Dims | None) -> None:
        """Notice what is painted on a layer from now on, and on no other."""
        if self._watcher is not None:
            self._watcher.stop()
        self._watcher = None
        if labels is None or dims is None:
            return
        stored = self._segments.stored
        if stored is not None:
            on_paint, on_end = self._paint_on_disk, self._on_end_of_stroke
            self._watcher = DiskStrokes(labels, stored, on_paint, on_end)
        elif self._segments.is_editable:
            self._watcher = StrokeWatcher(labels, dims, self.follow)

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

    def _paint_on_disk(
        self, region: Region, before: Any, after: Any, join: bool
    ) -> None:
        """Write on disk what the user paints."""
        with self._shown.writing():
            self._segments.paint_on_disk(region, before, after, join=join)
