"""The row that saves what is compared: pictures, a contact sheet, and animations."""

import re
from collections.abc import Callable
from pathlib import Path

from psygnal import Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QMessageBox, QPushButton, QWidget
from superqt import QElidingLabel

from napari_kmeans.core.progress import Progress
from napari_kmeans.layers.sweep_files import SweepPlan, save_sweep_steps
from napari_kmeans.layers.view import view_of
from napari_kmeans.widgets.explorer.sweep_dialog import SweepDialog
from napari_kmeans.widgets.job import JobRow, message_for
from napari_kmeans.widgets.panel import KMeansPanel
from napari_kmeans.widgets.run import RunRequest, why_too_large
from napari_kmeans.widgets.texts import plain_tooltip

NOT_IN_NAMES = r'[\\/:*?"<>|]'
"""Letters that names of files may not have, here or elsewhere."""
SAVES = (
    "Save the image in each of these numbers of segments: as pictures, on a contact "
    "sheet, or as an animation."
)


class SweepSection(QWidget):
    """A button that asks what to save, and gives way to progress and Cancel."""

    said = Signal(str)

    def __init__(
        self, panel: KMeansPanel, numbers: Callable[[], tuple[int, ...]]
    ) -> None:
        super().__init__()
        self._panel, self._numbers = panel, numbers
        self._request: RunRequest | None = None
        self._plan: SweepPlan | None = None
        self.save_button = QPushButton("Save sweep…")
        self.save_button.setToolTip(SAVES)
        self.row = JobRow("Stop; files that are written stay.")
        self.status = QElidingLabel()
        self.dialog = SweepDialog(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.save_button)
        layout.addWidget(self.row.native)
        layout.addWidget(self.status, stretch=1)
        self.save_button.clicked.connect(self._ask)
        self.dialog.accepted.connect(self._ask_for_folder)
        self.row.cancelled.connect(self._on_cancelled)
        self.said.connect(self._show_words)

    def _ask(self) -> None:
        """Ask what is to be saved of what the panel is set to."""
        try:
            self._request = self._panel.request()
            refusal = why_too_large(self._request)
        except ValueError as error:
            refusal = message_for(error)
        if refusal:
            self.said.emit(refusal)
            return
        assert self._request is not None
        name = self._request.pixels.sources.name
        n_clusters = self._request.settings.n_clusters
        self.dialog.ask_about(name, self._numbers(), n_clusters)

    def _ask_for_folder(self) -> None:
        """Ask where to save it."""
        folder = QFileDialog.getExistingDirectory(self, "Save the files in")
        request = self._request
        if not folder or request is None:
            return
        name = re.sub(NOT_IN_NAMES, "-", request.pixels.sources.name)
        plan = self.dialog.plan(Path(folder), name, self._numbers())
        if self._may_replace(plan):
            self.save(request, plan)

    def _may_replace(self, plan: SweepPlan) -> bool:
        """Ask whether files that are there may be replaced."""
        there = [file.name for file in plan.files if file.exists()]
        if not there:
            return True
        which = f"'{there[0]}'" if len(there) == 1 else f"{len(there)} of the files"
        verb = "is" if len(there) == 1 else "are"
        answers = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self,
            "Save sweep",
            f"{which} {verb} in '{plan.folder}' already. Replace?",
            answers.Yes | answers.Cancel,
            answers.Cancel,
        )
        return bool(answer == answers.Yes)

    def save(self, request: RunRequest, plan: SweepPlan) -> None:
        """Save what is planned, in a worker thread."""
        pixels, settings = request.pixels, request.settings
        try:
            view = view_of(self._panel.target.viewer, pixels.sources)
            kept = self._panel.run.kept_of(pixels.sources)
            steps = save_sweep_steps(pixels, settings, view, plan, kept)
        except ValueError as error:
            self.said.emit(message_for(error))
            return
        self._plan = plan
        self.save_button.hide()
        self.said.emit("Saving …")
        self.row.run(
            steps,
            lambda _plan: self._end(_written(plan)),
            self._end,
            self._show_progress,
            activity=f"Saving pictures of {pixels.sources.name}",
        )

    def _show_progress(self, progress: Progress) -> None:
        self.said.emit(f"{progress.phase} …")

    def _on_cancelled(self) -> None:
        assert self._plan is not None
        n = len(self._plan.written)
        files = (
            "No file was" if not n else "1 file was" if n == 1 else f"{n} files were"
        )
        self._end(f"Cancelled. {files} written.")

    def _end(self, words: str) -> None:
        """Offer to save again, and say what has become of it."""
        self.save_button.show()
        self.said.emit(words)

    def _show_words(self, words: str) -> None:
        self.status.setText(words)
        self.status.setToolTip(plain_tooltip(words))


def _written(plan: SweepPlan) -> str:
    """Say what was written and where."""
    if len(plan.written) == 1:
        return f"Saved '{plan.written[0]}'."
    names = sorted({file.suffix[1:].upper() for file in plan.written}, reverse=True)
    return (
        f"Saved {len(plan.written)} files ({' and '.join(names)}) in '{plan.folder}'."
    )
