"""Names, centroids and a mark over the cloud, which it need not be drawn again for."""

from collections.abc import Callable

import numpy as np
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QWidget

from napari_kmeans.core.types import Array, Floats
from napari_kmeans.widgets.explorer.cloud_scene import CloudScene

RADIUS, MARK_RADIUS = 10, 7
MARK = QColor("yellow")
INK, PAPER = QColor("black"), QColor("white")

OnCanvas = Callable[[Array], Floats]
"""From places in the box to places on the canvas."""


class CloudSigns(QWidget):
    """Lies over the canvas, and lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._scene = CloudScene()
        self._on_canvas: OnCanvas | None = None
        self._mark: QPointF | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        # napari's style sheet gives each widget a background.
        self.setStyleSheet("background: transparent")

    def show_at(
        self, scene: CloudScene, on_canvas: OnCanvas, mark: Array | None
    ) -> None:
        """Draw the signs of a scene as it is seen now."""
        self._scene, self._on_canvas = scene, on_canvas
        self._mark = None
        if mark is not None:
            x, y, _ = on_canvas(mark)[0]
            self._mark = QPointF(x, y)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draw names and centroids, and on top the mark."""
        if self._on_canvas is None:
            return
        painter = QPainter(self)
        text = self.palette().color(self.foregroundRole())
        draw_signs(painter, self._scene, self._on_canvas, text)
        if self._mark is not None:
            for color, width in ((INK, 5), (MARK, 2)):
                painter.setPen(QPen(color, width))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(self._mark, MARK_RADIUS, MARK_RADIUS)


def draw_signs(
    painter: QPainter, scene: CloudScene, on_canvas: OnCanvas, text: QColor
) -> None:
    """Draw the names of the axes, and the centroids with their numbers."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(text)
    if scene.names:
        for (x, y, _), name in zip(
            on_canvas(scene.axis_ends), scene.names, strict=True
        ):
            _write(painter, QPointF(x, y), name)
    if not len(scene.centroids):
        return
    at = on_canvas(scene.centroids)
    for index in np.argsort(-at[:, 2]):  # those in front last
        color = QColor.fromRgbF(*map(float, scene.centroid_colors[index]))
        ink = INK if color.lightnessF() > 0.5 else PAPER
        place = QPointF(*map(float, at[index, :2]))
        painter.setBrush(color)
        for edge, width in ((INK, 4), (PAPER, 2)):
            painter.setPen(QPen(edge, width))
            painter.drawEllipse(place, RADIUS, RADIUS)
        painter.setPen(ink)
        _write(painter, place, str(scene.numbers[index]))


def _write(painter: QPainter, middle: QPointF, words: str) -> None:
    """Write words around a place."""
    room = QPointF(200, 20)
    area = QRectF(middle - room, middle + room)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, words)
