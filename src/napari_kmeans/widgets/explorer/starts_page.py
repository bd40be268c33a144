"""The page with the colours that clusters start from, and that may be pinned."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from napari.layers import Labels, Points
from qtpy.QtCore import QEvent, Qt, QTimer
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_kmeans.layers.channels import shown_colors
from napari_kmeans.layers.clusterings import shown_by
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.start_values import (
    Start,
    means_of_labels,
    place_at,
    places_of_points,
    starts_at,
)
from napari_kmeans.segments.palettes import as_colors
from napari_kmeans.segments.segment_map import Color
from napari_kmeans.widgets.explorer.picking import CanvasPick
from napari_kmeans.widgets.explorer.plotting import CHOICES_WIDTH, choice_of
from napari_kmeans.widgets.explorer.swatch import swatch
from napari_kmeans.widgets.job import Job, message_for, one_step
from napari_kmeans.widgets.layout import EventWatcher
from napari_kmeans.widgets.links import Links
from napari_kmeans.widgets.panel import KMeansPanel
from napari_kmeans.widgets.texts import number

TITLES = ("Colour", "Place", "Pin", "")
COLOUR, PLACE, PIN, REMOVE = range(len(TITLES))
WIDTHS = {COLOUR: 220, PLACE: 110, PIN: 40, REMOVE: 34}
HELP = (
    "Clusters start from these colours, and the rest is chosen around them. A pinned "
    "one stays: pixels nearest to it are its segment."
)
ONE_CHANNEL = (
    "One channel is solved exactly from any start: only those that are pinned matter."
)
PICKING = "Click on the image; Esc ends it."
NO_LAYERS = "no points or labels"


class StartsPage:
    """Lists the starts of the chosen image; more are picked, or come from a layer."""

    title = "Start colours"
    tooltip = "Choose colours that clusters start from, and pin some of them."

    def __init__(self, panel: KMeansPanel) -> None:
        self._panel = panel
        self._viewer = panel.target.viewer
        self._shown: Any = None
        self._asked_for: Any = None  # the layer that the user chose
        self._jobs: set[Job[Any, Any]] = set()
        self._links, self._starts_link = Links(), Links()
        self._pick = CanvasPick()
        self.pick_button = QPushButton("Pick on the image")
        self.pick_button.setCheckable(True)
        self.pick_button.setToolTip(
            "Each click on the image adds the value there, whatever layer is selected "
            "(Esc ends it)."
        )
        self.layer = choice_of(
            "A points layer, whose points give their values, or a labels layer, each "
            "label of which gives the mean of its pixels."
        )
        self.add_button = QPushButton("Add from layer")
        self.add_button.setToolTip("Add the values of the layer above.")
        self.clear_button = QPushButton("Clear")
        self.clear_button.setToolTip("Remove all start colours of this image.")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.table = QTableWidget(0, len(TITLES))
        self.table.setHorizontalHeaderLabels(TITLES)
        self.table.setToolTip("Delete removes the selected rows, Space pins them.")
        # Not while a cell of the table tells of its own change.
        self.native = QWidget()
        self._timer = QTimer(self.native, singleShot=True, interval=0)
        self._timer.timeout.connect(self._show)
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        table = self.table
        table.verticalHeader().hide()
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(min(WIDTHS.values()))
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        for column, width in WIDTHS.items():
            table.setColumnWidth(column, width)
        header.setSectionResizeMode(COLOUR, QHeaderView.ResizeMode.Stretch)
        choices = QWidget()
        choices.setFixedWidth(CHOICES_WIDTH)
        column_of = QVBoxLayout(choices)
        column_of.setContentsMargins(0, 2, 0, 0)
        column_of.setSpacing(3)
        for widget in (
            self.pick_button,
            self.layer,
            self.add_button,
            self.clear_button,
            self.said,
        ):
            column_of.addWidget(widget)
        column_of.addStretch()
        layout = QHBoxLayout(self.native)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(choices)
        layout.addWidget(table, stretch=1)

    def _connect(self) -> None:
        self.pick_button.toggled.connect(self._on_pick_toggled)
        self.layer.activated.connect(self._on_layer_chosen)
        self.add_button.clicked.connect(self._add_from_layer)
        self.clear_button.clicked.connect(lambda: self._set([]))
        self._pick.picked.connect(self._on_picked)
        self._pick.ended.connect(lambda: self.pick_button.setChecked(False))
        self._watcher = EventWatcher(self.table, self._on_key)
        self._escape = EventWatcher(self.pick_button, self._on_escape)
        self.native.destroyed.connect(self._let_go)

    # The page of the explorer

    def look_at(self, _clustering: SegmentLayers | None) -> None:
        """Show the starts of the chosen image, whether segmented or not."""
        events = self._viewer.layers.events
        self._links.follow(
            (events.inserted, self._on_inserted),
            (events.removed, self._offer_layers),
            (events.renamed, self._offer_layers),
        )
        self._starts_link.follow((self._panel.starts.changed, self._later))
        self._offer_layers()
        if self._shown is None or self._shown[0] != self._sources:
            self.said.setText("")
        self._show()

    def look_away(self) -> None:
        """Give the clicks back, and follow nothing."""
        self._pick.end()
        self._links.follow()
        self._starts_link.follow()

    def _let_go(self) -> None:
        self._pick.end()
        self._links.follow()
        self._starts_link.follow()
        for job in self._jobs:
            job.stop()

    @property
    def is_running(self) -> bool:
        """Whether values are being read."""
        return any(job.is_running for job in self._jobs)

    @property
    def _sources(self) -> Sources | None:
        return self._panel.choice.sources

    @property
    def _starts(self) -> tuple[Start, ...]:
        return self._panel.starts.of(self._sources)

    # What is shown

    def _show(self) -> None:
        """List the starts, unless they are shown already."""
        sources, starts = self._sources, self._starts
        for widget in (self.pick_button, self.add_button):
            widget.setEnabled(sources is not None)
        self.add_button.setEnabled(sources is not None and self._chosen is not None)
        self.clear_button.setEnabled(bool(starts))
        if not self.said.text():
            is_flat = sources is not None and len(sources.channel_names) == 1
            is_flat = is_flat and not sources.is_colors  # type: ignore[union-attr]
            self.said.setText(ONE_CHANNEL if is_flat and starts else HELP)
        if (sources, starts) == self._shown:
            return
        shown, self._shown = self._shown, (sources, starts)
        if shown is not None and _only_pins_differ(shown, self._shown):
            for row, start in enumerate(starts):  # the tick with the focus stays
                box: Any = self.table.cellWidget(row, PIN)
                box.setChecked(start.pinned)
            return
        self.table.setRowCount(len(starts))
        if sources is not None and starts:
            values = np.array([one.value for one in starts])
            colors = as_colors(shown_colors(values, sources))
            for row, (start, color) in enumerate(zip(starts, colors, strict=True)):
                self._show_row(row, sources, start, color)

    def _show_row(self, row: int, sources: Sources, start: Start, color: Color) -> None:
        names = "RGB" if sources.is_colors else sources.channel_names
        values = [number(value) for value in start.value]
        named = [f"{n} {v}" for n, v in zip(names, values, strict=True)]
        text = "  ".join(named) if len(values) > 1 else values[0]
        item = QTableWidgetItem(swatch(color), text)
        item.setToolTip("\n".join(named))
        place = QTableWidgetItem(", ".join(number(round(x, 1)) for x in start.place))
        place.setToolTip(
            "Where it was taken from: its place along each axis, in pixels."
        )
        for column, one in ((COLOUR, item), (PLACE, place)):
            self.table.setItem(row, column, one)
        pin = QCheckBox()  # that of an item is hardly seen in napari's dark theme
        pin.setToolTip("A pinned colour does not move: its pixels are those nearest.")
        pin.setAccessibleName(f"Pin {text}")
        pin.setChecked(start.pinned)
        pin.toggled.connect(partial(self._on_pinned, row))
        self.table.setCellWidget(row, PIN, pin)
        button = QToolButton()
        button.setText("✕")
        button.setAutoRaise(True)
        button.setToolTip("Remove this start colour.")
        button.clicked.connect(partial(self._remove, [row]))
        self.table.setCellWidget(row, REMOVE, button)

    def _on_inserted(self, event: Any) -> None:
        """Offer a layer that the user has just added before all others."""
        is_theirs = shown_by(self._viewer, event.value) is None
        if is_theirs and isinstance(event.value, (Points, Labels)):
            self._asked_for = None
        self._offer_layers()

    def _offer_layers(self, *_: object) -> None:
        """Offer the layers that give values, the newest first, results last."""
        layers = [
            layer
            for layer in reversed(self._viewer.layers)
            if isinstance(layer, (Points, Labels))
        ]
        layers.sort(key=lambda layer: shown_by(self._viewer, layer) is not None)
        self.layer.clear()
        for layer in layers:
            self.layer.addItem(layer.name, layer)
        if self._asked_for in layers:
            self.layer.setCurrentIndex(layers.index(self._asked_for))
        if not layers:
            self.layer.addItem(NO_LAYERS)
        self.layer.setEnabled(bool(layers))
        self.add_button.setEnabled(bool(layers) and self._sources is not None)

    @property
    def _chosen(self) -> Points | Labels | None:
        """The layer whose values would be added."""
        layer = self.layer.currentData()
        return layer if isinstance(layer, (Points, Labels)) else None

    # What the user does

    def _on_layer_chosen(self) -> None:
        self._asked_for = self._chosen

    def _on_pick_toggled(self, is_on: bool) -> None:
        if is_on:
            self.said.setText(PICKING)
            self._pick.begin(self._viewer)
        else:
            self._pick.end()
            self._say("")

    def _on_picked(self, position: Any) -> None:
        sources = self._sources
        if sources is None:
            self._pick.end()
            return
        try:
            places = [place_at(self._viewer, sources.grid(), position)]
        except ValueError as error:
            self.said.setText(message_for(error))
            return
        region = self._panel.region.region
        self._add(partial(starts_at, sources, np.array(places), region), sources)

    def _add_from_layer(self) -> None:
        sources, layer = self._sources, self._chosen
        if sources is None or layer is None:
            return
        self._asked_for = layer
        if isinstance(layer, Labels):
            self._add(partial(means_of_labels, sources, layer), sources)
            return
        try:
            places = places_of_points(layer, self._viewer, sources)
        except ValueError as error:
            self.said.setText(message_for(error))
            return
        region = self._panel.region.region
        self._add(partial(starts_at, sources, places, region), sources)

    def _add(self, read: Callable[[], list[Start]], sources: Sources) -> None:
        """Read values, in a worker, and add them."""

        def add(more: list[Start]) -> None:
            self._jobs.discard(job)
            try:
                self._panel.starts.set(
                    sources, [*self._panel.starts.of(sources), *more]
                )
                self._say(PICKING if self._pick.is_on else "")
            except ValueError as error:
                self._say(message_for(error))

        def refuse(reason: str) -> None:
            self._jobs.discard(job)
            self._say(reason)

        job: Job[Any, list[Start]] = Job(one_step(read), add, refuse)
        self._jobs.add(job)

    def _later(self) -> None:
        self._timer.start()

    def _say(self, text: str) -> None:
        """Show a message, or what the page is for."""
        self.said.setText(text)
        self._timer.start()

    def _on_pinned(self, row: int, pinned: bool) -> None:
        starts = list(self._starts)
        starts[row] = replace(starts[row], pinned=pinned)
        self._set(starts)

    def _on_escape(self, event: QEvent) -> bool:
        """Take Esc, which ends picking."""
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_escape and self._pick.is_on:
            self._pick.end()
            return True
        return False

    def _on_key(self, event: QEvent) -> bool:
        """Take the keys of the table: Delete, Space, and Esc."""
        rows = sorted({index.row() for index in self.table.selectedIndexes()})
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if self._on_escape(event) or not rows:
            return event.key() == Qt.Key.Key_Escape
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._remove(rows)
            return True
        if event.key() == Qt.Key.Key_Space:
            starts = list(self._starts)
            pinned = not all(starts[row].pinned for row in rows)
            for row in rows:
                starts[row] = replace(starts[row], pinned=pinned)
            self._set(starts)
            return True
        return False

    def _remove(self, rows: Sequence[int], *_: object) -> None:
        self._set([s for row, s in enumerate(self._starts) if row not in rows])

    def _set(self, starts: Sequence[Start]) -> None:
        if self._sources is not None:
            self._panel.starts.set(self._sources, starts)
            self._say(PICKING if self._pick.is_on else "")


def _only_pins_differ(one: Any, other: Any) -> bool:
    """Whether the same colours of the same source are shown, maybe pinned."""
    free, others = ([replace(s, pinned=False) for s in of] for _, of in (one, other))
    return one[0] == other[0] and free == others
