"""Rows of a label and a widget, with the widgets in one column."""

from collections.abc import Sequence

from magicgui.widgets import Container
from magicgui.widgets.bases import Widget
from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QLabel, QWidget


class AlignedRows(Container[Widget]):
    """Labelled widgets whose left edges are in line.

    magicgui aligns them too, but measures the labels in the application's font, and
    napari's style sheet sets another one.

    Parameters
    ----------
    widgets : sequence of magicgui widgets
        What it holds, from top to bottom.
    """

    def __init__(self, widgets: Sequence[Widget]) -> None:
        super().__init__(widgets=widgets, labels=True)
        self.margins = (0, 0, 0, 0)
        self._aligner = _Aligner(self.native)


class _Aligner(QObject):
    """Gives the labels of rows one width whenever their font may have changed."""

    def __init__(self, rows: QWidget) -> None:
        super().__init__(rows)
        self._rows = rows
        rows.installEventFilter(self)

    def eventFilter(self, _rows: QObject, event: QEvent) -> bool:  # noqa: N802
        """Align when the rows are shown or get another style."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.StyleChange):
            self._align()
        return False

    def _align(self) -> None:
        layout = self._rows.layout()
        rows = [layout.itemAt(index).widget() for index in range(layout.count())]
        labels = [row.layout().itemAt(0).widget() for row in rows if row.layout()]
        labels = [label for label in labels if isinstance(label, QLabel)]
        width = max((label.sizeHint().width() for label in labels), default=0)
        for label in labels:
            label.setMinimumWidth(width)
