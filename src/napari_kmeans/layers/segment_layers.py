"""One clustering in napari: its segments and the two layers that show them, in step.

The state is `Segments`. What happens to it is shown in the layers, and what the user
paints on the labels layer is told to it, so that there is one history of both.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from weakref import ref

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from numpy.typing import NDArray
from psygnal import Signal

from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.layers.colors import segment_colormap, shown_colors
from napari_kmeans.layers.geometry import pixel_size, placement
from napari_kmeans.layers.new_layers import (
    forget_undo_history,
    insert_above,
    new_labels,
    new_recolored,
)
from napari_kmeans.layers.picture import Picture
from napari_kmeans.layers.record import KEY, provenance
from napari_kmeans.layers.source import read_source
from napari_kmeans.layers.strokes import StrokeWatcher
from napari_kmeans.segments.pixel_change import Region, whole
from napari_kmeans.segments.recoloring import Hidden, Show
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.state import Segments
from napari_kmeans.segments.statistics import count_objects, mean_values

FLASH = {True: (0.0, 0.0, 0.0), False: (1.0, 1.0, 1.0)}
"""The colour in which a bright segment, and a dark one, stands out."""


class SegmentLayers:
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
    segments : Segments
        The state.
    picture : Picture
        What the recoloured layer shows.
    layers_changed : psygnal.Signal
        Emits when one of the layers was made again.
    """

    layers_changed = Signal()

    def __init__(
        self,
        viewer: ViewerModel,
        source: Image,
        segmentation: Segmentation,
        like: Segments | None = None,
    ) -> None:
        self.source = source
        self._viewer = ref(viewer)
        self._recolored: Image | None = None
        self._labels: Labels | None = None
        self._watcher: StrokeWatcher | None = None
        self._is_writing = False
        # The recipe that all of the picture was just drawn by: a merge tells of its map
        # and then of its labels, and need not be drawn twice.
        self._drawn: object = None
        make = Segments if like is None else like.for_image
        self.segments = make(
            segmentation.model,
            segmentation.labels,
            partial(shown_colors, source=source),
        )
        # It keeps the pixels of the run, whatever becomes of the source.
        self.picture = Picture(self.segments, read_source(source).image)
        self.segments.map_changed.connect(self._on_map_changed)
        self.segments.labels_changed.connect(self._on_labels_changed)

    # The layers

    @property
    def viewer(self) -> ViewerModel | None:
        """The viewer, while there is one."""
        return self._viewer()

    @property
    def recolored(self) -> Image | None:
        """The recoloured layer; None if it was deleted."""
        return self._recolored if self._is_present(self._recolored) else None

    @property
    def labels(self) -> Labels | None:
        """The labels layer; None if it was deleted."""
        return self._labels if self._is_present(self._labels) else None

    @property
    def is_alive(self) -> bool:
        """Whether the viewer still holds its source or one of its layers."""
        layers = (self.source, self._recolored, self._labels)
        return any(self._is_present(layer) for layer in layers)

    def shows_in(self, layer: Layer | None) -> bool:
        """Tell whether a layer is one of the two that show the segments.

        Parameters
        ----------
        layer : napari.layers.Layer or None
            Any layer.

        Returns
        -------
        bool
            Also for one that was deleted.
        """
        return layer is not None and (layer is self._recolored or layer is self._labels)

    def _is_present(self, layer: Layer | None) -> bool:
        viewer = self.viewer
        return viewer is not None and layer is not None and layer in viewer.layers

    def add_missing_layers(self) -> None:
        """Add the layers that are not in the viewer, just above the source."""
        viewer = self.viewer
        if viewer is None or (self.recolored and self.labels):
            return
        below = self.source if self._is_present(self.source) else None
        if self.recolored is None:
            self._recolored = new_recolored(
                self.source, self.picture.draw(), self._metadata()
            )
            insert_above(viewer, below, self._recolored)
        if self.labels is None:
            labels = np.array(self.segments.labels)
            self._labels = new_labels(
                self.source, labels, self.segments.map, self._metadata()
            )
            insert_above(viewer, self._recolored, self._labels)
            self._follow_layer(self._labels)
        self.layers_changed.emit()

    def _metadata(self) -> dict[str, Any]:
        return {KEY: provenance(self.segments.model, self.source.name)}

    def _follow_layer(self, labels: Labels) -> None:
        """Notice what the user does to a labels layer."""
        self._watcher = StrokeWatcher(labels, self.follow)
        labels.events.colormap.connect(self._on_colormap_changed)
        # One history for painting and all else: napari's own knows only its strokes.
        labels.bind_key("Control-Z", self.undo, overwrite=True)
        labels.bind_key("Control-Shift-Z", self.redo, overwrite=True)

    @property
    def image(self) -> NDArray[Any]:
        """The pixels of the last run, whatever has become of the source since."""
        return np.asarray(self.picture.image)

    @property
    def state_message(self) -> str | None:
        """What the user should know of the layers; None if all is well."""
        if self.labels is None:
            return "The labels layer was deleted. Your segments are still here."
        if self.recolored is None:
            return "The recoloured layer was deleted."
        return None

    # What is measured

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

    # What the user does

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
        self._on_map_changed(self.segments.map)
        self._on_labels_changed(whole(self.segments.labels))
        self._place()

    def let_go(self) -> None:
        """Show the segments in no layer any longer."""
        if self._watcher is not None:
            self._watcher.stop()
        if self._labels is not None:
            self._labels.events.colormap.disconnect(self._on_colormap_changed)
        self._recolored = self._labels = self._watcher = None

    def _place(self) -> None:
        """Lay the layers over the source, wherever it lies now."""
        for layer in (self.recolored, self.labels):
            if layer is not None:
                for name, value in placement(self.source).items():
                    setattr(layer, name, value)

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

    @property
    def show_as(self) -> Show:
        """What the recoloured layer shows: mean values, the image, or colours."""
        return self.picture.show_as

    @show_as.setter
    def show_as(self, show_as: Show) -> None:
        self.picture.show_as = show_as
        self._draw(whole(self.segments.labels))

    @property
    def hidden_as(self) -> Hidden:
        """How hidden segments look in the recoloured layer: black or transparent."""
        return self.picture.hidden_as

    @hidden_as.setter
    def hidden_as(self, hidden_as: Hidden) -> None:
        self.picture.hidden_as = hidden_as
        self._draw(whole(self.segments.labels))

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

    def follow(self) -> None:
        """Take over what was painted on the labels layer, if anything was."""
        labels = self.labels
        if labels is None or self._is_writing:
            return
        painted = labels.data
        if painted.shape == self.segments.labels.shape:
            with self._writing():
                self.segments.follow(np.asarray(painted))

    def _on_colormap_changed(self) -> None:
        """Put the segments' colours back when napari shuffles its own."""
        if not self._is_writing:
            self._color(self.segments.map)

    # From the segments to the layers

    def _on_labels_changed(self, region: Region) -> None:
        self._write(region)
        if self._drawn is not self.segments.recipe:
            self._draw(region)
        self._drawn = None

    def _on_map_changed(self, segments: SegmentMap) -> None:
        self._color(segments)
        self._draw(whole(self.segments.labels))
        self._drawn = self.segments.recipe
        for layer in (self.recolored, self.labels):
            if layer is not None:
                layer.metadata.update(self._metadata())

    def _write(self, region: Region) -> None:
        """Write a region of the labels into the labels layer."""
        layer, labels = self.labels, self.segments.labels
        if layer is None or self._is_writing:
            return
        with self._writing():
            data = layer.data
            if data.dtype == labels.dtype and data.shape == labels.shape:
                data[region] = labels[region]
                layer.refresh()
            else:
                layer.data = np.array(labels)
            forget_undo_history(layer)

    def _color(self, segments: SegmentMap) -> None:
        """Give the labels layer the colours of a map."""
        layer = self.labels
        if layer is not None:
            with self._writing():
                layer.colormap = segment_colormap(segments, layer)

    def _draw(self, region: Region) -> None:
        """Draw a region of the recoloured layer again."""
        layer = self.recolored
        if layer is not None and not self.picture.draw_in(layer, region):
            self._exchange_recolored(layer)

    def _exchange_recolored(self, old: Image) -> None:
        """Put a layer of colours in the place of one of values, or the reverse."""
        viewer = self.viewer
        if viewer is not None:
            self._recolored = new_recolored(
                self.source, self.picture.draw(), self._metadata()
            )
            self._recolored.name = old.name
            self._recolored.visible = old.visible
            self._recolored.opacity = old.opacity
            viewer.layers[viewer.layers.index(old)] = self._recolored
            self.layers_changed.emit()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Do not take what is written here for what the user does."""
        was_writing, self._is_writing = self._is_writing, True
        try:
            yield
        finally:
            self._is_writing = was_writing
