"""The button that writes a clustering to zarr, and how far that is."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, ProgressBar, PushButton
from napari.qt.threading import GeneratorWorker, create_worker
from napari.utils.notifications import notification_manager
from psygnal import Signal
from qtpy.QtWidgets import QFileDialog

from napari_kmeans.core.lazy.chunks import ChunkError
from napari_kmeans.core.progress import Progress
from napari_kmeans.io.ome_zarr import Written
from napari_kmeans.layers.storing import SUFFIX, Storing

if TYPE_CHECKING:
    from napari_kmeans.layers.segment_layers import SegmentLayers

PACKAGES = ("zarr", "yaozarrs")

WRITES = (
    "Save labels and recoloured image as OME-Zarr: with names, colours, scale and "
    "units. Labels that are computed as they are looked at can be painted on from "
    "then on."
)
NOT_INSTALLED = (
    'It needs two more packages: pip install "napari-kmeans[zarr]", then start napari '
    "again."
)

EXPECTED_ERRORS = (
    ChunkError,
    ValueError,
    TypeError,
    OSError,
    MemoryError,
    ImportError,
)
"""Errors whose message tells the user what is wrong."""


class StoringSection(Container[Any]):
    """A button that becomes progress and Cancel while it writes."""

    said = Signal(str)

    def __init__(self) -> None:
        self._layers: SegmentLayers | None = None
        self._worker: GeneratorWorker | None = None
        self._path: Path | None = None
        self.write_button = PushButton(text="Write to zarr…", tooltip=WRITES)
        self.progress_bar = ProgressBar(min=0, max=100, tooltip="How far it has come.")
        self.cancel_button = PushButton(
            text="Cancel",
            tooltip="Stop. To go on later, write to a folder of the same name.",
        )
        self.running: Container[Any] = Container(
            widgets=[self.progress_bar, self.cancel_button],
            layout="horizontal",
            labels=False,
        )
        self.running.margins = (0, 0, 0, 0)
        super().__init__(widgets=[self.write_button, self.running], labels=False)
        self.margins = (0, 0, 0, 0)
        if not all(map(find_spec, PACKAGES)):
            self.write_button.enabled = False
            self.write_button.tooltip = NOT_INSTALLED
        self.write_button.changed.connect(self._ask)
        self.cancel_button.changed.connect(self.stop)
        self.native.destroyed.connect(self._let_go)
        self._show_state()

    def show_segments(self, layers: "SegmentLayers | None") -> None:
        """Write these from now on."""
        self._layers = layers
        self._show_state()

    @property
    def is_writing(self) -> bool:
        """Whether something is being written now."""
        return self._worker is not None

    def write(self, name: str) -> None:
        """Write what is shown, in a worker thread."""
        layers = self._layers
        if layers is None or self.is_writing:
            return
        path = Path(name.removesuffix(SUFFIX).removesuffix(".zarr") + SUFFIX)
        try:
            layers.follow()
            storing = Storing(layers)
        except EXPECTED_ERRORS as error:
            self.said.emit(str(error))
            return
        worker: GeneratorWorker = create_worker(
            storing.steps, path, _ignore_errors=True, _start_thread=False
        )
        worker.yielded.connect(lambda step: self._on_progress(worker, step))
        worker.returned.connect(lambda done: self._on_written(worker, storing, done))
        worker.errored.connect(lambda error: self._on_error(worker, error))
        self._worker, self._path = worker, path
        self.progress_bar.value = 0
        self._show_state()
        self.said.emit(f"Writing '{path.name}' …")
        worker.start()

    def stop(self) -> None:
        """Stop at the next block; what is written so far is kept for a second try."""
        worker, path = self._worker, self._path
        if worker is None or path is None:
            return
        self._end()
        worker.quit()
        self.said.emit(
            f"Stopped. Write to '{path.name}' again to go on where it was stopped, or "
            f"delete '{path.name}.partial'."
        )

    # How it looks

    def _show_state(self) -> None:
        """Show the button, or progress and Cancel."""
        self.visible = self._layers is not None or self.is_writing
        self.write_button.visible = self.visible and not self.is_writing
        self.running.visible = self.is_writing

    def _ask(self) -> None:
        """Ask for the folder, and write to it."""
        if self._layers is None:
            return
        name, _ = QFileDialog.getSaveFileName(
            self.native,
            "Write to zarr: name a new folder",
            f"{self._layers.sources.name}{SUFFIX}",
            f"OME-Zarr (*{SUFFIX})",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if name:
            self.write(name)

    # The worker and its end

    def _let_go(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.quit()

    def _end(self) -> None:
        self._worker = self._path = None
        self._show_state()

    def _on_progress(self, worker: GeneratorWorker, step: Progress) -> None:
        if worker is self._worker:
            self.progress_bar.value = round(100 * step.fraction)

    def _on_written(
        self, worker: GeneratorWorker, storing: Storing, written: Written
    ) -> None:
        if worker is not self._worker:
            return
        self._end()
        words = f"Wrote '{written.path.name}' ({written.n_blocks:,} blocks)."
        if written.n_there:
            words = (
                f"Wrote '{written.path.name}': {written.n_there:,} of "
                f"{written.n_blocks:,} blocks were there."
            )
        self.said.emit(f"{words}\n{storing.take_over(written.path)}")

    def _on_error(self, worker: GeneratorWorker, error: Exception) -> None:
        if worker is not self._worker:
            return
        self._end()
        if isinstance(error, EXPECTED_ERRORS):
            self.said.emit(str(error))
        else:
            self.said.emit(f"Something went wrong: {error}")
            notification_manager.receive_error(type(error), error, error.__traceback__)
