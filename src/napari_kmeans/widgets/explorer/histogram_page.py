"""The page with the histogram of the fitted pixels, and the cuts between clusters."""

import math
from collections.abc import Sequence

from qtpy.QtCore import QSignalBlocker, Qt, QTimer
from qtpy.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from superqt import QElidingLabel

from napari_kmeans.core.adjusting import cuts_of, moved
from napari_kmeans.core.bins import bin_edges
from napari_kmeans.core.kept import Kept
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.progress import Progress
from napari_kmeans.core.types import Floats
from napari_kmeans.io.tables import Cell
from napari_kmeans.layers.fitted_pixels import (
    FittedValues,
    fitted_values_steps,
    why_no_cuts,
)
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.widgets.explorer.adjuster import Adjuster
from napari_kmeans.widgets.explorer.histogram_counts import (
    AxisCounts,
    Counted,
    owners_of,
    within_segments,
)
from napari_kmeans.widgets.explorer.histogram_plot import Bars, HistogramPlot
from napari_kmeans.widgets.explorer.save_plot import (
    SavePlotButton,
    pictures_of,
    table_of,
)
from napari_kmeans.widgets.job import JobRow
from napari_kmeans.widgets.links import Links
from napari_kmeans.widgets.panel import KMeansPanel
from napari_kmeans.widgets.run import describe_adjustment
from napari_kmeans.widgets.texts import number, percent

NOT_YET = "Press Segment first: the histogram shows the values of the segments."
BAR = 2
"""How wide a bar is at least, in pixels."""
ACT_MS = 2000
"""Milliseconds after which another press of an arrow key is a step of its own."""
DIGITS = 6
"""Of a cut between floats, relative to the range."""


