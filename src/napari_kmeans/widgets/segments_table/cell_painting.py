"""How the cells of the table are painted."""

from qtpy.QtCore import QModelIndex, QRectF
from qtpy.QtGui import QColor, QPainter, QPalette
from qtpy.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from napari_kmeans.widgets.segments_table.columns import Column
from napari_kmeans.widgets.segments_table.icons import (
    paint_check_box,
    paint_eye,
    paint_swatch,
    square,
)
from napari_kmeans.widgets.segments_table.segment_rows import SegmentRow
from napari_kmeans.widgets.segments_table.table_model import ROW_ROLE

FADED = 0.75
"""The opacity of what a hidden segment's row says: still easy to read."""

HOVERED = 0.08
"""The opacity of the veil over the row under the mouse."""


class CellDelegate(QStyledItemDelegate):
    """Paints words and numbers; marks the hovered row and the current one."""

    hovered_row = -1

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Fade the words of hidden segments; the mark of the current cell is ours."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        if not index.data(ROW_ROLE).visible:
            for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
                color = option.palette.color(role)
                color.setAlphaF(FADED)
                option.palette.setColor(role, color)

    def setEditorData(self, editor: QWidget, index: QModelIndex) -> None:  # noqa: N802
        """Leave what the user types alone when the numbers of its row change."""
        if not (isinstance(editor, QLineEdit) and editor.isModified()):
            super().setEditorData(editor, index)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Paint a cell and its share of the row's marks."""
        super().paint(painter, option, index)
        painter.save()
        color = option.palette.color(QPalette.ColorRole.Text)
        if index.row() == self.hovered_row:
            veil = QColor(color)
            veil.setAlphaF(HOVERED)
            painter.fillRect(option.rect, veil)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_picture(painter, option, index.data(ROW_ROLE), index.column())
        painter.restore()
        view = option.widget
        if (
            isinstance(view, QAbstractItemView)
            and view.hasFocus()
            and view.currentIndex().row() == index.row()
        ):
            rect = option.rect
            painter.setPen(color)
            painter.drawLine(rect.topLeft(), rect.topRight())
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())

    def paint_picture(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        row: SegmentRow,
        column: int,
    ) -> None:
        """Paint what is no word: eye, swatch or check box."""
        color = option.palette.color(QPalette.ColorRole.Text)
        rect = QRectF(option.rect)
        match column:
            case Column.EYE:
                paint_eye(painter, square(rect, 0.66), color, row.visible)
            case Column.COLOR:
                fill = QColor.fromRgbF(*row.color)
                paint_swatch(painter, square(rect, 0.62), fill, color)
            case Column.IGNORE:
                paint_check_box(painter, square(rect, 0.58), color, row.ignored)
