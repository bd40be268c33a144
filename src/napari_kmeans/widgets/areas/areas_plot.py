"""The plot of areas: a line for each segment that is shown."""

from html import escape
from math import isnan

import numpy as np
from psygnal import Signal
from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QColor, QPalette
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_kmeans.segments.segment_map import Segment
from napari_kmeans.widgets.areas.areas_table import Areas
from napari_kmeans.widgets.texts import hex_color

HEIGHT = 200
AXIS_HEIGHT = 42
AXES = ("left", "bottom")
LINE_WIDTH = 2
HALO = (128, 128, 128)
"""The outline of each line, so that black is visible on black and white on white."""
MARGIN = 0.02
"""The share of the width left free on either side of the lines."""


class AreasPlot(QWidget):
    """Draws areas against the number of the slice.

    It uses pyqtgraph, the Qt plotting library that starts at once (45 ms) and needs
    only numpy.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        import pyqtgraph  # noqa: PLC0415  (only who looks at a plot waits for it)

        self._library = pyqtgraph
        self.canvas = pyqtgraph.PlotWidget(background=None)
        self.canvas.setMenuEnabled(False)
        self.canvas.setMouseEnabled(x=False, y=False)
        self.canvas.hideButtons()
        self.canvas.setFixedHeight(HEIGHT)
        self.canvas.setToolTip("Click to go to a slice.")
        # Under the lines, where it covers none of them.
        self.legend = QLabel()
        self.legend.setWordWrap(True)
        self.legend.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.cursor = pyqtgraph.InfiniteLine(angle=90)
        self.lines: dict[int, pyqtgraph.PlotDataItem] = {}
        self.n_slices = 0
        self.canvas.scene().sigMouseClicked.connect(self._on_clicked)
        # Room for the axis' name, which would be under the legend else.
        self.canvas.getAxis("bottom").setHeight(AXIS_HEIGHT)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        layout.addWidget(self.legend)
        self._wear_theme()

    def show_areas(self, areas: Areas) -> None:
        """Draw areas instead of those before."""
        plot = self.canvas.getPlotItem()
        plot.clear()
        self.lines, self.n_slices = {}, len(areas.values)
        numbers = np.arange(self.n_slices)
        for segment, values in zip(areas.segments, areas.values.T, strict=True):
            if segment.visible and not np.isnan(values).all():
                self.lines[segment.value] = plot.plot(
                    numbers,
                    values,
                    pen=self._library.mkPen(hex_color(segment.color), width=LINE_WIDTH),
                    shadowPen=self._library.mkPen(HALO, width=LINE_WIDTH + 2),
                    antialias=True,
                    # One slice alone is no line.
                    symbol="o" if self.n_slices == 1 else None,
                )
        plot.addItem(self.cursor, ignoreBounds=True)
        drawn = [one for one in areas.segments if one.value in self.lines]
        self.legend.setText(" &nbsp; ".join(map(_in_legend, drawn)))
        self._make_room()
        self.canvas.setLabel("left", areas.quantity)
        self.canvas.setLabel("bottom", escape(areas.axis_name))
        for name in AXES:
            plot.getAxis(name).enableAutoSIPrefix(False)
        self.canvas.setXRange(0, max(1, self.n_slices - 1), padding=MARGIN)
        self.canvas.enableAutoRange(axis="y")

    def show_slice(self, number: float) -> None:
        """Mark the slice that the viewer shows."""
        self.cursor.setValue(number)
        self.cursor.setVisible(not isnan(number) and 0 <= number < self.n_slices)

    def _on_clicked(self, event: QEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self.n_slices:
            return
        place = self.canvas.getPlotItem().vb.mapSceneToView(event.scenePos())
        self.chosen.emit(min(max(round(place.x()), 0), self.n_slices - 1))

    def resizeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Give the legend as many lines as it needs at this width."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        # The layouts around this one do not ask how high it is at its width.
        self.legend.setFixedHeight(self.legend.heightForWidth(self.width()))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Take the colours of another theme."""
        super().changeEvent(event)
        if event.type() in (event.Type.StyleChange, event.Type.PaletteChange):
            self._wear_theme()

    def _wear_theme(self) -> None:
        """Draw axes and cursor in the colour of the text."""
        text = self.palette().color(QPalette.ColorRole.WindowText)
        for name in AXES:
            axis = self.canvas.getAxis(name)
            axis.setPen(text)
            axis.setTextPen(text)
        faint = QColor(text)
        faint.setAlphaF(0.5)
        self.cursor.setPen(faint)


def _in_legend(segment: Segment) -> str:
    """Return the line and the name of a segment, for Qt."""
    name = escape(segment.name).replace(" ", "&nbsp;")
    return f'<span style="color: {hex_color(segment.color)}">▬</span>&nbsp;{name}'
