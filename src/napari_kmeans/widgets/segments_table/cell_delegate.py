"""How the cells of the table are painted and edited."""

from psygnal import Signal
from qtpy.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt
from qtpy.QtGui import QColor, QKeyEvent, QPainter, QPalette
from qtpy.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from napari_kmeans.widgets.segments_table.columns import IN_ORDER
from napari_kmeans.widgets.segments_table.table_model import ROW_ROLE

# Opacities: of a hidden segment's words, and of the veil over the hovered row.
FADED = 0.75
HOVERED = 0.08

# From the name that is being edited to the one below or above.
STEPS = {int(Qt.Key.Key_Tab): 1, int(Qt.Key.Key_Backtab): -1}


class CellDelegate(QStyledItemDelegate):
    """Paints words and pictures; marks the hovered row and the current one."""

    hovered_row = -1
    tabbed = Signal(QModelIndex)  # to the next name

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Fade the text of hidden segments."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus  # `paint` marks the whole row
        if not index.data(ROW_ROLE).segment.visible:
            for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
                color = option.palette.color(role)
                color.setAlphaF(FADED)
                option.palette.setColor(role, color)

    def setEditorData(self, editor: QWidget, index: QModelIndex) -> None:  # noqa: N802
        """Keep what the user is typing when the numbers of its row change."""
        if not (isinstance(editor, QLineEdit) and editor.isModified()):
            super().setEditorData(editor, index)

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:  # noqa: N802
        """Go from name to name with Tab, in the order in which they are shown now."""
        is_key = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        step = STEPS.get(int(event.key())) if is_key else None
        view = self.parent()
        if step is None or not isinstance(view, QAbstractItemView):
            return super().eventFilter(editor, event)
        row = view.currentIndex().row() + step
        # The new name may sort its row elsewhere, or filter it out.
        following = QPersistentModelIndex(view.currentIndex().siblingAtRow(row))
        self.commitData.emit(editor)
        self.closeEditor.emit(editor)
        if following.isValid():
            self.tabbed.emit(QModelIndex(following))
        return True

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Paint a cell, with its part of the row's highlights."""
        super().paint(painter, option, index)
        painter.save()
        color = option.palette.color(QPalette.ColorRole.Text)
        if index.row() == self.hovered_row:
            veil = QColor(color)
            veil.setAlphaF(HOVERED)
            painter.fillRect(option.rect, veil)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_picture = IN_ORDER[index.column()].paint
        if paint_picture is not None:
            paint_picture(painter, QRectF(option.rect), color, index.data(ROW_ROLE))
        painter.restore()
        view = option.widget
        if (
            isinstance(view, QAbstractItemView)
            and view.hasFocus()
            and view.currentIndex().row() == index.row()
        ):
            painter.setPen(color)
            painter.drawLine(option.rect.topLeft(), option.rect.topRight())
            painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
