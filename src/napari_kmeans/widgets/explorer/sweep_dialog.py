"""The box that asks what of a sweep is to be saved."""

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from napari_kmeans.io.picture_files import SECONDS
from napari_kmeans.layers.sweep_files import SweepPlan
from napari_kmeans.widgets.controls import Controls

NARROWEST = 340
WIDTHS = 16, 4096
"""In pixels; of this box, on the screen, and of an animation."""
MOST_SECONDS = 60.0
MOST_NAMED = 8
"""Numbers that are named one by one."""


class SweepDialog(QDialog):
    """Asks what to save, and how animations look; it remembers the last answers."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Save sweep")
        self.about = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        self.pictures = _box(
            "A picture for each", "A PNG file for each number, with k written on it."
        )
        self.sheet = _box(
            "Contact sheet",
            "One PNG file with the image and all pictures side by side.",
        )
        self.gif = _box(
            "Animation", "A GIF file that shows one picture after the other."
        )
        self.convergence = _box(
            "Animation of one run",
            "A GIF file of how k-means gets to its segments, iteration by iteration, "
            "from one start: for the number that is set in the panel.",
        )
        for box in (self.pictures, self.sheet, self.gif):
            box.setChecked(True)
        self.seconds = _time(1, "How long the animation shows each number.")
        self.iteration_seconds = _time(
            0.25, "How long that of one run shows each step."
        )
        self.width_box = QSpinBox(singleStep=20, suffix=" px")
        self.width_box.setRange(*WIDTHS)
        self.width_box.setValue(480)
        self.width_box.setToolTip("How wide an animation is.")
        self.loop = _box(
            "Repeat for ever", "Show the first picture after the last one."
        )
        self.loop.setChecked(True)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Cancel)
        self.save_button = self.buttons.addButton(
            "Choose folder…", QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.save_button.setToolTip("Choose where to save the files.")
        self._lay_out()
        self._controls = Controls(self)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        for box in (self.pictures, self.sheet, self.gif, self.convergence):
            box.toggled.connect(self._follow)
        self._follow()

    def _lay_out(self) -> None:
        """Place what is saved above how animations look."""
        looks = QFormLayout()
        looks.addRow("Each number for", self.seconds)
        looks.addRow("Each iteration for", self.iteration_seconds)
        looks.addRow("Width", self.width_box)
        looks.addRow("", self.loop)
        self._looks = QWidget()
        self._looks.setLayout(looks)
        looks.setContentsMargins(20, 0, 0, 0)
        self.setMinimumWidth(NARROWEST)
        layout = QVBoxLayout(self)
        for widget in (
            self.about,
            self.pictures,
            self.sheet,
            self.gif,
            self.convergence,
            self._looks,
            self.buttons,
        ):
            layout.addWidget(widget)

    def _follow(self) -> None:
        """Offer what has an effect."""
        is_animated = self.gif.isChecked() or self.convergence.isChecked()
        self._looks.setEnabled(is_animated)
        self.seconds.setEnabled(self.gif.isChecked())
        self.iteration_seconds.setEnabled(self.convergence.isChecked())
        boxes = self.pictures, self.sheet
        is_any = is_animated or any(box.isChecked() for box in boxes)
        self.save_button.setEnabled(is_any)

    def ask_about(self, name: str, numbers: Sequence[int], n_clusters: int) -> None:
        """Show the box for an image, the numbers, and that of one run."""
        self.about.setText(f"'{name}' in {in_words(numbers)} segments, as it is seen.")
        self.convergence.setText(f"Animation of one run, into {n_clusters}")
        self.open()

    def plan(self, folder: Path, name: str, numbers: Sequence[int]) -> SweepPlan:
        """Return what is to be saved."""
        return SweepPlan(
            folder,
            name,
            tuple(numbers),
            pictures=self.pictures.isChecked(),
            sheet=self.sheet.isChecked(),
            gif=self.gif.isChecked(),
            convergence=self.convergence.isChecked(),
            seconds=self.seconds.value(),
            iteration_seconds=self.iteration_seconds.value(),
            loop=self.loop.isChecked(),
            width=self.width_box.value(),
        )


def in_words(numbers: Sequence[int]) -> str:
    """Name numbers of segments: '2 to 8', or one by one."""
    first, last = numbers[0], numbers[-1]
    if len(numbers) > 2 and list(numbers) == list(range(first, last + 1)):
        return f"{first} to {last}"
    if len(numbers) > MOST_NAMED:
        return f"{first}, {numbers[1]}, … {last}"
    *others, end = map(str, numbers)
    return f"{', '.join(others)} and {end}" if others else end


def _box(words: str, tooltip: str) -> QCheckBox:
    box = QCheckBox(words)
    box.setToolTip(tooltip)
    return box


def _time(seconds: float, tooltip: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox(decimals=2, singleStep=0.05, suffix=" s")
    box.setRange(SECONDS[0], MOST_SECONDS)
    box.setValue(seconds)
    box.setToolTip(tooltip)
    return box
