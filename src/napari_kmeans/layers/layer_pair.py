"""The layers that show segments: found, added, laid over the source, replaced."""

from typing import Any
from weakref import ref

from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from psygnal import Signal

from napari_kmeans.layers.computed import as_layer_data
from napari_kmeans.layers.new_layers import exchange, insert_above, new_labels
from napari_kmeans.layers.picture import Picture
from napari_kmeans.layers.provenance import KEY, provenance
from napari_kmeans.layers.recolored_layers import RecoloredLayers
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.segments.segments import Segments


class LayerPair:
    """The recoloured layer and the labels layer of an image, whatever the user does.

    Several channels may each have a recoloured layer.
    """

    layers_changed = Signal()

    def __init__(
        self,
        viewer: ViewerModel,
        sources: Sources,
        segments: Segments,
        pictures: RecoloredLayers,
    ) -> None:
        self.sources = sources
        self.segments = segments
        self.pictures = pictures
        self._viewer = ref(viewer)
        self._labels: Labels | None = None

    @property
    def viewer(self) -> ViewerModel | None:
        """The viewer, while there is one."""
        return self._viewer()

    @property
    def source(self) -> Image:
        """The layer that was clustered; the first, of several."""
        return self.sources.first

    @property
    def recolored(self) -> Image | None:
        """The recoloured layer, or the lowest of several; None if one was deleted."""
        viewer = self.viewer
        if viewer is None or not self.pictures.is_complete(viewer):
            return None
        return self.pictures.present(viewer)[0]

    @property
    def picture(self) -> Picture:
        """What the recoloured layer shows, or the lowest of several."""
        return self.pictures.lowest

    @property
    def labels(self) -> Labels | None:
        """The labels layer; None if it was deleted."""
        return self._labels if self._is_present(self._labels) else None

    @property
    def is_alive(self) -> bool:
        """Whether the viewer still holds its source or one of its layers."""
        layers = (*self.sources.layers, *self.output_layers())
        return any(self._is_present(layer) for layer in layers)

    def output_layers(self) -> list[Image | Labels]:
        """List the layers that show the segments and were not deleted."""
        labels = self.labels
        shown = self.pictures.present(self.viewer)
        return [*shown] if labels is None else [*shown, labels]

    @property
    def state_message(self) -> str | None:
        """What the user should know of the layers; None if all is well."""
        if self.labels is None:
            return "The labels layer was deleted. Your segments are still here."
        if self.recolored is None:
            return "The recoloured layer was deleted."
        return None

    def shows_in(self, layer: Layer | None) -> bool:
        """Tell whether a layer is one of those that show the segments."""
        return layer is not None and (layer is self._labels or layer in self.pictures)

    def add_missing_layers(self) -> None:
        """Add the layers that are not in the viewer, just above the source."""
        viewer = self.viewer
        if viewer is None or (self.recolored and self.labels):
            return
        sources = [one for one in viewer.layers if one in self.sources.layers]
        below: Layer | None = sources[-1] if sources else None
        below = self.pictures.add_missing(viewer, below, self._metadata())
        if self.labels is None:
            self._labels = self._new_labels()
            insert_above(viewer, below, self._labels)
            self._follow_layer(self._labels)
        self.layers_changed.emit()

    def _new_labels(self) -> Labels:
        """Make the labels layer, on which one can paint if there are pixels for it."""
        segments = self.segments
        data = self._labels_data()
        labels = new_labels(self.sources, data, segments.map, self._metadata())
        labels.editable = self.is_paintable
        return labels

    def _labels_data(self) -> Any:
        """Give the data that the labels layer is to have."""
        segments = self.segments
        if segments.stored is not None:
            return segments.stored
        return as_layer_data(segments.labels)

    def _exchange_labels(self, old: Labels) -> None:
        """Put a new labels layer in the place of one that cannot hold the labels."""
        viewer = self.viewer
        assert viewer is not None  # who has a layer in it
        new = self._new_labels()
        new.name, new.visible, new.opacity = old.name, old.visible, old.opacity
        self._leave_layer(old)
        self._labels = new
        exchange(viewer, old, new)
        self._follow_layer(new)
        self.layers_changed.emit()

    def _follow_layer(self, labels: Labels) -> None:
        """Notice what the user does to a labels layer that is new here."""
        raise NotImplementedError

    def _leave_layer(self, labels: Labels) -> None:
        """Notice it no longer."""
        raise NotImplementedError

    def _is_present(self, layer: Layer | None) -> bool:
        viewer = self.viewer
        return viewer is not None and layer is not None and layer in viewer.layers

    def _place(self) -> None:
        """Lay the layers over the source, wherever it lies now."""
        for layer in self.output_layers():
            for name, value in self.sources.placement().items():
                setattr(layer, name, value)

    @property
    def is_paintable(self) -> bool:
        """Whether the user can paint on the labels layer: in memory, or on disk."""
        return self.segments.is_editable or self.segments.stored is not None

    @property
    def provenance(self) -> dict[str, Any]:
        """How the layers were made, in values that JSON can hold."""
        return self._metadata()

    def _tell_how_made(self) -> None:
        """Keep the record of how the layers were made true."""
        for layer in self.output_layers():
            layer.metadata.update(self._metadata())

    def _metadata(self) -> dict[str, Any]:
        return {KEY: provenance(self.segments.model, self.sources)}
