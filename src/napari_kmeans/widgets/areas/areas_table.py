"""The table of areas: a row for each slice, a column for each segment."""

from dataclasses import dataclass
from math import isnan
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt
from qtpy.QtGui import QColor, QPixmap
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from napari_kmeans.io.tables import Cell
from napari_kmeans.segments.segment_map import Segment, SegmentMap
from napari_kmeans.segments.statistics import SliceCounts
from napari_kmeans.widgets import texts
from napari_kmeans.widgets.texts import plain_tooltip

Measure = Literal["pixels", "area", "percent"]

ROWS_IN_SIGHT = 5
SWATCH = 10
"""The side of a square in a segment's colour."""


@dataclass(frozen=True, eq=False)
class Areas:
    """One number for each segment in every slice."""

    segments: tuple[Segment, ...]  # the columns
    # (n_slices, n_segments): the numbers; NaN where there is none, as the share of an
    # ignored segment
    values: NDArray[np.float64]
    unit: str  # "px", "%", or that of the areas
    axis_name: str  # of the axis along which the slices lie

    @property
    def quantity(self) -> str:
        """What the numbers are, such as "Area (µm²)"."""
        if self.unit == "px":
            return "Pixels"
        if self.unit == "%":
            return "Share (%)"
        return f"{'Volume' if self.unit.endswith('³') else 'Area'} ({self.unit})"

    def file_rows(self, image: str) -> list[list[Cell]]:
        """Return a line of titles, and one for each slice with the image's name."""
        values = self.values.astype(int) if self.unit == "px" else self.values
        titles = [f"{one.name} ({self.unit})" for one in self.segments]
        return [
            ["image", self.axis_name, *titles],
            *([image, number, *row] for number, row in enumerate(values.tolist())),
        ]


def areas(
    counts: SliceCounts,
    segment_map: SegmentMap,
    measure: Measure,
    pixel_size: tuple[float, str],
    axis_name: str,
) -> Areas:
    """Return what is shown of the segments."""
    values, unit = counts.of_segments(segment_map).astype(np.float64), "px"
    segments = segment_map.segments
    if measure == "area":
        size, unit = pixel_size
        values *= size
    elif measure == "percent":
        is_ignored = np.array([segment.ignored for segment in segments])
        total = values[:, ~is_ignored].sum(axis=1, keepdims=True)
        values, unit = 100 * values / np.maximum(total, 1), "%"
        values[:, is_ignored] = np.nan
    return Areas(segments, values, unit, axis_name)


class AreasModel(QAbstractTableModel):
    """Areas for Qt."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.areas = Areas((), np.empty((0, 0)), "px", "")

    def show(self, areas: Areas) -> None:
        """Show other numbers."""
        self.beginResetModel()
        self.areas = areas
        self.endResetModel()

    def rowCount(self, _parent: QModelIndex | None = None) -> int:  # noqa: N802
        """Return the number of slices."""
        return len(self.areas.values)

    def columnCount(self, _parent: QModelIndex | None = None) -> int:  # noqa: N802
        """Return the number of segments."""
        return len(self.areas.segments)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        number = float(self.areas.values[index.row(), index.column()])
        if isnan(number):
            return texts.NONE
        if self.areas.unit == "px":
            return f"{int(number):,}"
        return f"{number:.1f}" if self.areas.unit == "%" else texts.number(number)

    def headerData(  # noqa: N802
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return the name and colour of a segment, or the number of a slice."""
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


class AreasTable(QTableView):
    """Shows some rows of the areas, and the current slice as the selected row."""

    def __init__(self, model: AreasModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName("Areas of the segments in every slice")
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        height = round(1.6 * self.fontMetrics().height())
        self.verticalHeader().setDefaultSectionSize(height)
        self.setFixedHeight(header.sizeHint().height() + (ROWS_IN_SIGHT + 1) * height)
