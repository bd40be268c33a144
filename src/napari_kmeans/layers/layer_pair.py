"""The two layers that show segments: found, added, laid over the source, replaced."""

from typing import Any
from weakref import ref

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from psygnal import Signal

from napari_kmeans.layers.geometry import placement
from napari_kmeans.layers.new_layers import insert_above, new_labels, new_recolored
from napari_kmeans.layers.picture import Picture
from napari_kmeans.layers.record import KEY, provenance
from napari_kmeans.segments.state import Segments


class LayerPair:
    """The recoloured layer and the labels layer of an image, whatever the user does.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        The viewer, which must hold the source.
    source : napari.layers.Image
        The layer that was clustered.
    segments : Segments
        The state that the layers show.
    picture : Picture
        What the recoloured layer shows.

    Attributes
    ----------
    source, segments, picture
        As given.
    layers_changed : psygnal.Signal
        Emits when one of the layers was made again.
    """

    layers_changed = Signal()

    def __init__(
        self, viewer: ViewerModel, source: Image, segments: Segments, picture: Picture
    ) -> None:
        self.source = source
        self.segments = segments
        self.picture = picture
        self._viewer = ref(viewer)
        self._recolored: Image | None = None
        self._labels: Labels | None = None

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

    @property
    def state_message(self) -> str | None:
        """What the user should know of the layers; None if all is well."""
        if self.labels is None:
            return "The labels layer was deleted. Your segments are still here."
        if self.recolored is None:
            return "The recoloured layer was deleted."
        return None

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

    def add_missing_layers(self) -> None:
        """Add the layers that are not in the viewer, just above the source."""
        viewer = self.viewer
        if viewer is None or (self.recolored and self.labels):
            return
        below = self.source if self._is_present(self.source) else None
        if self.recolored is None:
            self._recolored = self._new_recolored()
            insert_above(viewer, below, self._recolored)
        if self.labels is None:
            labels = np.array(self.segments.labels)
            self._labels = new_labels(
                self.source, labels, self.segments.map, self._metadata()
            )
            insert_above(viewer, self._recolored, self._labels)
            self._follow_layer(self._labels)
        self.layers_changed.emit()

    def _follow_layer(self, labels: Labels) -> None:
        """Notice what the user does to a labels layer that is new here."""
        raise NotImplementedError

    def _is_present(self, layer: Layer | None) -> bool:
        viewer = self.viewer
        return viewer is not None and layer is not None and layer in viewer.layers

    def _new_recolored(self) -> Image:
        """Make the layer that the picture is drawn in from now on."""
        layer = new_recolored(self.source, self.picture.draw(), self._metadata())
        self.picture.adopt(layer)
        return layer

    def _exchange_recolored(self, old: Image) -> None:
        """Put a layer of colours in the place of one of values, or the reverse."""
        viewer = self.viewer
        if viewer is not None:
            new = self._recolored = self._new_recolored()
            new.name, new.visible, new.opacity = old.name, old.visible, old.opacity
            viewer.layers[viewer.layers.index(old)] = new
            self.layers_changed.emit()

    def _place(self) -> None:
        """Lay the layers over the source, wherever it lies now."""
        for layer in (self.recolored, self.labels):
            if layer is not None:
                for name, value in placement(self.source).items():
                    setattr(layer, name, value)

    def _tell_how_made(self) -> None:
        """Keep the record of how the layers were made true."""
        for layer in (self.recolored, self.labels):
            if layer is not None:
                layer.metadata.update(self._metadata())

    def _metadata(self) -> dict[str, Any]:
        return {KEY: provenance(self.segments.model, self.source.name)}
