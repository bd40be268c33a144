"""What the buttons, keys and cells of the table do."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from napari import Viewer
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QPoint
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QApplication,
    QColorDialog,
    QFileDialog,
    QMessageBox,
    QWidget,
)

from napari_kmeans.layers.objects_layer import add_objects_layer
from napari_kmeans.segments.palettes import OKABE_ITO
from napari_kmeans.widgets.segments_table.actions import list_of_keys
from napari_kmeans.widgets.segments_table.columns import Column
from napari_kmeans.widgets.segments_table.means_and_objects import MeansAndObjects
from napari_kmeans.widgets.segments_table.split_popup import SplitPopup
from napari_kmeans.widgets.segments_table.split_run import SplitRun
from napari_kmeans.widgets.segments_table.table_text import table_text
from napari_kmeans.widgets.segments_table.table_view import SegmentsView

if TYPE_CHECKING:
    from napari_kmeans.layers.segment_layers import SegmentLayers
    from napari_kmeans.segments.split_plan import SplitPlan

FEATURES_TABLE = "Features table widget"
"""napari's own table of a layer's features."""

EXPECTED_ERRORS = (ValueError, TypeError, KeyError, IndexError, MemoryError, OSError)
"""Errors whose message tells the user what is wrong."""


class SegmentActions:
    """Does to the segments what the user asks for, or says why it cannot be done."""

    def __init__(
        self, view: SegmentsView, measures: MeansAndObjects, say: Callable[[str], None]
    ) -> None:
        self.layers: SegmentLayers | None = None
        self._view = view
        self._measures = measures
        self._say = say
        self.split_popup = SplitPopup(view)
        self.split_popup.answered.connect(self._split)
        self.split_run = SplitRun()
        self.split_run.found.connect(self._take_split)
        self.split_run.failed.connect(self._on_split_failed)
        self.dialog: QColorDialog | QMessageBox | None = None
        self.split_place: QWidget = view
        self._acts: dict[str, Callable[[SegmentLayers], None]] = {
            "toggle": self._toggle,
            "solo": self._solo,
            "show_all": lambda layers: layers.segments.show_all(),
            "invert": lambda layers: layers.segments.invert_visible(),
            "rename": lambda _: view.edit_name(),
            "color": self._color,
            "ignore": self._ignore,
            "merge": lambda layers: layers.segments.merge(view.selected_values),
            "split": self._ask_pieces,
            "objects": self._objects,
            "undo": lambda layers: layers.undo(),
            "redo": lambda layers: layers.redo(),
            "copy": lambda _: measures.when_known(self._copy),
            "save": lambda _: self._save(),
            "help": lambda _: self._help(),
        }

    def act(self, name: str) -> None:
        """Do one of `ACTS` to the selected rows."""
        self.do(self._acts[name])

    def do(self, act: "Callable[[SegmentLayers], None]") -> None:
        """Do something to the segments, or say why it cannot be done."""
        if self.layers is None:
            return
        self._say("")
        try:
            act(self.layers)
        except EXPECTED_ERRORS as error:
            self._say(_words(error))

    def click(self, value: int, column: int, alt: bool) -> None:
        """Do what a click on a cell means."""
        match column:
            case Column.EYE if alt:
                self.do(lambda layers: self._solo(layers, [value]))
            case Column.EYE:
                self.do(lambda layers: self._toggle(layers, [value]))
            case Column.COLOR:
                self.do(lambda layers: self._color(layers, value))
            case Column.IGNORE:
                self.do(lambda layers: self._ignore(layers, [value]))

    def rename(self, value: int, name: str) -> None:
        """Give a segment a name."""
        self.do(lambda layers: layers.segments.rename(value, name))

    def set_palette(self, palette: str) -> None:
        """Give all segments the colours of a palette."""

        def color(layers: "SegmentLayers") -> None:
            layers.segments.set_palette(palette)
            n_segments, n_colors = len(layers.segments.map), len(OKABE_ITO)
            if palette == "okabe-ito" and n_segments > n_colors:
                self._say(
                    f"Okabe-Ito has {n_colors} colours: your {n_segments} segments are "
                    "coloured from dark to light instead."
                )

        self.do(color)

    # Flags

    def _chosen(self, values: list[int] | None) -> list[int]:
        chosen = self._view.selected_values if values is None else values
        if not chosen:
            raise ValueError("Select a row first.")
        return chosen

    def _toggle(self, layers: "SegmentLayers", values: list[int] | None = None) -> None:
        values = self._chosen(values)
        is_any_shown = any(layers.segments.map[value].visible for value in values)
        layers.segments.set_visible(values, not is_any_shown)

    def _solo(self, layers: "SegmentLayers", values: list[int] | None = None) -> None:
        values = self._chosen(values)
        shown = {segment.value for segment in layers.segments.map if segment.visible}
        if shown == set(values):
            layers.segments.show_all()
        else:
            layers.segments.solo(values)

    def _ignore(self, layers: "SegmentLayers", values: list[int] | None = None) -> None:
        values = self._chosen(values)
        are_ignored = all(layers.segments.map[value].ignored for value in values)
        layers.segments.set_ignored(values, not are_ignored)

    # Colour and split

    def _color(self, layers: "SegmentLayers", value: int | None = None) -> None:
        if value is None:
            value = self._view.current_value or self._chosen(None)[0]
        segment = layers.segments.map[value]
        dialog = QColorDialog(QColor.fromRgbF(*segment.color), self._view)
        dialog.setWindowTitle(f"Colour of {value}, '{segment.name}'")
        dialog.colorSelected.connect(
            lambda color: self.do(
                lambda layers: layers.segments.set_color(value, color.getRgbF()[:3])
            )
        )
        self._open(dialog)

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

    def _ask_pieces(self, layers: "SegmentLayers") -> None:
        why_not = layers.segments.why_not_editable
        if why_not is not None:
            raise ValueError(why_not)
        values = self._view.selected_values
        if len(values) != 1:
            raise ValueError("Select one row to split.")
        self.split_run.check_idle()
        place = self.split_place.mapToGlobal(QPoint(0, self.split_place.height()))
        self.split_popup.ask(values[0], layers.segments.map[values[0]].name, place)

    def _split(self, value: int, n: int) -> None:
        def split(layers: "SegmentLayers") -> None:
            self.split_run.start(layers, value, n)
            self._say(f"Splitting '{self.split_run.name}' …")

        self.do(split)

    def _take_split(self, layers: "SegmentLayers", found: "SplitPlan") -> None:
        """Take a split over, even if other segments are shown by now."""
        segments, value = layers.segments, found.segment.value
        if layers is not self.layers:
            if segments.fits(found):
                segments.apply_split(found)
            return

        def take(_: "SegmentLayers") -> None:
            before = set(segments.map.values)
            segments.apply_split(found)
            pieces = [v for v in segments.map.values if v not in before]
            self._view.select_values([value, *pieces])

        self.do(take)

    def _on_split_failed(self, error: Exception) -> None:
        if isinstance(error, EXPECTED_ERRORS):
            self._say(_words(error))
        else:
            self._say(f"Something went wrong: {error}")
            notification_manager.receive_error(type(error), error, error.__traceback__)

    def _objects(self, layers: "SegmentLayers") -> None:
        values = self._view.selected_values
        if len(values) != 1:
            raise ValueError("Select one row to find its objects.")
        layer = add_objects_layer(layers, values[0])
        n_objects = len(layer.features) - 1
        self._say(f"Added '{layer.name}': {n_objects:,} objects, with their sizes.")
        viewer = layers.viewer
        if isinstance(viewer, Viewer):
            viewer.window.add_plugin_dock_widget("napari", FEATURES_TABLE)

    # The table as text

    def _copy(self) -> None:
        rows, unit = self._view.rows.rows, self._view.rows.unit
        QApplication.clipboard().setText(table_text(rows, unit, "\t"))
        self._say(f"Copied {len(rows)} rows: paste them into a spreadsheet.")

    def _save(self) -> None:
        if self.layers is None:
            return
        path, _ = QFileDialog.getSaveFileName(
            self._view,
            "Save the table",
            f"{self.layers.sources.name} segments.csv",
            "Comma-separated values (*.csv)",
        )
        if path:
            self._measures.when_known(lambda: self.do(lambda _: self._write(path)))

    def _write(self, name: str) -> None:
        path = Path(name)
        if not path.suffix:
            path = path.with_suffix(".csv")
        text = table_text(self._view.rows.rows, self._view.rows.unit)
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise OSError(
                f"'{path}' could not be written: {error.strerror}."
            ) from error
        self._say(f"Saved '{path}'.")

    def _help(self) -> None:
        box = QMessageBox(self._view)
        box.setWindowTitle("Keys of the segments table")
        box.setText(list_of_keys())
        self._open(box)


def _words(error: Exception) -> str:
    """Give what an error says; a KeyError puts it in quotation marks."""
    return str(error.args[0] if error.args else error)
