"""The table's model: rows that change in place, so selection and scrolling survive."""

from collections.abc import Callable, Sequence
from typing import Any

from psygnal import Signal
from qtpy.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QSortFilterProxyModel,
    Qt,
)

from napari_kmeans.widgets.segments_table.columns import Column, about
from napari_kmeans.widgets.segments_table.segment_rows import SegmentRow

ROW_ROLE = Qt.ItemDataRole.UserRole + 1
"""The whole `SegmentRow`, for delegates and sorting."""

NOWHERE = QModelIndex()


class SegmentsModel(QAbstractTableModel):
    """The rows of the table."""

    renamed = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[SegmentRow] = []
        self.unit = "px"

    def set_rows(self, rows: Sequence[SegmentRow], unit: str) -> None:
        """Show other rows."""
        if unit != self.unit:
            self.unit = unit
            last = len(Column) - 1
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, last)
        self._remove_all_but({row.value for row in rows})
        for position, row in enumerate(rows):
            self._put(position, row)

    def _remove_all_but(self, values: set[int]) -> None:
        for position in reversed(range(len(self.rows))):
            if self.rows[position].value not in values:
                self.beginRemoveRows(NOWHERE, position, position)
                del self.rows[position]
                self.endRemoveRows()

    def _put(self, position: int, row: SegmentRow) -> None:
        """Bring a row to its place: those before it are there already."""
        old = self.position(row.value)
        if old is None:
            self.beginInsertRows(NOWHERE, position, position)
            self.rows.insert(position, row)
            self.endInsertRows()
            return
        if old != position:
            self.beginMoveRows(NOWHERE, old, old, NOWHERE, position)
            self.rows.insert(position, self.rows.pop(old))
            self.endMoveRows()
        if self.rows[position] != row:
            self.rows[position] = row
            last = len(Column) - 1
            self.dataChanged.emit(self.index(position, 0), self.index(position, last))

    def position(self, value: int) -> int | None:
        """Tell in which row a label value is."""
        for position, row in enumerate(self.rows):
            if row.value == value:
                return position
        return None

    # What Qt asks

    def rowCount(self, parent: QModelIndex = NOWHERE) -> int:  # noqa: N802
        """Tell how many segments there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = NOWHERE) -> int:  # noqa: N802
        """Tell how many columns there are."""
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Let names be edited."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == Column.NAME:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def headerData(  # noqa: N802
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Give a column's title."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = about(section, self.unit)
        return {
            Qt.ItemDataRole.DisplayRole: column.title,
            Qt.ItemDataRole.ToolTipRole: f"{column.tooltip}\nClick to sort.",
            Qt.ItemDataRole.AccessibleTextRole: column.spoken,
            Qt.ItemDataRole.TextAlignmentRole: _alignment(section),
        }.get(role)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Give what a cell says."""
        # Qt asks often, and mostly for roles that are left to it.
        if role not in _SAYING:
            return None
        row = self.rows[index.row()]
        return _SAYING[role](row, index.column(), self.unit)

    def setData(  # noqa: N802
        self,
        index: QModelIndex,
        value: Any,
        role: int = Qt.ItemDataRole.EditRole,
    ) -> bool:
        """Ask for another name; the row changes when the segment does."""
        if role != Qt.ItemDataRole.EditRole or index.column() != Column.NAME:
            return False
        row = self.rows[index.row()]
        if str(value) != row.name:
            self.renamed.emit(row.value, str(value))
        return True


class SortedSegments(QSortFilterProxyModel):
    """The rows in the order, and with the names, that the user asked for."""

    def lessThan(self, left: QModelIndex, right: QModelIndex) -> bool:  # noqa: N802
        """Compare numbers as numbers, and numbers within names too."""
        key = about(left.column()).key
        rows = self.sourceModel().rows
        return bool(key(rows[left.row()]) < key(rows[right.row()]))


def _alignment(column: int) -> Qt.AlignmentFlag:
    """Put names on the left, numbers on the right."""
    side = Qt.AlignmentFlag.AlignRight
    if column == Column.NAME:
        side = Qt.AlignmentFlag.AlignLeft
    elif column == Column.IGNORE:
        side = Qt.AlignmentFlag.AlignHCenter
    return side | Qt.AlignmentFlag.AlignVCenter


def _display(row: SegmentRow, column: int, unit: str) -> str | None:
    """Give the words that are painted."""
    cell = about(column, unit)
    return cell.text(row) if cell.is_text else None


def _spoken(row: SegmentRow, column: int, unit: str) -> str:
    """Give what a screen reader says."""
    cell = about(column, unit)
    return f"{cell.spoken}: {cell.text(row)}"


def _tooltip(row: SegmentRow, column: int, unit: str) -> str:
    """Give what hovering a cell tells."""
    cell = about(column, unit)
    return f"{row.name}: {cell.text(row)}\n{cell.tooltip}"


_SAYING: dict[int, Callable[[SegmentRow, int, str], Any]] = {
    Qt.ItemDataRole.DisplayRole: _display,
    Qt.ItemDataRole.EditRole: lambda row, column, unit: about(column, unit).text(row),
    Qt.ItemDataRole.AccessibleTextRole: _spoken,
    Qt.ItemDataRole.ToolTipRole: _tooltip,
    Qt.ItemDataRole.TextAlignmentRole: lambda _row, column, _unit: _alignment(column),
    ROW_ROLE: lambda row, _column, _unit: row,
}
"""What a cell says in each role."""
