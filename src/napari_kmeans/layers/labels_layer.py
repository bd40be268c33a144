"""The labels layer of a clustering: it shows the segments, and is painted on."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from napari.layers import Labels
from napari.utils.notifications import show_warning
from psygnal import Signal

from napari_kmeans.core.types import Array
from napari_kmeans.layers.label_colors import segment_colormap
from napari_kmeans.layers.layer_stack import LayerStack
from napari_kmeans.layers.strokes import StrokeWatcher, is_grouped
from napari_kmeans.segments.pixel_change import Region, full_region
from napari_kmeans.segments.segment_map import MAX_LABEL, SegmentMap
from napari_kmeans.segments.segments import Segments

SIDE_OF_ONE = 2000
"""From this side on, in pixels, outlines are two pixels wide, and so on."""

WIDEST = 3
"""Wider outlines take napari half a second at 8 megapixels."""


class LabelsLayer:
    """Shows segments in a labels layer, and takes over what is painted on it.

    A preview shows other labels, which nobody painted, until it or the segments change.
    """

    preview_ended = Signal()

    def __init__(
        self, segments: Segments, stack: LayerStack, draw_all: Callable[[], None]
    ) -> None:
        # Also when it was deleted: it is kept right, so that it may come back.
        self.layer: Labels | None = None
        self._segments = segments
        self._stack = stack
        self._draw_all = draw_all
        self._watching = ExitStack()  # what ends it
        # Set while we write: what changes in the layer then is no paint.
        self._is_writing = False
        self._preview: Array | None = None
        self._refused: int | None = None
        # The contour that shows outlines; 0 where it is the user's; None: no outlines.
        self._contour: int | None = None
        # What the layer's colours were made of; None if they may not be ours.
        self._colors: list[Any] | None = None
        segments.about_to_change.connect(self.take_paint)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Let nobody take what is written meanwhile for what the user does."""
        was_writing, self._is_writing = self._is_writing, True
        try:
            yield
        finally:
            self._is_writing = was_writing

    @property
    def present(self) -> Labels | None:
        """The layer, if the viewer holds it."""
        return self.layer if self._stack.holds(self.layer) else None

    # Which layer

    def make_new(self) -> Labels:
        """Make a new layer, which the labels are shown in from now on."""
        data = self._data()
        layer = Labels(
            data,
            name=f"{self._stack.sources.name} segments",
            multiscale=isinstance(data, list),
            colormap=segment_colormap(self._segments.map),
            opacity=1.0,  # the colours are those of the table
            **self._stack.attributes(),
        )
        layer.editable = self._segments.is_paintable
        layer.contour = self._contour or 0
        self.show_in(layer)
        self._colors = _colors(self._segments.map)
        return layer

    def show_in(self, layer: Labels | None) -> None:
        """Show the labels in this layer from now on, and in no other."""
        if self.layer is not None:
            self.layer.events.colormap.disconnect(self._on_colormap_changed)
        if layer is not None:
            layer.events.colormap.connect(self._on_colormap_changed)
        self.layer, self._colors = layer, None
        preview, self._preview = self._preview, None
        self.watch()
        if preview is not None:
            self.preview_ended.emit()

    def watch(self) -> None:
        """Notice from now on what is painted on the layer, and on no other."""
        self._watching.close()
        self._segments.history.end_step()
        segments, layer, viewer = self._segments, self.layer, self._stack.viewer
        if layer is None or viewer is None:
            return
        # One history for painting and all else: napari's own knows only strokes.
        layer.bind_key("Control-Z", lambda _: segments.undo(), overwrite=True)
        layer.bind_key("Control-Shift-Z", lambda _: segments.redo(), overwrite=True)
        stored = segments.stored
        if stored is not None:
            stored.on_paint = self._paint_on_disk
            self._watching.callback(setattr, stored, "on_paint", None)
        if stored is not None or segments.is_editable:
            watcher = StrokeWatcher(
                layer, viewer.dims, self.take_paint, self._end_stroke
            )
            self._watching.callback(watcher.stop)

    # From the segments to the layer

    def _data(self) -> Any:
        """Return the data that the layer is to have."""
        labels = self._segments.labels
        if self._segments.stored is not None:
            return self._segments.stored
        if isinstance(labels, np.ndarray):
            return np.array(labels)
        return list(labels) if isinstance(labels, tuple) else labels

    def write(self, region: Region) -> bool:
        """Show a region of the labels; return whether that took another layer."""
        layer, labels = self.layer, self._segments.labels
        if layer is None or self._is_writing:
            return False
        old = layer.data
        is_room = isinstance(labels, np.ndarray) and isinstance(old, np.ndarray)
        with self._writing():
            if is_room and (old.shape, old.dtype) == (labels.shape, labels.dtype):
                old[region] = labels[region]
                layer.refresh(extent=False, highlight=False)
            elif old is self._segments.stored:
                layer.refresh(extent=False, highlight=False)
            elif layer.multiscale == isinstance(data := self._data(), list):
                layer.data = data
                layer.editable = self._segments.is_paintable
            elif self.present is None:
                self.show_in(None)
                return False
            else:  # another layer has to take its place
                self._stack.exchange(layer, self.make_new())
                return True
            _forget_undo_history(layer)
        return False

    def color(self, segments: SegmentMap) -> None:
        """Show the colours of a map, unless they are shown."""
        layer, colors = self.layer, _colors(segments)
        if layer is None or colors == self._colors:
            return
        colormap = segment_colormap(segments)
        colormap.use_selection = layer.show_selected_label
        colormap.selection = layer.selected_label
        with self._writing():
            layer.colormap = colormap
        self._colors = colors

    def outline(self, is_outlined: bool) -> None:
        """Show outlines only, for what lies below to be seen, or whole segments again.

        A contour that the user has chosen, before or meanwhile, stays.
        """
        if is_outlined == (self._contour is not None) or self.layer is None:
            return
        if is_outlined:
            self._contour = 0 if self.layer.contour else _contour_of(self.layer)
            with warnings.catch_warnings():  # nobody asked for contours in 3-D
                warnings.filterwarnings("ignore", "Contours are not displayed")
                self.layer.contour = self._contour or self.layer.contour
        else:
            if self.layer.contour == self._contour:
                self.layer.contour = 0
            self._contour = None

    def _on_colormap_changed(self) -> None:
        """Put the segments' colours back when napari shuffles its own."""
        if not self._is_writing:
            self._colors = None
            self.color(self._segments.map)

    def show_preview(self, labels: Array) -> None:
        """Show other labels, of the same shape, until `end_preview` or a change."""
        layer = self.layer
        if layer is None:
            return
        with self._writing():
            self._preview = np.array(labels)
            layer.data = self._preview.copy()
            layer.editable = False  # what is painted would be lost with the preview

    def end_preview(self) -> None:
        """Show the segments again, if a preview was shown."""
        if self.layer is None or self._preview is None:
            return
        self._preview = None
        self.layer.editable = self._segments.is_paintable
        self.write(full_region(self._segments.labels))
        self.preview_ended.emit()

    # From the layer to the segments

    def take_paint(self, within: Region | None = None) -> None:
        """Take over what was painted on the layer: in a region, or anywhere."""
        layer, segments, preview = self.layer, self._segments, self._preview
        if layer is None or self._is_writing or not segments.is_editable:
            return
        if np.shape(layer.data) != segments.shape:
            return
        with self._writing():
            self._put_back_impossible(layer, within)
        painted = np.asarray(layer.data)
        if preview is None:
            goes_on = is_grouped(layer) or segments.history.is_going_on
            with self._writing():
                segments.take_paint(painted, within, goes_on=goes_on)
            return
        region = full_region(painted) if within is None else within
        if not np.array_equal(painted[region], preview[region]):
            # A script painted on the preview, perhaps outside the region too.
            over = np.where(painted == preview, segments.labels, painted)
            self.end_preview()
            segments.take_paint(over)

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

    def _paint_on_disk(self, region: Region, before: Array, after: Array) -> None:
        """Write on disk what the user paints."""
        goes_on = self.layer is not None and is_grouped(self.layer)
        with self._writing():
            self._segments.paint_on_disk(region, before, after, goes_on=goes_on)

    def _end_stroke(self) -> None:
        """Join nothing more to the last stroke, and draw what was left for its end."""
        history = self._segments.history
        if history.is_going_on:
            history.end_step()
            if self._segments.stored is not None:
                self._draw_all()


def _contour_of(layer: Labels) -> int:
    """Return how wide a contour is seen when all of a layer is on the screen."""
    if layer.multiscale:
        return 1  # of the level on the screen
    side: int = max(layer.data.shape[-2:])
    return min(1 + side // SIDE_OF_ONE, WIDEST)


def _colors(segments: SegmentMap) -> list[Any]:
    """Return all that the colours of a labels layer are made of."""
    return [(segment.value, segment.color, segment.visible) for segment in segments]


def _forget_undo_history(layer: Labels) -> None:
    """Make a layer forget its strokes.

    napari keeps them when the labels are replaced, and its undo would then write old
    pixels into the new ones. Making the layer read-only for a moment clears them.
    """
    mode = layer.mode
    if layer.editable:
        layer.editable = False
        layer.editable = True
        layer.mode = mode
