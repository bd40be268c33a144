"""The menu of a row: what can be done to its segment, or to all that are selected."""

from psygnal import Signal
from qtpy.QtCore import QRectF, Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPixmap
from qtpy.QtWidgets import QMenu

from napari_kmeans.segments.segment_map import Segment
from napari_kmeans.widgets.segments_table.actions import ACTIONS
from napari_kmeans.widgets.segments_table.icons import paint_swatch
from napari_kmeans.widgets.segments_table.segment_actions import SegmentActions
from napari_kmeans.widgets.texts import plain_tooltip

GROUPS = (
    ("solo", "toggle", "rename", "color", "ignore"),
    ("merge", "split", "clean_up", "objects"),
    ("copy", "mask"),
)

SWATCH = 16
"""The side of a segment's colour in the menu, in logical pixels."""


class RowMenu(QMenu):
    """Emits the name of the action that is chosen, and the label values it is for."""

    chosen = Signal(str, object)

    def __init__(self, actions: SegmentActions, value: int) -> None:
        super().__init__(actions.view)
        self._actions = actions
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setToolTipsVisible(True)
        selected = actions.view.selected_values
        rows = selected if value in selected else [value]
        for group in GROUPS:
            for name in group:
                if name == "merge" and len(rows) == 1:
                    self._add_merge_with(value)
                else:
                    self._add(name, [value] if ACTIONS[name].is_of_one else rows)
            self.addSeparator()
        self.addMenu(actions.view.columns.menu(self))

    def _add(self, name: str, values: list[int]) -> None:
        """Add an action, disabled if it cannot be done to these segments now."""
        action = ACTIONS[name]
        text = action.now(self._actions, values) or action.text
        if name == "merge":
            text = f"Merge the {len(values)} selected"
        if name == "copy":
            text = "Copy the table"
        entry = self.addAction(f"{text}\t{action.shown_key}")
        tooltip, is_possible = action.explain(self._actions, values)
        entry.setToolTip(plain_tooltip(tooltip))
        entry.setEnabled(is_possible)
        entry.triggered.connect(lambda: self.chosen.emit(name, values))

    def _add_merge_with(self, value: int) -> None:
        """Add the other segments, to merge one with."""
        others = [one for one in self._actions.segments.map if one.value != value]
        pair = [value, *(one.value for one in others[:1])]
        tooltip, is_possible = ACTIONS["merge"].explain(self._actions, pair)
        menu = self.addMenu("Merge with")
        menu.menuAction().setEnabled(is_possible)
        menu.menuAction().setToolTip(plain_tooltip(tooltip))
        for other in others:
            entry = menu.addAction(other.name.replace("&", "&&"))
            entry.setIcon(_swatch(other, self))
            entry.triggered.connect(
                lambda _=False, pair=[value, other.value]: self.chosen.emit(
                    "merge", pair
                )
            )


def _swatch(segment: Segment, menu: QMenu) -> QIcon:
    """Return a picture of a segment's colour, sharp on the menu's screen."""
    ratio = menu.devicePixelRatioF()
    picture = QPixmap(round(SWATCH * ratio), round(SWATCH * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    square, border = QRectF(0, 0, SWATCH, SWATCH), QColor("grey")
    paint_swatch(painter, square, QColor.fromRgbF(*segment.color), border)
    painter.end()
    return QIcon(picture)
