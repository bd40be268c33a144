"""A look at the source without what hides it, which leaves no trace."""

from napari.layers import Image, Labels, Layer

from napari_kmeans.layers.segment_layers import SegmentLayers


def present_sources(layers: SegmentLayers) -> list[Layer]:
    """Return the layers that were clustered and are still in the viewer."""
    every = [] if layers.viewer is None else list(layers.viewer.layers)
    return [layer for layer in every if layer in layers.sources.layers]


def covering(layers: SegmentLayers) -> list[Layer]:
    """Return the images and labels above the source: its results, and any others."""
    sources = present_sources(layers)
    if layers.viewer is None or not sources:
        return []
    every = list(layers.viewer.layers)
    return [
        layer
        for layer in every[every.index(sources[0]) + 1 :]
        if isinstance(layer, (Image, Labels)) and layer not in sources
    ]


def hidden_sources(layers: SegmentLayers) -> list[Layer]:
    """Return the sources if none of them is visible."""
    sources = present_sources(layers)
    return [] if any(layer.visible for layer in sources) else sources


class Visibility:
    """Shows and hides layers for a while."""

    def __init__(self) -> None:
        self._changed: list[tuple[Layer, bool]] = []

    def change(self, layers: list[Layer], visible: bool) -> None:
        """Show or hide layers until `restore`."""
        for layer in layers:
            self._changed.append((layer, bool(layer.visible)))
            layer.visible = visible

    def restore(self) -> None:
        """Bring back what was visible, of those that were changed."""
        changed, self._changed = self._changed, []
        for layer, was_visible in reversed(changed):
            layer.visible = was_visible


class Comparison:
    """Shows the source alone from `begin` to `end`."""

    def __init__(self) -> None:
        self.is_on = False
        self._visibility = Visibility()

    def begin(self, layers: SegmentLayers) -> None:
        """Show the source, without what lies above it."""
        if self.is_on or not present_sources(layers):
            return
        self.is_on = True
        above = covering(layers)
        self._visibility.change(hidden_sources(layers), visible=True)
        self._visibility.change(above, visible=False)

    def end(self) -> None:
        """Show what was visible before."""
        self.is_on = False
        self._visibility.restore()
