"""Keys that act for as long as they are held."""

from collections.abc import Callable, Collection

from psygnal import Signal
from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QWidget

KEYS = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease)
LOST = (QEvent.Type.FocusOut, QEvent.Type.Hide)


class HeldKeys(QObject):
    """Tells when one of some keys is pressed on a widget, and when it is let go.

    It counts as let go when the widget loses the focus, too. While `applies` the widget
    itself, and any shortcut, hear nothing of these keys.
    """

    pressed = Signal()
    released = Signal()

    def __init__(
        self,
        parent: QObject,
        keys: Collection[Qt.Key],
        applies: Callable[[], bool],
    ) -> None:
        super().__init__(parent)
        self._keys, self._applies = keys, applies
        self._is_held = False

    def watch(self, widget: QWidget) -> None:
        """Follow the keys of this widget, too."""
        widget.installEventFilter(self)

    def eventFilter(self, _widget: QObject, event: QEvent) -> bool:  # noqa: N802
        """Follow the keys; return whether the event was one of them."""
        if event.type() in LOST:
            self._let_go()
        if event.type() not in KEYS or not isinstance(event, QKeyEvent):
            return False
        if event.key() not in self._keys:
            return False
        if event.type() == QEvent.Type.KeyRelease:
            was_held = self._is_held
            if not event.isAutoRepeat():
                self._let_go()
            return was_held
        is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if not self._is_held and not (is_plain and self._applies()):
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress and not self._is_held:
            self._is_held = True
            self.pressed.emit()
        return True

    def _let_go(self) -> None:
        if self._is_held:
            self._is_held = False
            self.released.emit()
