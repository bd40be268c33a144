"""A little square in a colour."""

from qtpy.QtGui import QColor, QIcon, QPainter, QPixmap

from napari_kmeans.segments.segment_map import Color
from napari_kmeans.widgets.texts import color_bytes

SIZE, BORDER = 32, 2
"""Drawn large, to be sharp on any screen."""
GREY = QColor(128, 128, 128)
"""The colour of the border, which is seen around white and black."""


def swatch(color: Color) -> QIcon:
    """Return a square in a colour, within a border."""
    square = QPixmap(SIZE, SIZE)
    square.fill(GREY)
    painter = QPainter(square)
    inner = square.rect().adjusted(BORDER, BORDER, -BORDER, -BORDER)
    painter.fillRect(inner, QColor(*color_bytes(color)))
    painter.end()
    return QIcon(square)
