"""What all controls of the panel have in common: the wheel, and where the focus is."""

from collections.abc import Callable
from contextlib import suppress

from qtpy.QtCore import QEvent, QObject, QPointF, Qt
from qtpy.QtGui import QPainter, QPaintEvent, QPen, QWheelEvent
from qtpy.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QScrollBar,
    QWidget,
)

TURNED = (QAbstractSlider, QAbstractSpinBox, QComboBox)

WIDTH = 2
"""The width of the line around the control with the focus, in logical pixels."""


class Controls(QObject):
    """Watches the controls in a widget, also those that are added to it later.

    The wheel changes a control only if it has the focus and did not just slide under
    the pointer; otherwise it scrolls what the control is in. One that is hidden or
    disabled while it has the focus gives it to what `home` returns.
    """

    home: Callable[[], QWidget] | None = None

    def __init__(self, content: QWidget) -> None:
        super().__init__(content)
        self._content = content
        self._scrolled_at: QPointF | None = None  # where the pointer was
        self.frame = FocusFrame(content)
        content.installEventFilter(self)

    def eventFilter(self, widget: QObject, event: QEvent) -> bool:  # noqa: N802
        """Keep the wheel from controls, and frame the one with the focus."""
        kind = event.type()
        if kind == QEvent.Type.LayoutRequest and widget is self._content:
            self._watch_all()
        elif isinstance(event, QWheelEvent):
            return self._on_wheel(widget, event)
        elif kind == QEvent.Type.FocusIn and isinstance(widget, QWidget):
            self.frame.show_around(widget)
        elif kind == QEvent.Type.FocusOut and isinstance(widget, QWidget):
            self.frame.show_around(None)
            self._send_home(widget)
        elif kind in (QEvent.Type.Move, QEvent.Type.Resize):
            self.frame.follow()
        return False

    def _send_home(self, left: QWidget) -> None:
        """Keep Qt from giving the focus of what is gone to whatever comes next."""
        is_gone = not (left.isEnabled() and left.isVisible())
        if self.home is None or not is_gone:
            return
        with suppress(RuntimeError):  # as the window closes, what it owns is gone
            home = self.home()
            if home is not left and home.isVisible():
                home.setFocus()

    def _watch_all(self) -> None:
        """Watch all that there is now, and that may move, each once."""
        for widget in self._content.findChildren(QWidget):
            policy = widget.focusPolicy()
            if policy == Qt.FocusPolicy.WheelFocus:
                widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            is_control = policy != Qt.FocusPolicy.NoFocus or isinstance(widget, TURNED)
            if is_control or widget.layout() is not None:
                widget.installEventFilter(self)

    def _on_wheel(self, widget: QObject, event: QWheelEvent) -> bool:
        """Return whether a control is not to have an event of the wheel."""
        place = event.globalPosition()
        if widget is self._content:
            self._scrolled_at = place
        if not isinstance(widget, TURNED):
            return False
        has_slid_here = place == self._scrolled_at
        if isinstance(widget, QScrollBar) or (widget.hasFocus() and not has_slid_here):
            return False
        event.ignore()  # so that it goes on to what the control is in
        return True


class FocusFrame(QWidget):
    """A line around the control with the focus, which napari's style does not mark."""

    def __init__(self, content: QWidget) -> None:
        super().__init__(content)
        self._framed: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_around(self, widget: QWidget | None) -> None:
        """Frame another widget, or none."""
        self._framed = widget
        self.setVisible(widget is not None)
        self.follow()

    def follow(self) -> None:
        """Go to where the framed widget is now."""
        content = self.parentWidget()
        if self._framed is not None and content is not None:
            rect = self._framed.rect()
            rect.moveTo(self._framed.mapTo(content, rect.topLeft()))
            self.setGeometry(rect.adjusted(-WIDTH, -WIDTH, WIDTH, WIDTH))
            self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draw the line in the colour of the text."""
        painter = QPainter(self)
        painter.setPen(QPen(self.palette().color(self.foregroundRole()), WIDTH))
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
