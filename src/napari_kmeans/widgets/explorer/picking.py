"""Pick places on napari's canvas: clicks go to whoever asked, and to no layer."""

from typing import TYPE_CHECKING, Any

from napari.components import ViewerModel
from psygnal import Signal
from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QCursor, QKeyEvent, QMouseEvent

from napari_kmeans.widgets.canvas import canvas_of
from napari_kmeans.widgets.layout import EventWatcher

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget

CLICKS = (
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseButtonRelease,
    QEvent.Type.MouseButtonDblClick,
)


class CanvasPick:
    """Takes the clicks of the left button from `begin` to `end`, or to Esc.

    The canvas does not see them, so that nothing is painted, and no camera moves.
    """

    picked = Signal(object)
    """A position in the viewer's coordinates."""
    ended = Signal()

    def __init__(self) -> None:
        self._viewer: ViewerModel | None = None
        self._canvas: QWidget | None = None
        self._watcher: EventWatcher | None = None
        self._cursor = QCursor()

    @property
    def is_on(self) -> bool:
        """Whether clicks are taken."""
        return self._viewer is not None

    def begin(self, viewer: ViewerModel) -> None:
        """Take the clicks on a viewer's canvas from now on."""
        canvas: Any = getattr(canvas_of(viewer), "native", None)
        if canvas is None or self.is_on:
            return
        self._viewer = viewer
        if canvas is not self._canvas:
            self._canvas = canvas
            canvas.destroyed.connect(self._forget)
            self._watcher = EventWatcher(canvas, self._on_event)
        self._cursor = canvas.cursor()
        canvas.setCursor(Qt.CursorShape.CrossCursor)
        canvas.setFocus()  # for Esc

    def end(self) -> None:
        """Let napari have the clicks again."""
        if self.is_on:
            self._viewer = None
            if self._canvas is not None:
                self._canvas.setCursor(self._cursor)
            self.ended.emit()

    def _forget(self) -> None:
        self._viewer = self._canvas = self._watcher = None

    def _on_event(self, event: QEvent) -> bool:
        """Take clicks and Esc; return whether napari is not to see an event."""
        viewer: Any = self._viewer
        if viewer is None:
            return False
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self.end()
            return True
        is_click = isinstance(event, QMouseEvent) and event.type() in CLICKS
        if not is_click or event.button() != Qt.MouseButton.LeftButton:
            return False
        if event.type() == QEvent.Type.MouseButtonPress:
            self.picked.emit(viewer.cursor.position)
        return True
