"""The areas of segments slice by slice: plain numbers, no Qt."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.io.tables import Cell
from napari_kmeans.segments.segment_map import Segment, SegmentMap
from napari_kmeans.segments.statistics import SliceCounts

Measure = Literal["pixels", "area", "percent"]


@dataclass(frozen=True, eq=False)
class Areas:
    """One number for each segment in every slice."""

    segments: tuple[Segment, ...]  # the columns
    # (n_slices, n_segments): the numbers; NaN where there is none, as the share of an
    # ignored segment
    values: NDArray[np.float64]
    unit: str  # "px", "%", or that of the areas

    @property
    def quantity(self) -> str:
        """What the numbers are, such as "Area (µm²)"."""
        if self.unit == "px":
            return "Pixels"
        if self.unit == "%":
            return "Share (%)"
        return f"{'Volume' if self.unit.endswith('³') else 'Area'} ({self.unit})"

    @property
    def is_whole(self) -> bool:
        """Whether the numbers are integers."""
        return self.unit == "px"

    def file_rows(self, axis_name: str) -> list[list[Cell]]:
        """Return a line of titles and a line for each slice."""
        titles = [axis_name, *(f"{one.name} ({self.unit})" for one in self.segments)]
        lines: list[list[Cell]] = [list(titles)]
        for number, row in enumerate(self.values.tolist()):
            cells = [int(cell) if self.is_whole else cell for cell in row]
            lines.append([number, *cells])
        return lines


def areas(
    counts: SliceCounts,
    segment_map: SegmentMap,
    measure: Measure,
    pixel_size: tuple[float, str] = (1.0, "px"),
) -> Areas:
    """Return what is shown of the segments."""
    pixels = counts.of_segments(segment_map).astype(np.float64)
    segments = segment_map.segments
    if measure == "pixels":
        return Areas(segments, pixels, "px")
    if measure == "area":
        size, unit = pixel_size
        return Areas(segments, pixels * size, unit)
    is_ignored = np.array([segment.ignored for segment in segments])
    total = pixels[:, ~is_ignored].sum(axis=1, keepdims=True)
    shares = 100 * pixels / np.maximum(total, 1)
    shares[:, is_ignored] = np.nan
    return Areas(segments, shares, "%")
