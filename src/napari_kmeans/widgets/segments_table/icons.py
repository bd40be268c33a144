"""Small pictures, painted as shapes: sharp at any scale, in the colour of the text."""

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QPainter, QPainterPath, QPen
from qtpy.QtWidgets import QWidget


def _square(rect: QRectF, share: float) -> QRectF:
    """Return a square in the middle of a rectangle."""
    side = share * min(rect.width(), rect.height())
    inner = QRectF(0, 0, side, side)
    inner.moveCenter(rect.center())
    return inner


def paint_eye(painter: QPainter, rect: QRectF, color: QColor, is_open: bool) -> None:
    """Paint an eye, struck through if it is closed."""
    rect = _square(rect, 0.66)
    width, height = rect.width(), rect.height()
    left = QPointF(rect.left(), rect.center().y())
    right = QPointF(rect.right(), rect.center().y())
    lid = 0.62 * height
    outline = QPainterPath(left)
    outline.quadTo(QPointF(rect.center().x(), left.y() - lid), right)
    outline.quadTo(QPointF(rect.center().x(), left.y() + lid), left)
    painter.setPen(_pen(color, width / 11))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(outline)
    if is_open:
        painter.setBrush(color)
        painter.drawEllipse(rect.center(), 0.15 * width, 0.15 * width)
    else:
        inset = 0.12 * width
        strike = rect.adjusted(inset, inset, -inset, -inset)
        painter.setPen(_pen(color, width / 9))
        painter.drawLine(strike.topRight(), strike.bottomLeft())


def paint_swatch(painter: QPainter, rect: QRectF, fill: QColor, border: QColor) -> None:
    """Paint a colour within a border that is visible for any colour."""
    rect = _square(rect, 0.62)
    painter.setPen(_pen(border, 1))
    painter.setBrush(fill)
    radius = rect.width() / 6
    painter.drawRoundedRect(rect, radius, radius)


def paint_check_box(
    painter: QPainter, rect: QRectF, color: QColor, is_checked: bool
) -> None:
    """Paint a box, ticked or empty."""
    rect = _square(rect, 0.58)
    painter.setPen(_pen(color, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, 2, 2)
    if is_checked:
        side = rect.width()
        tick = QPainterPath(rect.topLeft() + QPointF(0.22 * side, 0.52 * side))
        tick.lineTo(rect.topLeft() + QPointF(0.43 * side, 0.74 * side))
        tick.lineTo(rect.topLeft() + QPointF(0.80 * side, 0.27 * side))
        painter.setPen(_pen(color, side / 7))
        painter.drawPath(tick)


def paint_border(widget: QWidget) -> None:
    """Paint a frame in the colour of the text just inside a widget.

    Style sheets cannot name that colour: their palette is the application's.
    """
    painter = QPainter(widget)
    painter.setPen(_pen(widget.palette().color(widget.foregroundRole()), 1))
    painter.drawRect(widget.rect().adjusted(0, 0, -1, -1))


def _pen(color: QColor, width: float) -> QPen:
    return QPen(
        color,
        width,
        Qt.PenStyle.SolidLine,
        Qt.PenCapStyle.RoundCap,
        Qt.PenJoinStyle.RoundJoin,
    )
