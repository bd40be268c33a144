"""What the table says of each segment: plain numbers, no Qt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from napari_kmeans.segments.segment import Color
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.statistics import statistics


@dataclass(frozen=True)
class SegmentRow:
    """One row of the table."""

    value: int  # the label value
    name: str  # what the user calls it
    color: Color  # red, green and blue, from 0 to 1
    visible: bool  # whether it is shown, and whether it is left out of the percentages
    ignored: bool
    pixels: int  # how many pixels it has
    # of the pixels that are not ignored; None if it is ignored itself
    percent: float | None
    area: float  # area or volume in the layer's units
    # the mean of each channel of the source, NaN of no pixels; None while nobody knows
    # it
    mean: tuple[float, ...] | None = None
    # the number of connected components; None while nobody knows it
    objects: int | None = None


def segment_rows(
    segments: SegmentMap,
    counts: Mapping[int, int],
    pixel_area: float,
    means: Mapping[int, Iterable[float]],
    objects: Mapping[int, int],
) -> list[SegmentRow]:
    """Give the rows of the table, in the order of the segments."""
    measured = statistics(segments, counts, pixel_area)
    rows = []
    for segment, numbers in zip(segments, measured, strict=True):
        mean = means.get(segment.value)
        rows.append(
            SegmentRow(
                segment.value,
                segment.name,
                segment.color,
                segment.visible,
                segment.ignored,
                numbers.pixels,
                numbers.percent,
                numbers.size,
                None if mean is None else tuple(mean),
                objects.get(segment.value),
            )
        )
    return rows


def hex_color(color: Color) -> str:
    """Write a colour as #rrggbb."""
    return "#" + "".join(f"{byte:02x}" for byte in color_bytes(color))


def color_bytes(color: Color) -> tuple[int, int, int]:
    """Give a colour as three whole numbers from 0 to 255."""
    red, green, blue = (round(255 * channel) for channel in color)
    return red, green, blue
