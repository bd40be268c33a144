"""The page with the histogram of the fitted pixels, and the cuts between clusters."""

from collections.abc import Sequence

from qtpy.QtCore import QSignalBlocker, Qt, QTimer
from qtpy.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from superqt import QElidingLabel

from napari_kmeans.core.adjusting import cuts_of, moved
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.plotting.bins import bin_edges
from napari_kmeans.core.types import Floats
from napari_kmeans.io.tables import Cell
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.widgets.explorer.adjuster import Adjuster
from napari_kmeans.widgets.explorer.canvas_probe import CanvasProbe
from napari_kmeans.widgets.explorer.cut_controls import CutControls
from napari_kmeans.widgets.explorer.histogram_counts import (
    Counted,
    centroids_of,
    owners_of,
    within_segments,
)
from napari_kmeans.widgets.explorer.histogram_plot import Bars, HistogramPlot
from napari_kmeans.widgets.explorer.plotting import choice_of
from napari_kmeans.widgets.explorer.save_plot import (
    SavePlotButton,
    pictures_of,
    table_of,
)
from napari_kmeans.widgets.explorer.value_counting import ValueCounting
from napari_kmeans.widgets.panel import KMeansPanel
from napari_kmeans.widgets.run import describe_adjustment
from napari_kmeans.widgets.texts import number, percent, plain_tooltip

BAR = 2
"""How wide a bar is at least, in pixels."""
TWO_LINES = 34
"""The height of what is said beside the controls, in pixels."""
ACT_MS = 2000
"""Milliseconds after which another press of an arrow key is a step of its own."""


