"""The folded section with the areas of the segments in every slice."""

from math import isnan
from typing import TYPE_CHECKING, Any

from magicgui.widgets import ComboBox, Container, PushButton
from psygnal import Signal
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_kmeans.io.tables import Cell
from napari_kmeans.layers.world_grid import data_position, world_position
from napari_kmeans.widgets.aligned_rows import AlignedRows
from napari_kmeans.widgets.areas.areas_table import AreasModel, AreasTable
from napari_kmeans.widgets.areas.slice_areas import Areas, areas
from napari_kmeans.widgets.areas.slice_counter import SliceCounter
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox
from napari_kmeans.widgets.folded_section import FoldedSection
from napari_kmeans.widgets.table_export import (
    COPY_TOOLTIP,
    SAVE_TOOLTIP,
    ask_for_path,
    copy_table,
    save_table,
)

if TYPE_CHECKING:
    from napari_kmeans.layers.segment_layers import SegmentLayers
    from napari_kmeans.widgets.areas.areas_plot import AreasPlot

# While much changes, table and plot follow this often.
REFRESH_MS = 100


class AreasSection(FoldedSection):
    """Shows how large each segment is in every slice, as a table and as a plot.

    Labels in memory are counted when the section is unfolded, others when the user asks
    for it.
    """

    said = Signal(str)

    def __init__(self) -> None:
        self._layers: SegmentLayers | None = None
        self._counter = SliceCounter()
        self.row = self._counter.row
        self._plot: AreasPlot | None = None
        self._has_chosen_measure = False
        self.axis = ElidedComboBox(
            label="Along", choices=[], tooltip="The axis whose slices are counted."
        )
        self.measure = ComboBox(
            label="Show",
            choices=[("Pixels", "pixels")],
            tooltip="Numbers of pixels, areas in the layer's units, or shares of all "
            "segments that are not ignored.",
        )
        self.count_button = PushButton(
            text="Count all slices",
            tooltip="Read every block of the image and count each segment's pixels.",
        )
        self.copy_button = PushButton(text="Copy", tooltip=COPY_TOOLTIP)
        self.save_button = PushButton(text="Save…", tooltip=SAVE_TOOLTIP)
        self.export: Container[Any] = Container(
            widgets=[self.copy_button, self.save_button],
            layout="horizontal",
            labels=False,
        )
        self.export.margins = (0, 0, 0, 0)
        rows = AlignedRows([self.axis, self.measure])
        super().__init__(
            "Areas per slice",
            [rows, self.count_button, self.row, self.export],
        )
        self.model = AreasModel(self.native)
        self.table = AreasTable(self.model)
        self._shown = QWidget()
        column = QVBoxLayout(self._shown)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        self.body.native.layout().insertWidget(3, self._shown)
        # Children of the section: they end with it.
        self._timer = QTimer(self.native, singleShot=True, interval=REFRESH_MS)
        self._soon = QTimer(self.native, singleShot=True, interval=0)
        self._connect()
        self._show_state()

    def show_segments(self, layers: "SegmentLayers | None") -> None:
        """Show the areas of a clustering from now on."""
        if layers is not self._layers:
            self._follow(layers)
            self._offer_choices()
            self._count_at_once()
        self.visible = layers is not None and len(layers.sources.grid_axes) > 2

    @property
    def plot(self) -> "AreasPlot | None":
        """The plot; None until it is first needed."""
        return self._plot

    @property
    def is_counting(self) -> bool:
        """Whether slices are being counted now."""
        return self.row.is_running

    # What is followed

    def _follow(self, layers: "SegmentLayers | None") -> None:
        """Follow a clustering and its viewer instead of the one before."""
        if self._layers is not None:
            self._layers.segments.map_changed.disconnect(self._later)
            viewer = self._layers.viewer
            if viewer is not None:
                viewer.dims.events.point.disconnect(self._show_slice)
        if layers is not None:
            layers.segments.map_changed.connect(self._later)
            if layers.viewer is not None:
                layers.viewer.dims.events.point.connect(self._show_slice)
        self._layers = layers
        self._counter.follow(layers)

    def _on_destroyed(self) -> None:
        """Stop following when the dock or the window is closed."""
        self._counter.changed.disconnect(self._on_counts_changed)
        self._follow(None)

    def _connect(self) -> None:
        """Follow what the user does, and what is counted."""
        self._fold.toggled.connect(self._count_at_once)
        self.axis.changed.connect(self._on_axis_chosen)
        self.measure.changed.connect(self._on_measure_chosen)
        self.count_button.changed.connect(self._count)
        self.copy_button.changed.connect(
            lambda: self.said.emit(copy_table(self.file_rows()))
        )
        self.save_button.changed.connect(self._ask_and_save)
        self.table.clicked.connect(lambda index: self.go_to(index.row()))
        self._counter.changed.connect(self._on_counts_changed)
        self._counter.failed.connect(self.said.emit)
        self._timer.timeout.connect(self._refresh)
        self._soon.timeout.connect(self._count_at_once)
        self.native.destroyed.connect(self._on_destroyed)

    def _offer_choices(self) -> None:
        """Offer the axes and the units of the clustering's image."""
        layers = self._layers
        if layers is None:
            return
        sources = layers.sources
        with self.axis.changed.blocked():
            self.axis.choices = [
                (sources.axis_name(axis), axis) for axis in sources.grid_axes
            ]
            self.axis.value = sources.grid_axes[0]
        self._offer_measures()

    def _offer_measures(self) -> None:
        if self._layers is None:
            return
        _, unit = self._layers.sources.pixel_size(self.axis.value)
        choices = [("Pixels", "pixels"), ("Share of all (%)", "percent")]
        if unit != "px":
            choices.insert(0, (f"Area ({unit})", "area"))
        with self.measure.changed.blocked():
            before = self.measure.value if self._has_chosen_measure else None
            self.measure.choices = choices
            if before in [value for _, value in choices]:
                self.measure.value = before
            else:
                self.measure.value = choices[0][1]

    def _on_measure_chosen(self, _measure: Any = None) -> None:
        self._has_chosen_measure = True
        self._refresh()

    def _on_axis_chosen(self, _axis: Any = None) -> None:
        self._offer_measures()
        self._counter.forget()
        self._count_at_once()

    # Counting

    def _count_at_once(self, _unfolded: Any = None) -> None:
        """Count labels in memory as soon as they become visible."""
        counter = self._counter
        is_known = self.row.is_running or counter.counts is not None
        is_seen = not self.folded and self._layers is not None
        if is_seen and not is_known and counter.can_count_at_once():
            self._count()
        else:
            self._show_state()

    def _count(self) -> None:
        if self._layers is not None and len(self._layers.sources.grid_axes) > 2:
            self._counter.start(self.axis.value)

    def _on_counts_changed(self) -> None:
        self._show_state()
        if self._counter.counts is not None or self.row.is_running:
            self._later()
        elif self._counter.can_count_at_once():
            self._soon.start()

    def _later(self) -> None:
        """Schedule one redraw for many changes."""
        if not self._timer.isActive():
            self._timer.start()

    # What is shown

    def _show_state(self) -> None:
        """Show the table, the button that counts, or the progress."""
        is_known = self._counter.counts is not None
        is_running = self.row.is_running
        self.count_button.visible = not (is_known or is_running or self.folded)
        self.export.visible = is_known and not self.folded
        self._shown.setVisible(is_known)

    def _refresh(self) -> None:
        """Show the areas as they are now."""
        shown = self._areas()
        if shown is None or self._layers is None or self.folded:
            return
        self.model.show(shown)
        plot = self._plot_made()
        plot.show_areas(shown, self._layers.sources.axis_name(self.axis.value))
        self._show_slice()

    def _areas(self) -> Areas | None:
        layers, counts = self._layers, self._counter.counts
        if layers is None or counts is None:
            return None
        size = layers.sources.pixel_size(counts.axis)
        return areas(counts, layers.segments.map, self.measure.value, size)

    def _plot_made(self) -> "AreasPlot":
        """Return the plot, made on first use."""
        if self._plot is None:
            from napari_kmeans.widgets.areas.areas_plot import AreasPlot  # noqa: PLC0415

            self._plot = AreasPlot()
            self._plot.chosen.connect(self.go_to)
            self._shown.layout().insertWidget(0, self._plot)
        return self._plot

    # The viewer's slice

    def go_to(self, number: int) -> None:
        """Show a slice in the viewer."""
        layers = self._layers
        if layers is None or layers.viewer is None:
            return
        viewer, dims = layers.viewer, layers.viewer.dims
        axis = self.axis.value
        from_last, place = world_position(viewer, layers.sources.grid(), axis, number)
        dims.set_point(dims.ndim + from_last, place)

    def _show_slice(self, _event: Any = None) -> None:
        """Mark the slice that the viewer shows."""
        layers = self._layers
        if layers is None or layers.viewer is None or self._counter.counts is None:
            return
        number = data_position(layers.viewer, layers.sources.grid(), self.axis.value)
        if self._plot is not None:
            self._plot.show_slice(number)
        row = -1 if isnan(number) else round(number)
        if 0 <= row < self.model.rowCount() and not self.folded:
            self.table.selectRow(row)

    # The table as a file

    def file_rows(self) -> list[list[Cell]]:
        """Return the table as a file has it, its titles first."""
        shown = self._areas()
        if shown is None or self._layers is None:
            return []
        return shown.file_rows(self._layers.sources.axis_name(self.axis.value))

    def _ask_and_save(self) -> None:
        if self._layers is not None:
            name = f"{self._layers.sources.name} areas.csv"
            path = ask_for_path(self.native, name)
            if path is not None:
                self.said.emit(save_table(path, self.file_rows()))
