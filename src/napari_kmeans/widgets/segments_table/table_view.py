"""What the user does to the table with the mouse and the keyboard."""

from psygnal import Signal
from qtpy.QtCore import QEvent, QModelIndex, Qt, QTimer
from qtpy.QtGui import QKeyEvent, QKeySequence, QMouseEvent
from qtpy.QtWidgets import QAbstractItemView

from napari_kmeans.widgets.segments_table.actions import ACTS
from napari_kmeans.widgets.segments_table.columns import Column
from napari_kmeans.widgets.segments_table.table import SegmentsTable
from napari_kmeans.widgets.segments_table.table_model import SegmentsModel

BUTTONS = (Column.EYE, Column.COLOR, Column.IGNORE)
"""Columns whose cells are clicked like buttons, and do not change the selection."""

HOVER_MS = 80
"""How long the mouse rests on a row before that row is told of."""


class SegmentsView(SegmentsTable):
    """Tells what the user does to the rows."""

    acted = Signal(str)
    clicked_cell = Signal(int, int, bool)
    hovered = Signal(object)

    def __init__(self, model: SegmentsModel) -> None:
        super().__init__(model)
        self._pressed = QModelIndex()
        self._hovered: int | None = None
        self._hover_timer = QTimer(self, singleShot=True, interval=HOVER_MS)
        self._hover_timer.timeout.connect(self._tell_hovered)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take a press on a cell that is like a button; leave others to Qt."""
        index = self.indexAt(event.pos())
        is_left = event.button() == Qt.MouseButton.LeftButton
        if is_left and index.isValid() and index.column() in BUTTONS:
            self._pressed = index
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take the second of two quick clicks on a button for one more click."""
        if self.indexAt(event.pos()).column() in BUTTONS:
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Act if the button is let go where it was pressed."""
        pressed, self._pressed = self._pressed, QModelIndex()
        if not pressed.isValid():
            super().mouseReleaseEvent(event)
        elif self.indexAt(event.pos()) == pressed:
            alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            value = self.value_at(pressed)
            if value is not None:
                self.clicked_cell.emit(value, pressed.column(), alt)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Follow the mouse from row to row; a pressed button does not select rows."""
        self._hover(self.indexAt(event.pos()))
        if not self._pressed.isValid():
            super().mouseMoveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802
        """Notice when the mouse leaves the table."""
        if event.type() in (QEvent.Type.Leave, QEvent.Type.Hide):
            self._hover(QModelIndex())
        return super().viewportEvent(event)

    def _hover(self, index: QModelIndex) -> None:
        if index.row() == self.delegate.hovered_row:
            return
        self.delegate.hovered_row = index.row()
        self.viewport().update()
        self._hover_timer.start()
        if not index.isValid():
            self._tell_hovered()

    def _tell_hovered(self) -> None:
        self._hover_timer.stop()
        row = self.delegate.hovered_row
        value = self.value_at(self.sorted.index(row, 0)) if row >= 0 else None
        if value != self._hovered:
            self._hovered = value
            self.hovered.emit(value)

    # Keyboard

    def event(self, event: QEvent) -> bool:
        """Take the table's keys before any shortcut of the window does."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._act(event) is not None
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Act, or leave the key to Qt, which moves from row to row."""
        act = self._act(event)
        if act is not None:
            self.acted.emit(act)
        elif event.key() != Qt.Key.Key_Delete:
            super().keyPressEvent(event)

    def _act(self, event: QKeyEvent) -> str | None:
        """Tell which act a key stands for; none while a name is being typed."""
        if self.state() == QAbstractItemView.State.EditingState:
            return None
        if event.text() == "?":
            return "help"
        pressed = QKeySequence(event.keyCombination())
        for name, act in ACTS.items():
            if pressed == QKeySequence(act.key):
                return name
        return None
