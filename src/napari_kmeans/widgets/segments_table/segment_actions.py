"""The implementation of the table's actions; `actions.ACTIONS` lists them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from napari import Viewer
from psygnal import Signal
from qtpy.QtCore import QPoint
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QColorDialog, QMessageBox, QWidget

from napari_kmeans.layers.objects_layer import add_objects_layer
from napari_kmeans.segments.palettes import OKABE_ITO
from napari_kmeans.widgets.errors import EXPECTED_ERRORS, message_for
from napari_kmeans.widgets.job import Job
from napari_kmeans.widgets.segments_table.columns import file_rows
from napari_kmeans.widgets.segments_table.means_and_objects import MeansAndObjects
from napari_kmeans.widgets.segments_table.split_popup import SplitPopup
from napari_kmeans.widgets.segments_table.table_view import TableView
from napari_kmeans.widgets.table_export import ask_for_path, copy_table, save_table

if TYPE_CHECKING:
    from napari_kmeans.layers.segment_layers import SegmentLayers
    from napari_kmeans.segments.segments import Segments
    from napari_kmeans.segments.splitting import SplitPlan

# napari's own table of a layer's features.
FEATURES_TABLE = "Features table widget"

# A segment may be gone before the user has answered a dialog about it.
EXPECTED = (*EXPECTED_ERRORS, KeyError)


class SegmentActions:
    """Applies the user's actions to the segments, or says why it cannot."""

    changed = Signal()  # what can be done

    def __init__(
        self, view: TableView, measures: MeansAndObjects, say: Callable[[str], None]
    ) -> None:
        self.view = view
        self._layers: SegmentLayers | None = None
        self._measures = measures
        self._say = say
        self.split_popup = SplitPopup(view)
        self.split_popup.answered.connect(self._split)
        self.split_place: QWidget = view
        self.splitting: str | None = None  # the name of what is being split
        self._split_job: Job[Any, SplitPlan] | None = None
        self.dialog: QColorDialog | QMessageBox | None = None

    def show_segments(self, layers: "SegmentLayers | None") -> None:
        """Act on these from now on."""
        self._layers = layers

    @property
    def layers(self) -> "SegmentLayers":
        """The layers that are acted on."""
        if self._layers is None:
            raise ValueError("There are no segments yet: press Segment first.")
        return self._layers

    @property
    def segments(self) -> "Segments":
        """The segments that are acted on."""
        return self.layers.segments

    @property
    def selected_values(self) -> list[int]:
        """The label values of the selected rows."""
        return self.view.selected_values

    def do(self, act: Callable[[], None]) -> None:
        """Apply an action to the segments, or say why it cannot be applied."""
        if self._layers is None:
            return
        self._say("")
        try:
            act()
        except Exception as error:  # noqa: BLE001
            self._say(message_for(error, EXPECTED))

    # What is said of segments

    def toggle(self, values: list[int]) -> None:
        """Hide segments if any of them is shown, or else show them."""
        is_any_shown = any(self.segments.map[value].visible for value in values)
        self.segments.set_visible(values, not is_any_shown)

    def solo(self, values: list[int]) -> None:
        """Show segments alone, or all again if they are alone already."""
        shown = {segment.value for segment in self.segments.map if segment.visible}
        if shown == set(values):
            self.segments.show_all()
        else:
            self.segments.solo(values)

    def ignore(self, values: list[int]) -> None:
        """Ignore segments, or count them again if all of them are ignored."""
        are_ignored = all(self.segments.map[value].ignored for value in values)
        self.segments.set_ignored(values, not are_ignored)

    def rename(self, value: int, name: str) -> None:
        """Give a segment a name."""
        self.do(lambda: self.segments.rename(value, name))

    def set_palette(self, palette: str) -> None:
        """Give all segments the colours of a palette."""
        self.segments.set_palette(palette)
        n_segments, n_colors = len(self.segments.map), len(OKABE_ITO)
        if palette == "okabe-ito" and n_segments > n_colors:
            self._say(
                f"Okabe-Ito has {n_colors} colours: your {n_segments} segments are "
                "coloured from dark to light instead."
            )

    def ask_color(self, values: list[int]) -> None:
        """Ask for the colour of the current row, or else of the first."""
        current = self.view.current_value
        value = current if current in values else values[0]
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

    def _open(self, dialog: QColorDialog | QMessageBox) -> None:
        """Show a dialog over the window without stopping the rest."""
        self.close_dialogs()
        self.dialog = dialog
        dialog.finished.connect(lambda _: self._forget(dialog))
        dialog.open()

    def _forget(self, dialog: QColorDialog | QMessageBox) -> None:
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

    def _split(self, value: int, n: int) -> None:
        def split() -> None:
            layers = self.layers
            name = layers.segments.map[value].name
            self._split_job = Job(
                layers.split_steps(value, n),
                lambda plan: self._take_split(layers, plan),
                self._on_split_failed,
            )
            self._say(f"Splitting '{name}' …")
            self._set_splitting(name)

        self.do(split)

    def _set_splitting(self, name: str | None) -> None:
        self.splitting = name
        self.changed.emit()

    def stop(self) -> None:
        """Stop a split that is running."""
        if self._split_job is not None:
            self._split_job.stop()
        self.splitting = None

    def _take_split(self, layers: "SegmentLayers", plan: "SplitPlan") -> None:
        """Apply a finished split, even if other segments are shown by now."""
        self._set_splitting(None)
        segments, value = layers.segments, plan.segment.value
        if layers is not self._layers:
            if plan.fits(segments.map, segments.revision):
                segments.apply_split(plan)
            return

        def take() -> None:
            before = set(segments.map.values)
            segments.apply_split(plan)
            pieces = [v for v in segments.map.values if v not in before]
            self.view.select_values([value, *pieces])

        self.do(take)

    def _on_split_failed(self, message: str) -> None:
        self._set_splitting(None)
        self._say(message)

    def add_objects(self, values: list[int]) -> None:
        """Add a layer of a segment's objects, and show napari's table of them."""
        (value,) = values
        layer = add_objects_layer(self.layers, value)
        n_objects = len(layer.features) - 1
        what = (
            "1 object, with its size"
            if n_objects == 1
            else (f"{n_objects:,} objects, with their sizes")
        )
        self._say(f"Added '{layer.name}': {what}.")
        viewer = self.layers.viewer
        if isinstance(viewer, Viewer):
            viewer.window.add_plugin_dock_widget("napari", FEATURES_TABLE)

    # The table as text

    def copy(self) -> None:
        """Copy the table as soon as all its numbers are known."""
        self._measures.when_known(
            lambda: self._say(copy_table(file_rows(self.view.rows.rows)))
        )

    def ask_and_save(self) -> None:
        """Ask for a file, and save the table as soon as all its numbers are known."""
        path = ask_for_path(self.view, f"{self.layers.sources.name} segments.csv")
        if path is not None:
            self._measures.when_known(
                lambda: self._say(save_table(path, file_rows(self.view.rows.rows)))
            )
