"""One clustering in napari: its segments and the two layers that show them, in step.

The state is `Segments`. What happens to it is shown in the layers, and what the user
paints on the labels layer is told to it, so that there is one history of both.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels
from numpy.typing import NDArray
from psygnal import Signal

from napari_kmeans.core.progress import Steps
from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.layers.colors import segment_colormap, shown_colors
from napari_kmeans.layers.geometry import pixel_size
from napari_kmeans.layers.layer_pair import LayerPair
from napari_kmeans.layers.new_layers import forget_undo_history
from napari_kmeans.layers.picture import Picture
from napari_kmeans.layers.source import read_source
from napari_kmeans.layers.strokes import StrokeWatcher
from napari_kmeans.segments.pixel_change import Region, whole
from napari_kmeans.segments.recoloring import Hidden, Show
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.splittable import FoundSplit
from napari_kmeans.segments.state import Segments
from napari_kmeans.segments.statistics import count_objects, mean_values

FLASH = {True: (0.0, 0.0, 0.0), False: (1.0, 1.0, 1.0)}
"""The colour in which a bright segment, and a dark one, stands out."""


class SegmentLayers(LayerPair):
    """Keeps the segments of an image and their two layers in step.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        The viewer, which must hold the source.
    source : napari.layers.Image
        The layer that was clustered.
    segmentation : Segmentation
        The result of the first run.
    like : Segments, optional
        Of another image, whose names, colours and flags the segments that match get.

    Attributes
    ----------
    looks_changed : psygnal.Signal
        Emits when `show_as` or `hidden_as` was set.
    """

    looks_changed = Signal()

    def __init__(
        self,
        viewer: ViewerModel,
        source: Image,
        segmentation: Segmentation,
        like: Segments | None = None,
    ) -> None:
        make = Segments if like is None else like.for_image
        segments = make(
            segmentation.model,
            segmentation.labels,
            partial(shown_colors, source=source),
        )
        # It keeps the pixels of the run, whatever becomes of the source.
        picture = Picture(segments, read_source(source).image)
        super().__init__(viewer, source, segments, picture)
        self._watcher: StrokeWatcher | None = None
        self._is_writing = False
        # The colours that the labels layer has; None if they may not be from here.
        self._colored: list[Any] | None = None
        self.segments.map_changed.connect(self._on_map_changed)
        self.segments.labels_changed.connect(self._on_labels_changed)

    # What is measured

    @property
    def image(self) -> NDArray[Any]:
        """The pixels of the last run, whatever has become of the source since."""
        return np.asarray(self.picture.image)

    @property
    def pixel_size(self) -> tuple[float, str]:
        """The area or volume of a pixel, and its unit, such as "µm²"."""
        return pixel_size(self.source)

    def mean_values(self) -> dict[int, tuple[float, ...]]:
        """Give the mean of each segment's pixels, by label value."""
        return mean_values(self.segments.labels, self.image)

    def n_objects(self, value: int) -> int:
        """Tell of how many connected pieces a segment is made."""
        return count_objects(self.segments.labels, value)

    # Another run

    def fits(self, segmentation: Segmentation) -> bool:
        """Tell whether a result is of the shape of these segments.

        Parameters
        ----------
        segmentation : Segmentation
            The result.

        Returns
        -------
        bool
            Whether `rerun` can take it.
        """
        return self.segments.takes(segmentation.labels)

    def rerun(self, segmentation: Segmentation, *, keep_edits: bool) -> None:
        """Show the result of another run on the source.

        Parameters
        ----------
        segmentation : Segmentation
            The result.
        keep_edits : bool
            Lay what was painted over it.
        """
        self.picture.image = read_source(self.source).image
        self.segments.rerun(
            segmentation.model, segmentation.labels, keep_edits=keep_edits
        )
        self.add_missing_layers()
        self._place()

    def take_layers_of(self, other: "SegmentLayers") -> None:
        """Show these segments in the layers of others, which show theirs no longer.

        Parameters
        ----------
        other : SegmentLayers
            Segments of the same source when it had another shape.
        """
        self._recolored, self._labels = other.recolored, other.labels
        other.let_go()
        if self._labels is not None:
            self._follow_layer(self._labels)
            self._colored = None
        self._on_labels_changed(whole(self.segments.labels))
        self._on_map_changed(self.segments.map)
        self._place()

    def let_go(self) -> None:
        """Show the segments in no layer any longer."""
        if self._watcher is not None:
            self._watcher.stop()
        if self._labels is not None:
            self._labels.events.colormap.disconnect(self._on_colormap_changed)
        self._recolored = self._labels = self._watcher = None

    # What the user does

    def split(self, value: int, n: int) -> None:
        """Cluster the pixels of a segment again.

        Parameters
        ----------
        value : int
            Its label value.
        n : int
            Into how many, at most.
        """
        self.segments.split(value, n, self.image)

    def split_steps(self, value: int, n: int) -> Steps[FoundSplit]:
        """Find how to split a segment, step by step, perhaps in another thread.

        Parameters
        ----------
        value, n
            As for `split`.

        Returns
        -------
        generator of Progress
            Returns what `Segments.take_split` takes.
        """
        return self.segments.split_steps(value, n, self.picture.image)

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

    @property
    def show_as(self) -> Show:
        """What the recoloured layer shows: mean values, the image, or colours."""
        return self.picture.show_as

    @show_as.setter
    def show_as(self, show_as: Show) -> None:
        self.picture.show_as = show_as
        self._draw()
        self.looks_changed.emit()

    @property
    def hidden_as(self) -> Hidden:
        """How hidden segments look in the recoloured layer: black or transparent."""
        return self.picture.hidden_as

    @hidden_as.setter
    def hidden_as(self, hidden_as: Hidden) -> None:
        self.picture.hidden_as = hidden_as
        self._draw()
        self.looks_changed.emit()

    # For a moment

    def preview(self, labels: NDArray[Any] | None) -> None:
        """Show other labels for a moment, without taking them over.

        Parameters
        ----------
        labels : ndarray of the labels' shape, or None
            What to show; None: the segments again.
        """
        layer = self.labels
        if layer is None:
            return
        with self._writing():
            layer.data = np.array(self.segments.labels if labels is None else labels)
            # What would be painted on a preview would be lost with it.
            layer.editable = labels is None

    def highlight(self, value: int | None) -> None:
        """Let a segment stand out on the labels layer.

        Parameters
        ----------
        value : int or None
            Its label value; None: no segment does any longer.
        """
        segments = self.segments.map
        if value is not None and value in segments:
            is_bright = sum(segments[value].color) > 1.5
            segments = segments.recolored(value, FLASH[is_bright])
        self._color(segments)

    # From the labels layer to the segments

    def _follow_layer(self, labels: Labels) -> None:
        """Notice what the user does to a labels layer."""
        viewer = self.viewer
        assert viewer is not None  # who has a layer in it
        self._watcher = StrokeWatcher(labels, viewer.dims, self.follow)
        self._colored = _colors(self.segments.map)
        labels.events.colormap.connect(self._on_colormap_changed)
        # One history for painting and all else: napari's own knows only its strokes.
        labels.bind_key("Control-Z", self.undo, overwrite=True)
        labels.bind_key("Control-Shift-Z", self.redo, overwrite=True)

    def follow(self, within: Region | None = None, join: bool = False) -> bool:
        """Take over what was painted on the labels layer, if anything was.

        Parameters
        ----------
        within : tuple of slice, optional
            Where to look; by default everywhere.
        join : bool
            Make it one step of the history with what was taken over last.

        Returns
        -------
        bool
            Whether anything was.
        """
        labels = self.labels
        if labels is None or self._is_writing:
            return False
        painted = np.asarray(labels.data)
        if painted.shape != self.segments.labels.shape:
            return False
        with self._writing():
            return self.segments.follow(painted, within, join=join)

    def _on_colormap_changed(self) -> None:
        """Put the segments' colours back when napari shuffles its own."""
        if not self._is_writing:
            self._colored = None
            self._color(self.segments.map)

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
            data = layer.data
            if data.dtype == labels.dtype and data.shape == labels.shape:
                data[region] = labels[region]
                layer.refresh(extent=False, highlight=False)
            else:
                layer.data = np.array(labels)
            forget_undo_history(layer)

    def _color(self, segments: SegmentMap) -> None:
        """Give the labels layer the colours of a map, unless it has them."""
        layer = self.labels
        colors = _colors(segments)
        if layer is not None and colors != self._colored:
            with self._writing():
                layer.colormap = segment_colormap(segments, layer)
            self._colored = colors

    def _draw(self, region: Region | None = None) -> None:
        """Draw the recoloured layer again: a region, or what looks otherwise now."""
        layer = self.recolored
        if layer is not None and not self.picture.draw_in(layer, region):
            self._exchange_recolored(layer)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Do not take what is written here for what the user does."""
        was_writing, self._is_writing = self._is_writing, True
        try:
            yield
        finally:
            self._is_writing = was_writing


def _colors(segments: SegmentMap) -> list[Any]:
    """Give all that the colours of a labels layer are made of."""
    return [(segment.value, segment.color, segment.visible) for segment in segments]
