"""The plot of a histogram: bars in the colours of the segments, cuts and centroids."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from psygnal import Signal
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QColor, QKeyEvent, QPalette
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_kmeans.core.types import Counts, Flags, Floats
from napari_kmeans.io.tables import Cell
from napari_kmeans.segments.segment_map import Segment
from napari_kmeans.widgets.explorer.cut_lines import CutLines
from napari_kmeans.widgets.explorer.save_plot import SCREEN_ONLY
from napari_kmeans.widgets.layout import EventWatcher
from napari_kmeans.widgets.texts import color_bytes

AXES = ("left", "bottom")
GREY = (128, 128, 128)
"""Of the outline of all bars: black is seen on black, and white on white."""
HIDDEN = 50
"""How opaque the bars of a hidden segment are, of 255."""
BELOW_ONE = np.log10(0.5)
"""Where bars begin if counts are on a logarithmic scale: one pixel has some height."""
ROOM = 1.06
"""The height of the plot, relative to the highest bar."""
LIFT = 0.045
"""The height of the marks of the centroids, relative to that of the plot."""
AROUND = 0.02
"""The share of the width left free on either side of the bars."""
KEYS = {
    Qt.Key.Key_Left: ("step", -1),
    Qt.Key.Key_Right: ("step", 1),
    Qt.Key.Key_Up: ("turn", 1),
    Qt.Key.Key_Down: ("turn", -1),
}
"""What the arrow keys do to the cut with the focus, or which gets it."""
TOOLTIP = (
    "Drag a cut line, and the labels follow; double-click on it to put it back where "
    "the fit had it. ← and → move the chosen line by a bar, ↑ and ↓ choose another.\n"
    "Click on a bar to select its segment. The wheel zooms, a drag beside the lines "
    "moves, and a double-click there shows all. ▲ are the centroids."
)


@dataclass(frozen=True, eq=False)
class Bars:
    """What the plot shows."""

    edges: Floats  # (n + 1,)
    counts: Counts  # (n, n_segments): of each of the segments
    segments: Sequence[Segment]
    selected: Sequence[int] = ()  # label values
    is_log: bool = False
    centroids: Sequence[tuple[float, Segment | None]] = ()

    @property
    def heights(self) -> tuple[Floats, Floats]:
        """Where the part of each segment begins and ends, (n, n_segments) each."""
        ends = np.cumsum(self.counts, axis=1).astype(np.float64)
        starts = ends - self.counts
        if self.is_log:
            starts, ends = (
                np.where(one > 0, np.log10(np.maximum(one, 1)), BELOW_ONE)
                for one in (starts, ends)
            )
        return starts, ends

    def rows(self, n_pixels: int) -> Iterator[Sequence[Cell]]:
        """Yield the middle of each bar, its width, count, percent and segment."""
        for bar, counts in enumerate(self.counts.tolist()):
            low, high = self.edges[bar : bar + 2].tolist()
            for segment, count in zip(self.segments, counts, strict=True):
                if count:
                    share = 100 * count / n_pixels
                    yield (low + high) / 2, high - low, count, share, segment.name


class HistogramPlot(QWidget):
    """Draws a histogram with pyqtgraph, and tells what the mouse does on it."""

    view_changed = Signal()  # other bins may suit it
    hovered = Signal(object, object)  # the number of a bar and of a segment, or None
    picked = Signal(int)  # a label value
    key_stepped = Signal(int)  # by how many bars the cut with the focus is to go

    def __init__(self) -> None:
        super().__init__()
        import pyqtgraph  # noqa: PLC0415  (only who looks at a plot waits for it)

        self._library = pyqtgraph
        self.canvas = pyqtgraph.PlotWidget(background=None)
        self.canvas.setMenuEnabled(False)
        self.canvas.setMouseEnabled(x=True, y=False)
        self.canvas.hideButtons()
        self.canvas.setToolTip(TOOLTIP)
        self.canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.canvas.setLabel("left", "Pixels")
        plot = self.canvas.getPlotItem()
        for name in AXES:
            plot.getAxis(name).enableAutoSIPrefix(False)
        self.box = plot.vb
        self.cuts = CutLines(plot)
        self._items: list[Any] = []
        self._bars: Bars | None = None
        self._span = 0.0, 1.0
        self.mark = pyqtgraph.InfiniteLine(
            angle=90, label="{value:.6g}", labelOpts={"position": 0.9}
        )
        self.mark.setZValue(40)
        self.mark.setVisible(False)
        plot.addItem(self.mark, ignoreBounds=True)
        self.text = pyqtgraph.TextItem(anchor=(1, 0))
        self.text.setData(0, SCREEN_ONLY)
        self.text.setParentItem(self.box)
        self.box.sigXRangeChanged.connect(lambda *_: self.view_changed.emit())
        self.box.sigResized.connect(self._on_resized)
        scene = self.canvas.scene()
        scene.sigMouseMoved.connect(self._on_moved)
        scene.sigMouseClicked.connect(self._on_clicked)
        self._watcher = EventWatcher(self.canvas, self._on_event)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self._wear_theme()

    # What is shown

    def show_range(self, low: float, high: float) -> None:
        """Show all values from now on, from the lowest to the highest."""
        margin = AROUND * (high - low) or 1.0
        self._span = low - margin, high + margin
        self.box.setLimits(xMin=self._span[0], xMax=self._span[1])
        self.show_all()

    def show_all(self) -> None:
        """Show the whole range."""
        self.box.setXRange(*self._span, padding=0)

    @property
    def seen(self) -> tuple[float, float]:
        """The values at the left and at the right of the plot."""
        low, high = self.box.viewRange()[0]
        return float(low), float(high)

    @property
    def width_in_pixels(self) -> int:
        """How wide the bars' place is, in logical pixels."""
        return max(1, int(self.box.width()))

    def show_bars(self, bars: Bars) -> None:
        """Draw other bars."""
        self._bars = bars
        plot = self.canvas.getPlotItem()
        for item in self._items:
            plot.removeItem(item)
        starts, ends = bars.heights
        base = BELOW_ONE if bars.is_log else 0.0
        self._items = [
            self._bars_of(bars, index, starts[:, index], ends[:, index])
            for index in range(len(bars.segments))
        ]
        top = ends[:, -1] if len(bars.segments) else np.zeros(len(bars.edges) - 1)
        self._items.append(self._outline(bars, top, GREY, 1))
        for index, segment in enumerate(bars.segments):
            if segment.value in bars.selected:
                own = np.where(bars.counts[:, index] > 0, ends[:, index], base)
                self._items.append(self._outline(bars, own, self._ink, 2))
        highest = float(top.max(initial=base))
        height = ROOM * ((highest - base) or 1)
        self._items.append(self._centroids(bars, base + LIFT * height))
        for item in self._items:
            plot.addItem(item, ignoreBounds=True)
        plot.getAxis("left").setLogMode(y=bars.is_log)
        self.box.setYRange(base, base + height, padding=0)

    def _bars_of(self, bars: Bars, index: int, starts: Floats, ends: Floats) -> Any:
        """Return the bars of a segment."""
        segment, there = bars.segments[index], bars.counts[:, index] > 0
        color = QColor(*color_bytes(segment.color))
        if not segment.visible:
            color.setAlpha(HIDDEN)
        brush = self._library.mkBrush(color)
        if segment.ignored:
            brush.setStyle(Qt.BrushStyle.BDiagPattern)
        return self._library.BarGraphItem(
            x0=bars.edges[:-1][there],
            x1=bars.edges[1:][there],
            y0=starts[there],
            y1=ends[there],
            brush=brush,
            pen=None,
        )

    def _outline(self, bars: Bars, heights: Floats, color: Any, width: int) -> Any:
        pen = self._library.mkPen(color, width=width)
        return self._library.PlotCurveItem(
            bars.edges, heights, stepMode="center", pen=pen
        )

    def _centroids(self, bars: Bars, level: float) -> Any:
        """Return a mark at each centroid."""
        item = self._library.ScatterPlotItem(
            x=[place for place, _ in bars.centroids],
            y=[level] * len(bars.centroids),
            symbol="t1",
            size=12,
            pen=self._library.mkPen(self._ink, width=1),
            brush=self._library.mkBrush(self._paper),
            data=[one.value if one else None for _, one in bars.centroids],
        )
        item.sigClicked.connect(self._on_mark_clicked)
        item.setZValue(45)
        return item

    def mark_value(self, value: float | None) -> None:
        """Mark a value; None: none."""
        self.mark.setVisible(value is not None)
        if value is not None:
            self.mark.setValue(value)

    def say(self, text: str) -> None:
        """Write in the corner what is under the mouse."""
        self.text.setPlainText(text)
        self._place_text()

    def _place_text(self) -> None:
        self.text.setPos(self.box.width() - 4, 0)

    # What the user does

    def _on_resized(self) -> None:
        self._place_text()
        self.view_changed.emit()

    def _find(self, place: QPointF) -> tuple[int | None, int | None]:
        """Return the bar and the segment at a place of the scene."""
        bars = self._bars
        if bars is None or not self.box.sceneBoundingRect().contains(place):
            return None, None
        there = self.box.mapSceneToView(place)
        number = int(np.searchsorted(bars.edges, there.x(), side="right")) - 1
        if not 0 <= number < len(bars.counts) or not bars.counts[number].any():
            return None, None
        ends = bars.heights[1][number]
        own: Flags = bars.counts[number] > 0
        inside = np.flatnonzero(own & (ends >= there.y()))
        return number, int(inside[0] if len(inside) else np.flatnonzero(own)[-1])

    def _on_moved(self, place: QPointF) -> None:
        self.hovered.emit(*self._find(place))

    def _on_clicked(self, event: Any) -> None:
        """Select the segment of a bar; a second click beside the lines shows all."""
        if event.isAccepted() or event.button() != Qt.MouseButton.LeftButton:
            return
        if event.double():
            self.show_all()
            return
        _, index = self._find(event.scenePos())
        if index is not None and self._bars is not None:
            self.picked.emit(self._bars.segments[index].value)

    def _on_mark_clicked(self, _item: Any, points: Sequence[Any], *_: Any) -> None:
        """Select the segment of a centroid."""
        value = points[0].data()
        if value is not None:
            self.picked.emit(value)

    def _on_event(self, event: QEvent) -> bool:
        """Follow the arrow keys, and the mouse when it leaves."""
        if event.type() == QEvent.Type.Leave:
            self.hovered.emit(None, None)
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        what, by = KEYS.get(Qt.Key(event.key()), ("", 0))
        n_cuts = len(self.cuts.lines)
        if not what or not n_cuts:
            return False
        if what == "turn":
            self.cuts.focus((self.cuts.focused + by) % n_cuts)
        else:
            self.key_stepped.emit(by)
        return True

    # Its colours

    @property
    def _ink(self) -> QColor:
        return self.palette().color(QPalette.ColorRole.WindowText)

    @property
    def _paper(self) -> QColor:
        return self.palette().color(QPalette.ColorRole.Window)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Take the colours of another theme."""
        super().changeEvent(event)
        if event.type() in (event.Type.StyleChange, event.Type.PaletteChange):
            self._wear_theme()

    def _wear_theme(self) -> None:
        """Draw axes, lines and text in the colour of the text."""
        ink = self._ink
        for name in AXES:
            axis = self.canvas.getAxis(name)
            axis.setPen(ink)
            axis.setTextPen(ink)
        self.cuts.wear(ink)
        self.mark.setPen(self._library.mkPen(ink, style=Qt.PenStyle.DotLine))
        self.mark.label.setColor(ink)
        self.text.setColor(ink)
        back = QColor(self._paper)
        back.setAlphaF(0.8)
        self.text.fill = self._library.mkBrush(back)
        if self._bars is not None:
            self.show_bars(self._bars)
