"""What plots of values share: they are made in a worker, anew as labels change."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from psygnal import Signal
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from napari_kmeans.core.kept import Kept
from napari_kmeans.core.plotting.plot_axes import PlotAxis, coordinates
from napari_kmeans.core.progress import Steps, subprogress
from napari_kmeans.core.types import Flags, Floats
from napari_kmeans.layers.plotted_pixels import (
    Plotted,
    check_plotted,
    labels_of,
    plotted_steps,
)
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.widgets.job import JobRow
from napari_kmeans.widgets.links import Links, Pair

WAIT_MS = 150
"""Milliseconds without a change of the labels after which their pixels are counted."""

CHOICES_WIDTH = 190

NOT_YET = "Press Segment first: the plot shows the clusters."

Making = Callable[[Plotted, Sequence[PlotAxis]], Steps[Any]]


class Plotting:
    """Counts the values of a clustering, and makes of them what a plot shows.

    `axes` returns what is plotted along, or raises an exception that says why nothing
    is. What the user sees is `native`: choices beside the plot, or beside the reason
    why there is none.
    """

    changed = Signal()
    """What was made, or the segments' names, colours or flags."""

    def __init__(
        self,
        plot: QWidget,
        choices: Sequence[QWidget],
        axes: Callable[[SegmentLayers], Sequence[PlotAxis]],
        make: Making,
    ) -> None:
        self.layers: SegmentLayers | None = None
        self.plotted: Plotted | None = None
        self.made: Any = None
        self._axes, self._make = axes, make
        self._kept = Kept()
        self._made_of: Any = None
        self._map: SegmentMap | None = None  # what was told of last
        self._asked: Any = None  # what the running job makes something of
        self._links = Links()
        self.row = JobRow("Stop; the plot stays as it is.")
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.message)
        self._stack.addWidget(plot)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 2, 4, 0)
        column.setSpacing(3)
        for widget in (*choices, self.row.native, self.said):
            column.addWidget(widget)
        column.addStretch()
        self.choices = QScrollArea()  # the dock may be low
        self.choices.setFixedWidth(CHOICES_WIDTH)
        self.choices.setFrameShape(QFrame.Shape.NoFrame)
        self.choices.setWidgetResizable(True)
        never = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.choices.setHorizontalScrollBarPolicy(never)
        self.choices.setWidget(content)
        self.native = QWidget()
        layout = QHBoxLayout(self.native)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.choices)
        layout.addWidget(self._stack, stretch=1)
        self._timer = QTimer(self.native, singleShot=True, interval=WAIT_MS)
        self._timer.timeout.connect(self.refresh)
        self.row.cancelled.connect(self._on_cancelled)
        self.native.destroyed.connect(self._let_go)

    @property
    def is_current(self) -> bool:
        """Whether what was made is of the labels as they are now."""
        layers, plotted = self.layers, self.plotted
        if layers is None or plotted is None:
            return False
        return plotted.revision == layers.segments.revision

    @property
    def is_running(self) -> bool:
        """Whether something is being made, or will be soon."""
        return self.row.is_running or self._timer.isActive()

    def look_at(self, layers: SegmentLayers | None, *more: Pair) -> None:
        """Follow a clustering, and whatever else is given."""
        if layers is not self.layers:
            self.say("")
            self.plotted = self.made = None
            self._kept, self._made_of = Kept(), None
        self.layers = layers
        self._links.follow()
        if layers is not None:
            segments = layers.segments
            self._links.follow(
                (segments.labels_changed, self._later),
                (segments.map_changed, self._on_map_changed),
                *more,
            )
        self.refresh()

    def look_away(self) -> None:
        """Stop, and follow nothing."""
        self._links.follow()
        self._timer.stop()
        self.row.stop()

    def _let_go(self) -> None:
        self._links.follow()

    def say(self, text: str) -> None:
        """Show a line below the choices."""
        self.said.setText(text)

    def name_of(self, plot: str) -> str:
        """Return what a file of the plot is called, unless the user says otherwise."""
        return plot if self.layers is None else f"{self.layers.sources.name} {plot}"

    def refresh(self, *_: object) -> None:
        """Make what is to be shown, unless it is there."""
        layers = self.layers
        if layers is None:
            self._explain(NOT_YET)
            return
        try:
            axes = tuple(self._axes(layers))
            check_plotted(layers)
        except ValueError as error:
            self.row.stop()
            self._explain(str(error))
            return
        made_of = layers.pictures.pixels, layers.segments.revision, axes
        if self._made_of is not None and axes != self._made_of[-1]:
            self.say("")  # it is of the axes before
        if made_of == self._made_of:
            if layers.segments.map is not self._map:  # renamed, say, while away
                self._tell()
            return
        if not self.row.is_running or made_of != self._asked:
            self._asked = made_of
            steps = self._steps(layers, axes)
            self.row.run(
                steps, self._show, self._explain, self._on_progress, is_shown=False
            )

    def _steps(
        self, layers: SegmentLayers, axes: Sequence[PlotAxis]
    ) -> Steps[tuple[Plotted, Any]]:
        counting = plotted_steps(layers, axes, self._kept)
        plotted = yield from subprogress(counting, 0, 0.7)
        made = yield from subprogress(self._make(plotted, axes), 0.7, 1)
        return plotted, made

    def _on_progress(self, _step: object) -> None:
        self.row.visible = True

    def _on_cancelled(self) -> None:
        self.say("Stopped. Turn to another page and back to count again.")

    def _show(self, result: tuple[Plotted, Any]) -> None:
        self.plotted, self.made = result
        self._made_of, self._asked = self._asked, None
        self._stack.setCurrentIndex(1)
        self._tell()

    def _explain(self, reason: str) -> None:
        """Say why there is no plot."""
        self.plotted = self.made = self._made_of = None
        self.message.setText(reason)
        self._stack.setCurrentIndex(0)
        self._tell()

    def _later(self) -> None:
        self._timer.start()

    def _on_map_changed(self) -> None:
        if self.is_current:  # else all is made anew in a moment
            self._tell()

    def _tell(self) -> None:
        self._map = None if self.layers is None else self.layers.segments.map
        self.changed.emit()


