"""The buttons that show the source in place of its result."""

from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QHideEvent
from qtpy.QtWidgets import QHBoxLayout, QWidget

from napari_kmeans.layers.comparison import Comparison, present_sources
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.widgets.canvas import canvas_of
from napari_kmeans.widgets.hold import HeldKeys
from napari_kmeans.widgets.layout import EventWatcher
from napari_kmeans.widgets.links import Links
from napari_kmeans.widgets.segments_table.action_buttons import ActionButton
from napari_kmeans.widgets.segments_table.actions import Action
from napari_kmeans.widgets.swipe import Swipe

COMPARE_KEY = Qt.Key.Key_H
"""Held in the table or on the canvas. napari has given it nothing to do."""

COMPARE = Action(
    "Compare",
    "H",
    "Show your image without the result for as long as you hold this button, or the "
    "key H in the table or on the canvas.",
    lambda *_: None,
    spoken="Compare with the image",
)
SWIPE = Action(
    "Swipe",
    "",
    "Put a line on the canvas that you can drag: left of it your image, right of it "
    "the result.",
    lambda *_: None,
    spoken="Swipe between image and result",
)


class CompareRow(QWidget):
    """Hold Compare to see the source; Swipe shows it left of a line."""

    def __init__(self, table: QWidget) -> None:
        super().__init__()
        self._layers: SegmentLayers | None = None
        self._links = Links()
        self.comparison = Comparison()
        self.swipe = Swipe(self)
        self.compare_button = ActionButton(COMPARE)
        self.swipe_button = ActionButton(SWIPE)
        self.swipe_button.setCheckable(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self.compare_button)
        layout.addWidget(self.swipe_button)
        self._keys = HeldKeys(self, [COMPARE_KEY], self._can_compare)
        self._keys.watch(table)
        enter = [Qt.Key.Key_Return, Qt.Key.Key_Enter]  # Space is Qt's own
        self._enter = HeldKeys(self, enter, self._can_compare)
        self._enter.watch(self.compare_button)
        for held in (self._keys, self._enter, self.compare_button):
            held.pressed.connect(self._begin)
            held.released.connect(self.comparison.end)
        self._mouse = EventWatcher(self.compare_button, self._on_button_event)
        self.swipe_button.toggled.connect(self._on_toggled)
        self.swipe.ended.connect(lambda: self.swipe_button.setChecked(False))

    def show_segments(self, layers: SegmentLayers | None) -> None:
        """Compare this result with its source from now on."""
        if layers is not self._layers:
            is_swiping = self.swipe.is_on
            self.end()
            self._follow(layers)
            if is_swiping and layers is not None:
                self.swipe_button.setChecked(True)
        self._explain()

    def end(self) -> None:
        """Show everything as it was."""
        self.comparison.end()
        self.swipe.end()

    def stop(self) -> None:
        """Let go of the viewer, which may be closing."""
        self._links.follow()
        self.swipe.stop()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """End what could not be ended from here any more."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.end()

    def _follow(self, layers: SegmentLayers | None) -> None:
        """End with a new result, and watch the keys of the canvas."""
        self._layers = layers
        viewer = None if layers is None else layers.viewer
        self._links.follow()
        if layers is None or viewer is None:
            return
        self._links.follow(
            (layers.segments.map_changed, self.comparison.end),
            (layers.segments.labels_changed, self.comparison.end),
            (viewer.layers.events.inserted, self._on_layers_changed),
            (viewer.layers.events.removed, self._on_layers_changed),
            (viewer.dims.events.ndisplay, self._explain),
        )
        canvas = canvas_of(viewer)
        if canvas is not None:
            self._keys.watch(canvas.native)
            self._keys.watch(canvas.native.parentWidget())

    def _on_layers_changed(self) -> None:
        self.comparison.end()
        self._explain()

    def _explain(self) -> None:
        """Say what the buttons do, or why they cannot."""
        layers = self._layers
        has_source = layers is not None and bool(present_sources(layers))
        gone = "the image was deleted, so there is nothing to compare with"
        self.compare_button.tell(*_told(COMPARE, "" if has_source else gone))
        viewer = None if layers is None else layers.viewer
        in_3d = viewer is not None and viewer.dims.ndisplay == 3
        why_not = gone if not has_source else "go back to 2-D for it" if in_3d else ""
        self.swipe_button.tell(*_told(SWIPE, why_not))

    def _on_button_event(self, event: QEvent) -> None:
        """End where the mouse is let go outside of the button, too."""
        if event.type() == QEvent.Type.MouseButtonRelease:
            self.comparison.end()

    def _can_compare(self) -> bool:
        return self.isVisible() and self.compare_button.isEnabled()

    def _begin(self) -> None:
        if self._layers is not None:
            self.comparison.begin(self._layers)

    def _on_toggled(self, is_on: bool) -> None:
        if not is_on:
            self.swipe.end()
        elif self._layers is not None:
            self.swipe.begin(self._layers)
            self.swipe_button.setChecked(self.swipe.is_on)


def _told(action: Action, why_not: str) -> tuple[str, bool]:
    """Return what a button tells, and whether it can be pressed."""
    told = f"{action.text}: {why_not}." if why_not else action.tooltip
    return told, not why_not
