"""The histogram of confidences, with the threshold as a line to drag."""

import numpy as np
from psygnal import Signal
from qtpy.QtCore import QEvent
from qtpy.QtGui import QColor, QPalette
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_kmeans.core.types import Counts
from napari_kmeans.widgets.table_export import Rows

AXES = ("left", "bottom")
N_BINS = 100
DECIDED, UNDECIDED = QColor(70, 140, 200), QColor(150, 150, 150, 120)
LINE_WIDTH = 3


class ConfidencePlot(QWidget):
    """Draws how many pixels are how sure, in percent."""

    moved = Signal(int)
    released = Signal()

    def __init__(self) -> None:
        super().__init__()
        import pyqtgraph  # noqa: PLC0415  (only who looks at a plot waits for it)

        self.canvas = pyqtgraph.PlotWidget(background=None)
        self.canvas.setMenuEnabled(False)
        self.canvas.setMouseEnabled(x=False, y=False)
        self.canvas.hideButtons()
        self.canvas.setToolTip("Drag the line: pixels left of it become undecided.")
        places = np.arange(N_BINS) + 0.5
        self._bars = pyqtgraph.BarGraphItem(x=places, height=0 * places, width=1)
        self.line = pyqtgraph.InfiniteLine(
            0, movable=True, bounds=(0, N_BINS), label="{value:.0f} %"
        )
        self.line.label.setPosition(0.9)
        self._counts: Counts = np.zeros(N_BINS, np.int64)
        plot = self.canvas.getPlotItem()
        plot.addItem(self._bars)
        plot.addItem(self.line, ignoreBounds=True)
        self.canvas.setLabel("left", "Pixels")
        self.canvas.setLabel("bottom", "Confidence, %")
        for name in AXES:
            plot.getAxis(name).enableAutoSIPrefix(False)
        self.canvas.setXRange(0, N_BINS, padding=0.02)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self.line.sigDragged.connect(lambda: self.moved.emit(round(self.line.value())))
        self.line.sigPositionChangeFinished.connect(lambda: self.released.emit())  # noqa: PLW0108
        self._wear_theme()

    @property
    def is_dragged(self) -> bool:
        """Whether the line is held by the mouse."""
        return bool(self.line.moving)

    def show_counts(self, counts: Counts) -> None:
        """Draw how many pixels have each percent, (101,): 100 belongs to the last."""
        self._counts = counts[:N_BINS].copy()
        self._counts[-1] += counts[N_BINS:].sum()
        self.canvas.setYRange(0, max(1, self._counts.max()), padding=0.05)
        self.show_threshold(round(self.line.value()))

    def rows(self) -> Rows:
        """Return what is drawn, as a file has it."""
        titles = ["confidence from (%)", "to (%)", "pixels"]
        return [titles, *([n, n + 1, int(c)] for n, c in enumerate(self._counts))]

    def show_threshold(self, percent: int) -> None:
        """Move the line, and grey what is left of it."""
        if not self.is_dragged:
            self.line.setValue(percent)
        brushes = [UNDECIDED if n < percent else DECIDED for n in range(N_BINS)]
        self._bars.setOpts(height=self._counts, brushes=brushes, pen=None)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Take the colours of another theme."""
        super().changeEvent(event)
        if event.type() in (event.Type.StyleChange, event.Type.PaletteChange):
            self._wear_theme()

    def _wear_theme(self) -> None:
        text = self.palette().color(QPalette.ColorRole.WindowText)
        for name in AXES:
            axis = self.canvas.getAxis(name)
            axis.setPen(text)
            axis.setTextPen(text)
        self.line.setPen(text, width=LINE_WIDTH)
        self.line.setHoverPen(text, width=LINE_WIDTH + 2)
        self.line.label.setColor(text)
