"""The columns of the table: what each says, and how it sorts."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, auto
from math import inf, isnan
from typing import Any

from napari_kmeans.widgets.segments_table.segment_rows import SegmentRow, hex_color

UNKNOWN = "…"
NONE = "–"


class Column(IntEnum):
    """The columns, from left to right: what must be in sight comes first."""

    EYE = 0
    COLOR = auto()
    VALUE = auto()
    NAME = auto()
    PERCENT = auto()
    PIXELS = auto()
    AREA = auto()
    MEAN = auto()
    OBJECTS = auto()
    IGNORE = auto()


@dataclass(frozen=True)
class About:
    """What a column is."""

    title: str  # what is written over it; the two narrow ones have none
    spoken: str  # its name where there is no picture
    tooltip: str  # what hovering its title tells
    text: Callable[[SegmentRow], str]  # what it says of a row, in words
    key: Callable[[SegmentRow], Any]  # what it is sorted by
    # whether the words are painted, on the left if they are letters
    is_text: bool = True


def about(column: int, unit: str = "px") -> About:
    """Tell what a column is."""
    if column == Column.AREA:
        kind = "Volume" if unit.endswith("³") else "Area"
        return About(
            f"{kind} ({unit})",
            f"{kind} in {unit}",
            f"{kind} in the units of the image layer.",
            lambda row: number(row.area),
            lambda row: row.area,
        )
    return _ABOUT[Column(column)]


def number(value: float) -> str:
    """Write a number with four digits that count, and no fewer than its whole part."""
    if isnan(value):
        return NONE
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def percent(value: float | None) -> str:
    """Write a percentage; what is left of nothing is not rounded to 0."""
    if value is None:
        return NONE
    if 0 < value < 0.05:
        return "< 0.1 %"
    return f"{value:.1f} %"


def _mean(row: SegmentRow) -> str:
    if row.mean is None:
        return UNKNOWN
    shown = ", ".join(number(channel) for channel in row.mean[:4])
    return shown if len(row.mean) <= 4 else f"{shown}, …"


def _objects(row: SegmentRow) -> str:
    return UNKNOWN if row.objects is None else f"{row.objects:,}"


def natural(text: str) -> list[tuple[int, int, str]]:
    """Give what makes "Segment 10" come after "Segment 9"."""
    parts = re.split(r"([0-9]+)", text.casefold())
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p]


_ABOUT = {
    Column.EYE: About(
        "",
        "Shown",
        "Click an eye to hide or show a segment (Space); "
        "Alt-click to show it alone (S).",
        lambda row: "shown" if row.visible else "hidden",
        lambda row: not row.visible,
        is_text=False,
    ),
    Column.COLOR: About(
        "",
        "Colour",
        "Click a swatch to choose another colour (C).",
        lambda row: hex_color(row.color),
        lambda row: sum(
            w * c for w, c in zip((0.299, 0.587, 0.114), row.color, strict=True)
        ),
        is_text=False,
    ),
    Column.VALUE: About(
        "#",
        "Label",
        "The value of its pixels in the labels layer.",
        lambda row: str(row.value),
        lambda row: row.value,
    ),
    Column.NAME: About(
        "Name",
        "Name",
        "Double-click a name to change it (F2).",
        lambda row: row.name,
        lambda row: natural(row.name),
    ),
    Column.PERCENT: About(
        "Share",
        "Share",
        "Percent of all pixels in segments that are not ignored.",
        lambda row: percent(row.percent),
        lambda row: -1.0 if row.percent is None else row.percent,
    ),
    Column.PIXELS: About(
        "Pixels",
        "Pixels",
        "The number of pixels; of an image of several levels, at the one fitted.",
        lambda row: f"{row.pixels:,}",
        lambda row: row.pixels,
    ),
    Column.MEAN: About(
        "Mean",
        "Mean value",
        "The mean value of the image's pixels, channel by channel.",
        _mean,
        lambda row: [-inf if isnan(c) else c for c in row.mean or ()],
    ),
    Column.OBJECTS: About(
        "Objects",
        "Objects",
        "The number of pieces that do not touch; "
        "counted while this column is in sight.",
        _objects,
        lambda row: -1 if row.objects is None else row.objects,
    ),
    Column.IGNORE: About(
        "Ignore",
        "Ignore",
        "Ticked segments, such as the background, do not count in the shares (X).",
        lambda row: "ignored" if row.ignored else "counted",
        lambda row: not row.ignored,
        is_text=False,
    ),
}