@dataclass(frozen=True, eq=False)
class SegmentColors:
    """The colour of each label, and whether it is shown; label 0 is not."""

    colors: Floats  # (n, 3)
    shown: Flags  # (n,)

    @classmethod
    def of(cls, segments: SegmentMap) -> "SegmentColors":
        """Look them up in a map."""
        n = max(segments.values) + 1
        colors, shown = np.zeros((n, 3)), np.zeros(n, np.bool_)
        for segment in segments:
            colors[segment.value] = segment.color
            shown[segment.value] = segment.visible
        return cls(colors, shown)


def means_of(
    layers: SegmentLayers, plotted: Plotted, axes: Sequence[PlotAxis]
) -> tuple[Floats, list[int]]:
    """Return where the segments that are shown have their means, and which these are.

    Shape of the places: (n_axes, n). Of what was only painted it is the mean of the
    pixels that are plotted.
    """
    recipe, tally = layers.segments.recipe, plotted.tally
    labels = labels_of(recipe.map, tally.ids)
    means, values = [], []
    for segment, mean in zip(recipe.map, recipe.means, strict=True):
        if not segment.visible:
            continue
        own = mean[list(tally.grid.channels)]
        chosen = labels == segment.value
        if np.isnan(own).any() and chosen.any():
            own = np.average(tally.values[chosen], 0, tally.counts[chosen])
        if not np.isnan(own).any():
            means.append(own)
            values.append(segment.value)
    if not values:
        return np.zeros((len(axes), 0)), []
    grid = tally.grid
    return coordinates(np.array(means), grid.channels, axes, grid.dtype), values


def choice_of(tooltip: str, words: Iterable[str] = ()) -> QComboBox:
    """Make a list of words to choose from, which asks for no more than its room."""
    combo = QComboBox()
    policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
    combo.setSizeAdjustPolicy(policy)
    combo.setToolTip(tooltip)
    combo.addItems(list(words))
    return combo
