"""The page that tells how sure pixels are, and leaves those below a threshold out."""

from typing import Any

import numpy as np
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSlider,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_kmeans.layers.confidence import certainty_steps, why_no_confidence
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.segments.certainty import Certainty
from napari_kmeans.widgets.explorer.confidence_following import show_confidence
from napari_kmeans.widgets.explorer.confidence_plot import ConfidencePlot
from napari_kmeans.widgets.explorer.plotting import CHOICES_WIDTH
from napari_kmeans.widgets.explorer.save_plot import (
    SavePlotButton,
    pictures_of,
    table_of,
)
from napari_kmeans.widgets.explorer.swatch import swatch
from napari_kmeans.widgets.job import Job, JobRow, message_for, one_step
from napari_kmeans.widgets.links import Links
from napari_kmeans.widgets.panel import KMeansPanel
from napari_kmeans.widgets.texts import percent, plain_tooltip

NOT_YET = "Press Segment first: then you see here how sure each pixel is."
ONLY_LAYER = "The confidence can be shown as a layer; pixels cannot be left undecided."
APPLY_MS = 400
"""Milliseconds without a move after which the threshold is applied, as one step."""
PREVIEW_MS = 30
REFRESH_MS = 150
PLOT_WIDTH = 150
ROW_HEIGHT = 22
"""What the plot and a row of the table need, in logical pixels."""


