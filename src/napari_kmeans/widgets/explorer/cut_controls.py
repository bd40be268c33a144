"""The chosen cut as a number, to be typed, and the button that puts all cuts back."""

import math

from psygnal import Signal
from qtpy.QtCore import QSignalBlocker
from qtpy.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QPushButton, QWidget

from napari_kmeans.core.types import Floats

DIGITS = 6
"""Of a cut between floats, relative to the range."""


WIDEST = 110
"""Of the number, in logical pixels."""


class CutControls(QWidget):
    """Shows the highest value below a cut, and takes another."""

    typed = Signal(float)
    reset = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.label = QLabel()
        self.value = QDoubleSpinBox()
        self.value.setKeyboardTracking(False)
        self.value.setToolTip(
            "The highest value below the chosen cut line. Type another to move the "
            "line, and the labels follow."
        )
        self.reset_button = QPushButton("Reset")
        self.reset_button.setToolTip(
            "Put all cut lines back where the fit had them (Ctrl+Z undoes it)."
        )
        self.value.setMaximumWidth(WIDEST)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.label, self.value, self.reset_button):
            layout.addWidget(widget)
        self.value.valueChanged.connect(self.typed.emit)
        self.reset_button.clicked.connect(lambda: self.reset.emit())  # noqa: PLW0108

    def show_cut(
        self, cuts: Floats, index: int, ends: tuple[float, float], *, is_whole: bool
    ) -> None:
        """Show one of the cuts between the lowest and the highest value."""
        low, high = ends
        digits, cut = 0, float(cuts[index])
        if is_whole:
            cut = math.floor(cut)
        elif high > low:
            digits = min(max(0, DIGITS - math.ceil(math.log10(high - low))), 20)
        with QSignalBlocker(self.value):
            self.value.setDecimals(digits)
            # Wider than the values: of "300" only "30" could be typed else.
            room = 100 * (high - low + 1)
            self.value.setRange(low - room, high + room)
            self.value.setSingleStep(10.0 ** (2 - digits) if digits > 2 else 1)
            self.value.setValue(cut)
        is_only = len(cuts) == 1
        which = "Cut" if is_only else f"Cut {index + 1}"
        self.label.setText(f"{which} up to")
