"""How widgets are placed: in groups, aligned rows, folded and scrolling columns."""

from collections.abc import Callable, Sequence
from typing import Any

from magicgui.widgets import Container
from magicgui.widgets.bases import Widget
from psygnal import Signal
from qtpy.QtCore import QEvent, QObject, Qt, QTimer
from qtpy.QtGui import QIcon, QPixmap
from qtpy.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QWidget,
)
from superqt import QCollapsible

from napari_kmeans.widgets.controls import Controls

NARROWEST = 280
"""The minimum width of what scrolls with its scroll bar, in logical pixels."""

SHORTEST = 260
"""The minimum height of what scrolls, also beside the docks of other plugins."""

FIELD = 80
"""The minimum width of what is beside a label, in logical pixels."""

MARGIN, SPACING = 5, 3
"""The space around and between what scrolls, in logical pixels."""

PADDING = 3
"""What Qt adds to the height of a line of text, in logical pixels."""

TITLE_STYLE = """
QPushButton { text-align: left; border: none; background: transparent; padding: 0 4px; }
QPushButton:hover, QPushButton:focus { text-decoration: underline; }
"""


SETTLING_MS = 100
"""Milliseconds after which what is shown newly is as high as it gets."""


class Group(Container[Any]):
    """Widgets close together, by default without labels."""

    def __init__(self, widgets: Sequence[Widget] = (), **options: Any) -> None:
        super().__init__(widgets=widgets, **{"labels": False, **options})
        self.margins = (0, 0, 0, 0)
        self.native.layout().setSpacing(SPACING)


class EventWatcher(QObject):
    """Calls a function with each event of a widget, which ends there if it says so.

    It ends with the widget, or with another that it is for.
    """

    # What Python holds may be cleared away before Qt has closed the window.
    _on_event: Callable[[QEvent], bool | None] | None = None

    def __init__(
        self,
        widget: QWidget,
        on_event: Callable[[QEvent], bool | None],
        owner: QWidget | None = None,
    ) -> None:
        super().__init__(owner or widget)
        self._on_event = on_event
        widget.installEventFilter(self)

    def eventFilter(self, _widget: QObject, event: QEvent) -> bool:  # noqa: N802
        """Pass the event on."""
        return self._on_event is not None and bool(self._on_event(event))


def keep_lines(label: QLabel, n: int, within: QWidget | None = None) -> None:
    """Keep the room of some lines of text, so that nothing moves when they come.

    The room is that of what the label is within, where others may share it.
    """

    def fit(event: QEvent) -> None:
        if event.type() in (QEvent.Type.Show, QEvent.Type.StyleChange):
            height = n * (label.fontMetrics().lineSpacing() + PADDING)
            (within or label).setMinimumHeight(height)

    EventWatcher(label, fit)


