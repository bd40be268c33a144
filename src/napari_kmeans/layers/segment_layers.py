"""One clustering in napari: its segments and the two layers that show them, in step.

The state is `Segments`. What happens to it is shown in the layers, and what the user
paints on the labels layer is told to it, so that there is one history of both.
"""

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels
from napari.utils.notifications import show_warning
from numpy.typing import NDArray

from napari_kmeans.core.levels import levels_of
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.layers.computed import as_computed
from napari_kmeans.layers.label_colors import shown_colors
from napari_kmeans.layers.recolored_layers import ChannelsAs, RecoloredLayers
from napari_kmeans.layers.shown_layers import ShownLayers, map_colors
from napari_kmeans.layers.source_layers import Sources, as_sources
from napari_kmeans.layers.source_pixels import SourcePixels, read_source
from napari_kmeans.layers.strokes import DiskStrokes, StrokeWatcher
from napari_kmeans.segments.pixel_change import Region, full_region
from napari_kmeans.segments.segment import MAX_LABEL
from napari_kmeans.segments.segments import Segments
from napari_kmeans.segments.split_plan import SplitPlan
from napari_kmeans.segments.stored_labels import StoredLabels


class SegmentLayers(ShownLayers):
    """Keeps the segments of an image and their two layers in step."""

    def __init__(
        self,
        viewer: ViewerModel,
        source: Image | Sources,
        segmentation: Segmentation,
        like: Segments | None = None,
        *,
        pixels: SourcePixels | None = None,
        channels_as: ChannelsAs = "mix",
    ) -> None:
        sources = as_sources(source)
        make = Segments if like is None else like.for_image
        segments = make(
            segmentation.model,
            as_computed(segmentation.labels),
            partial(shown_colors, source=sources),
        )
        # They keep the pixels of the run, whatever becomes of the source.
        pictures = RecoloredLayers(
            segments, pixels or read_source(sources), channels_as
        )
        super().__init__(viewer, sources, segments, pictures)
        self._watcher: StrokeWatcher | DiskStrokes | None = None
        self._refused: int | None = None

    # What there is to measure

    @property
    def image(self) -> NDArray[Any]:
        """The pixels of the last run, whatever has become of the source since."""
        return np.asarray(self.pictures.image)

    @property
    def pixel_size(self) -> tuple[float, str]:
        """The area or volume of a pixel that is counted, and its unit, such as "µm²".

        Of an image of several levels one of them is counted, whose pixels are larger.
        """
        size, unit = self.sources.pixel_size
        if isinstance(self.segments.labels, tuple) and self.segments.stored is None:
            model = self.segments.model
            n_counted = int(model.counts.sum()) + model.n_outside
            size *= prod(self.segments.shape) / n_counted
        return size, unit

    # Another run

    def fits(self, segmentation: Segmentation) -> bool:
        """Tell whether a result is of the shape of these segments."""
        return self.segments.takes(segmentation.labels)

    def rerun(
        self,
        segmentation: Segmentation,
        *,
        keep_edits: bool,
        pixels: SourcePixels | None = None,
        channels_as: ChannelsAs | None = None,
    ) -> None:
        """Show the result of another run on the source."""
        self.pictures.take_pixels(pixels or read_source(self.sources), channels_as)
        labels = as_computed(segmentation.labels)
        self.segments.rerun(segmentation.model, labels, keep_edits=keep_edits)
        self.add_missing_layers()
        self._place()

    def take_layers_of(self, other: "SegmentLayers") -> None:
        """Show these segments in the layers of others, which show theirs no longer."""
        self.pictures.take_layers_of(other.pictures)
        self._labels = other.labels
        other.let_go()
        if self._labels is not None:
            self._follow_layer(self._labels)
            self._colored = None
        self._on_labels_changed(full_region(levels_of(self.segments.labels)[0]))
        self._on_map_changed(self.segments.map)
        self._place()

    def let_go(self) -> None:
        """Show the segments in no layer any longer."""
        if self._labels is not None:
            self._leave_layer(self._labels)
        self.pictures.let_go()
        self._labels = None

    # What the user does

    def split(self, value: int, n: int) -> None:
        """Cluster the pixels of a segment again."""
        self.segments.split(value, n, self.image)

    def split_steps(self, value: int, n: int) -> Steps[SplitPlan]:
        """Find how to split a segment, step by step, perhaps in another thread."""
        return self.segments.split_steps(value, n, self.pictures.image)

    def store(self, levels: Sequence[Any]) -> None:
        """Have the labels on disk from now on, where the user can paint on them."""
        finest, *coarser = levels
        self.segments.store(StoredLabels(finest, coarser))
        labels = self.labels
        if labels is not None:
            self._leave_layer(labels)
            self._follow_layer(labels)

    def _paint(self, region: Region, before: Any, after: Any, join: bool) -> None:
        """Write on disk what the user paints."""
        watcher = self._watcher
        # What is computed from the labels is computed once for each stroke.
        self._is_drawing = not (
            isinstance(watcher, DiskStrokes) and watcher.is_going_on
        )
        try:
            with self._writing():
                self.segments.paint_on_disk(region, before, after, join=join)
        finally:
            self._is_drawing = True

    def _end_stroke(self) -> None:
        """Draw what was painted on disk."""
        self._draw(full_region(levels_of(self.segments.labels)[0]))

    def undo(self, _layer: Labels | None = None) -> None:
        """Take the last step back."""
        self.segments.undo()

    def redo(self, _layer: Labels | None = None) -> None:
        """Do the last undone step again."""
        self.segments.redo()

    @property
    def edited_labels(self) -> Labels | None:
        """The labels layer, if a new run would overwrite what was painted on it."""
        self.follow()
        return self.labels if self.segments.n_edited > 0 else None

    # From the labels layer to the segments

    def _follow_layer(self, labels: Labels) -> None:
        """Notice what the user does to a labels layer."""
        viewer = self.viewer
        assert viewer is not None  # who has a layer in it
        if self.segments.stored is not None:
            stored = self.segments.stored
            self._watcher = DiskStrokes(labels, stored, self._paint, self._end_stroke)
        elif self.segments.is_editable:
            self._watcher = StrokeWatcher(labels, viewer.dims, self.follow)
        self._colored = map_colors(self.segments.map)
        labels.events.colormap.connect(self._on_colormap_changed)
        # One history for painting and all else: napari's own knows only its strokes.
        labels.bind_key("Control-Z", self.undo, overwrite=True)
        labels.bind_key("Control-Shift-Z", self.redo, overwrite=True)

    def _leave_layer(self, labels: Labels) -> None:
        """Notice it no longer."""
        if self._watcher is not None:
            self._watcher.stop()
        self._watcher = None
        labels.events.colormap.disconnect(self._on_colormap_changed)

    def follow(self, within: Region | None = None, join: bool = False) -> bool:
        """Take over what was painted on the labels layer, if anything was."""
        labels = self.labels
        if labels is None or self._is_writing or not self.segments.is_editable:
            return False
        painted = np.asarray(labels.data)
        if painted.shape != self.segments.labels.shape:
            return False
        with self._writing():
            self._put_back_impossible(labels, within)
            return self.segments.follow(painted, within, join=join)

    def _put_back_impossible(self, labels: Labels, within: Region | None) -> None:
        """Take back what was painted with a number that no segment can have."""
        if np.can_cast(labels.data.dtype, np.uint16):
            return
        region = full_region(self.segments.labels) if within is None else within
        part = np.asarray(labels.data[region])
        impossible = (part < 0) | (part > MAX_LABEL)
        if not impossible.any():
            return
        number = int(part[impossible][0])
        labels.data[region] = np.where(impossible, self.segments.labels[region], part)
        labels.refresh(extent=False, highlight=False)
        if number != self._refused:  # once, not at every move of a stroke
            show_warning(
                f"Nothing was painted with {number}: labels of segments go from 0 to "
                f"{MAX_LABEL}. Choose such a label, then paint again."
            )
        self._refused = number

    def _on_colormap_changed(self) -> None:
        """Put the segments' colours back when napari shuffles its own."""
        if not self._is_writing:
            self._colored = None
            self._color(self.segments.map)
