"""Counts in a worker what the histogram shows, anew when that has changed."""

from math import prod

from psygnal import Signal
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QWidget

from napari_kmeans.core.adjusting import cuts_of
from napari_kmeans.core.kept import Kept
from napari_kmeans.core.plotting.plot_axes import PlotAxis
from napari_kmeans.layers.fitted_pixels import (
    FittedValues,
    fitted_values_steps,
    why_no_cuts,
)
from napari_kmeans.layers.plotted_pixels import (
    MOST_READ,
    Plotted,
    check_plotted,
    plotted_steps,
)
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.widgets.explorer.histogram_counts import (
    AxisCounts,
    ChannelCounts,
    Counted,
)
from napari_kmeans.widgets.job import JobRow
from napari_kmeans.widgets.links import Links

NOT_YET = "Press Segment first: the histogram shows the values of the segments."
LARGE = "This image is read block by block: count its values when you have time for it."
COLORS = ("Red", "Green", "Blue")
MOST_KEPT = 1 << 20
"""Distinct values that are kept while nobody looks at them: some 45 MB."""
WAIT_MS = 150
"""Milliseconds without a change of the labels after which channels are counted."""


class ValueCounting:
    """Follows a clustering while it is looked at, and counts its values.

    Along the only axis of a model values are counted once, whatever the cuts; those of
    a channel by segment, as the labels are.
    """

    changed = Signal()  # there are other counts, or other segments of the same
    explained = Signal(str, bool)  # why there are none; whether to ask for them

    def __init__(self, parent: QWidget) -> None:
        self.layers: SegmentLayers | None = None
        self.counted: Counted | None = None
        self.values: FittedValues | None = None  # with cuts
        self.plotted: Plotted | None = None  # of a channel
        self.channel: int | None = None  # None: the only axis of the model
        self.row = JobRow("Stop counting.")
        self._made_of: object = None  # what was counted, or is being counted
        self._counting_of: object = None
        self._values_of: object = None  # what the values with cuts were counted of
        self._is_chosen = False  # whether the user chose the channel
        self._may_read_all = False
        self._kept = Kept()
        self._links = Links()
        self._soon = QTimer(parent, singleShot=True)
        self._soon.timeout.connect(self.refresh)
        self.row.cancelled.connect(lambda: self._explain("Cancelled.", asks=True))

    @property
    def choices(self) -> list[tuple[str, int | None]]:
        """What can be counted: the name, and the channel."""
        if self.layers is None:
            return []
        sources = self.layers.sources
        names = COLORS if sources.is_colors else sources.channel_names
        channels: list[tuple[str, int | None]] = [(n, i) for i, n in enumerate(names)]
        if why_no_cuts(self.layers):
            return channels
        axis: list[tuple[str, int | None]] = [("Luminance", None)]
        return [*axis, *channels] if len(names) > 1 else [(names[0], None)]

    @property
    def why_no_cuts(self) -> str:
        """Say why there are no cut lines for what is counted; "" if there are."""
        if self.layers is None or self.channel is None:
            return ""
        return why_no_cuts(self.layers) or "The cut lines are those of the luminance."

    @property
    def is_current(self) -> bool:
        """Whether what was counted is that of the result that is shown now."""
        layers = self.layers
        if layers is None or self.values is None:
            return False
        return self._values_of == self._fitted(layers)

    def look_at(self, layers: SegmentLayers | None) -> None:
        """Follow a clustering."""
        if layers is not self.layers:
            self._kept, self._may_read_all, self._is_chosen = Kept(), False, False
            self._forget()
        self.layers = layers
        self._links.follow()
        if layers is not None:
            segments = layers.segments
            self._links.follow(
                (segments.labels_changed, self._later),
                (segments.map_changed, self._later),
            )

    def look_away(self) -> None:
        """Stop, and follow nothing."""
        self._links.follow()
        self._soon.stop()
        if self.row.stop():
            self._made_of = None

    def drop_large(self) -> bool:
        """Forget counts that take much memory; return whether they did."""
        values = self.values
        is_large = values is not None and len(values.levels.points) > MOST_KEPT
        if is_large:
            self._kept = Kept()
            self._forget()
        return is_large

    def choose(self, channel: int | None) -> None:
        """Count a channel; None: the only axis of the model."""
        self.channel, self._is_chosen = channel, True
        self.refresh()

    def read_all(self) -> None:
        """Count even a large image that is read block by block."""
        self._may_read_all = True
        self.refresh()

    def refresh(self) -> None:
        """Count what is to be shown, unless that is known."""
        layers = self.layers
        if layers is None:
            self._explain(NOT_YET)
            return
        channels = [channel for _, channel in self.choices]
        if self.channel not in channels or not self._is_chosen:
            self.channel = channels[0]
        made_of = self._to_count(layers)
        if made_of == self._made_of:
            if self.counted is not None:
                self.changed.emit()
            return
        source = layers.pictures.pixels
        is_large = source.is_lazy and prod(source.shapes[0]) > MOST_READ
        if self.channel is not None:
            try:
                check_plotted(layers)
            except ValueError as error:
                self._explain(str(error))
                return
        elif is_large and not self._may_read_all:
            self._explain(LARGE, asks=True)
            return
        self._made_of = made_of
        if self.channel is None:
            self._counting_of = self._fitted(layers)
            values = fitted_values_steps(layers, self._kept)
            self.row.run(
                values, self._show_values, self._explain, self._progress, is_shown=False
            )
        else:
            axis = PlotAxis("", "channel", self.channel)
            plotted = plotted_steps(layers, [axis], self._kept)
            self.row.run(
                plotted,
                self._show_plotted,
                self._explain,
                self._progress,
                is_shown=False,
            )

    def _to_count(self, layers: SegmentLayers) -> object:
        """Return what the counts depend on."""
        recipe = layers.segments.recipe
        if self.channel is not None:
            return layers.pictures.pixels, self.channel, layers.segments.revision
        cuts = tuple(cuts_of(recipe.model)) if recipe.splits else ()
        return self._fitted(layers), recipe.splits, cuts

    def _fitted(self, layers: SegmentLayers) -> object:
        """Return what was fitted, and where it is measured."""
        model = layers.segments.recipe.model
        look = model.settings.sigma, model.settings.smoothing
        return layers.pictures.pixels, model.space, look

    def _later(self, *_: object) -> None:
        """Follow a change of the segments, once for many."""
        self._soon.start(0 if self.channel is None else WAIT_MS)

    def _progress(self, _progress: object) -> None:
        self.row.visible = True

    def _show_values(self, values: FittedValues) -> None:
        self.counted, self.values, self.plotted = AxisCounts(values), values, None
        self._values_of = self._counting_of
        self.changed.emit()

    def _show_plotted(self, plotted: Plotted) -> None:
        assert self.channel is not None
        self.counted = ChannelCounts.of(plotted, self.channel)
        self.values, self.plotted = None, plotted
        self.changed.emit()

    def _forget(self) -> None:
        self.counted = self.values = self.plotted = self._made_of = None

    def _explain(self, reason: str, *, asks: bool = False) -> None:
        self._forget()
        self.explained.emit(reason, asks)
