"""The question into how many segments one is split."""

from qtpy.QtCore import QEvent, QPoint, Qt
from qtpy.QtGui import QKeyEvent, QKeySequence, QPaintEvent
from qtpy.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from napari_kmeans.widgets.segments_table.icons import paint_border

PIECES = (2, 16)


class SplitPopup(QDialog):
    """A small box under the Split button; Escape or a click elsewhere closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.value = 0  # the label value of the segment
        self.question = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.n_pieces = QSpinBox()
        self.n_pieces.setRange(*PIECES)
        self.n_pieces.setAccessibleName("Number of pieces")
        self.button = QPushButton("Split")
        self.button.setDefault(True)
        self.button.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(self.n_pieces)
        row.addWidget(QLabel("segments"))
        row.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.question)
        layout.addLayout(row)

    def ask(self, value: int, name: str, place: QPoint) -> None:
        """Show the question."""
        self.value = value
        self.question.setText(f"Split {value}, '{name}', into")
        self.n_pieces.setValue(2)
        self.adjustSize()
        screen = self.screen().availableGeometry()
        self.move(
            min(place.x(), screen.right() - self.width()),
            min(place.y(), screen.bottom() - self.height()),
        )
        self.show()
        self.n_pieces.setFocus()
        self.n_pieces.selectAll()

    def event(self, event: QEvent) -> bool:
        """Take Escape before the panel does, to which the popup belongs."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Cancel)
        ):
            event.accept()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paint a background and a border."""
        super().paintEvent(event)
        paint_border(self)
