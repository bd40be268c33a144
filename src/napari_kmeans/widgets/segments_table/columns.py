"""The rows of the table and its columns: a new column is a new entry here."""

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan
from typing import Any

from qtpy.QtCore import QRectF, Qt
from qtpy.QtGui import QColor, QPainter

from napari_kmeans.io.tables import Cell
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.segments.segment_map import Segment, SegmentMap
from napari_kmeans.segments.statistics import percentages
from napari_kmeans.widgets import texts
from napari_kmeans.widgets.segments_table.icons import (
    paint_check_box,
    paint_eye,
    paint_swatch,
)

LEFT, CENTER, RIGHT = (
    Qt.AlignmentFlag.AlignLeft,
    Qt.AlignmentFlag.AlignHCenter,
    Qt.AlignmentFlag.AlignRight,
)

COLORS = ("R", "G", "B", "A")


@dataclass(frozen=True)
class SegmentRow:
    """One row of the table."""

    segment: Segment
    pixels: int
    percent: float | None  # of the pixels not ignored; None if the segment is ignored
    area: float  # or volume
    unit: str  # of the area
    channels: tuple[str, ...] = ()  # their names; none of one channel
    # per channel, NaN of no pixels; None: unknown
    mean: tuple[float, ...] | None = None
    n_objects: int | None = None  # connected components; None: unknown


def segment_rows(
    segment_map: SegmentMap,
    counts: Mapping[int, int],
    pixel_size: tuple[float, str],
    means: Mapping[int, Iterable[float]],
    n_objects: Mapping[int, int],
    *,
    channels: tuple[str, ...] = (),
) -> list[SegmentRow]:
    """Return the rows of the table, in the order of the segments."""
    size, unit = pixel_size
    percents = percentages(segment_map, counts)
    return [
        SegmentRow(
            segment,
            counts[value := segment.value],
            percents[value],
            counts[value] * size,
            unit,
            channels,
            tuple(means[value]) if value in means else None,
            n_objects.get(value),
        )
        for segment in segment_map
    ]


def channels_of(sources: Sources) -> tuple[str, ...]:
    """Return the names of the channels of an image; none if there is only one."""
    if sources.is_colors:
        return COLORS
    return sources.channel_names if sources.is_multichannel else ()


@dataclass(frozen=True)
class Column:
    """A column: what it says of a row, how it looks, sorts and is saved.

    Its words may hold {size}, Area or Volume, {unit} and {channels}.
    """

    title: str
    tooltip: str  # of the title
    text: Callable[[SegmentRow], str]  # the words of a cell
    sort_key: Callable[[SegmentRow], Any]
    fields: Callable[[SegmentRow], dict[str, Cell]]  # in a file, under their titles
    spoken: str = ""  # the title for a screen reader, if it is another
    listed: str = ""  # the title in the list of all columns, if it is another
    align: Qt.AlignmentFlag = RIGHT
    # paints a cell in place of its words, in the colour of text
    paint: Callable[[QPainter, QRectF, QColor, SegmentRow], None] | None = None
    # of a click and an Alt-click on a cell that is like a button
    click_actions: tuple[str, ...] = ()
    applies: Callable[[SegmentLayers], bool] = lambda _layers: True

    def worded(self, words: str, row: SegmentRow) -> str:
        """Return words of the column for the unit and the channels of a row."""
        size = "Volume" if row.unit.endswith("³") else "Area"
        names = ", ".join(row.channels[:3] if row.channels == COLORS else row.channels)
        channels = f", channel by channel: {names}" if names else ""
        return words.format(size=size, unit=row.unit, channels=channels)


def _mean(row: SegmentRow) -> str:
    if row.mean is None:
        return texts.UNKNOWN
    shown = [texts.number(channel) for channel in row.mean[:4]]
    if row.channels and row.channels != COLORS:
        pairs = zip(row.channels, shown, strict=False)
        shown = [f"{name} {number}" for name, number in pairs]
    return ", ".join(shown if len(row.mean) <= 4 else [*shown, "…"])


def _mean_fields(row: SegmentRow) -> dict[str, Cell]:
    fields: dict[str, Cell] = {}
    for name, value in zip(row.channels or ("",), row.mean or (), strict=False):
        title = first = f"mean_{name}" if name else "mean"
        number = 2
        while title in fields:
            title, number = f"{first}_{number}", number + 1
        fields[title] = value
    return fields


