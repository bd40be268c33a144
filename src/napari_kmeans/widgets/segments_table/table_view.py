"""The table on the screen: its rows, its selection, and what mouse and keys do."""

from collections.abc import Iterable, Mapping, Sequence

from psygnal import Signal
from qtpy.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QKeyCombination,
    QModelIndex,
    QPoint,
    QSize,
    Qt,
)
from qtpy.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from qtpy.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QSizePolicy,
    QTableView,
)

from napari_kmeans.widgets.segments_table.cell_delegate import CellDelegate
from napari_kmeans.widgets.segments_table.column_layout import ColumnLayout
from napari_kmeans.widgets.segments_table.columns import (
    COLUMNS,
    IN_ORDER,
    POSITION,
    SegmentRow,
)
from napari_kmeans.widgets.segments_table.row_hover import RowHover
from napari_kmeans.widgets.segments_table.table_model import (
    ROW_ROLE,
    SegmentsModel,
    SortedSegments,
)

# The table is high enough for this many rows, and scrolls beyond; where there is much
# room, or little, `TableRoom` sets another limit.
MIN_ROWS, MAX_ROWS = 3, 6

MENU_KEYS = (
    QKeyCombination(Qt.Key.Key_Menu),
    QKeyCombination(Qt.KeyboardModifier.ShiftModifier, Qt.Key.Key_F10),
)

STYLE = """
QTableView { padding: 0; }
QHeaderView::section { padding: 6px 3px 1px 3px; }
QHeaderView::up-arrow, QHeaderView::down-arrow {
    subcontrol-origin: margin; subcontrol-position: top center;
    width: 11px; height: 6px;
}
"""


