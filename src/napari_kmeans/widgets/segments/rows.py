"""What the table says of each segment: plain numbers, no Qt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from napari_kmeans.segments.segment import Color
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.statistics import statistics


@dataclass(frozen=True)
class SegmentRow:
    """One row of the table.

    Attributes
    ----------
    value : int
        The label value.
    name : str
        What the user calls it.
    color : tuple of 3 floats
        Red, green and blue, from 0 to 1.
    visible, ignored : bool
        Whether it is shown, and whether it is left out of the percentages.
    pixels : int
        How many pixels it has.
    percent : float or None
        Of the pixels that are not ignored; None if it is ignored itself.
    area : float
        Area or volume in the layer's units.
    mean : tuple of float, or None
        The mean of each channel of the source, NaN of no pixels; None while nobody
        knows it.
    objects : int or None
        The number of connected components; None while nobody knows it.
    """

    value: int
    name: str
    color: Color
    visible: bool
    ignored: bool
    pixels: int
    percent: float | None
    area: float
    mean: tuple[float, ...] | None = None
    objects: int | None = None


def segment_rows(
    segments: SegmentMap,
    counts: Mapping[int, int],
    pixel_area: float,
    means: Mapping[int, Iterable[float]],
    objects: Mapping[int, int],
) -> list[SegmentRow]:
    """Give the rows of the table, in the order of the segments.

    Parameters
    ----------
    segments : SegmentMap
        The segments.
    counts : mapping of int to int
        The pixels of each label value.
    pixel_area : float
        Area or volume of one pixel.
    means : mapping of int to array
        The mean of each channel, of the label values of which it is known.
    objects : mapping of int to int
        The number of objects, of the label values of which it is known.

    Returns
    -------
    list of SegmentRow
        One for each segment.
    """
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
    """Write a colour as #rrggbb.

    Parameters
    ----------
    color : tuple of 3 floats
        Red, green and blue, from 0 to 1.

    Returns
    -------
    str
        For example "#ff8000".
    """
    return "#" + "".join(f"{byte:02x}" for byte in color_bytes(color))


def color_bytes(color: Color) -> tuple[int, int, int]:
    """Give a colour as three whole numbers from 0 to 255.

    Parameters
    ----------
    color : tuple of 3 floats
        Red, green and blue, from 0 to 1.

    Returns
    -------
    tuple of 3 int
        The colour.
    """
    red, green, blue = (round(255 * channel) for channel in color)
    return red, green, blue
