"""Keeps the selected row and the viewer in sync."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from napari.components import ViewerModel
from psygnal import Signal

if TYPE_CHECKING:
    from napari.layers import Labels

    from napari_kmeans.layers.segment_layers import SegmentLayers

LOOKING = ("pan_zoom", "transform", "pick")
"""Modes of a layer in which a click draws nothing."""

STILL = 4
"""The maximum distance of press and release in a click, in screen pixels."""


class ViewerLink:
    """Reports the segment that the user picks in the viewer, and selects it there."""

    picked = Signal(int, bool)
    layers_changed = Signal()

    def __init__(self) -> None:
        self._layers: SegmentLayers | None = None
        self._viewer: ViewerModel | None = None
        self._labels: Labels | None = None
        self._last: int | None = None

    def follow(self, layers: "SegmentLayers | None") -> None:
        """Follow a clustering's viewer and labels layer, and no longer any other."""
        self._layers = layers
        viewer = None if layers is None else layers.viewer
        if viewer is not self._viewer:
            self._leave_viewer()
            if viewer is not None:
                viewer.mouse_drag_callbacks.append(self._on_press)
                viewer.layers.events.removed.connect(self._on_layers_changed)
                viewer.layers.events.inserted.connect(self._on_layers_changed)
            self._viewer = viewer
        labels = None if layers is None else layers.labels
        if labels is not self._labels:
            if self._labels is not None:
                self._labels.events.selected_label.disconnect(self._on_selected_label)
            if labels is not None:
                labels.events.selected_label.connect(self._on_selected_label)
            self._labels = labels
            self._last = self.selected_label

    def _leave_viewer(self) -> None:
        if self._viewer is None:
            return
        if self._on_press in self._viewer.mouse_drag_callbacks:
            self._viewer.mouse_drag_callbacks.remove(self._on_press)
        self._viewer.layers.events.removed.disconnect(self._on_layers_changed)
        self._viewer.layers.events.inserted.disconnect(self._on_layers_changed)

    def _on_layers_changed(self, _event: Any = None) -> None:
        self.layers_changed.emit()

    @property
    def selected_label(self) -> int | None:
        """The label that is selected in napari; None if there is no labels layer."""
        return None if self._labels is None else int(self._labels.selected_label)

    def select(self, value: int) -> None:
        """Select a label in napari."""
        if self._labels is not None and self._labels.selected_label != value:
            self._last = value
            self._labels.selected_label = value

    def _on_selected_label(self, _event: Any = None) -> None:
        # napari tells of the selected label whenever the colours change, too.
        before, self._last = self._last, self.selected_label
        value = self.selected_label
        if value is not None and value != before:
            self.picked.emit(value, False)

    def _on_press(self, viewer: ViewerModel, event: Any) -> Generator[None, None, None]:
        """Treat a click, but not a drag, as the choice of a segment."""
        if event.button != 1 or not _is_looking(viewer):
            return
        start = tuple(event.pos)
        yield
        while event.type == "mouse_move":
            yield
        moved = max(abs(a - b) for a, b in zip(start, event.pos, strict=True))
        value = self._value_at(event) if moved <= STILL else None
        if value:
            self.picked.emit(value, "Shift" in event.modifiers)

    def _value_at(self, event: Any) -> int | None:
        """Return the label under the mouse; None or 0 if there is no segment."""
        if self._labels is None:
            return None
        value = self._labels.get_value(
            event.position,
            view_direction=event.view_direction,
            dims_displayed=list(event.dims_displayed),
            world=True,
        )
        if isinstance(value, tuple):  # of a level of a multiscale layer
            value = value[1]
        return None if value is None else int(value)


def _is_looking(viewer: ViewerModel) -> bool:
    """Return whether a click in a viewer draws nothing."""
    active = viewer.layers.selection.active
    return active is None or str(active.mode) in LOOKING
