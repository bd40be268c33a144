"""Draw around something in a plot with the mouse."""

from typing import Any

import numpy as np
from psygnal import Signal
from qtpy.QtCore import QEvent, QPoint, Qt
from qtpy.QtGui import QKeyEvent, QMouseEvent

from napari_kmeans.widgets.layout import EventWatcher

NEAR = 2
"""Pixels of the screen from one corner to the next, at least."""
SMALLEST = 4
"""A line less wide or high than this, in pixels, is a click."""
ESCAPE = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)


class Lasso:
    """A line drawn freely in a pyqtgraph plot while the lasso is on; Esc cancels it."""

    drawn = Signal(object)
    """The corners of the polygon, (V, 2), along the axes of the plot."""
    left = Signal()
    """Esc was pressed while nothing was being drawn."""

    def __init__(self, canvas: Any, line: Any) -> None:
        self._canvas, self._line = canvas, line  # the line shows what is drawn
        self._corners: list[QPoint] = []
        self._is_on = False
        viewport = canvas.viewport()
        self._watchers = [
            EventWatcher(viewport, self._on_mouse),
            EventWatcher(canvas, self._on_key),
        ]

    @property
    def is_on(self) -> bool:
        """Whether a drag draws, instead of moving the plot."""
        return self._is_on

    @is_on.setter
    def is_on(self, is_on: bool) -> None:
        self._is_on = is_on
        self.cancel()
        shape = Qt.CursorShape.CrossCursor if is_on else Qt.CursorShape.ArrowCursor
        self._canvas.viewport().setCursor(shape)
        if is_on:
            self._canvas.setFocus()

    @property
    def is_drawing(self) -> bool:
        """Whether a line is being drawn."""
        return bool(self._corners)

    def cancel(self) -> None:
        """Take back what is being drawn."""
        self._corners = []
        self._line.setData([], [])

    def _on_mouse(self, event: QEvent) -> bool:
        """Return whether the plot is not to have an event."""
        if not self._is_on or not isinstance(event, QMouseEvent):
            return False
        kind, place = event.type(), event.position().toPoint()
        left = Qt.MouseButton.LeftButton
        if kind == QEvent.Type.MouseButtonPress and event.button() == left:
            self._corners = [place]
            self._canvas.setFocus()
        elif kind == QEvent.Type.MouseMove and self.is_drawing:
            if (place - self._corners[-1]).manhattanLength() >= NEAR:
                self._corners.append(place)
                polygon = self._polygon()
                closed = np.concatenate([polygon, polygon[:1]])
                self._line.setData(*closed.T)
        elif kind == QEvent.Type.MouseButtonRelease and self.is_drawing:
            self._finish()
        else:
            return False
        return True

    def _finish(self) -> None:
        corners = np.array([(corner.x(), corner.y()) for corner in self._corners])
        is_area = len(corners) > 2 and np.ptp(corners, axis=0).min() >= SMALLEST
        polygon = self._polygon()
        self.cancel()
        if is_area:
            self.drawn.emit(polygon)

    def _polygon(self) -> np.ndarray:
        """Return the corners along the axes of the plot."""
        to_view = self._canvas.getPlotItem().vb.mapSceneToView
        places = (to_view(self._canvas.mapToScene(corner)) for corner in self._corners)
        return np.array([(place.x(), place.y()) for place in places])

    def _on_key(self, event: QEvent) -> bool:
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if not self._is_on or not is_escape or event.type() not in ESCAPE:
            return False
        event.accept()  # no shortcut of the window is to have it
        if event.type() == QEvent.Type.KeyPress:
            if self.is_drawing:
                self.cancel()
            else:
                self.left.emit()
        return True
