"""A box over what is below it, so that nothing moves when it is shown."""

from collections.abc import Callable

from qtpy.QtCore import QEvent
from qtpy.QtGui import QPaintEvent
from qtpy.QtWidgets import QFrame, QVBoxLayout, QWidget

from napari_kmeans.widgets.layout import MARGIN, EventWatcher
from napari_kmeans.widgets.segments_table.icons import paint_border


class Popover(QFrame):
    """Lies over a place in some content while the widget in it is shown."""

    def __init__(
        self,
        widget: QWidget,
        place: QWidget,
        content: QWidget,
        on_shown: Callable[[QWidget], None],
    ) -> None:
        super().__init__(content)
        self._place, self._content, self._on_shown = place, content, on_shown
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*4 * (2 * MARGIN,))
        layout.addWidget(widget)
        self.setVisible(not widget.isHidden())
        self._watchers = [
            EventWatcher(widget, self._on_widget_event),
            EventWatcher(place, self._on_place_event),
        ]

    def _on_widget_event(self, event: QEvent) -> None:
        """Be there when the widget is."""
        if event.type() == QEvent.Type.ShowToParent:
            self.show()
            self._cover()
            self._on_shown(self)
        elif event.type() == QEvent.Type.HideToParent:
            self.hide()
            self._content.setMinimumHeight(0)

    def _on_place_event(self, event: QEvent) -> None:
        if self.isVisible() and event.type() in (QEvent.Type.Move, QEvent.Type.Resize):
            self._cover()

    def _cover(self) -> None:
        """Lie over the place and as much below it as is needed."""
        corner = self._place.mapTo(self._content, self._place.rect().topLeft())
        width = self._place.width()
        height = self.layout().totalHeightForWidth(width)
        self.setGeometry(corner.x(), corner.y(), width, height)
        self._content.setMinimumHeight(self.geometry().bottom() + MARGIN)
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paint a background and a border."""
        super().paintEvent(event)
        paint_border(self)
