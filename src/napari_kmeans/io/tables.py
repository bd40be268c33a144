"""Tables as text: files of comma-separated values, and what a spreadsheet pastes."""

import csv
import io
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from napari_kmeans.core.whole_file import write_whole

Cell = str | int | float | None

CLIPBOARD_DELIMITER = "\t"

# A spreadsheet takes a cell that begins with one of these for a formula, and runs it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class TableFormat:
    """A kind of file that a table is saved as."""

    name: str
    suffix: str
    delimiter: str


FORMATS = (
    TableFormat("Comma-separated values", ".csv", ","),
    TableFormat("Tab-separated values", ".tsv", "\t"),
)
"""What the save dialogs offer; the first is taken for any other suffix."""


def table_text(
    rows: Iterable[Sequence[Cell]], delimiter: str = FORMATS[0].delimiter
) -> str:
    """Write rows as lines, with ten significant digits and nothing for None or NaN."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    writer.writerows([_field(cell) for cell in row] for row in rows)
    return file.getvalue()


def write_table(path: Path, rows: Iterable[Sequence[Cell]]) -> Path:
    """Write rows to a file, in the format of its suffix, and return its path."""
    if not path.suffix:
        path = path.with_suffix(FORMATS[0].suffix)
    delimiters = {kind.suffix: kind.delimiter for kind in FORMATS}
    delimiter = delimiters.get(path.suffix.lower(), FORMATS[0].delimiter)
    write_whole(path, table_text(rows, delimiter))
    return path


def _field(cell: Cell) -> str:
    """Return a cell as text, an apostrophe before what a spreadsheet would run."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return "" if isnan(cell) else f"{cell:.10g}"
    text = "" if cell is None else str(cell)
    if not isinstance(cell, str) or not text.startswith(FORMULA_STARTS):
        return text
    with suppress(ValueError):  # a number is left alone
        float(text)
        return text
    return f"'{text}"
