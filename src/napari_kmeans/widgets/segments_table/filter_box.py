"""The box in which a part of the names is typed, to list only those rows."""

from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QLineEdit


class FilterBox(QLineEdit):
    """A box that Escape clears, before any shortcut of the window."""

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("Filter")
        self.setAccessibleName("Filter the segments by name")
        self.setClearButtonEnabled(True)
        self.setToolTip(
            "Show only the rows whose name contains this text. Esc clears it."
        )
        self.setMinimumWidth(60)

    def event(self, event: QEvent) -> bool:
        """Keep Escape from the window while there is something to clear."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and self._clears(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Clear with Escape."""
        if self._clears(event):
            self.clear()
        else:
            super().keyPressEvent(event)

    def _clears(self, event: QKeyEvent) -> bool:
        return event.key() == Qt.Key.Key_Escape and bool(self.text())
