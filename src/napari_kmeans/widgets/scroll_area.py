"""A container that scrolls when its dock is too small for it."""

from collections.abc import Sequence

from magicgui.widgets import Container
from magicgui.widgets.bases import Widget
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QScrollArea

NARROWEST = 300
"""The minimum width of the content, in logical pixels."""


class ScrollingContainer(Container[Widget]):
    """Widgets in a column that scrolls.

    magicgui's own ``scrollable`` is lost when napari docks a widget: it docks the
    content without its scroll area.
    """

    def __init__(self, widgets: Sequence[Widget]) -> None:
        super().__init__(labels=False)
        self.margins = (0, 0, 0, 0)
        self.content = Container(widgets=widgets, labels=False)
        self.content.native.layout().setAlignment(Qt.AlignmentFlag.AlignTop)
        scroll_area = QScrollArea()
        scroll_area.setWidgetResizable(True)
        scroll_area.setFrameShape(QFrame.Shape.NoFrame)
        scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll_area.setMinimumWidth(
            NARROWEST + scroll_area.verticalScrollBar().sizeHint().width()
        )
        scroll_area.setWidget(self.content.native)
        self.native.layout().addWidget(scroll_area)