def _brightness(row: SegmentRow) -> float:
    red, green, blue = row.segment.color
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _color_fields(row: SegmentRow) -> dict[str, Cell]:
    rgb = texts.color_bytes(row.segment.color)
    return dict(zip(("red", "green", "blue"), rgb, strict=True))


COLUMNS = {
    "shown": Column(
        "",
        "Click an eye to hide or show a segment (Space); "
        "Alt-click to show only this one (S).",
        lambda row: "shown" if row.segment.visible else "hidden",
        lambda row: not row.segment.visible,
        lambda row: {"visible": row.segment.visible},
        spoken="Shown",
        listed="Eye (shown)",
        paint=lambda painter, rect, color, row: paint_eye(
            painter, rect, color, row.segment.visible
        ),
        click_actions=("toggle", "solo"),
    ),
    "color": Column(
        "",
        "Click a swatch to choose another colour (C).",
        lambda row: texts.hex_color(row.segment.color),
        _brightness,
        _color_fields,
        spoken="Colour",
        listed="Swatch (colour)",
        paint=lambda painter, rect, color, row: paint_swatch(
            painter, rect, QColor.fromRgbF(*row.segment.color), color
        ),
        click_actions=("color", "color"),
    ),
    "label": Column(
        "#",
        "The value of its pixels in the labels layer.",
        lambda row: str(row.segment.value),
        lambda row: row.segment.value,
        lambda row: {"label": row.segment.value},
        spoken="Label",
        listed="# (label)",
    ),
    "name": Column(
        "Name",
        "Double-click a name to change it (F2).",
        lambda row: row.segment.name,
        lambda row: texts.natural(row.segment.name),
        lambda row: {"name": row.segment.name},
        align=LEFT,
    ),
    "share": Column(
        "Share",
        "Percent of all pixels in segments that are not ignored.",
        lambda row: texts.percent(row.percent),
        lambda row: -1.0 if row.percent is None else row.percent,
        lambda row: {"percent": row.percent},
    ),
    "pixels": Column(
        "Pixels",
        "The number of pixels; in a pyramid, at the level that was fitted.",
        lambda row: f"{row.pixels:,}",
        lambda row: row.pixels,
        lambda row: {"pixels": row.pixels},
    ),
    "area": Column(
        "{size} ({unit})",
        "{size} in the units of the image layer.",
        lambda row: texts.number(row.area),
        lambda row: row.area,
        lambda row: {"area": row.area, "unit": row.unit},
        spoken="{size} in {unit}",
        applies=lambda layers: layers.pixel_size[1] != "px",
    ),
    "mean": Column(
        "Mean",
        "The mean value of the image's pixels{channels}.",
        _mean,
        lambda row: [-inf if isnan(c) else c for c in row.mean or ()],
        _mean_fields,
        spoken="Mean value",
    ),
    "objects": Column(
        "Objects",
        "The number of connected components; counted while this column is in view.",
        lambda row: texts.UNKNOWN if row.n_objects is None else f"{row.n_objects:,}",
        lambda row: -1 if row.n_objects is None else row.n_objects,
        lambda row: {"objects": row.n_objects},
        applies=lambda layers: layers.segments.is_editable,
    ),
    "ignore": Column(
        "Ignore",
        "Ticked segments, such as the background, do not count in the shares (X).",
        lambda row: "ignored" if row.segment.ignored else "counted",
        lambda row: not row.segment.ignored,
        lambda row: {"ignored": row.segment.ignored},
        align=CENTER,
        paint=lambda painter, rect, color, row: paint_check_box(
            painter, rect, color, row.segment.ignored
        ),
        click_actions=("ignore", "ignore"),
    ),
}

IN_ORDER = tuple(COLUMNS.values())
POSITION = {name: position for position, name in enumerate(COLUMNS)}

# Files begin with these columns; the rest follow from left to right.
FIRST_IN_FILES = ("label", "name", "color", "shown", "ignore", "pixels")


def file_rows(rows: Sequence[SegmentRow], image: str) -> list[list[Cell]]:
    """Return the table as a file has it: titles first, the image's name in each row."""
    columns = [COLUMNS[name] for name in dict.fromkeys([*FIRST_IN_FILES, *COLUMNS])]
    fields = [[column.fields(row) for row in rows] for column in columns]
    titles = list(dict.fromkeys(t for one in fields for cells in one for t in cells))
    lines = [ChainMap(*of_row) for of_row in zip(*fields, strict=True)]
    cells = [[image, *map(line.get, titles)] for line in lines]
    return [["image", *titles], *cells]
