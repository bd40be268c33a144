"""The implementation of the table's actions; `actions.ACTIONS` lists them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from napari import Viewer
from napari.layers import Labels
from psygnal import Signal
from qtpy.QtCore import QPoint
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QColorDialog, QDialog, QMessageBox, QWidget

from napari_kmeans.io import masks
from napari_kmeans.io.tables import Cell
from napari_kmeans.layers.objects_layer import plan_objects
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.segments.segments import Segments
from napari_kmeans.segments.splitting import SplitPlan
from napari_kmeans.widgets import table_export
from napari_kmeans.widgets.job import Job, message_for, one_step
from napari_kmeans.widgets.segments_table.columns import file_rows
from napari_kmeans.widgets.segments_table.means_and_objects import MeansAndObjects
from napari_kmeans.widgets.segments_table.only_this import OnlyThis
from napari_kmeans.widgets.segments_table.split_popup import SplitPopup
from napari_kmeans.widgets.segments_table.table_view import TableView

# napari's own table of a layer's features.
FEATURES_TABLE = "Features table widget"


class SegmentActions:
    """Applies the user's actions to the segments, or says why it cannot."""

    changed = Signal()  # what can be done
    clean_up_asked = Signal()  # for the selected rows

    def __init__(
        self, view: TableView, measures: MeansAndObjects, say: Callable[[str], None]
    ) -> None:
        self.view = view
        self.shown: SegmentLayers | None = None
        self._measures = measures
        self._say = say
        self._only_this = OnlyThis()
        self.split_popup = SplitPopup(view)
        self.split_popup.accepted.connect(self._split)
        self.split_place: QWidget = view
        self.splitting: str | None = None  # the name of what is being split
        self._split_job: Job[Any, SplitPlan] | None = None
        self._objects_job: Job[None, Labels] | None = None
        self._mask_job: Job[None, Any] | None = None
        self.dialog: QDialog | None = None

    @property
    def layers(self) -> SegmentLayers:
        """The layers that are acted on."""
        if self.shown is None:
            raise ValueError("There are no segments yet: press Segment first.")
        return self.shown

    @property
    def segments(self) -> Segments:
        """The segments that are acted on."""
        return self.layers.segments

    def do(self, act: Callable[[], None]) -> None:
        """Apply an action to the segments, or say why it cannot be applied."""
        if self.shown is None:
            return
        self._say("")
        try:
            act()
        except KeyError as error:  # the segment went while a dialog was about it
            self._say(error.args[0])
        except Exception as error:  # noqa: BLE001
            self._say(message_for(error))

    # What is said of segments

    def toggle(self, values: list[int]) -> None:
        """Hide segments if any of them is shown, or else show them."""
        is_any_shown = any(self.segments.map[value].visible for value in values)
        self.segments.set_visible(values, not is_any_shown)

    def solo(self, values: list[int]) -> None:
        """Show segments alone, or what was shown before if they are alone already."""
        self._only_this(self.segments, values)

    def ignore(self, values: list[int]) -> None:
        """Ignore segments, or count them again if all of them are ignored."""
        are_ignored = all(self.segments.map[value].ignored for value in values)
        self.segments.set_ignored(values, not are_ignored)

    def _one_of(self, values: list[int]) -> int:
        """Return the current row, or else the first."""
        current = self.view.current_value
        return values[0] if current is None or current not in values else current

    def edit_name(self, values: list[int]) -> None:
        """Let the user type the name of the current row, or else of the first."""
        self.view.edit_name(self._one_of(values))

    def rename(self, value: int, name: str) -> None:
        """Give a segment a name."""
        self.do(lambda: self.segments.rename(value, name))

    def choose_look(self, name: str, value: str) -> None:
        """Choose the palette, or how the layers show the segments."""
        if name == "palette":
            self.do(lambda: self.segments.set_palette(value))
        else:
            self.do(lambda: self.layers.set_look(**{name: value}))

    def ask_color(self, values: list[int]) -> None:
        """Ask for the colour of the current row, or else of the first."""
        value = self._one_of(values)
        segment = self.segments.map[value]
        dialog = QColorDialog(QColor.fromRgbF(*segment.color), self.view)
        dialog.setWindowTitle(f"Colour of {value}, '{segment.name}'")
        dialog.colorSelected.connect(
            lambda color: self.do(
                lambda: self.segments.set_color(value, color.getRgbF()[:3])
            )
        )
        self._open(dialog)

    def show_help(self, text: str) -> None:
        """Show the list of keys."""
        box = QMessageBox(self.view)
        box.setWindowTitle("Keys of the segments table")
        box.setText(text)
        self._open(box)

    def _open(self, dialog: QDialog) -> None:
        """Show a dialog over the window without stopping the rest."""
        self.close_dialogs()
        self.dialog = dialog
        dialog.finished.connect(lambda _: self._forget(dialog))
        dialog.open()

    def _forget(self, dialog: QDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()

    def close_dialogs(self) -> None:
        """Close what is open, without an answer."""
        self.split_popup.hide()
        if self.dialog is not None:
            self.dialog.reject()

    # Split and objects

    def ask_pieces(self, values: list[int]) -> None:
        """Ask into how many parts to split a segment."""
        (value,) = values
        place = self.split_place.mapToGlobal(QPoint(0, self.split_place.height()))
        self.split_popup.ask(value, self.segments.map[value].name, place)

    def _split(self) -> None:
        self.do(lambda: self._start_split(self.layers, self.split_popup.value))

    def _start_split(self, layers: SegmentLayers, value: int) -> None:
        name = layers.segments.map[value].name
        self._split_job = Job(
            layers.split_steps(value, self.split_popup.n_pieces.value()),
            lambda plan: self._take_split(layers, plan),
            self._on_split_failed,
        )
        self._say(f"Splitting '{name}' …")
        self._set_splitting(name)

    def _set_splitting(self, name: str | None) -> None:
        self.splitting = name
        self.changed.emit()

    def stop(self) -> None:
        """Stop a split and a search for objects that are running."""
        for job in (self._split_job, self._objects_job):
            if job is not None:
                job.stop()
        self.splitting = None

    def _take_split(self, layers: SegmentLayers, plan: SplitPlan) -> None:
        """Apply a finished split, even if other segments are shown by now."""
        self._set_splitting(None)
        segments = layers.segments
        if layers is self.shown:
            self.do(lambda: self._apply_split(segments, plan))
        elif plan.fits(segments.map, segments.revision):
            segments.apply_split(plan)

    def _apply_split(self, segments: Segments, plan: SplitPlan) -> None:
        before = set(segments.map.values)
        segments.apply_split(plan)
        pieces = [value for value in segments.map.values if value not in before]
        self.view.select_values([plan.segment.value, *pieces])

    def _on_split_failed(self, message: str) -> None:
        self._set_splitting(None)
        self._say(message)

    def find_objects(self, values: list[int]) -> None:
        """Add a layer of a segment's objects, and show napari's table of them."""
        (value,) = values
        layers = self.layers
        self._objects_job = Job(
            one_step(plan_objects(layers, value)),
            lambda objects: self._show_objects(layers, objects),
            self._say,
        )
        self._say(f"Finding the objects of '{self.segments.map[value].name}' …")

    def _show_objects(self, layers: SegmentLayers, objects: Labels) -> None:
        layers.stack.add(objects, layers.labels)
        n_objects = len(objects.features) - 1
        what = f"{n_objects:,} objects, with their sizes"
        if n_objects == 1:
            what = "1 object, with its size"
        self._say(f"Added '{objects.name}': {what}.")
        if isinstance(layers.viewer, Viewer):
            layers.viewer.window.add_plugin_dock_widget("napari", FEATURES_TABLE)

    def clean_up(self, values: list[int]) -> None:
        """Select rows, and ask for the ways to clean them up."""
        self.view.select_values(values)
        self.clean_up_asked.emit()

    # Files

    def copy(self) -> None:
        """Copy the table as soon as all its numbers are known."""
        self._when_known(table_export.copy_table)

    def ask_and_save(self) -> None:
        """Ask for a file, and save the table as soon as all its numbers are known."""
        path = table_export.ask_for_path(self.view, f"{self.layers.name} segments.csv")
        if path is not None:
            self._when_known(partial(table_export.save_table, path))

    def _when_known(self, export: Callable[[list[list[Cell]]], str]) -> None:
        """Export the table as soon as all its numbers are known."""
        rows, image = self.view.rows, self.layers.name
        self._measures.when_known(
            lambda: self._say(export(file_rows(rows.rows, image)))
        )

    def export_mask(self, values: list[int]) -> None:
        """Ask for a file, and write where a segment is."""
        (value,) = values
        layers = self.layers
        layers.take_paint()
        name = f"{layers.name} {self.segments.map[value].name} mask.tif"
        path = table_export.ask_for_path(
            self.view, name, "Export the mask", masks.FORMATS
        )
        if path is None:
            return
        # Without the axis of the channels, which has length 1.
        shape = [layers.segments.shape[axis] for axis in layers.sources.grid_axes]
        mask = (layers.segments.labels == value).reshape(shape)
        self._mask_job = Job(
            one_step(partial(masks.write_mask, path, mask)),
            lambda path: self._say(f"Saved '{path}'."),
            self._say,
        )