class AlignedRows(Group):
    """Labelled widgets with aligned left edges.

    magicgui aligns them too, but measures the labels in the application's font, and
    napari's style sheet sets another one.
    """

    def __init__(self, widgets: Sequence[Widget]) -> None:
        super().__init__(widgets, labels=True)
        for widget in widgets:
            # Napari's style asks for more than there may be.
            vertical = widget.native.sizePolicy().verticalPolicy()
            widget.native.setSizePolicy(QSizePolicy.Policy.Ignored, vertical)
            widget.native.setMinimumWidth(FIELD)
        self.aligned_with: Sequence[AlignedRows] = [self]
        self._watcher = EventWatcher(self.native, self._on_event)

    def _on_event(self, event: QEvent) -> None:
        """Align when the rows are shown or may have another font."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.StyleChange):
            labels = [label for rows in self.aligned_with for label in _labels_of(rows)]
            width = max((label.sizeHint().width() for label in labels), default=0)
            for label in labels:
                label.setMinimumWidth(width)


def align(groups: Sequence[AlignedRows]) -> None:
    """Bring the widgets of several groups of rows into one column."""
    for group in groups:
        group.aligned_with = groups


def _labels_of(rows: AlignedRows) -> list[QLabel]:
    """List the labels at the left of rows."""
    layout = rows.native.layout()
    widgets = [layout.itemAt(index).widget() for index in range(layout.count())]
    labels = [row.layout().itemAt(0).widget() for row in widgets if row.layout()]
    return [label for label in labels if isinstance(label, QLabel)]


class ScrollingContainer(Group):
    """Widgets in a column that scrolls when its dock is too small for it.

    magicgui's own ``scrollable`` is lost when napari docks a widget: it docks the
    content without its scroll area.
    """

    def __init__(self, widgets: Sequence[Widget]) -> None:
        super().__init__()
        self.content = Group(widgets)
        self.content.margins = (MARGIN, MARGIN, MARGIN, MARGIN)
        self.content.native.layout().setAlignment(Qt.AlignmentFlag.AlignTop)
        scroll_area = QScrollArea()
        scroll_area.setWidgetResizable(True)
        scroll_area.setFrameShape(QFrame.Shape.NoFrame)
        scroll_area.setMinimumSize(NARROWEST, SHORTEST)
        scroll_area.setWidget(self.content.native)
        self.controls = Controls(self.content.native)
        self.native.layout().addWidget(scroll_area)
        self.scroll_area = scroll_area

    def bring_into_view(self, widget: QWidget) -> None:
        """Scroll to all of a widget, once it has its place."""
        for delay in (0, SETTLING_MS):
            timer = QTimer(self.native, singleShot=True, interval=delay)
            timer.timeout.connect(lambda: self._scroll_to(widget))
            timer.timeout.connect(timer.deleteLater)
            timer.start()

    def _scroll_to(self, widget: QWidget) -> None:
        """Scroll to a widget: to its top, if it is higher than what is seen."""
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        area, content = self.scroll_area, self.content.native
        top = widget.mapTo(content, widget.rect().topLeft()).y()
        end = top + min(widget.height(), area.viewport().height() - 2 * MARGIN)
        for y in (end, top):
            area.ensureVisible(0, y, 0, MARGIN)


class FoldedSection(Group):
    """Widgets under a title that folds and unfolds them."""

    unfolded = Signal()  # or as high as it gets only after it was

    def __init__(self, title: str, widgets: Sequence[Widget]) -> None:
        super().__init__()
        self.body = Group(widgets)
        # The arrow is text, which wears the theme's colour; superqt's icon does not.
        nothing = QPixmap(1, 1)
        nothing.fill(Qt.GlobalColor.transparent)
        icon = QIcon(nothing)
        self._fold = QCollapsible(expandedIcon=icon, collapsedIcon=icon)
        self._fold.layout().setContentsMargins(0, 0, 0, 0)
        self._fold.layout().setSpacing(0)
        self._fold.content().layout().setContentsMargins(0, 0, 0, 0)
        self._fold.setDuration(0)
        self._fold.addWidget(self.body.native)
        self._button = self._fold.toggleButton()
        self._button.setStyleSheet(TITLE_STYLE)
        policy = QSizePolicy.Policy
        self._button.setSizePolicy(policy.Ignored, policy.Fixed)
        self._watcher = EventWatcher(self._button, self._on_event)
        self._fold.toggled.connect(self._on_toggled)
        self.native.layout().addWidget(self._fold)
        self.body.changed.connect(lambda: self.changed.emit(self))
        self.title = title

    @property
    def title(self) -> str:
        """What the section is."""
        return self._title

    @title.setter
    def title(self, title: str) -> None:
        self._title = title
        self._show_fold()

    @property
    def folded(self) -> bool:
        """Whether the widgets are hidden."""
        return not self._fold.isExpanded()

    @folded.setter
    def folded(self, folded: bool) -> None:
        if folded:
            self._fold.collapse(animate=False)
        else:
            self._fold.expand(animate=False)

    def _on_toggled(self, is_unfolded: bool) -> None:
        self._show_fold()
        if is_unfolded:
            self.unfolded.emit()

    def _show_fold(self) -> None:
        # What is folded away is not to be reached with the Tab key either.
        self.body.visible = not self.folded
        title = f"{'▸' if self.folded else '▾'} {self._title}"
        room = self._button.width() - 2 * MARGIN
        mode = Qt.TextElideMode.ElideRight
        self._fold.setText(self._button.fontMetrics().elidedText(title, mode, room))
        self._button.setAccessibleName(self._title)

    def _on_event(self, event: QEvent) -> None:
        """Elide the title to the width that there is."""
        if event.type() == QEvent.Type.Resize:
            self._show_fold()
