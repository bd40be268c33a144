"""The buttons under the table."""

from psygnal import Signal
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QPaintEvent
from qtpy.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from napari_kmeans.widgets.segments_table.actions import ACTS, tooltip
from napari_kmeans.widgets.segments_table.icons import paint_focus

IN_A_ROW = 3

COMPUTED = "these labels are computed as they are looked at; write them to zarr first"
STORED = "these labels are on disk, to be painted on; do it before you write them"

NAMES = {
    "show_all": "Show all segments",
    "invert": "Invert which segments are shown",
    "merge": "Merge the selected segments",
    "split": "Split the selected segment",
    "objects": "Objects of the selected segment",
    "undo": "Undo",
    "redo": "Redo",
    "copy": "Copy the table",
    "save": "Save the table as CSV",
    "help": "Keys of the table",
}
"""What a screen reader says."""


class ActionButton(QPushButton):
    """A button that may be narrower than the style thinks, and shows its focus."""

    def __init__(self, name: str) -> None:
        super().__init__(ACTS[name].text.replace("&", "&&"))
        self._name = name
        self.setAccessibleName(NAMES[name])
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.explain()

    def explain(self, text: str = "", enabled: bool = True) -> None:
        """Say what it does now, or why it does nothing."""
        self.setToolTip(tooltip(self._name, text))
        self.setAccessibleDescription(self.toolTip())
        self.setEnabled(enabled)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Mark the focus, which napari's style does not show."""
        super().paintEvent(event)
        if self.hasFocus():
            paint_focus(self)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Need the room of the text and no more."""
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self.text()) + metrics.averageCharWidth()
        return QSize(width, super().minimumSizeHint().height())


class ActionButtons(QWidget):
    """All buttons, in rows of the same width."""

    pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        names = [name for name in NAMES if name != "help"]
        self.buttons = {name: ActionButton(name) for name in names}
        for position, (name, button) in enumerate(self.buttons.items()):
            layout.addWidget(button, *divmod(position, IN_A_ROW))
            button.clicked.connect(lambda _=False, name=name: self.pressed.emit(name))
        for column in range(IN_A_ROW):
            layout.setColumnStretch(column, 1)

    def explain(
        self,
        n_segments: int,
        n_hidden: int,
        selected: int,
        undo_name: str | None,
        redo_name: str | None,
        *,
        splitting: str | None = None,
        is_editable: bool = True,
        is_stored: bool = False,
    ) -> None:
        """Let each button say what it would do now, or why it cannot."""
        every = self.buttons
        if n_hidden:
            every["show_all"].explain()
        else:
            every["show_all"].explain("Show all: no segment is hidden", False)
        if n_segments < 2:
            every["merge"].explain("Merge: there is only one segment", False)
        elif is_stored:
            every["merge"].explain(f"Merge: {STORED}", False)
        elif selected < 2:
            every["merge"].explain("Merge: select two rows or more first", False)
        else:
            every["merge"].explain(f"Make one segment of the {selected} selected rows")
        reason = None if is_editable else STORED if is_stored else COMPUTED
        self._explain_for_one(selected, splitting, reason)
        for name, step in (("undo", undo_name), ("redo", redo_name)):
            text = ACTS[name].text
            if step is None:
                every[name].explain(
                    f"{text}: there is nothing to {text.lower()}", False
                )
            else:
                every[name].explain(f"{text} {step}")

    def _explain_for_one(
        self, selected: int, splitting: str | None, reason: str | None
    ) -> None:
        """Explain the buttons that look at the pixels of one segment."""
        for name in ("split", "objects"):
            text, button = ACTS[name].text.rstrip("…"), self.buttons[name]
            if reason is not None:
                button.explain(f"{text}: {reason}", False)
            elif name == "split" and splitting is not None:
                button.explain(f"Split: '{splitting}' is being split", False)
            elif selected == 1:
                button.explain()
            else:
                button.explain(f"{text}: select one row first", False)
