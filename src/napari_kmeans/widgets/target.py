"""The target: what is segmented, shown in the table and selected, always one source."""

from typing import Any

from napari.components import ViewerModel
from napari.layers import Image, Layer
from psygnal import Signal

from napari_kmeans.layers.clusterings import (
    choose_clustering,
    clustering_from,
    clustering_of,
    shown_by,
)
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.widgets.image_choice import ImageChoice
from napari_kmeans.widgets.links import Links


class Target:
    """Keeps the choice of the image and the selected layer in step.

    `clustering` is what was made of the chosen layers, or of those of the selected
    result if they are gone; None before the first run.
    """

    changed = Signal()  # the layers, or the clustering; what a layer is called
    sources_chosen = Signal(Sources)

    def __init__(self, viewer: ViewerModel) -> None:
        self.viewer = viewer
        self.choice = ImageChoice(self.images)
        self.clustering: SegmentLayers | None = None
        self._before_removal: SegmentLayers | None = None
        self._told: Any = None
        self._links = Links()
        layers = viewer.layers
        self._links.follow(
            *(
                (layers.events[name], self.refresh)
                for name in ("inserted", "removed", "reordered", "renamed")
            ),
            (layers.events.removing, self._on_removing),
            (layers.events.removed, self._on_removed),
            (layers.selection.events.active, self._on_selected),
            (layers.selection.events.changed, self._on_selected),
        )
        self.choice.chosen.connect(self._on_chosen)
        self.choice.image.changed.connect(self._on_picked)

    def begin(self) -> None:
        """Choose what is selected, as soon as all listen."""
        self.refresh()
        self._on_selected()

    def let_go(self) -> None:
        """Stop following the viewer."""
        self._links.follow()

    def images(self, _widget: Any = None) -> list[Image]:
        """Return the image layers that can be chosen, without outputs."""
        return [
            layer
            for layer in self.viewer.layers
            if isinstance(layer, Image) and shown_by(self.viewer, layer) is None
        ]

    def has_output(self, layer: Layer) -> bool:
        """Return whether a layer shows the segments of what is to be clustered."""
        shown = shown_by(self.viewer, layer)
        return shown is not None and shown.sources == self.choice.sources

    @property
    def is_there(self) -> bool:
        """Whether there is an image to segment, or are segments to show."""
        return self._has_layers or bool(self.images())

    @property
    def _has_layers(self) -> bool:
        shown = self.clustering
        return shown is not None and bool(shown.output_layers())

    def refresh(self) -> None:
        """Follow the viewer's layers."""
        # Segments whose source is gone are no reason to segment another image.
        self.choice.refresh(or_first=not self._has_layers)
        self.update()

    def update(self) -> None:
        """Tell what changed, once: napari has several events for each new layer."""
        self.clustering = self._find()
        if self.clustering is not None:
            choose_clustering(self.viewer, self.clustering)
        layers = [(layer, layer.name) for layer in self.viewer.layers]
        told, self._told = self._told, (self.clustering, self.choice.sources, layers)
        if told != self._told:
            self.changed.emit()

    def _find(self) -> SegmentLayers | None:
        """Return the clustering of the active output, or else of the chosen image."""
        active, sources = self.viewer.layers.selection.active, self.choice.sources
        shown = shown_by(self.viewer, active)
        if shown is not None:
            return shown
        if sources is None:  # the source is gone, or no channel is ticked
            return self.clustering if self._has_layers else None
        exact = clustering_from(self.viewer, sources)
        alike = clustering_of(self.viewer, sources.first)
        if exact is None and alike is not None:
            return alike if alike.sources.layers == sources.layers else None
        return exact

    # What the user does

    def _on_chosen(self) -> None:
        if self.choice.sources is not None:
            self.sources_chosen.emit(self.choice.sources)
        self.update()

    def _on_picked(self, image: Image | None) -> None:
        """Select the image that was picked, unless a region is being drawn."""
        selection = self.viewer.layers.selection
        active = selection.active
        is_ours = isinstance(active, Image) or shown_by(self.viewer, active)
        if image is not None and (active is None or is_ours):
            selection.active = image

    def _on_selected(self) -> None:
        """Choose the images that are selected, or the sources of an active output."""
        selection, images = self.viewer.layers.selection, self.images()
        selected = [image for image in images if image in selection]
        shown = shown_by(self.viewer, selection.active)
        if selected:
            self.choice.choose(selected)
        elif shown is not None and set(shown.sources.layers) <= set(images):
            self.choice.choose_like(shown.sources)
        elif shown is not None:
            self.choice.choose([])
        self.update()

    def _on_removing(self) -> None:
        self._before_removal = self.clustering

    def _on_removed(self, event: Any) -> None:
        """Keep the segments of a source that is removed, whatever napari selects."""
        shown = self._before_removal
        if shown is not None and event.value in shown.sources.layers:
            outputs = shown.output_layers()
            if outputs and self.viewer.layers.selection.active not in outputs:
                self.viewer.layers.selection.active = outputs[-1]
