"""Keeps the selected row and the viewer in sync."""

from collections.abc import Generator
from typing import Any

from napari.components import ViewerModel
from psygnal import Signal

from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.widgets.links import Links

LOOKING = ("pan_zoom", "transform", "pick")
"""Modes of a layer in which a click draws nothing."""

STILL = 4
"""The maximum distance of press and release in a click, in screen pixels."""


class ViewerLink:
    """Reports the segment that the user picks in the viewer, and selects it there."""

    picked = Signal(int, bool)

    def __init__(self) -> None:
        self._viewer: ViewerModel | None = None
        self._labels: Any = None
        self._last: int | None = None
        self._links = Links()

    def follow(self, layers: SegmentLayers | None) -> None:
        """Follow a clustering's viewer and labels layer, and no longer any other."""
        viewer = None if layers is None else layers.viewer
        labels = None if layers is None else layers.labels
        if viewer is not self._viewer:
            self._follow_viewer(viewer)
        if labels is not self._labels:
            self._links.follow()
            if labels is not None:
                event = labels.events.selected_label
                self._links.follow((event, self._on_selected_label))
            self._labels = labels
            self._last = self.selected_label

    def _follow_viewer(self, viewer: ViewerModel | None) -> None:
        before, self._viewer = self._viewer, viewer
        if before is not None and self._on_press in before.mouse_drag_callbacks:
            before.mouse_drag_callbacks.remove(self._on_press)
        if viewer is not None:
            viewer.mouse_drag_callbacks.append(self._on_press)

    @property
    def selected_label(self) -> int | None:
        """The label that is selected in napari; None if there is no labels layer."""
        return None if self._labels is None else int(self._labels.selected_label)

    def select(self, value: int) -> None:
        """Select a label in napari."""
        if self._labels is not None and self._labels.selected_label != value:
            self._last = value
            self._labels.selected_label = value

    def _on_selected_label(self) -> None:
        # napari tells of the selected label whenever the colours change, too.
        before, self._last = self._last, self.selected_label
        value = self.selected_label
        if value is not None and value != before:
            self.picked.emit(value, False)

    def _on_press(self, viewer: ViewerModel, event: Any) -> Generator[None, None, None]:
        """Treat a click, but not a drag, as the choice of a segment."""
        active = viewer.layers.selection.active
        is_drawing = active is not None and str(active.mode) not in LOOKING
        if event.button != 1 or is_drawing:
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
