"""How many rows of the table are seen: as many as the panel has room for."""

from qtpy.QtCore import QEvent, QPoint
from qtpy.QtWidgets import QScrollArea, QWidget

from napari_kmeans.widgets.layout import EventWatcher
from napari_kmeans.widgets.segments_table.table_view import MAX_ROWS, TableView


class TableRoom:
    """Gives a table more rows if all else fits beside them, or fewer if it must.

    Fewer only so that what lies below the table, down to a last widget, can be seen
    without scrolling.
    """

    def __init__(self, view: TableView, last: QWidget, area: QScrollArea) -> None:
        self._view, self._last, self._area = view, last, area
        # The viewport is Qt's own: what Python adds to it would not end with the panel.
        self._watchers = [
            EventWatcher(area, self._on_event),
            EventWatcher(area.widget(), self._on_event),
        ]

    def _on_event(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._fit()

    def _fit(self) -> None:
        """Give the table the rows that there is room for."""
        view, content = self._view, self._area.widget()
        layout = content.layout()
        layout.activate()
        if not view.isVisible():
            return
        room, row = self._area.maximumViewportSize().height(), view.row_height
        no_rows = view.sizeHint().height() - view.n_seen * row
        # A text that is wrapped may ask for more lines than it has at this width.
        height = layout.totalHeightForWidth(content.width())
        height = max(height, content.minimumSizeHint().height())
        others = height - view.sizeHint().height()
        above = view.mapTo(content, QPoint()).y()
        end = self._last.mapTo(content, self._last.rect().bottomLeft()).y()
        below = end - above - view.height()
        # Half a row more, lest a scroll bar come and go.
        beside_all = int((room - others - no_rows - row / 2) // row)
        above_last = (room - above - no_rows - below) // row
        view.most_rows = max(beside_all, min(MAX_ROWS, above_last))
