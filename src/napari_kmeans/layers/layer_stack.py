"""Where the layers of a clustering are, and what they say of how they were made."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import ref

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer

from napari_kmeans import __version__
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.world_grid import placement
from napari_kmeans.segments.segments import Segments

KEY = "napari-kmeans"
"""The key of the layers' metadata under which it is said how they were made."""


class LayerStack:
    """Adds layers above their source, lays them over it, and exchanges them."""

    def __init__(
        self, viewer: ViewerModel, sources: Sources, segments: Segments
    ) -> None:
        self.sources = sources
        self._segments = segments
        self._viewer = ref(viewer)

    @property
    def viewer(self) -> ViewerModel | None:
        """The viewer, while there is one."""
        return self._viewer()

    def holds(self, layer: Layer | None) -> bool:
        """Whether the viewer has a layer."""
        viewer = self.viewer
        return viewer is not None and layer is not None and layer in viewer.layers

    def top_source(self) -> Layer | None:
        """Return the highest of the source layers that are still in the viewer."""
        layers = [] if self.viewer is None else list(self.viewer.layers)
        sources = [layer for layer in layers if layer in self.sources.layers]
        return sources[-1] if sources else None

    def below(self, layer: Layer | None) -> Layer | None:
        """Return what lies below a layer; None if the viewer does not hold it."""
        if self.viewer is None or not self.holds(layer):
            return None
        index = self.viewer.layers.index(layer)
        return self.viewer.layers[index - 1] if index else None

    def attributes(self) -> dict[str, Any]:
        """Return what all new layers have in common."""
        return {"metadata": self.provenance, **self.sources.placement()}

    def add(self, layer: Layer, below: Layer | None) -> None:
        """Add a layer just above another, or on top of all."""
        if self.viewer is not None:
            layers = self.viewer.layers
            layers.insert(
                len(layers) if below is None else layers.index(below) + 1, layer
            )

    def uncover(self, layers: Sequence[Layer]) -> None:
        """Move layers to the top if an image or other labels above may hide them."""
        if self.viewer is None or not layers:
            return
        every = self.viewer.layers
        above = every[max(every.index(layer) for layer in layers) + 1 :]
        if any(one.visible and isinstance(one, (Image, Labels)) for one in above):
            every.move_multiple([every.index(layer) for layer in layers], len(every))

    @contextmanager
    def keeping_active(self) -> Iterator[None]:
        """Leave the active layer as it is if it stays: napari selects what is added."""
        viewer = self.viewer
        before = None if viewer is None else viewer.layers.selection.active
        yield
        if viewer is not None and before in viewer.layers:
            viewer.layers.selection.active = before

    def remove(self, layer: Layer) -> None:
        """Take a layer out of the viewer."""
        if self.viewer is not None:
            self.viewer.layers.remove(layer)

    def exchange(self, old: Layer, new: Layer) -> None:
        """Put a layer in the place of another, looking and selected as it was.

        Of a layer that is assigned to an index the window would know nothing.
        """
        if self.viewer is None:
            return
        layers, name = self.viewer.layers, old.name
        new.visible, new.opacity = old.visible, old.opacity
        selected = set(layers.selection)
        layers.insert(layers.index(old) + 1, new)
        layers.selection.active = None  # else napari selects a neighbour
        layers.remove(old)
        new.name = name
        layers.selection = {new if one is old else one for one in selected}

    def place(self, layers: Iterable[Layer]) -> None:
        """Lay layers over the source, wherever it lies now.

        Each assignment makes napari draw again: only what differs is assigned.
        """
        wanted = self.sources.placement()
        for layer in layers:
            now = placement(layer)
            for name, value in wanted.items():
                if not np.array_equal(now[name], value):
                    setattr(layer, name, value)

    def describe(self, layers: Iterable[Layer]) -> None:
        """Keep what layers say of how they were made true."""
        for layer in layers:
            layer.metadata.update(self.provenance)

    @property
    def provenance(self) -> dict[str, Any]:
        """How the layers were made, in plain JSON values."""
        model, sources = self._segments.recipe.model, self.sources
        names = list(sources.channel_names) if sources.is_multichannel else None
        made = {
            "source": sources.name,
            "sources": [layer.name for layer in sources.layers],
            "channels": names,
            "channel_axis": sources.channel_axis,
            "selection": self._segments.recipe.selection,
            "settings": model.settings.to_dict(),
            "centroids": model.centroids.tolist(),
            "counts": model.counts.tolist(),
            "inertia": model.inertia,
            "undecided_below": self._segments.recipe.undecided_below,
            "n_outside": model.n_outside,
            "version": __version__,
        }
        return {KEY: made}
