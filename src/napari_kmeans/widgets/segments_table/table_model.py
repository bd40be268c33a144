"""The table's Qt model: rows change in place, so selection and scrolling survive."""

from collections.abc import Sequence
from typing import Any

from psygnal import Signal
from qtpy.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QSortFilterProxyModel,
    Qt,
)

from napari_kmeans.widgets.segments_table.columns import IN_ORDER, POSITION, SegmentRow
from napari_kmeans.widgets.texts import plain_tooltip

# The whole `SegmentRow`, for the delegate.
ROW_ROLE = Qt.ItemDataRole.UserRole + 1

NOWHERE = QModelIndex()

HINT = "Click to sort, drag to move, right-click to choose the columns."


class SegmentsModel(QAbstractTableModel):
    """The rows of the table."""

    renamed = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[SegmentRow] = []
        self._positions: dict[int, int] = {}

    def set_rows(self, rows: Sequence[SegmentRow]) -> None:
        """Show other rows; Qt's indexes stay with their segments."""
        before = {_value(row): row for row in self.rows}
        titles = self._titles
        if list(map(_value, rows)) != list(self._positions):
            self._arrange(rows)
        changed = [n for n, row in enumerate(rows) if row != before.get(_value(row))]
        self.rows = list(rows)
        last = len(IN_ORDER) - 1
        if changed:
            ends = self.index(changed[0], 0), self.index(changed[-1], last)
            self.dataChanged.emit(*ends)
        if self._titles != titles:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, last)

    def _arrange(self, rows: Sequence[SegmentRow]) -> None:
        """Add, remove and move rows in one go."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        values = [_value(self.rows[index.row()]) for index in before]
        self.rows = list(rows)
        self._positions = {_value(row): n for n, row in enumerate(rows)}
        after = [
            self.index(self.position(value), index.column())
            for value, index in zip(values, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    @property
    def _titles(self) -> tuple[str, tuple[str, ...]]:
        """What the titles tell of the rows."""
        return (self.rows[0].unit, self.rows[0].channels) if self.rows else ("", ())

    def position(self, value: int) -> int:
        """Return in which row a label value is; -1 if it is in none."""
        return self._positions.get(value, -1)

    # What Qt asks

    def rowCount(self, parent: QModelIndex = NOWHERE) -> int:  # noqa: N802
        """Return how many segments there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = NOWHERE) -> int:  # noqa: N802
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(IN_ORDER)

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Let names be edited."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == POSITION["name"]:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def headerData(  # noqa: N802
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return the contents of a column title."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = IN_ORDER[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return column.align | Qt.AlignmentFlag.AlignVCenter
        words = {
            Qt.ItemDataRole.DisplayRole: column.title,
            Qt.ItemDataRole.ToolTipRole: f"{column.tooltip}\n{HINT}",
            Qt.ItemDataRole.AccessibleTextRole: column.spoken or column.title,
        }.get(role)
        if words is None or not self.rows:
            return words
        words = column.worded(words, self.rows[0])
        return plain_tooltip(words) if role == Qt.ItemDataRole.ToolTipRole else words

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the contents of a cell."""
        row, column = self.rows[index.row()], IN_ORDER[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(row) if column.paint is None else None
            case Qt.ItemDataRole.EditRole:
                return column.text(row)
            case Qt.ItemDataRole.AccessibleTextRole:
                title = column.worded(column.spoken or column.title, row)
                return f"{title}: {column.text(row)}"
            case Qt.ItemDataRole.ToolTipRole:
                about = column.worded(column.tooltip, row)
                return plain_tooltip(f"{row.segment.name}: {column.text(row)}\n{about}")
            case Qt.ItemDataRole.TextAlignmentRole:
                return column.align | Qt.AlignmentFlag.AlignVCenter
            case _:
                return row if role == ROW_ROLE else None

    def setData(  # noqa: N802
        self,
        index: QModelIndex,
        value: Any,
        role: int = Qt.ItemDataRole.EditRole,
    ) -> bool:
        """Ask for another name; the row changes when the segment does."""
        if role != Qt.ItemDataRole.EditRole or index.column() != POSITION["name"]:
            return False
        segment = self.rows[index.row()].segment
        if str(value) != segment.name:
            self.renamed.emit(segment.value, str(value))
        return True


class SortedSegments(QSortFilterProxyModel):
    """The rows as sorted and filtered by the user."""

    def lessThan(self, left: QModelIndex, right: QModelIndex) -> bool:  # noqa: N802
        """Compare numbers as numbers, and numbers within names too."""
        key = IN_ORDER[left.column()].sort_key
        rows = self.sourceModel().rows
        return bool(key(rows[left.row()]) < key(rows[right.row()]))


def _value(row: SegmentRow) -> int:
    return row.segment.value
