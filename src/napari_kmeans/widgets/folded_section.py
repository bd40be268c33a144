"""A section of a panel that unfolds when its title is clicked."""

from collections.abc import Sequence

from magicgui.widgets import Container
from magicgui.widgets.bases import Widget
from qtpy.QtCore import Qt
from qtpy.QtGui import QIcon, QPixmap
from superqt import QCollapsible

TITLE_STYLE = """
QPushButton { text-align: left; border: none; background: transparent; }
QPushButton:hover, QPushButton:focus { text-decoration: underline; }
"""


class FoldedSection(Container[Widget]):
    """Widgets under a title that folds and unfolds them."""

    def __init__(self, title: str, widgets: Sequence[Widget]) -> None:
        super().__init__(labels=False)
        self.margins = (0, 0, 0, 0)
        self.body = Container(widgets=widgets, labels=False)
        # The arrow is text, which wears the theme's colour; superqt's icon does not.
        nothing = QPixmap(1, 1)
        nothing.fill(Qt.GlobalColor.transparent)
        icon = QIcon(nothing)
        self._fold = QCollapsible(expandedIcon=icon, collapsedIcon=icon)
        self._fold.layout().setContentsMargins(0, 0, 0, 0)
        self._fold.setDuration(0)
        self._fold.addWidget(self.body.native)
        self._fold.toggleButton().setStyleSheet(TITLE_STYLE)
        self._fold.toggled.connect(self._on_toggled)
        self.native.layout().addWidget(self._fold)
        self.title = title
        self._on_toggled()

    @property
    def title(self) -> str:
        """What the section is."""
        return self._title

    @title.setter
    def title(self, title: str) -> None:
        self._title = title
        self._show_title()

    def _on_toggled(self) -> None:
        # What is folded away is not to be reached with the Tab key either.
        self.body.visible = not self.folded
        self._show_title()

    def _show_title(self) -> None:
        arrow = "▸" if self.folded else "▾"
        self._fold.setText(f"{arrow} {self._title}")

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
