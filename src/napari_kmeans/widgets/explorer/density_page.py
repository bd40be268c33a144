"""The page with the density along two axes, and a lasso that makes segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from qtpy.QtWidgets import QPushButton

from napari_kmeans.core.plotting.density import Density, density_of
from napari_kmeans.core.plotting.plot_axes import (
    COLOR_AXES,
    PlotAxis,
    coordinates,
    coordinates_steps,
)
from napari_kmeans.core.progress import Steps, subprogress
from napari_kmeans.core.types import Array, Counts, Floats
from napari_kmeans.layers.lassoed import lasso_steps
from napari_kmeans.layers.plotted_pixels import Plotted, labels_of
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.widgets.explorer.canvas_probe import CanvasProbe
from napari_kmeans.widgets.explorer.density_plot import DensityPlot
from napari_kmeans.widgets.explorer.lasso import Lasso
from napari_kmeans.widgets.explorer.plotting import (
    Plotting,
    SegmentColors,
    choice_of,
    means_of,
)
from napari_kmeans.widgets.explorer.save_plot import (
    SavePlotButton,
    pictures_of,
    table_of,
)
from napari_kmeans.widgets.job import Job
from napari_kmeans.widgets.panel import KMeansPanel
from napari_kmeans.widgets.table_export import Rows
from napari_kmeans.widgets.texts import number

BY_COUNT, BY_SEGMENT = "Pixels (log)", "Segment colours"
LASSO = "Lasso"
LASSO_TOOLTIP = (
    "Draw around something in the plot: all pixels whose values lie inside become a "
    "segment. Pixels of hidden segments, and in no segment, stay as they are. Esc "
    "cancels, Ctrl+Z takes it back."
)
ONE_CHANNEL = "One channel has no plane: turn to the histogram."
TOO_LARGE = "The values are too large for these axes: choose R, G and B."
NOTHING_INSIDE = "No pixel of a segment that is shown lies inside."
CHANGED = "The segments changed meanwhile: draw again."


@dataclass(frozen=True, eq=False)
class Made:
    """What the density is drawn from."""

    axes: tuple[PlotAxis, ...]
    places: Floats  # (2, M): of the tally's values
    density: Density


class DensityPage:
    """Shows how many pixels have which values along two axes."""

    title = "Density"
    tooltip = "How many pixels have which values, along two axes; with a lasso."

    def __init__(self, panel: KMeansPanel) -> None:
        self._panel = panel
        self._lassoing: Job[object, Array | None] | None = None
        self._totals: Counts | None = None
        self.across = choice_of("What is drawn from left to right.")
        self.up = choice_of("What is drawn from bottom to top.")
        self.colors = choice_of(
            "Draw how many pixels there are, or in the colours of their segments.",
            (BY_COUNT, BY_SEGMENT),
        )
        self.lasso_button = QPushButton(LASSO)
        self.lasso_button.setCheckable(True)
        self.plot = DensityPlot()
        self.plot.canvas.setToolTip(
            "Scroll to zoom, drag to move, double-click to see all. Move over the "
            "image: the ring shows where a pixel lies."
        )
        self.kinds = (*pictures_of(self.plot.canvas), table_of(self._rows))
        self.save_button = SavePlotButton(
            lambda: self.plotting.name_of("density"), self.kinds
        )
        choices = [self.across, self.up, self.colors]
        self.plotting = Plotting(
            self.plot,
            [*choices, self.lasso_button, self.save_button],
            self._axes,
            self._make,
        )
        self.native = self.plotting.native
        self.lasso = Lasso(self.plot.canvas, self.plot.lasso_line)
        self._probe = CanvasProbe(self.native)
        self._connect()

    def _connect(self) -> None:
        for combo in (self.across, self.up):
            combo.activated.connect(self.plotting.refresh)
        self.colors.activated.connect(self._show)
        self.lasso_button.toggled.connect(self._on_toggled)
        self.lasso.drawn.connect(self._on_drawn)
        self.lasso.left.connect(lambda: self.lasso_button.setChecked(False))
        self.save_button.said.connect(self.plotting.say)
        self.plotting.changed.connect(self._show)
        self.plot.hovered.connect(self._on_box)
        self._probe.moved.connect(self._on_hovered)

    def look_at(self, clustering: SegmentLayers | None) -> None:
        """Show the values of a clustering."""
        if clustering is not self.plotting.layers:
            self._stop_lasso()
            if clustering is not None:
                self._offer(clustering)
        self._probe.follow(clustering)
        self.plotting.look_at(clustering)
        reason = None if clustering is None else clustering.segments.why_not_editable
        self.lasso_button.setEnabled(clustering is not None and not reason)
        self.lasso_button.setToolTip(reason or LASSO_TOOLTIP)

    def look_away(self) -> None:
        """Stop all that runs."""
        self._stop_lasso()
        self._probe.follow(None)
        self.plot.mark(None)
        self.plotting.look_away()

    # What is plotted

    def _offer(self, layers: SegmentLayers) -> None:
        """Offer the axes that an image has."""
        names = [axis.name for axis in _axes_of(layers)]
        first = names.index("a*") if layers.sources.is_colors else 0
        for index, combo in enumerate((self.across, self.up), first):
            combo.clear()
            combo.addItems(names)
            combo.setCurrentIndex(min(index, len(names) - 1))

    def _axes(self, layers: SegmentLayers) -> Sequence[PlotAxis]:
        """Return the two axes that are plotted along."""
        offered = _axes_of(layers)
        if len(offered) < 2:
            raise ValueError(ONE_CHANNEL)
        return [offered[combo.currentIndex()] for combo in (self.across, self.up)]

    def _make(self, plotted: Plotted, axes: Sequence[PlotAxis]) -> Steps[Made]:
        """Count the boxes, in the worker."""
        tally = plotted.tally
        grid = tally.grid
        converting = coordinates_steps(tally.values, grid.channels, axes, grid.dtype)
        places = yield from subprogress(converting, 0, 0.8)
        if not np.isfinite(places).all():
            raise ValueError(TOO_LARGE)
        return Made(tuple(axes), places, density_of(tally, places))

    # What is shown

    def _show(self, *_: object) -> None:
        """Draw the boxes as the segments are now."""
        layers, made = self.plotting.layers, self.plotting.made
        plotted = self.plotting.plotted
        self.save_button.setEnabled(made is not None)
        if layers is None or made is None or plotted is None:
            self._totals = None
            return
        segments, density = layers.segments.map, made.density
        palette = SegmentColors.of(segments)
        of_each = labels_of(segments, np.arange(int(density.ids.max(initial=0)) + 1))
        table = np.where(palette.shown[of_each], of_each, 0)
        self._totals, self._owners = density.by_label(table)
        by_segment = self.colors.currentText() == BY_SEGMENT
        self.plot.show_density(
            density,
            self._totals,
            self._owners,
            density.territories(table),
            [axis.name for axis in made.axes],
            palette=palette if by_segment else None,
        )
        places, values = means_of(layers, plotted, made.axes)
        self.plot.show_centroids(places, values, palette.colors[values])

    def _on_box(self, box: tuple[int, int] | None) -> None:
        """Say how many pixels there are under the mouse."""
        layers, made, totals = self.plotting.layers, self.plotting.made, self._totals
        if box is None or made is None or totals is None or layers is None:
            self.plotting.say("")
            return
        low, high, shape = made.density.low, made.density.high, made.density.shape
        middle = low + (np.array(box) + 0.5) * (high - low) / shape
        pairs = zip(made.axes, middle, strict=True)
        at = ", ".join(f"{axis.name} {number(place)}" for axis, place in pairs)
        words = f"{at}: {totals[box]:,} px"
        owner = int(self._owners[box])
        if owner in layers.segments.map:
            words += f", {layers.segments.map[owner].name}"
        self.plotting.say(words)

    def _on_hovered(self, place: tuple[float, ...] | None) -> None:
        """Mark where the pixel under the mouse lies."""
        made, plotted = self.plotting.made, self.plotting.plotted
        values = None if plotted is None else plotted.values_at(place)
        if made is None or values is None or plotted is None:
            self.plot.mark(None)
            return
        grid = plotted.tally.grid
        at = coordinates(values, grid.channels, made.axes, grid.dtype)
        self.plot.mark(at[:, 0])

    # The lasso

    @property
    def is_lassoing(self) -> bool:
        """Whether the pixels inside a lasso are being found."""
        return self._lassoing is not None and self._lassoing.is_running

    def _on_toggled(self, is_on: bool) -> None:
        self.lasso.is_on = is_on

    def _stop_lasso(self) -> None:
        self.lasso_button.setChecked(False)
        if self._lassoing is not None:
            self._lassoing.stop()

    def _on_drawn(self, polygon: Floats) -> None:
        """Make a segment of what a polygon encloses."""
        layers, made = self.plotting.layers, self.plotting.made
        plotted = self.plotting.plotted
        if layers is None or made is None or plotted is None:
            return
        layers.take_paint()
        segments = layers.segments
        if not self.plotting.is_current:
            self.plotting.say(CHANGED)
            return
        value = next(n for n in count(1) if n not in segments.map)
        now = segments.map
        steps = lasso_steps(plotted, made.places, polygon, now, value)

        def show(labels: Array | None) -> None:
            if labels is None:
                self.plotting.say(NOTHING_INSIDE)
            elif (segments.revision, segments.map) != (plotted.revision, now):
                self.plotting.say(CHANGED)
            else:
                segments.replace_pixels(labels.reshape(segments.shape), LASSO)
                self._panel.segments.view.select_values([value])
                self._panel.segments.act("rename", [value])

        if self._lassoing is not None:
            self._lassoing.stop()
        self._lassoing = Job(steps, show, self.plotting.say)
        self.lasso_button.setChecked(False)

    # What is saved

    def _rows(self) -> Rows:
        """Return the boxes that have pixels as a table."""
        made, totals = self.plotting.made, self._totals
        if made is None or totals is None:
            return []
        low, high, shape = made.density.low, made.density.high, made.density.shape
        boxes = np.argwhere(totals)
        middles = low + (boxes + 0.5) * (high - low) / shape
        counts, owners = totals[tuple(boxes.T)], self._owners[tuple(boxes.T)]
        columns = *middles.T, counts, owners
        titles = [*(axis.name for axis in made.axes), "Pixels", "Segment"]
        return [titles, *zip(*(column.tolist() for column in columns), strict=True)]


def _axes_of(layers: SegmentLayers) -> Sequence[PlotAxis]:
    """Return the axes that an image can be plotted along."""
    if layers.sources.is_colors:
        return COLOR_AXES
    names = layers.sources.channel_names
    return [PlotAxis(name, "channel", index) for index, name in enumerate(names)]
