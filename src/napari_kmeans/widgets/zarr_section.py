"""The button that writes a clustering to zarr, and how far that is."""

from importlib.util import find_spec
from pathlib import Path

from magicgui.widgets import PushButton
from psygnal import Signal
from qtpy.QtWidgets import QFileDialog

from napari_kmeans.io.ome_zarr import Written
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.layers.storing import SUFFIX, Storing
from napari_kmeans.widgets.job import JobRow, message_for
from napari_kmeans.widgets.layout import Group

PACKAGES = ("zarr", "yaozarrs")

WRITES = (
    "Save labels and recoloured image as OME-Zarr: with names, colours, scale and "
    "units. Labels that are computed on demand can be painted on from then on."
)
NOT_INSTALLED = (
    'It needs two more packages: pip install "napari-kmeans[zarr]", then start napari '
    "again."
)


class ZarrSection(Group):
    """A button that becomes progress and Cancel while it writes."""

    said = Signal(str)

    def __init__(self) -> None:
        self._layers: SegmentLayers | None = None
        self._name = ""
        self.write_button = PushButton(text="Write to zarr…", tooltip=WRITES)
        self.row = JobRow("Stop. To resume later, write to the same name.")
        super().__init__([self.write_button, self.row])
        if not all(map(find_spec, PACKAGES)):
            self.write_button.enabled = False
            self.write_button.tooltip = NOT_INSTALLED
        self.write_button.changed.connect(self._ask)
        self.row.cancelled.connect(
            lambda: self._end(
                f"Stopped. Write to '{self._name}' again to resume, or delete "
                f"'{self._name}.partial'."
            )
        )
        self._show_state()

    def show_segments(self, layers: SegmentLayers | None) -> None:
        """Write these from now on."""
        self._layers = layers
        self._show_state()

    def write(self, name: str) -> None:
        """Write what is shown, in a worker thread."""
        layers = self._layers
        if layers is None or self.row.is_running:
            return
        path = Path(name.removesuffix(SUFFIX).removesuffix(".zarr") + SUFFIX)
        try:
            layers.take_paint()
            storing = Storing(layers)
        except Exception as error:  # noqa: BLE001
            self.said.emit(message_for(error))
            return
        self._name = path.name
        self.said.emit(f"Writing '{path.name}' …")
        self.row.run(
            storing.steps(path),
            lambda written: self._on_written(storing, written),
            self._end,
            activity=f"Writing {path.name}",
        )
        self._show_state()

    def _show_state(self) -> None:
        """Show the button unless something is being written."""
        self.visible = self._layers is not None or self.row.is_running
        self.write_button.visible = self.visible and not self.row.is_running

    def _ask(self) -> None:
        """Ask for the folder, and write to it."""
        if self._layers is None:
            return
        name, _ = QFileDialog.getSaveFileName(
            self.native,
            "Write to zarr: name a new folder",
            f"{self._layers.name}{SUFFIX}",
            f"OME-Zarr (*{SUFFIX})",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if name:
            self.write(name)

    def _end(self, words: str) -> None:
        """Offer to write again, and say what has become of it."""
        self._show_state()
        self.said.emit(words)

    def _on_written(self, storing: Storing, written: Written) -> None:
        words = in_words(written)
        try:
            fate = storing.take_over(written.path)
        except Exception as error:  # noqa: BLE001
            fate = message_for(error)
        self._end(f"{words}\n{fate}")


def in_words(written: Written) -> str:
    """Return a sentence that says what was written."""
    blocks = f"{written.n_blocks:,} block{'' if written.n_blocks == 1 else 's'}"
    wrote = f"Wrote '{written.path.name}'"
    if not written.n_there:
        return f"{wrote} ({blocks})."
    were = "was" if written.n_there == 1 else "were"
    return f"{wrote}: {written.n_there:,} of {blocks} {were} already there."
