"""The table's Qt model: rows change in place, so selection and scrolling survive."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from psygnal import Signal
from qtpy.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QSortFilterProxyModel,
    Qt,
)

from napari_kmeans.widgets.plain_text import plain_tooltip
from napari_kmeans.widgets.segments_table.columns import IN_ORDER, POSITION
from napari_kmeans.widgets.segments_table.segment_rows import SegmentRow

# The whole `SegmentRow`, for the delegate.
ROW_ROLE = Qt.ItemDataRole.UserRole + 1

NOWHERE = QModelIndex()


class SegmentsModel(QAbstractTableModel):
    """The rows of the table."""

    renamed = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[SegmentRow] = []
        self._positions: dict[int, int] = {}

    @property
    def unit(self) -> str:
        """The unit of the areas."""
        return self.rows[0].unit if self.rows else "px"

    def set_rows(self, rows: Sequence[SegmentRow]) -> None:
        """Show other rows, with as few Qt operations as possible."""
        unit = self.unit
        wanted = {row.segment.value for row in rows}
        self._remove(
            [n for n, row in enumerate(self.rows) if _value(row) not in wanted]
        )
        self._reorder([v for v in map(_value, rows) if v in self._positions])
        self._insert(rows)
        changed = [n for n, row in enumerate(rows) if row != self.rows[n]]
        self.rows = list(rows)
        if changed:
            self.dataChanged.emit(
                self.index(changed[0], 0), self.index(changed[-1], len(IN_ORDER) - 1)
            )
        if self.unit != unit:
            last = len(IN_ORDER) - 1
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, last)

    def _remove(self, positions: list[int]) -> None:
        for first, last in reversed(_runs(positions)):
            self.beginRemoveRows(NOWHERE, first, last)
            del self.rows[first : last + 1]
            self._locate()
            self.endRemoveRows()

    def _insert(self, rows: Sequence[SegmentRow]) -> None:
        for first, last in _runs(
            [n for n, row in enumerate(rows) if _value(row) not in self._positions]
        ):
            self.beginInsertRows(NOWHERE, first, last)
            self.rows[first:first] = rows[first : last + 1]
            self._locate()
            self.endInsertRows()

    def _reorder(self, values: list[int]) -> None:
        """Sort the rows into this order of values."""
        if values == list(self._positions):
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        moved = [self.rows[index.row()] for index in before]
        self.rows = [self.rows[self._positions[value]] for value in values]
        self._locate()
        self.changePersistentIndexList(
            before,
            [
                self.index(self._positions[_value(row)], index.column())
                for row, index in zip(moved, before, strict=True)
            ],
        )
        self.layoutChanged.emit()

    def _locate(self) -> None:
        self._positions = {_value(row): n for n, row in enumerate(self.rows)}

    def position(self, value: int) -> int | None:
        """Return in which row a label value is."""
        return self._positions.get(value)

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
            Qt.ItemDataRole.ToolTipRole: f"{column.tooltip}\nClick to sort.",
            Qt.ItemDataRole.AccessibleTextRole: column.spoken or column.title,
        }.get(role)
        return None if words is None else column.in_unit(words, self.unit)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the contents of a cell."""
        row, column = self.rows[index.row()], IN_ORDER[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(row) if column.paint is None else None
            case Qt.ItemDataRole.EditRole:
                return column.text(row)
            case Qt.ItemDataRole.AccessibleTextRole:
                title = column.in_unit(column.spoken or column.title, row.unit)
                return f"{title}: {column.text(row)}"
            case Qt.ItemDataRole.ToolTipRole:
                about = column.in_unit(column.tooltip, row.unit)
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


def _runs(positions: list[int]) -> list[tuple[int, int]]:
    """Return the first and the last of each run of consecutive positions."""
    runs = []
    for _, pairs in groupby(enumerate(positions), lambda pair: pair[1] - pair[0]):
        run = [position for _, position in pairs]
        runs.append((run[0], run[-1]))
    return runs
