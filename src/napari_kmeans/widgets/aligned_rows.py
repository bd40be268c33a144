"""Rows of a label and a widget, with the widgets in one column."""

from collections.abc import Sequence
from typing import Any

from magicgui.widgets import Container
from magicgui.widgets.bases import Widget
from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QLabel, QWidget


class AlignedRows(Container[Any]):
    """Labelled widgets with aligned left edges.

    magicgui aligns them too, but measures the labels in the application's font, and
    napari's style sheet sets another one.
    """

    def __init__(self, widgets: Sequence[Widget]) -> None:
        super().__init__(widgets=widgets, labels=True)
        self.margins = (0, 0, 0, 0)
        self._aligner = _Aligner([self.native])


def align(groups: Sequence[AlignedRows]) -> None:
    """Bring the widgets of several groups of rows into one column."""
    aligner = _Aligner([group.native for group in groups])
    for group in groups:
        group._aligner.stop()  # noqa: SLF001
        group._aligner = aligner  # noqa: SLF001


class _Aligner(QObject):
    """Gives the labels of rows the same width whenever their font may have changed."""

    def __init__(self, groups: Sequence[QWidget]) -> None:
        super().__init__(groups[0])
        self._groups = groups
        for group in groups:
            group.installEventFilter(self)

    def stop(self) -> None:
        """Stop, so that another one can align the rows."""
        for group in self._groups:
            group.removeEventFilter(self)

    def eventFilter(self, _rows: QObject, event: QEvent) -> bool:  # noqa: N802
        """Align when the rows are shown or get another style."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.StyleChange):
            self._align()
        return False

    def _align(self) -> None:
        labels = [label for group in self._groups for label in _labels_of(group)]
        width = max((label.sizeHint().width() for label in labels), default=0)
        for label in labels:
            label.setMinimumWidth(width)


def _labels_of(rows: QWidget) -> list[QLabel]:
    """List the labels at the left of rows."""
    layout = rows.layout()
    widgets = [layout.itemAt(index).widget() for index in range(layout.count())]
    labels = [row.layout().itemAt(0).widget() for row in widgets if row.layout()]
    return [label for label in labels if isinstance(label, QLabel)]
