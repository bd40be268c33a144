"""Watch image layers while they are being segmented."""

from collections.abc import Callable
from typing import Any

from napari.components import ViewerModel
from napari.layers import Layer

from napari_kmeans.layers.source_layers import Sources


class SourceWatch:
    """Reports when a layer is removed from the viewer or its pixels are replaced.

    `on_change` is told in words, such as "'cells' was removed".
    """

    def __init__(
        self, viewer: ViewerModel, sources: Sources, on_change: Callable[[str], object]
    ) -> None:
        self._viewer, self._on_change = viewer, on_change
        # A layer may be renamed meanwhile, without the user thinking of what runs.
        self._names = [(layer, layer.name) for layer in sources.layers]
        viewer.layers.events.removed.connect(self._on_removed)
        for layer in sources.layers:
            layer.events.data.connect(self._on_replaced)

    def end(self) -> None:
        """Stop watching."""
        self._viewer.layers.events.removed.disconnect(self._on_removed)
        for layer, _ in self._names:
            layer.events.data.disconnect(self._on_replaced)

    def _on_removed(self, event: Any) -> None:
        name = self._name_of(event.value)
        if name is not None:
            self._on_change(f"'{name}' was removed")

    def _on_replaced(self, event: Any) -> None:
        self._on_change(f"The pixels of '{self._name_of(event.source)}' were replaced")

    def _name_of(self, layer: Layer) -> str | None:
        """Return what a layer was called at first; None if it is not watched."""
        return next((name for known, name in self._names if known is layer), None)