class ConfidencePage:
    """Shows how sure pixels are; a threshold makes those below it undecided."""

    title = "Confidence"
    tooltip = "How much nearer pixels are to their cluster than to the next one."

    def __init__(self, panel: KMeansPanel) -> None:
        self._layers: SegmentLayers | None = None
        self._certainty: Certainty | None = None
        self._pixels: Any = None  # those that were compared
        self._links = Links()
        self._previewing: Job[None, Any] | None = None
        self._panel = panel
        self.layer_button = QPushButton("Show as a layer")
        self.layer_button.setToolTip(
            "Add an image layer from 0 (halfway between two clusters) to 1 (at the "
            "centre of one). It follows later runs."
        )
        self.heading = QLabel()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setAccessibleName("Undecided below, in percent")
        self.slider.setToolTip(
            "Pixels that are less sure become undecided: label 0, in no segment. "
            "Ctrl+Z in the table undoes it; what you painted stays."
        )
        self.row = JobRow("Stop comparing distances.")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.plot = ConfidencePlot()
        kinds = (*pictures_of(self.plot.canvas), table_of(self.plot.rows))
        self.save_button = SavePlotButton(self._name, kinds)
        self.table = QTableWidget(0, 2)
        self.native = QWidget()
        self._apply_timer = self._timer(APPLY_MS, self._apply)
        self._preview_timer = self._timer(PREVIEW_MS, self._preview)
        self._refresh_timer = self._timer(REFRESH_MS, self._refresh)
        self._arrange()
        self._connect()

    def _timer(self, interval: int, function: Any) -> QTimer:
        timer = QTimer(self.native, singleShot=True, interval=interval)
        timer.timeout.connect(function)
        return timer

    def _arrange(self) -> None:
        table = self.table
        table.setHorizontalHeaderLabels(["Segment", "Undecided"])
        table.setToolTip("Which share of each segment's pixels is undecided.")
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        table.setWordWrap(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setMinimumSize(0, 0)
        self.plot.setMinimumWidth(PLOT_WIDTH)
        header = table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        choices = QWidget()
        choices.setFixedWidth(CHOICES_WIDTH)
        column = QVBoxLayout(choices)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(3)
        buttons = QHBoxLayout()
        buttons.addWidget(self.layer_button, stretch=1)
        buttons.addWidget(self.save_button)
        column.addLayout(buttons)
        for widget in (self.heading, self.slider, self.row.native, self.said):
            column.addWidget(widget)
        column.addWidget(table, stretch=1)
        column.addStretch()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.message)
        self._stack.addWidget(self.plot)
        layout = QHBoxLayout(self.native)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(choices)
        layout.addWidget(self._stack, stretch=1)

    def _connect(self) -> None:
        self.layer_button.clicked.connect(self._show_layer)
        self.save_button.said.connect(self.said.setText, check_nargs=False)
        self.slider.valueChanged.connect(self._on_moved)
        self.slider.sliderReleased.connect(self._apply_timer.start)
        self.plot.moved.connect(lambda value: self.slider.setValue(value))  # noqa: PLW0108
        self.plot.released.connect(lambda: self._apply_timer.start())  # noqa: PLW0108
        self.row.cancelled.connect(lambda: self._explain("Stopped: nothing changed."))
        self.native.destroyed.connect(self._let_go)

    # The page of the explorer

    def look_at(self, clustering: SegmentLayers | None) -> None:
        """Show how sure the pixels of a clustering are."""
        if clustering is not self._layers:
            self._finish()
            self._layers, self._certainty = clustering, None
        self._links.follow()
        if clustering is not None:
            segments = clustering.segments
            self._links.follow(
                (segments.labels_changed, self._later),
                (segments.map_changed, self._later),
                (segments.history.changed, self._later),
            )
        self._refresh()

    def look_away(self) -> None:
        """Apply what is shown for a moment, and follow nothing."""
        self._finish()
        self._links.follow()
        self._refresh_timer.stop()
        self.row.stop()

    def _finish(self) -> None:
        """Apply a threshold that was chosen just now, and end its preview."""
        is_pending = self._apply_timer.isActive()
        self._stop_preview()
        if is_pending:
            self._apply()

    def _let_go(self) -> None:
        self._links.follow()
        if self._previewing is not None:
            self._previewing.stop()

    @property
    def is_running(self) -> bool:
        """Whether something is computed, or will be soon."""
        timers = self._apply_timer, self._preview_timer, self._refresh_timer
        is_previewing = self._previewing is not None and self._previewing.is_running
        is_waiting = any(timer.isActive() for timer in timers)
        return self.row.is_running or is_previewing or is_waiting

    # What is shown

    def _later(self) -> None:
        self._refresh_timer.start()

    def _refresh(self) -> None:
        """Compare distances, unless that was done for this model and these pixels."""
        layers = self._layers
        self.layer_button.setEnabled(layers is not None)
        if layers is None:
            self._explain(NOT_YET)
            return
        pixels, recipe = layers.pictures.pixels, layers.segments.recipe
        if why_not := why_no_confidence(pixels):
            self.layer_button.setEnabled(False)
            self._explain(why_not)
            return
        if not layers.segments.is_editable:
            self._explain(f"{layers.segments.why_not_editable}\n{ONLY_LAYER}")
            return
        known = self._certainty
        if known is not None and known.fits(recipe) and self._pixels is pixels:
            self._show()
            return
        self._certainty, self._pixels = None, pixels
        self.slider.setEnabled(False)
        self.row.run(
            certainty_steps(recipe, pixels),
            self._on_compared,
            self._explain,
            lambda _: setattr(self.row, "visible", True),
            is_shown=False,
        )

    def _on_compared(self, certainty: Certainty) -> None:
        self._certainty = certainty
        self.plot.show_counts(certainty.counts[1:].sum(axis=0))
        self._refresh()

    def _name(self) -> str:
        """Propose a name for what is saved."""
        return (
            "confidence" if self._layers is None else f"{self._layers.name} confidence"
        )

    def _explain(self, reason: str) -> None:
        """Say why there is nothing to see."""
        self._certainty = None
        self.row.stop()
        self.slider.setEnabled(False)
        self._set_slider(0)
        self.heading.setText("Undecided below: –")
        self.said.setText("")
        self.message.setText(reason)
        self._stack.setCurrentIndex(0)
        self.table.hide()
        self.save_button.setEnabled(False)

    def _show(self) -> None:
        """Show the threshold of the segments, unless it is being moved."""
        assert self._layers is not None
        self._stack.setCurrentIndex(1)
        self.table.show()
        self.save_button.setEnabled(True)
        self.slider.setEnabled(True)
        if not self._is_moving:
            self._set_slider(round(100 * self._layers.segments.recipe.undecided_below))
        self._show_shares()

    @property
    def _is_moving(self) -> bool:
        is_held = self.slider.isSliderDown() or self.plot.is_dragged
        return is_held or self._apply_timer.isActive()

    def _set_slider(self, value: int) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(value)
        self.slider.blockSignals(False)

    def _show_shares(self) -> None:
        """Tell how many pixels are undecided, of all and of each segment."""
        layers, certainty, below = self._layers, self._certainty, self.slider.value()
        if layers is None or certainty is None:
            return
        self.heading.setText(f"Undecided below: {below} %")
        self.plot.show_threshold(below)
        of_atoms = certainty.counts[1:]
        n_pixels, n_below = of_atoms.sum(), of_atoms[:, :below].sum()
        share = 100 * float(n_below) / max(1, int(n_pixels))
        self.said.setText(f"{percent(share)} undecided: {n_below:,} px")
        segments = layers.segments.map
        shares = certainty.shares(segments, below)
        predicted = [one for one in segments if not np.isnan(shares[one.value])]
        self.table.setRowCount(len(predicted))
        for row, segment in enumerate(predicted):
            name = QTableWidgetItem(swatch(segment.color), segment.name)
            name.setToolTip(plain_tooltip(segment.name))
            of_segment = QTableWidgetItem(percent(100 * shares[segment.value]))
            of_segment.setTextAlignment(
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
            self.table.setItem(row, 0, name)
            self.table.setItem(row, 1, of_segment)

    # What the user does

    def _show_layer(self) -> None:
        if self._layers is not None:
            show_confidence(self._layers)

    def _on_moved(self) -> None:
        """Show at once what a threshold does; apply it when the user rests."""
        self._show_shares()
        if not self._preview_timer.isActive():
            self._preview_timer.start()
        self._apply_timer.start()

    def _preview(self) -> None:
        layers, certainty, below = self._layers, self._certainty, self.slider.value()
        if layers is None or certainty is None:
            return
        if self._previewing is not None and self._previewing.is_running:
            self._preview_timer.start()  # the last move is shown, too
            return
        segments = layers.segments
        steps = one_step(lambda: segments.labels_below(certainty, below))
        self._previewing = Job(steps, layers.preview, self.said.setText)

    def _stop_preview(self) -> None:
        self._preview_timer.stop()
        self._apply_timer.stop()
        if self._previewing is not None:
            self._previewing.stop()

    def _apply(self) -> None:
        """Leave what is less sure undecided: one step for a whole drag."""
        if self.slider.isSliderDown() or self.plot.is_dragged:
            return  # when it is let go
        layers, certainty, below = self._layers, self._certainty, self.slider.value()
        self._stop_preview()
        if layers is None or certainty is None:
            return
        layers.preview(None)
        try:
            if below != round(100 * layers.segments.recipe.undecided_below):
                layers.segments.leave_undecided(certainty, below)
        except ValueError as error:
            self.said.setText(message_for(error))
