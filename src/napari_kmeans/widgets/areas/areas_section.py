"""The folded section with the areas of the segments in every slice."""

from math import isnan

import numpy as np
from magicgui.widgets import ComboBox, PushButton
from psygnal import Signal
from qtpy.QtCore import QTimer

from napari_kmeans.core.levels import levels_of
from napari_kmeans.io.tables import Cell
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.layers.world_grid import data_position, world_position
from napari_kmeans.segments.pixel_change import Region
from napari_kmeans.segments.statistics import SliceCounts, count_slices
from napari_kmeans.widgets import table_export
from napari_kmeans.widgets.areas.areas_plot import AreasPlot
from napari_kmeans.widgets.areas.areas_table import Areas, AreasModel, AreasTable, areas
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox
from napari_kmeans.widgets.job import JobRow
from napari_kmeans.widgets.layout import AlignedRows, FoldedSection, Group
from napari_kmeans.widgets.links import Links, Pair

# While much changes, table and plot follow this often.
REFRESH_MS = 100

# Pixels that are counted at once while the user paints: some milliseconds.
MOST_AT_ONCE = 4 << 20


class AreasSection(FoldedSection):
    """Shows how large each segment is in every slice, as a table and as a plot.

    Labels in memory are counted when the section is unfolded, others when the user asks
    for it.
    """

    said = Signal(str)

    def __init__(self) -> None:
        self._layers: SegmentLayers | None = None
        self._links = Links()
        self._counts: SliceCounts | None = None
        self._revision = 0  # of the segments when they were counted
        self._has_chosen_measure = False
        self.plot: AreasPlot | None = None  # made when it is first needed
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
        self.row = JobRow("Stop counting.")
        self.copy_button = PushButton(text="Copy", tooltip=table_export.COPY_TOOLTIP)
        self.save_button = PushButton(text="Save…", tooltip=table_export.SAVE_TOOLTIP)
        self.export = Group([self.copy_button, self.save_button], layout="horizontal")
        rows = AlignedRows([self.axis, self.measure])
        self._shown = Group()  # plot and table
        self.model = AreasModel(self._shown.native)
        self.table = AreasTable(self.model)
        self._shown.native.layout().addWidget(self.table)
        super().__init__(
            "Areas per slice",
            [rows, self.count_button, self.row, self._shown, self.export],
        )
        # Children of the section: they end with it.
        self._timer = QTimer(self.native, singleShot=True, interval=REFRESH_MS)
        self._soon = QTimer(self.native, singleShot=True, interval=0)
        self._connect()
        self._show_state()

    def show_segments(self, layers: SegmentLayers | None) -> None:
        """Show the areas of a clustering from now on."""
        if layers is not self._layers:
            self._follow(layers)
            self._forget()
            if layers is not None:
                axes = layers.sources.grid_axes
                with self.axis.changed.blocked():
                    self.axis.choices = [(layers.sources.axis_name(n), n) for n in axes]
                    self.axis.value = axes[0]
                self._offer_measures(layers)
            self._count_at_once()
        self.visible = layers is not None and len(layers.sources.grid_axes) > 2

    # What is followed

    def _follow(self, layers: SegmentLayers | None) -> None:
        """Follow a clustering and its viewer instead of the one before."""
        self._layers = layers
        self._links.follow()
        if layers is not None:
            pairs: list[Pair] = [
                (layers.segments.map_changed, self._later),
                (layers.segments.labels_changed, self._on_labels_changed),
                (layers.layers_changed, self._on_layers_changed),
            ]
            if layers.viewer is not None:
                pairs.append((layers.viewer.dims.events.point, self._show_slice))
            self._links.follow(*pairs)

    def _let_go(self) -> None:
        """Stop following when the dock or the window is closed."""
        self._follow(None)

    def _connect(self) -> None:
        """Follow what the user does, and what is counted."""
        self._fold.toggled.connect(self._count_at_once)
        self.axis.changed.connect(self._on_axis_chosen)
        self.measure.changed.connect(self._on_measure_chosen)
        self.count_button.changed.connect(self._count)
        self.row.cancelled.connect(
            lambda: self._on_not_counted("Cancelled: the slices were not counted.")
        )
        self.copy_button.changed.connect(
            lambda: self.said.emit(table_export.copy_table(self.file_rows()))
        )
        self.save_button.changed.connect(self._ask_and_save)
        self.table.clicked.connect(lambda index: self.go_to(index.row()))
        self._timer.timeout.connect(self._refresh)
        self._soon.timeout.connect(self._count_at_once)
        self.native.destroyed.connect(self._let_go)

    def _offer_measures(self, layers: SegmentLayers) -> None:
        """Offer the units of the slices along the axis."""
        _, unit = layers.sources.pixel_size(self.axis.value)
        choices = [("Pixels", "pixels"), ("Share of all (%)", "percent")]
        if unit != "px":
            choices.insert(0, (f"Area ({unit})", "area"))
        with self.measure.changed.blocked():
            before = self.measure.value if self._has_chosen_measure else None
            self.measure.choices = choices
            is_offered = before in [value for _, value in choices]
            self.measure.value = before if is_offered else choices[0][1]

    def _on_measure_chosen(self) -> None:
        self._has_chosen_measure = True
        self._refresh()

    def _on_axis_chosen(self) -> None:
        if self._layers is not None:
            self._offer_measures(self._layers)
        self._forget()
        self._count_at_once()

    # Counting

    def _forget(self) -> None:
        """Discard the counts, and stop counting."""
        self._counts = None
        self.row.stop()
        self._on_counts_changed()

    def _can_count_at_once(self) -> bool:
        """Return whether counting reads memory only, and need not be asked for."""
        if self._layers is None:
            return False
        return isinstance(levels_of(self._layers.segments.atoms)[0], np.ndarray)

    def _count_at_once(self) -> None:
        """Count labels in memory as soon as they become visible."""
        is_known = self.row.is_running or self._counts is not None
        if not self.folded and not is_known and self._can_count_at_once():
            self._count()
        else:
            self._show_state()

    def _count(self) -> None:
        if self._layers is None or len(self._layers.sources.grid_axes) < 3:
            return
        segments, self._counts = self._layers.segments, None
        self._revision = segments.revision
        self.row.run(
            count_slices(segments.atoms, segments.map.n_atoms, self.axis.value),
            self._on_counts_changed,
            lambda error: self._on_not_counted(
                f"The slices could not be counted: {error}"
            ),
        )
        self._on_counts_changed()

    def _on_not_counted(self, words: str) -> None:
        """Say why, and offer to count again."""
        self._show_state()
        self.said.emit(words)

    def _on_labels_changed(self, region: Region) -> None:
        """Recount what may have changed, at once if that is quick."""
        layers, counts = self._layers, self._counts
        if layers is None or layers.segments.revision == self._revision:
            return  # merged: no atom changed
        self._revision = layers.segments.revision
        atoms = layers.segments.atoms
        if counts is None or not isinstance(atoms, np.ndarray):
            self._forget()
            return
        slices = region[counts.axis]
        in_each = atoms.size // max(1, atoms.shape[counts.axis])
        if (slices.stop - slices.start) * in_each > MOST_AT_ONCE:
            self._forget()
        else:
            n_atoms = layers.segments.map.n_atoms
            self._on_counts_changed(counts.recounted(atoms, n_atoms, region))

    def _on_counts_changed(self, counts: SliceCounts | None = None) -> None:
        """Show other counts; without any, count again if that may be done at once."""
        self._counts = counts
        self._show_state()
        if counts is not None or self.row.is_running:
            self._later()
        elif self._can_count_at_once():
            self._soon.start()

    def _on_layers_changed(self) -> None:
        if self._layers is not None:
            self._offer_measures(self._layers)  # the units may be others now
            self._later()

    def _later(self) -> None:
        """Schedule one redraw for many changes."""
        if not self._timer.isActive():
            self._timer.start()

    # What is shown

    def _show_state(self) -> None:
        """Show the table, the button that counts, or the progress."""
        is_known = self._counts is not None
        is_running = self.row.is_running
        self.count_button.visible = not (is_known or is_running or self.folded)
        self.export.visible = is_known and not self.folded
        self._shown.visible = is_known

    def _refresh(self) -> None:
        """Show the areas as they are now."""
        shown = self._areas()
        if shown is None or self.folded:
            return
        self.model.show(shown)
        is_first = self.plot is None
        if self.plot is None:
            self.plot = AreasPlot()
            self.plot.chosen.connect(self.go_to)
            self._shown.native.layout().insertWidget(0, self.plot)
        self.plot.show_areas(shown)
        self._show_slice()
        if is_first:
            self.unfolded.emit()

    def _areas(self) -> Areas | None:
        layers, counts = self._layers, self._counts
        if layers is None or counts is None:
            return None
        return areas(
            counts,
            layers.segments.map,
            self.measure.value,
            layers.sources.pixel_size(counts.axis),
            layers.sources.axis_name(counts.axis),
        )

    # The viewer's slice

    def go_to(self, number: int) -> None:
        """Show a slice in the viewer."""
        layers = self._layers
        if layers is None or layers.viewer is None:
            return
        viewer, axis = layers.viewer, self.axis.value
        from_last, place = world_position(viewer, layers.sources.grid(), axis, number)
        viewer.dims.set_point(viewer.dims.ndim + from_last, place)

    def _show_slice(self) -> None:
        """Mark the slice that the viewer shows."""
        layers = self._layers
        if layers is None or layers.viewer is None or self._counts is None:
            return
        number = data_position(layers.viewer, layers.sources.grid(), self.axis.value)
        if self.plot is not None:
            self.plot.show_slice(number)
        row = -1 if isnan(number) else round(number)
        if 0 <= row < self.model.rowCount() and not self.folded:
            self.table.selectRow(row)

    # The table as a file

    def file_rows(self) -> list[list[Cell]]:
        """Return the table as a file has it, its titles first."""
        shown, layers = self._areas(), self._layers
        if shown is None or layers is None:
            return []
        return shown.file_rows(layers.name)

    def _ask_and_save(self) -> None:
        if self._layers is not None:
            name = f"{self._layers.name} areas.csv"
            path = table_export.ask_for_path(self.native, name)
            if path is not None:
                self.said.emit(table_export.save_table(path, self.file_rows()))
