"""On which row of the table the mouse rests."""

from psygnal import Signal
from qtpy.QtCore import QEvent, QModelIndex, QTimer
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QTableView

from napari_kmeans.widgets.layout import EventWatcher
from napari_kmeans.widgets.segments_table.cell_delegate import CellDelegate
from napari_kmeans.widgets.segments_table.table_model import ROW_ROLE

# How long the mouse rests on a row before that row counts as hovered.
HOVER_MS = 80


class RowHover:
    """Follows the mouse from row to row, and marks the row that it is on."""

    changed = Signal(object)  # a label value, or None

    def __init__(self, view: QTableView, delegate: CellDelegate) -> None:
        self._view, self._delegate = view, delegate
        self._hovered: int | None = None
        self._timer = QTimer(view, singleShot=True, interval=HOVER_MS)
        self._timer.timeout.connect(self._emit)
        self._watcher = EventWatcher(view.viewport(), self._on_event)

    def _on_event(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.Leave, QEvent.Type.Hide):
            self._mark(QModelIndex())
        elif event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._mark(self._view.indexAt(event.pos()))

    def _mark(self, index: QModelIndex) -> None:
        if index.row() == self._delegate.hovered_row:
            return
        self._delegate.hovered_row = index.row()
        self._view.viewport().update()
        self._timer.start()
        if not index.isValid():
            self._emit()

    def _emit(self) -> None:
        self._timer.stop()
        row = self._view.model().index(self._delegate.hovered_row, 0).data(ROW_ROLE)
        value = None if row is None else row.segment.value
        if value != self._hovered:
            self._hovered = value
            self.changed.emit(value)
