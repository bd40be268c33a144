"""The table on the screen: its rows, its selection and its size."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from psygnal import Signal
from qtpy.QtCore import QEvent, QItemSelectionModel, QModelIndex, QSize, Qt
from qtpy.QtGui import QPainter, QPaintEvent, QResizeEvent
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView

from napari_kmeans.widgets.segments_table.cell_painting import CellDelegate
from napari_kmeans.widgets.segments_table.columns import Column, about
from napari_kmeans.widgets.segments_table.icons import paint_focus
from napari_kmeans.widgets.segments_table.segment_rows import SegmentRow
from napari_kmeans.widgets.segments_table.table_model import (
    SegmentsModel,
    SortedSegments,
)

MIN_ROWS, MAX_ROWS = 3, 8
"""The table is high enough for this many rows, and scrolls beyond."""

STYLE = """
QTableView { padding: 0; }
QHeaderView::section { padding: 3px; }
"""


class SegmentsTable(QTableView):
    """Shows the rows."""

    selected = Signal()

    def __init__(self, model: SegmentsModel) -> None:
        super().__init__()
        self.rows = model
        self.sorted = SortedSegments(self)
        self.sorted.setSourceModel(model)
        self.sorted.setFilterKeyColumn(Column.NAME)
        self.sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setModel(self.sorted)
        self.delegate = CellDelegate(self)
        self.setItemDelegate(self.delegate)
        self._arrange()
        self.selectionModel().selectionChanged.connect(lambda *_: self.selected.emit())

    def _arrange(self) -> None:
        """Set how the table looks and what it does by itself."""
        self.setStyleSheet(STYLE)
        self.setAccessibleName("Segments")
        self.setAccessibleDescription("Press the question mark for a list of keys.")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setShowGrid(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSortIndicatorClearable(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(8)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)

    # Rows and label values

    def show_rows(self, rows: Sequence[SegmentRow], unit: str) -> None:
        """Show other rows; the selection stays on those that are still there."""
        before = self.selected_values
        with self.selected.blocked():
            self.rows.set_rows(rows, unit)
            if self.selected_values != before:
                self.select_values(before)
        self._fit()
        if self.selected_values != before:
            self.selected.emit()

    def value_at(self, index: QModelIndex) -> int | None:
        """Give the label value of a cell's row."""
        if not index.isValid():
            return None
        return self.rows.rows[self.sorted.mapToSource(index).row()].value

    def index_of(self, value: int, column: int = Column.NAME) -> QModelIndex:
        """Give a cell of a label value's row."""
        position = self.rows.position(value)
        if position is None:
            return QModelIndex()
        return self.sorted.mapFromSource(self.rows.index(position, column))

    @property
    def selected_values(self) -> list[int]:
        """The label values of the selected rows, from top to bottom."""
        indexes = self.selectionModel().selectedRows()
        values = (self.value_at(i) for i in sorted(indexes, key=QModelIndex.row))
        return [value for value in values if value is not None]

    @property
    def current_value(self) -> int | None:
        """The label value of the row that was selected last, if it still is."""
        value = self.value_at(self.currentIndex())
        return value if value in self.selected_values else None

    def select_values(self, values: Iterable[int], keep: bool = False) -> None:
        """Select rows, and scroll to the first."""
        indexes = [self.index_of(value) for value in values]
        indexes = [index for index in indexes if index.isValid()]
        model, flags = self.selectionModel(), QItemSelectionModel.SelectionFlag
        with self.selected.blocked():
            if not keep:
                model.clearSelection()
            for index in reversed(indexes):
                model.setCurrentIndex(index, flags.Select | flags.Rows)
        self.selected.emit()
        if indexes:
            self._scroll_down_to(indexes[0])

    def _scroll_down_to(self, index: QModelIndex) -> None:
        """Bring a row in sight without scrolling sideways."""
        with self._staying_sideways():
            self.scrollTo(index)

    @contextmanager
    def _staying_sideways(self) -> Iterator[None]:
        bar = self.horizontalScrollBar()
        before = bar.value()
        yield
        bar.setValue(before)

    def is_in_sight(self, column: int) -> bool:
        """Tell whether any of a column is in the window."""
        left = self.columnViewportPosition(column)
        right = left + self.columnWidth(column)
        return (
            self.isVisible()
            and not self.isColumnHidden(column)
            and right > 0
            and left < self.viewport().width()
        )

    def edit_name(self) -> None:
        """Open the name of the current row for editing."""
        value = self.current_value
        if value is not None:
            self.edit(self.index_of(value))

    # Size

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for as much height as the rows need, up to a limit."""
        n_rows = min(max(len(self.rows.rows), MIN_ROWS), MAX_ROWS)
        bar = self.horizontalScrollBar().sizeHint().height()
        header = self.horizontalHeader().sizeHint().height()
        height = header + n_rows * self._row_height() + bar + 2 * self.frameWidth() + 4
        return QSize(super().sizeHint().width(), height)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Need that height."""
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())

    def _row_height(self) -> int:
        return round(1.6 * self.fontMetrics().height())

    def _fit(self) -> None:
        """Give each column the width it needs, and the name what is left over."""
        height = self._row_height()
        self.verticalHeader().setMinimumSectionSize(height)
        self.verticalHeader().setDefaultSectionSize(height)
        for column in Column:
            if column in (Column.EYE, Column.COLOR):
                self.setColumnWidth(column, height)
            elif column != Column.NAME:
                self.setColumnWidth(column, self._needed(column))
        shown = [c for c in Column if not self.isColumnHidden(c) and c != Column.NAME]
        width = self.viewport().width()
        first = sum(self.columnWidth(c) for c in shown if c <= Column.PERCENT)
        room = width - sum(map(self.columnWidth, shown))
        name = min(self._needed(Column.NAME) + height, width - first)
        self.setColumnWidth(Column.NAME, max(name, room, 4 * height))
        self.updateGeometry()

    def _needed(self, column: int) -> int:
        """Tell how wide a column's title and words are; Qt asks cell by cell."""
        about_column = about(column, self.rows.unit)
        words = {about_column.text(row) for row in self.rows.rows}
        widest = max(map(self.fontMetrics().horizontalAdvance, words), default=0)
        margin = self.fontMetrics().horizontalAdvance("0")
        title = self.horizontalHeader().sectionSizeHint(column)
        return max(widest + 2 * margin, title)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Fit the columns again."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Fit the columns to another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Mark the focus; say so if the filter lets no row through."""
        super().paintEvent(event)
        if self.hasFocus():
            paint_focus(self.viewport())
        if self.rows.rows and not self.sorted.rowCount():
            painter = QPainter(self.viewport())
            painter.drawText(
                self.viewport().rect(),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                "No segment has such a name.",
            )
