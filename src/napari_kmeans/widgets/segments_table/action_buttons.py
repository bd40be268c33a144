"""The buttons under the table."""

from psygnal import Signal
from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from napari_kmeans.widgets.segments_table.actions import ACTIONS, Action
from napari_kmeans.widgets.segments_table.segment_actions import SegmentActions
from napari_kmeans.widgets.texts import plain_tooltip

IN_A_ROW = 4


class ActionButton(QPushButton):
    """A button that can be narrower than its style allows."""

    def __init__(self, action: Action) -> None:
        super().__init__((action.short or action.text).replace("&", "&&"))
        self.setAccessibleName(action.spoken)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.tell(f"{action.tooltip.removesuffix('.')} ({action.shown_key})")

    def tell(self, text: str, enabled: bool = True) -> None:
        """Show what it does now, or why it is disabled."""
        self.setToolTip(plain_tooltip(text))
        self.setAccessibleDescription(text)
        self.setEnabled(enabled)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the size of the text."""
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self.text()) + metrics.averageCharWidth()
        return QSize(width, super().minimumSizeHint().height())


class ActionButtons(QWidget):
    """All buttons but that of the help, in rows of the same width."""

    pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        self.buttons = {
            name: ActionButton(action)
            for name, action in ACTIONS.items()
            if action.spoken and name != "help"
        }
        for position, (name, button) in enumerate(self.buttons.items()):
            layout.addWidget(button, *divmod(position, IN_A_ROW))
            button.clicked.connect(lambda _=False, name=name: self.pressed.emit(name))
        for column in range(IN_A_ROW):
            layout.setColumnStretch(column, 1)

    def explain(self, actions: SegmentActions) -> None:
        """Update the tooltips: what each button would do now, or why it cannot."""
        # A row may be there a moment longer than its segment.
        there = actions.segments.map
        values = [value for value in actions.view.selected_values if value in there]
        for name, button in self.buttons.items():
            action = ACTIONS[name]
            button.setText(action.now(actions, values) or action.short or action.text)
            button.tell(*action.explain(actions, values))
