"""A menu that stays open while its entries are ticked."""

from qtpy.QtCore import Qt
from qtpy.QtGui import QAction, QKeyEvent, QMouseEvent
from qtpy.QtWidgets import QMenu


class TicksMenu(QMenu):
    """A click or Space ticks and leaves the menu open, Return ticks and closes it."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Tick what is clicked; leave other entries to Qt."""
        if not _tick(self.actionAt(event.pos())):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Tick the current entry with Space; leave other keys to Qt."""
        if event.key() != Qt.Key.Key_Space or not _tick(self.activeAction()):
            super().keyPressEvent(event)


def _tick(entry: QAction | None) -> bool:
    """Tick an entry, or take its tick away; return whether it can have one."""
    if entry is None or not (entry.isCheckable() and entry.isEnabled()):
        return False
    entry.trigger()
    return True
