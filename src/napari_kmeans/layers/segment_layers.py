"""One clustering in napari: its segments and the layers that show them, in step.

The state is `Segments`. What happens to it is shown in the layers, and what the user
paints on the labels layer is told to it, so that there is one history of both.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import prod
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from psygnal import Signal

from napari_kmeans.core.lazy.arrays import in_tiles
from napari_kmeans.core.levels import levels_of, map_levels
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.core.types import Array
from napari_kmeans.layers.channels import shown_colors
from napari_kmeans.layers.confidence import ConfidenceLayer
from napari_kmeans.layers.labels_layer import LabelsLayer
from napari_kmeans.layers.layer_stack import LayerStack
from napari_kmeans.layers.picture import Look
from napari_kmeans.layers.recolored_layers import ChannelsAs, RecoloredLayers
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import SourcePixels
from napari_kmeans.layers.world_grid import placement
from napari_kmeans.segments.palettes import Palette
from napari_kmeans.segments.pixel_change import Region, full_region
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.segments import Segments
from napari_kmeans.segments.splitting import SplitPlan
from napari_kmeans.segments.stores.on_disk import StoredLabels


def default_palette(sources: Sources) -> Palette:
    """Return the colours of a new result: its own for a photograph.

    The mean greys of other images look like the image. Of several channels the segments
    are in no order, so their colours are not either.
    """
    if sources.is_colors:
        return "mean"
    return "okabe-ito" if sources.is_multichannel else "ordered"


class SegmentLayers:
    """Keeps the segments of an image and their layers in step."""

    layers_changed = Signal()
    looks_changed = Signal()

    def __init__(
        self,
        viewer: ViewerModel,
        segmentation: Segmentation,
        pixels: SourcePixels,
        channels_as: ChannelsAs,
        *,
        number: int = 1,
        undecided_below: float = 0.0,
    ) -> None:
        self.sources = pixels.sources
        self._number = number  # among the results of these layers
        self._is_adjusting = False  # whether cuts are being dragged
        self.segments = Segments(
            segmentation.model,
            _as_computed(segmentation.labels),
            partial(shown_colors, sources=self.sources),
            palette=default_palette(self.sources),
            selection=pixels.selection.record(),
            undecided_below=undecided_below,
        )
        self.stack = LayerStack(viewer, self.sources, self.segments)
        self.pictures = RecoloredLayers(self.segments, pixels, self.stack, channels_as)
        self.confidence = ConfidenceLayer(self.stack)
        self.labels_layer = LabelsLayer(self.segments, self.stack, self._draw_all)
        for name in placement(self.source):
            self.source.events[name].connect(self._on_source_moved)
        self.segments.map_changed.connect(self._on_map_changed)
        self.segments.labels_changed.connect(self._on_labels_changed)

    @property
    def name(self) -> str:
        """What the result is called: as its source is, but for further results."""
        name = self.sources.name
        return name if self._number == 1 else f"{name} ({self._number})"

    # The layers

    @property
    def viewer(self) -> ViewerModel | None:
        """The viewer, while there is one."""
        return self.stack.viewer

    @property
    def source(self) -> Image:
        """The layer that was clustered; the first, of several."""
        return self.sources.first

    @property
    def recolored(self) -> Image | None:
        """The recoloured layer, or the lowest of several; None if one was deleted."""
        return self.pictures.present[0] if self.pictures.is_complete else None

    @property
    def labels(self) -> Labels | None:
        """The labels layer; None if it was deleted."""
        return self.labels_layer.present

    def output_layers(self) -> list[Image | Labels]:
        """Return the layers that show the segments and were not deleted."""
        labels = self.labels
        return [*self.pictures.present, *([] if labels is None else [labels])]

    @property
    def state_message(self) -> str | None:
        """What the user should know of the layers; None if all is well."""
        if self.labels is None:
            return "The labels layer was deleted."
        if self.recolored is None:
            return "The recoloured layer was deleted."
        if self.stack.top_source() is None:
            return f"'{self.sources.name}' was deleted. Its segments are still here."
        return None

    def shows_in(self, layer: Layer | None) -> bool:
        """Whether a layer is one of those that show the segments."""
        is_labels = layer is not None and layer is self.labels_layer.layer
        is_confidence = layer is not None and layer is self.confidence.layer
        return is_labels or is_confidence or layer in self.pictures

    def add_missing_layers(self) -> None:
        """Add the layers that the viewer does not hold, on top of all others."""
        if self.viewer is None or (self.recolored and self.labels):
            return
        self.take_paint()
        below = self.pictures.add_missing(self.stack.below(self.labels))
        if self.labels is None:
            self.stack.add(self.labels_layer.make_new(), below)
        self.layers_changed.emit()

    def take_layers_of(self, other: "SegmentLayers") -> None:
        """Show these segments in the layers of others, which lose them."""
        labels = other.labels
        other.labels_layer.outline(False)
        self.pictures.take_layers_of(other.pictures)
        other.labels_layer.show_in(None)
        self.labels_layer.show_in(labels)
        self._draw_all()
        self.stack.place(self.output_layers())

    # How they look

    @property
    def look(self) -> Look:
        """How the recoloured layers show the segments."""
        return self.pictures.look

    def set_look(self, **changes: Any) -> None:
        """Change how the recoloured layers look: give attributes of `Look`."""
        self.pictures.set_look(replace(self.look, **changes))
        self.labels_layer.outline(self.look.show_as == "original")
        self._draw_pictures()
        self.looks_changed.emit()

    def show_channels_as(self, channels_as: ChannelsAs) -> None:
        """Show several channels in one layer from now on, or in one each."""
        if channels_as != self.pictures.channels_as:
            self.pictures.take_pixels(self.pictures.pixels, channels_as)
            self._draw_pictures()

    def preview(self, labels: Array | None) -> None:
        """Show other labels for a moment; None, or any change, shows the segments."""
        self.take_paint()
        if labels is None:
            self.labels_layer.end_preview()
        elif self.segments.is_editable:
            self.labels_layer.show_preview(labels)

    # What there is to measure

    @property
    def image(self) -> Array:
        """The pixels of the last run, even if the source has changed since."""
        return np.asarray(self.pictures.pixels.image)

    @property
    def pixel_size(self) -> tuple[float, str]:
        """The area or volume, and its unit, of a pixel of the level that is counted."""
        size, unit = self.sources.pixel_size()
        if isinstance(self.segments.labels, tuple) and self.segments.stored is None:
            model = self.segments.recipe.model
            n_counted = int(model.counts.sum()) + model.n_outside
            size *= prod(self.segments.shape) / n_counted
        return size, unit

    # What the user does

    def rerun(
        self,
        segmentation: Segmentation,
        pixels: SourcePixels,
        channels_as: ChannelsAs,
        *,
        keep_edits: bool,
        joins: bool = False,
        undecided_below: float = 0.0,
    ) -> None:
        """Show the result of another run on the source."""
        self.preview(None)
        self.pictures.take_pixels(pixels, channels_as)
        with self.segments.about_to_change.blocked():  # the preview's end has said it
            self.segments.rerun(
                segmentation.model,
                _as_computed(segmentation.labels),
                selection=pixels.selection.record(),
                keep_edits=keep_edits,
                joins=joins,
                undecided_below=undecided_below,
            )
        self.add_missing_layers()
        self.stack.place(self.output_layers())
        self.stack.uncover(self.output_layers())

    def adjust(
        self,
        model: KMeansModel,
        labels: Any,
        *,
        joins: bool = False,
        goes_on: bool = False,
    ) -> None:
        """Show the same clusters with other cuts between them.

        While that goes on, pictures that nobody sees wait for `end_adjusting`.
        """
        self._is_adjusting = self._is_adjusting or goes_on
        self.preview(None)
        with self.segments.about_to_change.blocked():  # the preview's end has said it
            self.segments.adjust(model, _as_computed(labels), joins=joins)
        if not goes_on:
            self.end_adjusting()

    def end_adjusting(self) -> None:
        """Draw what waited for the end."""
        if self._is_adjusting:
            self._is_adjusting = False
            self._draw_pictures(full_region(levels_of(self.segments.labels)[0]))

    def _covers_pictures(self) -> bool:
        """Whether the labels lie over the pictures, and nothing can be seen below."""
        labels, viewer = self.labels, self.viewer
        canvas = getattr(viewer, "canvas", viewer)  # napari 0.9 has moved the grid
        if labels is None or canvas is None or canvas.grid.enabled:
            return False
        is_whole = all(segment.visible for segment in self.segments.map)
        is_plain = not (labels.contour or labels.show_selected_label)
        return is_whole and is_plain and labels.visible and labels.opacity == 1

    def split_steps(self, value: int, n: int) -> Steps[SplitPlan]:
        """Compute how to split a segment, step by step, in any thread."""
        return self.segments.split_steps(value, n, self.pictures.pixels.image)

    def store(self, levels: Sequence[Any]) -> None:
        """Use labels on disk from now on, where the user can paint on them."""
        finest, *coarser = levels
        self.segments.store(StoredLabels(finest, coarser))
        self.labels_layer.watch()

    def take_paint(self) -> None:
        """Take over what was painted on the labels layer, also by a script."""
        self.labels_layer.take_paint()

    @property
    def edited_labels(self) -> Labels | None:
        """The labels layer, if a new run would overwrite what was painted on it."""
        self.take_paint()
        return self.labels if self.segments.n_edited > 0 else None

    # From the source and the segments to the layers

    def _on_source_moved(self) -> None:
        """Lie where the source lies, and let the areas be read again."""
        if self.confidence.present is not None:
            self.stack.place([self.confidence.present])
        if layers := self.output_layers():
            self.stack.place(layers)
            self.layers_changed.emit()

    def _on_labels_changed(self, region: Region) -> None:
        self.labels_layer.end_preview()
        if self.labels_layer.write(region):
            self.layers_changed.emit()
        self._draw_pictures(region)

    def _on_map_changed(self, segments: SegmentMap) -> None:
        self.labels_layer.end_preview()
        self.labels_layer.color(segments)
        self._draw_pictures()
        self.stack.describe(self.output_layers())

    def _draw_all(self) -> None:
        """Draw all that the layers show."""
        self._on_labels_changed(full_region(levels_of(self.segments.labels)[0]))
        self._on_map_changed(self.segments.map)

    def _draw_pictures(self, region: Region | None = None) -> None:
        """Redraw the recoloured layers: a region, or what looks different now."""
        if self.segments.stored is not None and self.segments.history.is_going_on:
            return  # all is drawn at the end of a stroke on disk
        if self._is_adjusting and self._covers_pictures():
            return
        if self.pictures.draw(region):
            self.layers_changed.emit()


def _as_computed(labels: Any) -> Any:
    """Return labels as `Segments` takes them: one array, or all levels lazy."""
    return labels if isinstance(labels, np.ndarray) else map_levels(in_tiles, labels)