class HistogramPage:
    """Shows how many pixels have each value, by segment, and moves the cuts."""

    title = "Histogram"
    tooltip = (
        "How many pixels have each value, in the colours of the segments, with the "
        "cuts between them to be dragged."
    )

    def __init__(self, panel: KMeansPanel) -> None:
        self._panel = panel
        self.layers: SegmentLayers | None = None
        self.counted: Counted | None = None
        self._values: FittedValues | None = None
        self._made_of: object = None  # what was counted, or is being counted
        self._kept = Kept()
        self._links = Links()
        self._is_seen = False
        self._is_held = False  # whether a line is being dragged
        self.bars: Bars | None = None
        self._drawn: object = None  # what the bars were made of
        self.adjuster = Adjuster()
        self.plot: HistogramPlot | None = None  # made when it is first needed
        self.log = QCheckBox("Log counts")
        self.log.setToolTip("Draw the numbers of pixels on a logarithmic scale.")
        self.cut_label = QLabel("Up to")
        self.cut = QDoubleSpinBox()
        self.cut.setKeyboardTracking(False)
        self.cut.setToolTip(
            "The highest value below the chosen cut line. Type another to move the "
            "line, and the labels follow."
        )
        self.reset_button = QPushButton("Reset")
        self.reset_button.setToolTip(
            "Put all cut lines back where the fit had them (Ctrl+Z undoes it)."
        )
        self.note = QElidingLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.row = JobRow("Stop counting.")
        self.message = QLabel()
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.message)
        self.native = QWidget()
        self._top = QHBoxLayout()
        self._arrange()
        self._soon = QTimer(self.native, singleShot=True, interval=0)
        self._later = QTimer(self.native, singleShot=True, interval=0)
        self._act = QTimer(self.native, singleShot=True, interval=ACT_MS)
        self._connect()

    # The page

    def _arrange(self) -> None:
        self._top.setContentsMargins(0, 0, 0, 0)
        for widget in (self.log, self.cut_label, self.cut, self.reset_button):
            self._top.addWidget(widget)
        self._top.addWidget(self.note, stretch=1)
        self._top.addWidget(self.row.native)
        column = QVBoxLayout(self.native)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(2)
        column.addLayout(self._top)
        column.addWidget(self._stack, stretch=1)
        self._explain("")

    def _connect(self) -> None:
        self._soon.timeout.connect(self._refresh)
        self._later.timeout.connect(self._draw)
        self.log.toggled.connect(self._draw)
        self.cut.valueChanged.connect(self._on_typed)
        self.reset_button.clicked.connect(self._reset_all)
        self.row.cancelled.connect(lambda: self._explain("Cancelled: not counted."))
        self.adjuster.said.connect(self.note.setText)
        self._panel.segments.view.selected.connect(self._draw_soon)
        self.native.destroyed.connect(self.look_away)

    def _make_plot(self) -> HistogramPlot:
        """Make the plot when it is first shown."""
        if self.plot is None:
            self.plot = plot = HistogramPlot()
            plot.view_changed.connect(self._draw_soon)
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
            self.save_button.said.connect(self.note.setText)
            self._top.addWidget(self.save_button)
            self._stack.addWidget(plot)
        return self.plot

    def look_at(self, clustering: SegmentLayers | None) -> None:
        """Show a clustering, and follow it."""
        self._is_seen = True
        if clustering is not self.layers:
            self._forget()
        self.layers = clustering
        self._links.follow()
        if clustering is not None:
            segments = clustering.segments
            self._links.follow(
                (segments.labels_changed, self._refresh_soon),
                (segments.map_changed, self._refresh_soon),
            )
        self._refresh()

    def look_away(self) -> None:
        """Stop, and follow nothing."""
        self._is_seen = False
        self._links.follow()
        self.adjuster.stop()
        if self.row.stop():
            self._made_of = None

    def _forget(self) -> None:
        """Let go of what was counted, which may be large."""
        self._kept, self._made_of = Kept(), None
        self.counted = self._values = self.bars = None
        self.adjuster.follow(None, None)

    # What is counted

    def _refresh_soon(self, *_: object) -> None:
        """Follow a change of the segments, once for many."""
        self._soon.start()

    def _refresh(self) -> None:
        """Count what is to be shown, unless that is known, and draw it."""
        layers = self.layers
        if not self._is_seen:
            return
        if layers is None:
            self._explain(NOT_YET)
            return
        reason = why_no_cuts(layers)
        if reason:
            self._explain(reason)
            return
        made_of = self._to_count(layers)
        if made_of == self._made_of:
            if self.counted is not None:
                self._draw()
            return
        self._made_of = made_of
        steps = fitted_values_steps(layers, self._kept)
        self.row.run(
            steps, self._on_counted, self._explain, self._on_progress, is_shown=False
        )

    def _to_count(self, layers: SegmentLayers) -> object:
        """Return what the counts depend on."""
        recipe, source = layers.segments.recipe, layers.pictures.pixels
        settings = recipe.model.settings
        cuts = tuple(cuts_of(recipe.model)) if recipe.splits else ()
        look = settings.sigma, settings.smoothing
        return source, recipe.model.space, look, recipe.splits, cuts

    def _on_progress(self, _progress: Progress) -> None:
        self.row.visible = True

    def _on_counted(self, values: FittedValues) -> None:
        """Show what was counted."""
        before, self.counted = self.counted, AxisCounts(values)
        self._values = values
        self.adjuster.follow(self.layers, values)
        plot = self._make_plot()
        self._stack.setCurrentWidget(plot)
        if before is None or before.ends != self.counted.ends:
            plot.show_range(*self.counted.ends)
        self._draw()

    def _explain(self, reason: str) -> None:
        """Say why there is no histogram."""
        self._made_of = None
        self.counted = self._values = self.bars = None
        self.adjuster.follow(None, None)
        self.message.setText(reason)
        self._stack.setCurrentWidget(self.message)
        self._show_controls()

    # What is drawn

    def _draw_soon(self) -> None:
        """Draw once for many changes."""
        self._later.start()

    def _draw(self) -> None:
        """Draw the histogram with the cuts that are wanted."""
        plot, counted, layers = self.plot, self.counted, self.layers
        model = self._model
        if plot is None or counted is None or layers is None or model is None:
            return
        recipe, is_log = layers.segments.recipe, self.log.isChecked()
        selected = self._panel.segments.view.selected_values
        edges, cuts = self._edges(plot, counted), cuts_of(model)
        drawn = (
            (counted, edges.tobytes(), cuts.tobytes(), recipe.map, recipe.splits),
            (selected, is_log, self._is_held, self.adjuster.why_not),
        )
        if drawn == self._drawn:
            self._show_controls()
            return
        self._drawn = drawn
        owners, segments = owners_of(recipe), list(recipe.map)
        bins = counted.bins(edges, model, recipe.map.n_atoms)
        of_each = bins.of(owners, len(segments) + 1)
        centroids = dict(recipe.centroids())
        centroids.update(enumerate(model.centroids, start=1))
        gone = {atom for split in recipe.splits for atom in split.atoms}
        places = [
            (counted.place(mean), recipe.map.segments[owners[atom]])
            for atom, mean in centroids.items()
            if atom not in gone and owners[atom] < len(segments)
        ]
        self.bars = Bars(
            edges,
            of_each.counts[:, :-1],
            segments,
            selected,
            is_log,
            places,
        )
        plot.show_bars(self.bars)
        movable = not self.adjuster.why_not
        plot.cuts.show(cuts.tolist(), movable, within_segments(recipe))
        self._show_controls()

    def _edges(self, plot: HistogramPlot, counted: Counted) -> Floats:
        """Return the edges of the bins that suit what the plot shows."""
        (low, high), (least, most) = plot.seen, counted.ends
        n_most = plot.width_in_pixels // BAR
        low, high = max(low, least), min(high, most)
        return bin_edges(low, max(low, high), n_most, is_whole=counted.is_whole)

    @property
    def _model(self) -> KMeansModel | None:
        """The model that is shown, or that the labels are to follow."""
        return self.adjuster.model

    def _show_controls(self) -> None:
        """Show the chosen cut, and what was done to the cuts."""
        model = self._model if self.counted is not None else None
        has_cuts = model is not None and model.n_clusters > 1
        movable = has_cuts and not self.adjuster.why_not
        for widget in (self.log, *([self.save_button] if self.plot else [])):
            widget.setVisible(self.counted is not None)
        for widget in (self.cut_label, self.cut, self.reset_button):
            widget.setVisible(movable)
        self.reset_button.setEnabled(model is not None and model.fitted is not None)
        words = self.adjuster.why_not if has_cuts else ""
        self.note.setText(
            words or ("" if model is None else describe_adjustment(model))
        )
        self._show_cut()

    def _show_cut(self, *_: object) -> None:
        """Show the value of the cut with the focus."""
        model, plot, counted = self._model, self.plot, self.counted
        if model is None or plot is None or counted is None or model.n_clusters < 2:
            return
        cuts = cuts_of(model)
        index = min(plot.cuts.focused, len(cuts) - 1)
        low, high = counted.ends
        digits = 0
        if not counted.is_whole and high > low:
            digits = max(0, DIGITS - math.ceil(math.log10(high - low)))
        with QSignalBlocker(self.cut):
            self.cut.setDecimals(digits)
            self.cut.setRange(low, high)
            self.cut.setSingleStep(10.0 ** (2 - digits) if digits > 2 else 1)
            self.cut.setValue(
                math.floor(cuts[index]) if counted.is_whole else cuts[index]
            )
        self.cut_label.setText(
            "Cut up to" if len(cuts) == 1 else f"Cut {index + 1} of {len(cuts)} up to"
        )

    # What the user does

    def _move(self, index: int, to: float) -> None:
        """Move a cut as near to a value as it may be."""
        model, values = self._model, self._values
        if model is None or values is None or self.adjuster.why_not:
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
        if model is not None and model.fitted is not None:
            self.adjuster.begin()
            self.adjuster.move(cuts_of(model.fitted))
            self._draw()

    def _pick(self, value: int) -> None:
        """Select a segment in the table."""
        self._panel.segments.view.select_values([value])

    def _on_hovered(self, bar: int | None, index: int | None) -> None:
        """Say what is under the mouse."""
        bars, counted, plot = self.bars, self.counted, self.plot
        if plot is None:
            return
        if bar is None or index is None or bars is None or counted is None:
            plot.say("")
            return
        total, own = int(bars.counts[bar].sum()), int(bars.counts[bar, index])
        name = bars.segments[index].name
        share = "" if own == total else f": {own:,} px"
        plot.say(
            f"{self._values_of(bar)}\n{total:,} px · "
            f"{percent(100 * total / counted.n_pixels)}\n{name}{share}"
        )

    def _values_of(self, bar: int) -> str:
        """Write which values are in a bar."""
        assert self.bars is not None
        assert self.counted is not None
        low, high = self.bars.edges[bar : bar + 2].tolist()
        if not self.counted.is_whole:
            return f"{number(low)} to {number(high)}"
        first, last = round(low + 0.5), round(high - 0.5)
        return str(first) if first == last else f"{first} to {last}"

    # As files

    def _file_name(self) -> str:
        return "" if self.layers is None else f"{self.layers.sources.name} histogram"

    def file_rows(self) -> list[Sequence[Cell]]:
        """Return the bars as a file has them, their titles first."""
        titles = "value", "bin width", "count", "percent", "segment"
        rows: list[Sequence[Cell]] = [titles]
        bars, counted = self.bars, self.counted
        if bars is None or counted is None:
            return rows
        for bar, counts in enumerate(bars.counts):
            low, high = bars.edges[bar : bar + 2].tolist()
            for segment, count in zip(bars.segments, counts.tolist(), strict=True):
                if count:
                    share = 100 * count / counted.n_pixels
                    middle = (low + high) / 2
                    rows.append((middle, high - low, count, share, segment.name))
        return rows
