"""Which columns are shown, in which order and how wide; kept for the next session."""

import json
from collections.abc import Iterable
from functools import partial
from typing import Any

from psygnal import Signal
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QMenu, QTableView, QWidget

from napari_kmeans.widgets.last_used import last_used
from napari_kmeans.widgets.segments_table.columns import COLUMNS, IN_ORDER, POSITION
from napari_kmeans.widgets.segments_table.table_model import SegmentsModel
from napari_kmeans.widgets.segments_table.ticks_menu import TicksMenu

NAME = POSITION["name"]

FIRST = ("shown", "color", "label", "name", "share")
"""What is in sight in a narrow dock; a long name is cut for that."""


class ColumnLayout:
    """Lays the columns out as the user chose, and the others as they fit."""

    changed = Signal()  # by the user

    def __init__(self, view: QTableView, model: SegmentsModel) -> None:
        self._view, self._model = view, model
        self.applying = set(COLUMNS)  # what says something of these segments
        self._row_height = 0
        self._is_user = False
        self._hidden, order, self._widths = _load()
        header = view.horizontalHeader()
        header.setSectionsMovable(True)
        self._sort(order)
        header.sectionResized.connect(self._on_resized)
        header.sectionMoved.connect(self._keep)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._show_menu)
        self._is_user = True

    def is_in_sight(self, name: str) -> bool:
        """Return whether any of a column is in the window."""
        view, position = self._view, POSITION[name]
        left, width = view.columnViewportPosition(position), view.columnWidth(position)
        is_shown = view.isVisible() and not view.isColumnHidden(position)
        return is_shown and -width < left < view.viewport().width()

    # What the user chooses

    def menu(self, parent: QWidget) -> QMenu:
        """Return a menu with a tick for each column that applies."""
        menu = TicksMenu("Columns", parent)
        for name, column in COLUMNS.items():
            position = POSITION[name]
            title = self._model.headerData(position, Qt.Orientation.Horizontal)
            if name in self.applying and position != NAME:
                entry = menu.addAction(column.listed or title)
                entry.setCheckable(True)
                entry.setChecked(name not in self._hidden)
                entry.triggered.connect(partial(self._show_column, name))
        menu.addSeparator()
        menu.addAction("As they were at first").triggered.connect(self._reset)
        return menu

    def _show_menu(self, place: QPoint) -> None:
        header = self._view.horizontalHeader()
        menu = self.menu(header)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(header.mapToGlobal(place))

    def _show_column(self, name: str, is_shown: bool) -> None:
        (self._hidden.discard if is_shown else self._hidden.add)(name)
        self._keep()

    def _on_resized(self, position: int, before: int, after: int) -> None:
        # Qt tells a column that is hidden or shown as one that gets or had no width.
        if self._is_user and before and after:
            self._widths[list(COLUMNS)[position]] = after
            self._keep()

    def _reset(self) -> None:
        self._hidden.clear()
        self._widths.clear()
        self._sort(COLUMNS)
        self._keep()

    def _keep(self, *_: Any) -> None:
        """Lay out what was chosen, and keep it for the next session."""
        if not self._is_user:
            return
        header = self._view.horizontalHeader()
        chosen = {
            "hidden": sorted(self._hidden),
            "order": sorted(COLUMNS, key=lambda one: header.visualIndex(POSITION[one])),
            "widths": self._widths,
        }
        last_used().setValue("columns", json.dumps(chosen))
        self.fit(self._row_height)
        self.changed.emit()

    # How it is laid out

    def _sort(self, names: Iterable[str]) -> None:
        """Put columns first, in an order."""
        before, self._is_user = self._is_user, False
        header = self._view.horizontalHeader()
        for place, name in enumerate(names):
            header.moveSection(header.visualIndex(POSITION[name]), place)
        self._is_user = before

    def fit(self, row_height: int) -> None:
        """Show the columns that apply and were not hidden, as wide as they need."""
        self._row_height, self._is_user = row_height, False
        view = self._view
        for name, position in POSITION.items():
            is_hidden = name in self._hidden or name not in self.applying
            view.setColumnHidden(position, is_hidden)
        shown = [n for n in range(len(IN_ORDER)) if not view.isColumnHidden(n)]
        widths = {POSITION[name]: width for name, width in self._widths.items()}
        for position in shown:
            if position in widths:
                view.setColumnWidth(position, widths[position])
            elif not IN_ORDER[position].title:
                view.setColumnWidth(position, row_height)
            elif position != NAME:
                view.setColumnWidth(position, self._needed(position))
        if NAME not in widths:
            view.setColumnWidth(NAME, self._rest(shown))
        self._is_user = True

    def _rest(self, shown: list[int]) -> int:
        """Return the width that the other columns leave for the names."""
        view = self._view
        width = view.viewport().width()
        others = {n: view.columnWidth(n) for n in shown if n != NAME}
        first = sum(others.get(POSITION[name], 0) for name in FIRST)
        name = min(self._needed(NAME) + self._row_height, width - first)
        return max(name, width - sum(others.values()), 4 * self._row_height)

    def _needed(self, position: int) -> int:
        """Return how wide a column's title and words are; Qt would ask cell by cell."""
        metrics = self._view.fontMetrics()
        words = {IN_ORDER[position].text(row) for row in self._model.rows}
        widest = max(map(metrics.horizontalAdvance, words), default=0)
        title = self._view.horizontalHeader().sectionSizeHint(position)
        return int(max(widest + 2 * metrics.horizontalAdvance("0"), title))


def _load() -> tuple[set[str], list[str], dict[str, int]]:
    """Return what is hidden, the order and the widths that were chosen last."""
    try:
        stored = json.loads(str(last_used().value("columns", "{}")))
        hidden = set(stored.get("hidden", ())) & set(COLUMNS) - {"name"}
        order = [name for name in stored.get("order", ()) if name in COLUMNS]
        widths = stored.get("widths", {}).items()
        return hidden, order, {n: int(w) for n, w in widths if n in COLUMNS}
    except (AttributeError, TypeError, ValueError):
        return set(), [], {}
