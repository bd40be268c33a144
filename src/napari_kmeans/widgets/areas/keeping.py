"""Buttons that copy a table, and save it as a CSV file."""

from collections.abc import Callable
from pathlib import Path

from magicgui.widgets import Container, PushButton
from magicgui.widgets.bases import Widget
from psygnal import Signal
from qtpy.QtWidgets import QApplication, QFileDialog


class Keeping(Container[Widget]):
    """Copies and saves what is shown."""

    said = Signal(str)

    def __init__(
        self, text: Callable[[str], str], file_name: Callable[[], str]
    ) -> None:
        self._text = text
        self._file_name = file_name
        self.copy_button = PushButton(
            text="Copy", tooltip="Copy the table, to be pasted into a spreadsheet."
        )
        self.save_button = PushButton(
            text="Save…", tooltip="Save the table as a CSV file."
        )
        super().__init__(
            widgets=[self.copy_button, self.save_button],
            layout="horizontal",
            labels=False,
        )
        self.margins = (0, 0, 0, 0)
        self.copy_button.changed.connect(self.copy)
        self.save_button.changed.connect(self._ask_and_save)

    def copy(self) -> None:
        """Copy the table, and say so."""
        text = self._text("\t")
        QApplication.clipboard().setText(text)
        n_rows = text.count("\n") - 1
        self.said.emit(f"Copied {n_rows} rows: paste them into a spreadsheet.")

    def _ask_and_save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self.native,
            "Save the table",
            self._file_name(),
            "Comma-separated values (*.csv)",
        )
        if path:
            self.save(Path(path))

    def save(self, path: Path) -> None:
        """Save the table as a CSV file, and say so."""
        if not path.suffix:
            path = path.with_suffix(".csv")
        try:
            path.write_text(self._text(","), encoding="utf-8")
        except OSError as error:
            self.said.emit(f"'{path}' could not be written: {error.strerror}.")
        else:
            self.said.emit(f"Saved '{path}'.")