class HistogramPage:
    """Shows how many pixels have each value, by segment, and moves the cuts."""

    title = "Histogram"
    tooltip = (
        "How many pixels have each value, in the colours of the segments, with the "
        "cuts between them to be dragged."
    )

    def __init__(self, panel: KMeansPanel) -> None:
        self._panel = panel
        self._is_held = False  # whether a line is being dragged
        self._drawn: object = None  # what the bars were made of
        self._shown: Counted | None = None  # whose range is shown
        self.bars: Bars | None = None
        self.plot: HistogramPlot | None = None  # made when it is first needed
        self.adjuster = Adjuster()
        self.native = QWidget()
        self.counting = ValueCounting(self.native)
        self.channel = choice_of("The channel whose values are counted.")
        self.channel.setMinimumContentsLength(6)
        self.log = QCheckBox("Log counts")
        self.log.setToolTip("Draw the numbers of pixels on a logarithmic scale.")
        self.cut = CutControls()
        self.note = QElidingLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setMaximumHeight(TWO_LINES)
        self.message = QLabel()
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.count_button = QPushButton("Count all values")
        self.count_button.setToolTip("Read every block of the image and count it.")
        self._top = QHBoxLayout()
        self._stack = QStackedWidget()
        self._probe = CanvasProbe(self.native)
        self._later = QTimer(self.native, singleShot=True, interval=0)
        self._act = QTimer(self.native, singleShot=True, interval=ACT_MS)
        self._arrange()
        self._connect()
        self._explain("", False)

    @property
    def layers(self) -> SegmentLayers | None:
        """The clustering that is shown."""
        return self.counting.layers

    # The page

    def _arrange(self) -> None:
        self._top.setContentsMargins(0, 0, 0, 0)
        for widget in (self.channel, self.log, self.cut):
            self._top.addWidget(widget)
        self._top.addWidget(self.note, stretch=1)
        self._top.addWidget(self.counting.row.native)
        reason = QWidget()
        middle = QVBoxLayout(reason)
        middle.addStretch()
        middle.addWidget(self.message)
        middle.addWidget(self.count_button, alignment=Qt.AlignmentFlag.AlignCenter)
        middle.addStretch()
        self._stack.addWidget(reason)
        column = QVBoxLayout(self.native)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(2)
        column.addLayout(self._top)
        column.addWidget(self._stack, stretch=1)

    def _connect(self) -> None:
        self._later.timeout.connect(self._draw)
        self.log.toggled.connect(self._draw)
        self.channel.activated.connect(self._on_channel)
        self.cut.typed.connect(self._on_typed)
        self.cut.reset.connect(self._reset_all)
        self.count_button.clicked.connect(self.counting.read_all)
        self.counting.changed.connect(self._show_counts)
        self.counting.explained.connect(self._explain)
        self.adjuster.said.connect(self._say)
        self._probe.moved.connect(self._mark)
        self._panel.segments.view.selected.connect(self._later.start, check_nargs=False)
        self.adjuster.shown.connect(self._later.start, check_nargs=False)
        self.native.destroyed.connect(self._let_go)

    def _make_plot(self) -> HistogramPlot:
        """Make the plot when it is first shown."""
        if self.plot is None:
            self.plot = plot = HistogramPlot()
            plot.view_changed.connect(self._later.start, check_nargs=False)
            plot.hovered.connect(self._on_hovered)
            plot.picked.connect(self._pick)
            plot.key_stepped.connect(self._on_key)
            plot.cuts.dragged.connect(self._on_dragged)
            plot.cuts.dropped.connect(self._on_dropped)
            plot.cuts.reset.connect(self._reset)
            plot.cuts.chosen.connect(self._show_cut)
            self.save_button = SavePlotButton(
                self._file_name, (*pictures_of(plot.canvas), table_of(self.file_rows))
            )
            self.save_button.said.connect(self._say)
            self._top.addWidget(self.save_button)
            self._stack.addWidget(plot)
        return self.plot

    def look_at(self, clustering: SegmentLayers | None) -> None:
        """Show a clustering, and follow it."""
        if clustering is not self.layers:
            self.adjuster.follow(None, None)
        self.counting.look_at(clustering)
        self._probe.follow(clustering)
        self.counting.refresh()

    def look_away(self) -> None:
        """Stop, and follow nothing."""
        self.counting.look_away()
        self._probe.follow(None)
        self.adjuster.let_go()  # the labels still follow to where the line was
        if not self.adjuster.is_running and self.counting.drop_large():
            self.adjuster.follow(None, None)
            self.bars = self._drawn = None

    def _let_go(self) -> None:
        """Stop when the dock or the window is closed."""
        self.counting.look_away()
        self.adjuster.stop()

    def _explain(self, reason: str, asks: bool) -> None:
        """Say why there is no histogram, and maybe offer to count."""
        self.bars = self._drawn = None
        self.adjuster.follow(None, None)
        self.message.setText(reason)
        self.count_button.setVisible(asks)
        self._stack.setCurrentIndex(0)
        self._show_controls()

    def _say(self, text: str) -> None:
        """Show a line, whole in its tooltip if there is little room."""
        self.note.setText(text)
        self.note.setToolTip(plain_tooltip(text))

    def _on_channel(self) -> None:
        self.counting.choose(self.channel.currentData())

    # What is drawn

    def _show_counts(self) -> None:
        """Show what was counted."""
        counted, plot = self.counting.counted, self._make_plot()
        if counted is None:
            return
        if self.counting.values is None:
            self.adjuster.follow(None, None)
        else:
            self.adjuster.follow(self.layers, self.counting.values)
        self._stack.setCurrentWidget(plot)
        before, self._shown = self._shown, counted
        if before is None or before.ends != counted.ends:
            plot.show_range(*counted.ends)
        self._draw()

    def _draw(self) -> None:
        """Draw the histogram with the cuts that are wanted."""
        plot, counted, layers = self.plot, self.counting.counted, self.layers
        model = self._model
        if plot is None or counted is None or layers is None or model is None:
            return
        recipe, is_log = layers.segments.recipe, self.log.isChecked()
        selected = self._panel.segments.view.selected_values
        edges, cuts = self._edges(plot, counted), self._cuts(model)
        drawn = (
            (counted, edges.tobytes(), cuts.tobytes(), recipe.map, recipe.splits),
            (selected, is_log, self._is_held, self.adjuster.why_not),
        )
        if drawn != self._drawn:
            self._drawn = drawn
            bins = counted.bins(edges, model, recipe.map.n_atoms)
            of_each = bins.of(owners_of(recipe), len(recipe.map) + 1).counts[:, :-1]
            marks = [(counted.place(m), one) for m, one in centroids_of(recipe, model)]
            self.bars = Bars(edges, of_each, list(recipe.map), selected, is_log, marks)
            plot.show_bars(self.bars)
            faint = within_segments(recipe) if len(cuts) else ()
            plot.cuts.show(cuts.tolist(), not self.adjuster.why_not, faint)
        self._show_controls()

    def _edges(self, plot: HistogramPlot, counted: Counted) -> Floats:
        """Return the edges of the bins that suit what the plot shows."""
        (low, high), (least, most) = plot.seen, counted.ends
        low, high = max(low, least), min(high, most)
        n_most = plot.width_in_pixels // BAR
        if counted.step:
            n_most = min(n_most, int((high - low) / counted.step) + 1)
        return bin_edges(low, max(low, high), n_most, counted.lattice)

    @property
    def _model(self) -> KMeansModel | None:
        """The model that is shown, or that the labels are to follow."""
        if self.counting.values is not None:
            return self.adjuster.model
        return None if self.layers is None else self.layers.segments.recipe.model

    def _cuts(self, model: KMeansModel) -> Floats:
        """Return the cuts; none if there are no lines."""
        return (
            cuts_of(model) if self.counting.values else model.counts[:0].astype(float)
        )

    def _show_controls(self) -> None:
        """Show the controls that apply, and what was done to the cuts."""
        is_there = self.counting.counted is not None
        model = self._model if is_there else None
        has_cuts = model is not None and len(self._cuts(model)) > 0
        why_not = self.counting.why_no_cuts or (self.adjuster.why_not * has_cuts)
        for widget in (self.log, *([self.save_button] if self.plot else [])):
            widget.setVisible(is_there)
        self.cut.setVisible(has_cuts and not why_not)
        self.cut.reset_button.setEnabled(model is not None and model.fitted is not None)
        adjustment = "" if model is None else describe_adjustment(model)
        self._say(" ".join(filter(None, [why_not * is_there, adjustment])))
        choices = self.counting.choices
        self.channel.setVisible(len(choices) > 1 and self.layers is not None)
        if [name for name, _ in choices] != self._offered:
            with QSignalBlocker(self.channel):
                self.channel.clear()
                for name, channel in choices:
                    self.channel.addItem(name, channel)
        index = (
            [channel for _, channel in choices].index(self.counting.channel)
            if (self.counting.channel in [channel for _, channel in choices])
            else -1
        )
        with QSignalBlocker(self.channel):
            self.channel.setCurrentIndex(index)
        self._show_cut()

    @property
    def _offered(self) -> list[str]:
        return [self.channel.itemText(n) for n in range(self.channel.count())]

    def _show_cut(self, *_: object) -> None:
        """Show the value of the cut with the focus."""
        model, plot, counted = self._model, self.plot, self.counting.counted
        if model is None or plot is None or counted is None:
            return
        cuts = self._cuts(model)
        if len(cuts):
            index = min(plot.cuts.focused, len(cuts) - 1)
            self.cut.show_cut(cuts, index, counted.ends, is_whole=counted.is_whole)

    def _mark(self, place: tuple[float, ...] | None) -> None:
        """Mark the value of the pixel under the mouse on the canvas."""
        counted = self.counting.counted
        if self.plot is not None and counted is not None:
            self.plot.mark_value(counted.value_at(place))

    # What the user does

    def _move(self, index: int, to: float) -> None:
        """Move a cut as near to a value as it may be."""
        model, values = self._model, self.counting.values
        is_current = self.counting.is_current
        if model is None or values is None or self.adjuster.why_not or not is_current:
            return
        self.adjuster.move(moved(values.levels, cuts_of(model), index, to))
        self._draw()

    def _on_dragged(self, index: int, to: float) -> None:
        if not self._is_held:
            self._is_held = True
            self.adjuster.begin(is_held=True)
        self._move(index, to)

    def _on_dropped(self, _index: int) -> None:
        self._is_held = False
        self.adjuster.let_go()
        self._draw()

    def _on_typed(self, to: float) -> None:
        if self.plot is not None:
            self.adjuster.begin()
            self._move(self.plot.cuts.focused, to)

    def _on_key(self, by: int) -> None:
        """Move the cut with the focus by some bars."""
        model, bars, plot = self._model, self.bars, self.plot
        if model is None or bars is None or plot is None:
            return
        if not self._act.isActive():
            self.adjuster.begin()
        self._act.start()
        step = float(bars.edges[1] - bars.edges[0])
        index = plot.cuts.focused
        self._move(index, float(cuts_of(model)[index]) + by * step)

    def _reset(self, index: int) -> None:
        """Put a cut back where the fit had it, or as near as the others let it."""
        model = self._model
        if model is not None and model.fitted is not None:
            self.adjuster.begin()
            self._move(index, float(cuts_of(model.fitted)[index]))

    def _reset_all(self) -> None:
        model = self._model
        fitted = None if model is None else model.fitted
        if fitted is not None and self.counting.is_current:
            self.adjuster.begin()
            self.adjuster.move(cuts_of(fitted))
            self._draw()

    def _pick(self, value: int) -> None:
        """Select a segment in the table."""
        self._panel.segments.view.select_values([value])

    def _on_hovered(self, bar: int | None, index: int | None) -> None:
        """Say what is under the mouse."""
        bars, counted, plot = self.bars, self.counting.counted, self.plot
        if plot is None:
            return
        if bar is None or index is None or bars is None or counted is None:
            plot.say("")
            return
        total, own = int(bars.counts[bar].sum()), int(bars.counts[bar, index])
        low, high = bars.edges[bar : bar + 2].tolist()
        values = f"{number(low)} to {number(high)}"
        if counted.is_whole:
            first, last = round(low + 0.5), round(high - 0.5)
            values = str(first) if first == last else f"{first} to {last}"
        share = percent(100 * total / counted.n_pixels)
        part = "" if own == total else f": {own:,} px"
        plot.say(f"{values}\n{total:,} px · {share}\n{bars.segments[index].name}{part}")

    # As files

    def _file_name(self) -> str:
        return "" if self.layers is None else f"{self.layers.sources.name} histogram"

    def file_rows(self) -> list[Sequence[Cell]]:
        """Return the bars as a file has them, their titles first."""
        titles = "value", "bin width", "count", "percent", "segment"
        bars, counted = self.bars, self.counting.counted
        if bars is None or counted is None:
            return [titles]
        return [titles, *bars.rows(counted.n_pixels)]
