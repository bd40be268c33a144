"""Copy a table to the clipboard, or save it as a file; each says what it did."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from qtpy.QtWidgets import QApplication, QFileDialog, QWidget

from napari_kmeans.io.tables import (
    CLIPBOARD_DELIMITER,
    FORMATS,
    Cell,
    table_text,
    write_table,
)

Rows = Sequence[Sequence[Cell]]

TABLES = {kind.name: kind.suffix for kind in FORMATS}

COPY_TOOLTIP = "Copy the table, to paste it into a spreadsheet."
SAVE_TOOLTIP = "Save the table as a CSV file."


def copy_table(rows: Rows) -> str:
    """Copy rows under a row of titles, and return what to tell the user."""
    QApplication.clipboard().setText(table_text(rows, CLIPBOARD_DELIMITER))
    n_rows = len(rows) - 1
    what = "1 row: paste it" if n_rows == 1 else f"{n_rows} rows: paste them"
    return f"Copied {what} into a spreadsheet."


def ask_for_path(
    parent: QWidget,
    name: str,
    title: str = "Save the table",
    suffixes: Mapping[str, str] = TABLES,
) -> Path | None:
    """Ask where to save a file of some kinds; None if the user cancels."""
    filters = {f"{kind} (*{suffix})": suffix for kind, suffix in suffixes.items()}
    suggested = name.replace("/", "-")  # the name of a layer may have some
    while True:
        answer, chosen = QFileDialog.getSaveFileName(
            parent, title, suggested, ";;".join(filters)
        )
        path = Path(answer)
        if not answer or path.suffix:
            return path if answer else None
        path = path.with_suffix(filters.get(chosen, next(iter(filters.values()))))
        if not path.exists():
            return path
        # Qt asked whether to replace a file of the name without the suffix only.
        suggested = str(path)


def save_table(path: Path, rows: Rows) -> str:
    """Save rows under a row of titles, and return what to tell the user."""
    try:
        return f"Saved '{write_table(path, rows)}'."
    except OSError as error:
        return str(error)
