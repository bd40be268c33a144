"""Notice every way in which the labels of a layer can change."""

from collections.abc import Callable, Generator
from typing import Any

from napari.layers import Labels

EVENTS = ("paint", "labels_update", "set_data", "data")


class StrokeWatcher:
    """Calls back after each change of a labels layer, once for a whole stroke.

    napari has no event that follows every change: `paint` may come before the pixels
    differ, and a script that writes into the array fires none. So the callback has to
    look at the labels itself.

    Parameters
    ----------
    labels : napari.layers.Labels
        The layer.
    on_change : callable
        Called when the labels may have changed, for as long as the watcher is kept.
    """

    def __init__(self, labels: Labels, on_change: Callable[[], None]) -> None:
        self._labels = labels
        self._on_change = on_change
        self._is_dragging = False
        for event in EVENTS:
            getattr(labels.events, event).connect(self._on_event)
        labels.mouse_drag_callbacks.append(self._on_drag)

    def stop(self) -> None:
        """Watch no longer."""
        for event in EVENTS:
            getattr(self._labels.events, event).disconnect(self._on_event)
        self._labels.mouse_drag_callbacks.remove(self._on_drag)

    def _on_event(self, _event: Any = None) -> None:
        if not self._is_dragging:
            self._on_change()

    def _on_drag(self, _layer: Labels, event: Any) -> Generator[None, None, None]:
        """Wait for the end of a stroke: it is one change."""
        self._is_dragging = True
        try:
            yield
            while event.type == "mouse_move":
                yield
        finally:
            self._is_dragging = False
        self._on_change()
