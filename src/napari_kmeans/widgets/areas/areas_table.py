"""The table of areas: a row for each slice, a column for each segment."""

from math import isnan
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt
from qtpy.QtGui import QColor, QPixmap
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from napari_kmeans.widgets import cell_text
from napari_kmeans.widgets.areas.slice_areas import Areas
from napari_kmeans.widgets.plain_text import plain_tooltip

ROWS_IN_SIGHT = 5
SWATCH = 10
"""The side of a square in a segment's colour."""


class AreasModel(QAbstractTableModel):
    """Areas for Qt."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.areas: Areas | None = None

    def show(self, areas: Areas | None) -> None:
        """Show other numbers."""
        self.beginResetModel()
        self.areas = areas
        self.endResetModel()

    def rowCount(self, _parent: QModelIndex | None = None) -> int:  # noqa: N802
        """Return the number of slices."""
        return 0 if self.areas is None else len(self.areas.values)

    def columnCount(self, _parent: QModelIndex | None = None) -> int:  # noqa: N802
        """Return the number of segments."""
        return 0 if self.areas is None else len(self.areas.segments)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell."""
        if self.areas is None:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole:
            number = float(self.areas.values[index.row(), index.column()])
            return shown(number, self.areas)
        return None

    def headerData(  # noqa: N802
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return the name and colour of a segment, or the number of a slice."""
        if self.areas is None:
            return None
        if orientation == Qt.Orientation.Vertical:
            return str(section) if role == Qt.ItemDataRole.DisplayRole else None
        segment = self.areas.segments[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return segment.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(f"{segment.name}: {self.areas.quantity}")
        if role == Qt.ItemDataRole.DecorationRole:
            swatch = QPixmap(SWATCH, SWATCH)
            swatch.fill(QColor.fromRgbF(*segment.color))
            return swatch
        return None


def shown(number: float, areas: Areas) -> str:
    """Write a number as the table shows it."""
    if isnan(number):
        return cell_text.NONE
    if areas.is_whole:
        return f"{int(number):,}"
    if areas.unit == "%":
        return f"{number:.1f}"
    return cell_text.number(number)


class AreasTable(QTableView):
    """Shows some rows of the areas, and the current slice as the selected row."""

    def __init__(self, model: AreasModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName("Areas of the segments in every slice")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        height = round(1.6 * self.fontMetrics().height())
        self.verticalHeader().setDefaultSectionSize(height)
        self.setFixedHeight(header.sizeHint().height() + (ROWS_IN_SIGHT + 1) * height)