class TableView(QTableView):
    """Shows the rows, and emits the names of the actions that the user asks for."""

    acted = Signal(str, object)  # an action, and label values or None: those selected
    menu_asked = Signal(int, QPoint)  # of a label value's row, at a place on the screen
    selected = Signal()

    def __init__(self, model: SegmentsModel, keys: Mapping[str, str]) -> None:
        super().__init__()
        self.rows = model
        self._keys = {name: QKeySequence(key) for name, key in keys.items() if key}
        self._pressed: tuple[int | None, int] | None = None  # label value, column
        self._most_rows, self._usual_rows = MAX_ROWS, 0
        self.sorted = SortedSegments(self)
        self.sorted.setSourceModel(model)
        self.sorted.setFilterKeyColumn(POSITION["name"])
        self.sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setModel(self.sorted)
        self.delegate = CellDelegate(self)
        self.setItemDelegate(self.delegate)
        self.columns = ColumnLayout(self, model)
        self.hover = RowHover(self, self.delegate)
        self.delegate.tabbed.connect(self._edit_next)
        self._arrange()
        self.selectionModel().selectionChanged.connect(lambda *_: self.selected.emit())

    def _arrange(self) -> None:
        """Set the appearance and behaviour of the table."""
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

    def show_rows(
        self,
        rows: Sequence[SegmentRow],
        columns: Iterable[str] = COLUMNS,
        usual: int = 0,
    ) -> None:
        """Show other rows; the selection stays on those that are still there.

        There is room for a usual number of rows even if some were merged.
        """
        self.columns.applying = set(columns)
        self._usual_rows = usual
        before = self.selected_values
        with self.selected.blocked():
            self.rows.set_rows(rows)
            if self.selected_values != before:
                self.select_values(before)
        self._fit()
        if self.selected_values != before:
            self.selected.emit()

    def value_at(self, index: QModelIndex) -> int | None:
        """Return the label value of a cell's row."""
        row = index.data(ROW_ROLE)
        return None if row is None else row.segment.value

    def index_of(self, value: int, column: str = "name") -> QModelIndex:
        """Return a cell of a label value's row."""
        row = self.rows.position(value)
        return self.sorted.mapFromSource(self.rows.index(row, POSITION[column]))

    @property
    def selected_values(self) -> list[int]:
        """The label values of the selected rows, from top to bottom."""
        indexes = sorted(self.selectionModel().selectedRows(), key=QModelIndex.row)
        return [index.data(ROW_ROLE).segment.value for index in indexes]

    @property
    def current_value(self) -> int | None:
        """The label value of the row selected last, if it is still selected."""
        index = self.currentIndex()
        rows = self.selectionModel()
        is_selected = index.isValid() and rows.isRowSelected(index.row(), QModelIndex())
        return self.value_at(index) if is_selected else None

    def select_values(self, values: Iterable[int], keep: bool = False) -> None:
        """Select rows, and scroll to the first, but not sideways."""
        indexes = [i for i in map(self.index_of, values) if i.isValid()]
        selection = QItemSelection()
        for index in indexes:
            selection.select(index, index)
        model, flags = self.selectionModel(), QItemSelectionModel.SelectionFlag
        bar = self.horizontalScrollBar()
        before = bar.value()
        with self.selected.blocked():
            if indexes:
                model.setCurrentIndex(indexes[0], flags.NoUpdate)
                self.scrollTo(indexes[0])
            how = flags.Select if keep else flags.ClearAndSelect
            model.select(selection, how | flags.Rows)
        bar.setValue(before)
        self.selected.emit()

    def edit_name(self, value: int) -> None:
        """Open the name of a row for editing."""
        index = self.index_of(value)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        self.edit(index)

    def _edit_next(self, index: QModelIndex) -> None:
        value = index.data(ROW_ROLE).segment.value
        self.select_values([value])
        self.edit_name(value)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Handle a press on a cell that acts as a button; leave others to Qt."""
        index = self.indexAt(event.pos())
        if event.button() == Qt.MouseButton.LeftButton and _actions_of(index):
            self._pressed = self.value_at(index), index.column()
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Treat a double-click on a button as two clicks."""
        if _actions_of(self.indexAt(event.pos())):
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Act if the button is released where it was pressed."""
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            super().mouseReleaseEvent(event)
            return
        index = self.indexAt(event.pos())
        if pressed == (self.value_at(index), index.column()):
            is_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            self.acted.emit(_actions_of(index)[is_alt], [pressed[0]])

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Ask for the menu of the row under the mouse, or of the current row."""
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            self._ask_menu(self.indexAt(event.pos()), event.pos())
        else:
            self._ask_menu(self.currentIndex())

    def _ask_menu(self, index: QModelIndex, place: QPoint | None = None) -> None:
        value = self.value_at(index)
        # Some systems send both the key and what it means.
        if value is not None and QApplication.activePopupWidget() is None:
            seen = self.visualRect(index) & self.viewport().rect()
            place = self.viewport().mapToGlobal(place or seen.center())
            self.menu_asked.emit(value, place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Select no rows by dragging from a cell that acts as a button."""
        if self._pressed is None:
            super().mouseMoveEvent(event)

    # Keyboard

    def event(self, event: QEvent) -> bool:
        """Handle the table's keys before any shortcut of the window."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._action_of(event) is not None
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Act, or leave the key to Qt, which moves from row to row."""
        action = self._action_of(event)
        if action is not None:
            self.acted.emit(action, None)
        elif event.keyCombination() in MENU_KEYS:
            self._ask_menu(self.currentIndex())
        # Ignored by the table, Delete would go on to napari's window, where it deletes
        # the selected layers.
        elif event.key() != Qt.Key.Key_Delete:
            super().keyPressEvent(event)

    def _action_of(self, event: QKeyEvent) -> str | None:
        """Return the action of a key; none while a name is being typed."""
        if self.state() == QAbstractItemView.State.EditingState:
            return None
        pressed = QKeySequence(event.keyCombination())
        for name, key in self._keys.items():
            # A sign such as "?" is typed with Shift on some keyboards only.
            is_sign = event.text() == key.toString() and not event.text().isalnum()
            if pressed == key or is_sign:
                return name
        return None

    # Size

    @property
    def most_rows(self) -> int:
        """How many rows there is room for."""
        return self._most_rows

    @most_rows.setter
    def most_rows(self, n: int) -> None:
        if n != self._most_rows:
            self._most_rows = n
            self.updateGeometry()

    @property
    def n_seen(self) -> int:
        """How many rows are seen without scrolling, or could be."""
        n_rows = max(len(self.rows.rows), self._usual_rows)
        return max(min(n_rows, self._most_rows), MIN_ROWS)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the height that the rows need, up to a limit."""
        bar = self.horizontalScrollBar().sizeHint().height()
        header = self.horizontalHeader().sizeHint().height()
        height = (
            header + self.n_seen * self.row_height + bar + 2 * self.frameWidth() + 4
        )
        return QSize(super().sizeHint().width(), height)

    @property
    def row_height(self) -> int:
        """The height of a row, in logical pixels."""
        return round(1.6 * self.fontMetrics().height())

    def _fit(self) -> None:
        """Fit rows and columns to the font and the words."""
        height = self.row_height
        self.verticalHeader().setMinimumSectionSize(height)
        self.verticalHeader().setDefaultSectionSize(height)
        self.columns.fit(height)
        self.updateGeometry()

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
        """Say if no row matches the filter."""
        super().paintEvent(event)
        if self.rows.rows and not self.sorted.rowCount():
            painter = QPainter(self.viewport())
            painter.drawText(
                self.viewport().rect(),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                "No segment has a matching name.",
            )


def _actions_of(index: QModelIndex) -> tuple[str, ...]:
    """Return the actions of a click and an Alt-click on a cell like a button."""
    return IN_ORDER[index.column()].click_actions if index.isValid() else ()
