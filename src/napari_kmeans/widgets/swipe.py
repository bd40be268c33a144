"""A line on the canvas: left of it the source is seen, right of it the result."""

from typing import Any
from weakref import WeakKeyDictionary

from psygnal import Signal
from qtpy.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QTimer
from qtpy.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QWidget
from vispy.visuals.filters import Filter

from napari_kmeans.layers.comparison import (
    Visibility,
    covering,
    hidden_sources,
    present_sources,
)
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.widgets.canvas import canvas_of, node_of
from napari_kmeans.widgets.layout import EventWatcher
from napari_kmeans.widgets.links import Links

GRIP = 19
"""How wide the part of the canvas is where the line can be caught."""

KEY_STEP = 10

DARK, LIGHT = QColor(0, 0, 0), QColor(255, 255, 255)


class RightOfLine(Filter):
    """Draws only what is right of a place on the screen, wherever the camera looks."""

    FRAGMENTS = """
    void right_of_line() {
        if (gl_FragCoord.x < $place)
            discard;
    }
    """

    def __init__(self) -> None:
        super().__init__(fcode=self.FRAGMENTS, fhook="pre", fpos=0)
        self.move(0)

    def move(self, place: float) -> None:
        """Cut at another place: pixels of the screen from the left of the canvas."""
        self.fshader["place"] = float(place)


class SwipeLine(QWidget):
    """The line, to be dragged with the mouse, or moved with the arrow keys."""

    moved = Signal()

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._share = 0.5  # of the canvas that is left of the line
        self._watcher = EventWatcher(canvas, self._on_canvas_event, owner=self)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Swipe line")
        self.setToolTip(
            "Left of this line: your image. Right of it: the result. Drag it, or move "
            "it with the arrow keys."
        )
        self._lay()
        self.show()

    @property
    def place(self) -> float:
        """Where the line is, in pixels of the canvas from its left."""
        return self._share * self._canvas.width()

    def move_to(self, place: float) -> None:
        """Move the line, but not out of the canvas."""
        width = max(self._canvas.width(), 1)
        self._share = min(max(place / width, 0.0), 1.0)
        self._lay()

    def _lay(self) -> None:
        left = round(self.place - GRIP / 2)
        self.setGeometry(left, 0, GRIP, self._canvas.height())
        self.moved.emit()

    def _on_canvas_event(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.Resize:
            self._lay()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take the press, which would move the camera below."""
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Follow the mouse."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.move_to(self.mapToParent(event.pos()).x())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move with the arrow keys."""
        steps = {Qt.Key.Key_Left: -KEY_STEP, Qt.Key.Key_Right: KEY_STEP}
        if event.key() in steps:
            self.move_to(self.place + steps[event.key()])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Paint a light line within a dark one, and a knob."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, middle = self.place - self.x(), self.height() / 2
        knob = QRectF(x - 8, middle - 14, 16, 28)
        for color, width in ((DARK, 3), (LIGHT, 1)):
            painter.setPen(QPen(color, width))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setPen(QPen(DARK, 3 if self.hasFocus() else 1))
        painter.setBrush(LIGHT)
        painter.drawRoundedRect(knob, 7, 7)
        painter.setPen(QPen(DARK, 1))
        for across in (-2, 2):
            painter.drawLine(
                QPointF(x + across, middle - 6), QPointF(x + across, middle + 6)
            )


class Swipe:
    """Shows the source left of a line, from `begin` to `end`."""

    ended = Signal()

    def __init__(self, parent: QObject) -> None:
        self.line: SwipeLine | None = None
        self._layers: SegmentLayers | None = None
        self._filter = RightOfLine()
        self._visuals: WeakKeyDictionary[Any, None] = WeakKeyDictionary()
        self._visibility = Visibility()
        self._links = Links()
        # A layer that comes has nothing on the canvas yet.
        self._timer = QTimer(parent, singleShot=True, interval=0)
        self._timer.timeout.connect(self._on_layers_changed)

    @property
    def is_on(self) -> bool:
        """Whether there is a line."""
        return self.line is not None

    def begin(self, layers: SegmentLayers) -> None:
        """Put the line on the canvas, where it can be."""
        viewer, canvas = layers.viewer, canvas_of(layers.viewer)
        if self.is_on or viewer is None or canvas is None:
            return
        if viewer.dims.ndisplay != 2 or not present_sources(layers):
            return
        self._layers = layers
        self._visibility.change(hidden_sources(layers), visible=True)
        self.line = SwipeLine(canvas.native)
        self.line.destroyed.connect(self._forget_line)
        self.line.moved.connect(self._on_moved)
        events = viewer.layers.events
        self._links.follow(
            (events.inserted, self._later),
            (events.removed, self._later),
            (events.reordered, self._later),
            (viewer.dims.events.ndisplay, self.end),
        )
        self._cut(layers)

    def end(self) -> None:
        """Take the line away, and leave all as it was."""
        line, self.line = self.line, None
        if line is None:
            return
        line.destroyed.disconnect(self._forget_line)
        line.hide()
        line.deleteLater()
        self.stop()
        self._cut_only([])
        self._visibility.restore()
        self.ended.emit()

    def stop(self) -> None:
        """Let go of the viewer, which may be closing."""
        self._timer.stop()
        self._links.follow()

    def _forget_line(self) -> None:
        """Do without the line when the canvas has gone with it."""
        self.line = None

    def _later(self) -> None:
        self._timer.start()

    def _on_layers_changed(self) -> None:
        """Cut what has come, unless there is nothing left to compare."""
        layers = self._layers
        if layers is not None and present_sources(layers) and layers.output_layers():
            self._cut(layers)
        else:
            self.end()

    def _cut(self, layers: SegmentLayers) -> None:
        """Cut all that lies above the source now."""
        nodes = [node_of(layers.viewer, layer) for layer in covering(layers)]
        self._cut_only([part for node in nodes for part in _parts(node)])
        self._on_moved()

    def _cut_only(self, visuals: list[Any]) -> None:
        """Draw these visuals only right of the line, and all others whole."""
        for visual in list(self._visuals):
            if visual not in visuals:
                visual.detach(self._filter)
                visual.update()
                del self._visuals[visual]
        for visual in visuals:
            if visual not in self._visuals:
                visual.attach(self._filter)
                self._visuals[visual] = None

    def _on_moved(self) -> None:
        if self.line is not None:
            self._filter.move(self.line.place * self.line.devicePixelRatioF())
            self.line.parentWidget().update()


def _parts(node: Any) -> list[Any]:
    """Return what draws a layer: of a very large image, each of its tiles."""
    if node is None:
        return []
    return list(getattr(node, "adopted_children", None) or [node])
