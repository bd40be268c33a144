"""The contents of the table: plain numbers, no Qt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from napari_kmeans.segments.segment_map import Segment, SegmentMap
from napari_kmeans.segments.statistics import percentages


@dataclass(frozen=True)
class SegmentRow:
    """One row of the table."""

    segment: Segment
    pixels: int
    percent: float | None  # of the pixels not ignored; None if the segment is ignored
    area: float  # or volume
    unit: str  # of the area
    mean: tuple[float, ...] | None = (
        None  # per channel, NaN of no pixels; None: unknown
    )
    n_objects: int | None = None  # connected components; None: unknown


def segment_rows(
    segment_map: SegmentMap,
    counts: Mapping[int, int],
    pixel_size: tuple[float, str],
    means: Mapping[int, Iterable[float]],
    n_objects: Mapping[int, int],
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
            tuple(means[value]) if value in means else None,
            n_objects.get(value),
        )
        for segment in segment_map
    ]
