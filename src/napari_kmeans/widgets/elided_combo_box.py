"""A combo box that does not widen the panel."""

from typing import Any

from magicgui.widgets import ComboBox
from qtpy.QtCore import QEvent, Qt
from qtpy.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

from napari_kmeans.widgets.layout import EventWatcher

MARGIN = 4
"""The width of the style's padding next to the text, in pixels."""


class ElidedComboBox(ComboBox):
    """A combo box that elides its text to the width it is given.

    What does not fit ends in "…"; the list that opens shows all of it.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.native.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._watcher = EventWatcher(self.native, self._on_event)

    def reset_choices(self, *_: Any) -> None:
        """Refresh the choices; one that was renamed stays chosen."""
        before = self.value
        with self.changed.blocked():
            super().reset_choices()
            if before in self.choices:
                self.value = before

    def _on_event(self, event: QEvent) -> bool:
        """Paint in place of the box, and widen its list before it opens."""
        if event.type() == QEvent.Type.Paint:
            self._paint()
            return True
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.KeyPress):
            view = self.native.view()
            bar = view.verticalScrollBar().sizeHint().width()
            view.setMinimumWidth(view.sizeHintForColumn(0) + bar)
        return False

    def _paint(self) -> None:
        """Paint the box: with a style sheet, as napari has, Qt just cuts its text."""
        box, option = self.native, QStyleOptionComboBox()
        box.initStyleOption(option)
        room = box.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            box,
        )
        text = option.currentText if box.currentIndex() >= 0 else box.placeholderText()
        option.currentText = box.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, room.width() - MARGIN
        )
        painter = QStylePainter(box)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
