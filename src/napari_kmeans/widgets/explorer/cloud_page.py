"""The page with the cloud of an image's colours, or of three of its channels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from qtpy.QtWidgets import QCheckBox, QWidget

from napari_kmeans.core.plotting.cloud import Cloud, cloud_steps
from napari_kmeans.core.plotting.plot_axes import (
    CHANNELS,
    HSV_CYLINDER,
    LAB,
    PlotAxis,
    coordinates,
)
from napari_kmeans.core.plotting.value_grid import pixels_of_steps
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.types import Array, Flags
from napari_kmeans.layers.plotted_pixels import Plotted, labels_of, own_colors
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.widgets.explorer.canvas_probe import CanvasProbe
from napari_kmeans.widgets.explorer.cloud_scene import Box, CloudScene
from napari_kmeans.widgets.explorer.cloud_view import CloudView
from napari_kmeans.widgets.explorer.flash import Flash
from napari_kmeans.widgets.explorer.plotting import (
    Plotting,
    SegmentColors,
    choice_of,
    means_of,
)
from napari_kmeans.widgets.explorer.save_plot import (
    FileKind,
    SavePlotButton,
    table_of,
    write_image,
)
from napari_kmeans.widgets.job import Job
from napari_kmeans.widgets.panel import KMeansPanel
from napari_kmeans.widgets.segments_table.table_view import TableView
from napari_kmeans.widgets.table_export import Rows
from napari_kmeans.widgets.texts import number

SPACES = {"RGB": CHANNELS, "Lab": (LAB[1], LAB[2], LAB[0]), "HSV": HSV_CYLINDER}
"""The axes of each colour space; the last one points up."""
OWN, BY_SEGMENT = "Own colours", "Segment colours"
SMALLEST, LARGEST = 2.0, 9.0
"""Pixels across of the points with the fewest and the most pixels."""
EVEN = 3.0
WHICH = ("first", "second", "third")
ONE_CHANNEL = "One channel makes no cloud: turn to the histogram."
TOO_LARGE = "The values are too large for this colour space: choose RGB."
TWO_CHANNELS = "Two channels make no cloud: turn to Density, which shows their plane."


@dataclass(frozen=True, eq=False)
class Made:
    """What the cloud is drawn from."""

    cloud: Cloud
    axes: tuple[PlotAxis, ...]
    box: Box
    colors: Array  # (P, 3): the own colour of each point

    def describe(self, point: int) -> str:
        """Write where a point lies."""
        pairs = zip(self.axes, self.cloud.places[:, point], strict=True)
        return ", ".join(f"{axis.name} {number(place)}" for axis, place in pairs)


class CloudPage:
    """Shows the distinct values as points, and which pixels have them."""

    title = "Cloud"
    tooltip = "The colours of the image, or three of its channels, as a 3-D cloud."

    def __init__(self, panel: KMeansPanel) -> None:
        self._panel = panel
        self._standing_out: list[int] = []
        self._selected: list[int] = []
        self._finding: Job[object, Flags] | None = None
        self.space = choice_of("The colour space that the colours lie in.", SPACES)
        self.channels = [choice_of(f"The channel along the {w} axis.") for w in WHICH]
        self.colors = choice_of(
            "Draw the points in their own colours or in those of their segments.",
            (OWN, BY_SEGMENT),
        )
        self.by_count = QCheckBox("Size by pixels")
        self.by_count.setToolTip("Draw larger points for values that more pixels have.")
        self.by_count.setChecked(True)
        self.view = CloudView()
        self.view.setToolTip(
            "Drag to turn, scroll to zoom, double-click to reset. Click a point: its "
            "pixels flash. Move over the image: the ring shows where a pixel lies."
        )
        self.kinds = (
            FileKind("Picture", ".png", lambda p: write_image(self.view.picture(), p)),
            table_of(self._rows),
        )
        self.save_button = SavePlotButton(
            lambda: self.plotting.name_of("cloud"), self.kinds
        )
        choices: list[QWidget] = [self.space, *self.channels, self.colors]
        self.plotting = Plotting(
            self.view,
            [*choices, self.by_count, self.save_button],
            self._axes,
            self._make,
        )
        self.native = self.plotting.native
        self.flash = Flash(self.native)
        self._probe = CanvasProbe(self.native)
        self._connect()

    def _connect(self) -> None:
        for combo in (self.space, *self.channels):
            combo.activated.connect(self.plotting.refresh)
        self.colors.activated.connect(self._show)
        self.by_count.toggled.connect(self._show)
        self.save_button.said.connect(self.plotting.say)
        self.plotting.changed.connect(self._show)
        self.view.clicked.connect(self._on_clicked)
        self._probe.moved.connect(self._on_hovered)
        self.native.destroyed.connect(self.view.close_canvas)

    def look_at(self, clustering: SegmentLayers | None) -> None:
        """Show the values of a clustering."""
        is_new = clustering is not self.plotting.layers
        if is_new:
            self._standing_out = []
            self._selected = self._table.selected_values
            self._stop_finding()
        if is_new and clustering is not None:
            self._offer(clustering)
        self._probe.follow(clustering)
        self.plotting.look_at(clustering, (self._table.selected, self._on_selected))
        self._on_selected()

    def look_away(self) -> None:
        """Stop all that runs."""
        self._stop_finding()
        self.flash.stop()
        self._probe.follow(None)
        self.view.mark(None)
        self.plotting.look_away()

    @property
    def _table(self) -> TableView:
        return self._panel.segments.view

    # What is plotted

    def _offer(self, layers: SegmentLayers) -> None:
        """Offer the axes that an image has, and choose those of its fit."""
        sources = layers.sources
        self.space.setVisible(sources.is_colors)
        used = layers.segments.recipe.model.settings.color_space
        fitted = {"lab": "Lab", "luv": "Lab", "hsv": "HSV"}.get(used, "RGB")
        self.space.setCurrentText(fitted)
        names = sources.channel_names
        has_axes = sources.is_multichannel and len(names) > len(WHICH)
        for index, combo in enumerate(self.channels):
            combo.setVisible(has_axes)
            combo.clear()
            combo.addItems(names)
            combo.setCurrentIndex(index)

    def _axes(self, layers: SegmentLayers) -> Sequence[PlotAxis]:
        """Return the three axes that are plotted along."""
        if layers.sources.is_colors:
            return SPACES[self.space.currentText()]
        names = layers.sources.channel_names
        if len(names) < len(WHICH):
            raise ValueError(ONE_CHANNEL if len(names) == 1 else TWO_CHANNELS)
        chosen = [combo.currentIndex() for combo in self.channels]
        return [PlotAxis(names[index], "channel", index) for index in chosen]

    def _make(self, plotted: Plotted, axes: Sequence[PlotAxis]) -> Steps[Made]:
        """Make the points, in the worker."""
        layers = self.plotting.layers
        assert layers is not None
        cloud = yield from cloud_steps(plotted.tally, axes)
        if not np.isfinite(cloud.places).all():
            raise ValueError(TOO_LARGE)
        channels = plotted.tally.grid.channels
        colors = own_colors(layers, cloud.values, channels)
        return Made(
            cloud,
            tuple(axes),
            Box.around(cloud, is_even=layers.sources.is_colors),
            colors,
        )

    # What is shown

    def _show(self, *_: object) -> None:
        """Draw the points as the segments are now."""
        layers, made = self.plotting.layers, self.plotting.made
        self.save_button.setEnabled(made is not None)
        if layers is None or made is None:
            return
        cloud, segments = made.cloud, layers.segments.map
        labels = labels_of(segments, cloud.ids)
        palette = SegmentColors.of(segments)
        colors = made.colors
        if self.colors.currentText() == BY_SEGMENT:
            colors = palette.colors[labels]
        chosen = [value for value in self._standing_out if value in segments]
        is_faded = (
            ~np.isin(labels, chosen) if chosen else np.zeros(len(cloud), np.bool_)
        )
        assert self.plotting.plotted is not None
        places, numbers = means_of(layers, self.plotting.plotted, made.axes)
        self.view.show_scene(
            CloudScene(
                made.box.places(cloud.places),
                self._sizes(cloud),
                colors.astype(np.float32),
                is_faded,
                palette.shown[labels],
                made.box.size,
                [axis.name for axis in made.axes],
                made.box.places(places),
                palette.colors[numbers],
                numbers,
            )
        )

    def _sizes(self, cloud: Cloud) -> Array:
        """Return how many pixels across each point is."""
        if not self.by_count.isChecked():
            return np.full(len(cloud), EVEN, np.float32)
        share = np.log1p(cloud.counts) / np.log1p(cloud.counts.max(initial=1))
        sizes: Array = (SMALLEST + (LARGEST - SMALLEST) * share**2).astype(np.float32)
        return sizes

    # What the user points at

    def _on_selected(self) -> None:
        """Let the points of the selected rows stand out."""
        values = self._table.selected_values
        if values != self._selected:
            self._selected = self._standing_out = values
            self._show()

    def _on_clicked(self, point: int | None) -> None:
        """Select the segment of a point, and let its pixels flash."""
        layers, made = self.plotting.layers, self.plotting.made
        plotted = self.plotting.plotted
        if layers is None or made is None or plotted is None:
            return
        if not self.plotting.is_current:
            return  # in a moment it will be
        if point is None:
            self.plotting.say("")
            self._standing_out = []
            self._show()
            return
        cloud = made.cloud
        label = int(labels_of(layers.segments.map, cloud.ids[[point]])[0])
        self._table.select_values([label])
        self._selected = self._standing_out = [label]
        self._show()
        n_pixels = int(cloud.counts[point])
        self.plotting.say(f"{n_pixels:,} px · {made.describe(point)}")
        keys = plotted.tally.keys[cloud.of_each == point]
        atom = cloud.ids[point]

        def find() -> Steps[Flags]:
            found = yield from pixels_of_steps(plotted.pixels, plotted.tally.grid, keys)
            return (found & (plotted.atoms == atom)).reshape(plotted.pixels.shape)

        def show(flags: Flags) -> None:
            if not self.flash.show(layers, flags):
                self.plotting.say(f"{self.plotting.said.text()} · none is in view")

        self._stop_finding()
        self._finding = Job(find(), show, self.plotting.say)

    def _stop_finding(self) -> None:
        if self._finding is not None:
            self._finding.stop()

    def _on_hovered(self, place: tuple[float, ...] | None) -> None:
        """Mark where the pixel under the mouse lies."""
        made, plotted = self.plotting.made, self.plotting.plotted
        values = None if plotted is None else plotted.values_at(place)
        if made is None or values is None or plotted is None:
            self.view.mark(None)
            return
        grid = plotted.tally.grid
        at = coordinates(values, grid.channels, made.axes, grid.dtype)
        self.view.mark(made.box.places(at)[0])

    # What is saved

    def _rows(self) -> Rows:
        """Return the points as a table."""
        layers, made = self.plotting.layers, self.plotting.made
        if layers is None or made is None:
            return []
        labels = labels_of(layers.segments.map, made.cloud.ids)
        columns = *made.cloud.places, made.cloud.counts, labels
        titles = [*(axis.name for axis in made.axes), "Pixels", "Segment"]
        return [titles, *zip(*(column.tolist() for column in columns), strict=True)]
