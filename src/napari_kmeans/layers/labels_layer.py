"""The labels layer of a clustering: what it shows, and what is only a preview."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from napari.layers import Labels, Layer
from napari.utils import DirectLabelColormap

from napari_kmeans.core.types import Array
from napari_kmeans.layers.layer_stack import LayerStack
from napari_kmeans.segments.pixel_change import Region, full_region
from napari_kmeans.segments.segment_map import Segment, SegmentMap
from napari_kmeans.segments.segments import Segments

NO_SEGMENT = (0.0, 0.0, 0.0, 0.0)
NEW_LABEL = (0.0, 1.0, 1.0, 1.0)
"""The colour of a new label value that the user paints."""


SIDE_OF_ONE = 2000
"""From this side on, in pixels, outlines are two pixels wide, and so on."""

WIDEST = 3
"""Wider outlines take napari half a second at 8 megapixels."""


def segment_colormap(segments: Iterable[Segment] = ()) -> Any:
    """Make the colormap of a labels layer."""
    color_dict: dict[int | None, Any] = {None: NEW_LABEL, 0: NO_SEGMENT}
    for segment in segments:
        color_dict[segment.value] = (*segment.color, float(segment.visible))
    return DirectLabelColormap(color_dict=color_dict)


@cache
def warm_up(dtype: "np.dtype[Any]") -> None:
    """Let napari compile its colouring of labels: seconds, the first time."""
    segment_colormap().map(np.zeros((2, 2), dtype))


def warm_up_all() -> None:
    """Let napari compile its colouring of all labels that there may be."""
    for dtype in (np.uint8, np.uint16):
        warm_up(np.dtype(dtype))


class LabelsLayer:
    """Shows the labels of segments, and their colours, in a labels layer.

    `is_writing` is set while it does: what changes in the layer then is no paint.
    """

    def __init__(
        self,
        segments: Segments,
        stack: LayerStack,
        on_new: Callable[[Labels | None], None],
        on_preview_ended: Callable[[], None],
    ) -> None:
        # Also when it was deleted: it is kept right, so that it may come back.
        self.layer: Labels | None = None
        self.is_writing = False
        self.preview: Array | None = None  # labels that nobody painted
        self._segments = segments
        self._stack = stack
        self._on_new = on_new
        self._on_preview_ended = on_preview_ended
        # The contour that shows outlines; 0 where it is the user's; None: no outlines.
        self._contour: int | None = None
        # What the layer's colours were made of; None if they may not be ours.
        self._colors: list[Any] | None = None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Let nobody take what is written meanwhile for what the user does."""
        was_writing, self.is_writing = self.is_writing, True
        try:
            yield
        finally:
            self.is_writing = was_writing

    @property
    def present(self) -> Labels | None:
        """The layer, if the viewer holds it."""
        return self.layer if self._stack.holds(self.layer) else None

    def add(self, below: Layer | None) -> None:
        """Add a new layer."""
        self._stack.add(self._take_new(), below)

    def take(self, layer: Labels | None) -> None:
        """Show the labels in this layer from now on, and in no other."""
        if self.layer is not None:
            self.layer.events.colormap.disconnect(self._on_colormap_changed)
        if layer is not None:
            layer.events.colormap.connect(self._on_colormap_changed)
        self.layer, self._colors = layer, None
        preview, self.preview = self.preview, None
        self._on_new(layer)
        if preview is not None:
            self._on_preview_ended()

    def _take_new(self) -> Labels:
        """Show the labels in a new layer from now on."""
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
        self.take(layer)
        self._colors = _colors(self._segments.map)
        return layer

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
        if self.layer is None or self.is_writing:
            return False
        preview, self.preview = self.preview, None
        if preview is None:
            return self._write(self.layer, region)
        self.layer.editable = self._segments.is_paintable
        is_other = self._write(self.layer, full_region(self._segments.labels))
        self._on_preview_ended()
        return is_other

    def _write(self, layer: Labels, region: Region) -> bool:
        """Write a region into a layer, or else give the layer, or another, new data."""
        labels, old = self._segments.labels, layer.data
        is_room = isinstance(labels, np.ndarray) and isinstance(old, np.ndarray)
        with self.writing():
            if is_room and (old.shape, old.dtype) == (labels.shape, labels.dtype):
                old[region] = labels[region]
                layer.refresh(extent=False, highlight=False)
            elif old is self._segments.stored:
                layer.refresh(extent=False, highlight=False)
            elif layer.multiscale == isinstance(data := self._data(), list):
                layer.data = data
                layer.editable = self._segments.is_paintable
            elif self.present is None:
                self.take(None)
                return False
            else:  # another layer has to take its place
                self._stack.exchange(layer, self._take_new())
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
        with self.writing():
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
            self.layer.contour = self._contour or self.layer.contour
        else:
            if self.layer.contour == self._contour:
                self.layer.contour = 0
            self._contour = None

    def _on_colormap_changed(self) -> None:
        """Put the segments' colours back when napari shuffles its own."""
        if not self.is_writing:
            self._colors = None
            self.color(self._segments.map)

    def show_preview(self, labels: Array) -> None:
        """Show other labels, of the same shape, until `end_preview` or a change."""
        layer = self.layer
        if layer is None:
            return
        with self.writing():
            self.preview = np.array(labels)
            layer.data = self.preview.copy()
            layer.editable = False  # what is painted would be lost with the preview

    def end_preview(self) -> None:
        """Show the segments again, if a preview was shown."""
        if self.preview is not None:
            self.write(full_region(self._segments.labels))


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
