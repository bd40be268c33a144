"""The layers as the segments have them: their colours, labels and picture."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from napari.components import ViewerModel
from numpy.typing import NDArray
from psygnal import Signal

from napari_kmeans.layers.computed import holds
from napari_kmeans.layers.label_colors import segment_colormap
from napari_kmeans.layers.layer_pair import LayerPair
from napari_kmeans.layers.new_layers import forget_undo_history
from napari_kmeans.layers.recolored_layers import RecoloredLayers
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.segments.label_style import Hidden, Show
from napari_kmeans.segments.pixel_change import Region
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.segments import Segments

FLASH = {True: (0.0, 0.0, 0.0), False: (1.0, 1.0, 1.0)}
"""The colour in which a bright segment, and a dark one, stands out."""


class ShownLayers(LayerPair):
    """Shows segments in their layers; what has not changed is not drawn again."""

    looks_changed = Signal()

    def __init__(
        self,
        viewer: ViewerModel,
        sources: Sources,
        segments: Segments,
        pictures: RecoloredLayers,
    ) -> None:
        super().__init__(viewer, sources, segments, pictures)
        self._is_writing = False
        self._is_drawing = True
        # The colours that the labels layer has; None if they may not be from here.
        self._colored: list[Any] | None = None
        segments.map_changed.connect(self._on_map_changed)
        segments.labels_changed.connect(self._on_labels_changed)

    @property
    def show_as(self) -> Show:
        """What the recoloured layer shows: mean values, the image, or colours."""
        return self.pictures.show_as

    @show_as.setter
    def show_as(self, show_as: Show) -> None:
        self.pictures.show_as = show_as
        self._draw()
        self.looks_changed.emit()

    @property
    def hidden_as(self) -> Hidden:
        """How hidden segments look in the recoloured layer: black or transparent."""
        return self.pictures.hidden_as

    @hidden_as.setter
    def hidden_as(self, hidden_as: Hidden) -> None:
        self.pictures.hidden_as = hidden_as
        self._draw()
        self.looks_changed.emit()

    # For a moment

    def preview(self, labels: NDArray[Any] | None) -> None:
        """Show other labels for a moment, without taking them over."""
        layer = self.labels
        if layer is None:
            return
        with self._writing():
            layer.data = np.array(self.segments.labels if labels is None else labels)
            # What would be painted on a preview would be lost with it.
            layer.editable = labels is None

    def highlight(self, value: int | None) -> None:
        """Let a segment stand out on the labels layer."""
        segments = self.segments.map
        if value is not None and value in segments:
            is_bright = sum(segments[value].color) > 1.5
            segments = segments.recolored(value, FLASH[is_bright])
        self._color(segments)

    # From the segments to the layers

    def _on_labels_changed(self, region: Region) -> None:
        self._write(region)
        self._draw(region)

    def _on_map_changed(self, segments: SegmentMap) -> None:
        self._color(segments)
        self._draw()
        self._tell_how_made()

    def _write(self, region: Region) -> None:
        """Write a region of the labels into the labels layer."""
        layer, labels = self.labels, self.segments.labels
        if layer is None or self._is_writing:
            return
        with self._writing():
            if _has_place_for(layer.data, labels):
                layer.data[region] = labels[region]
                layer.refresh(extent=False, highlight=False)
            elif layer.data is self.segments.stored:
                layer.refresh(extent=False, highlight=False)
            elif holds(layer, data := self._labels_data()):
                layer.data = data
                layer.editable = self.is_paintable
            else:
                self._exchange_labels(layer)
                return
            forget_undo_history(layer)

    def _color(self, segments: SegmentMap) -> None:
        """Give the labels layer the colours of a map, unless it has them."""
        layer = self.labels
        colors = map_colors(segments)
        if layer is not None and colors != self._colored:
            with self._writing():
                layer.colormap = segment_colormap(segments, layer)
            self._colored = colors

    def _draw(self, region: Region | None = None) -> None:
        """Draw the recoloured layers again: a region, or what looks otherwise now."""
        if not self._is_drawing:
            return
        if self.pictures.draw(self.viewer, region, self._metadata()):
            self.layers_changed.emit()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Do not take what is written here for what the user does."""
        was_writing, self._is_writing = self._is_writing, True
        try:
            yield
        finally:
            self._is_writing = was_writing


def _has_place_for(data: Any, labels: Any) -> bool:
    """Tell whether labels can be written into the data of a layer, region by region."""
    in_memory = isinstance(labels, np.ndarray) and isinstance(data, np.ndarray)
    return in_memory and data.dtype == labels.dtype and data.shape == labels.shape


def map_colors(segments: SegmentMap) -> list[Any]:
    """Give all that the colours of a labels layer are made of."""
    return [(segment.value, segment.color, segment.visible) for segment in segments]
