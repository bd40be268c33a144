"""The table as text: for a CSV file, or to be pasted into a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from math import isnan

from napari_kmeans.widgets.segments_table.segment_rows import SegmentRow, color_bytes


def table_text(rows: Sequence[SegmentRow], unit: str, delimiter: str = ",") -> str:
    """Write the rows as text, with a line of titles."""
    n_channels = max((len(row.mean) for row in rows if row.mean), default=0)
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    writer.writerow(_titles(n_channels))
    writer.writerows(_fields(row, unit, n_channels) for row in rows)
    return file.getvalue()


def _titles(n_channels: int) -> list[str]:
    before = "label name red green blue visible ignored pixels percent area unit"
    means = [f"mean_{channel}" for channel in range(n_channels)]
    return [*before.split(), *means, "objects"]


def _fields(row: SegmentRow, unit: str, n_channels: int) -> list[object]:
    return [
        row.value,
        row.name,
        *color_bytes(row.color),
        *(str(flag).lower() for flag in (row.visible, row.ignored)),
        row.pixels,
        _number(row.percent),
        _number(row.area),
        unit,
        *(_number(channel) for channel in row.mean or [None] * n_channels),
        "" if row.objects is None else row.objects,
    ]


def _number(value: float | None) -> str:
    """Write a number with ten digits that count."""
    return "" if value is None or isnan(value) else f"{value:.10g}"
