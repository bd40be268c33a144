"""What the segments ask of whatever keeps their pixels."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, Self

from napari_kmeans.core.progress import Steps
from napari_kmeans.core.types import Array, Counts, Flags
from napari_kmeans.segments.painting import Painted
from napari_kmeans.segments.pixel_change import PixelChange, Region
from napari_kmeans.segments.segment_map import SegmentMap


@dataclass(frozen=True)
class Change:
    """What was painted in a step."""

    # of the atoms, or of the labels if they are on disk; one after the other, as drawn
    pixels: tuple[PixelChange, ...]

    @property
    def region(self) -> Region:
        """The bounding box of the pixels that differ."""
        regions = [change.region for change in self.pixels]
        return tuple(
            slice(min(axis.start for axis in axes), max(axis.stop for axis in axes))
            for axes in zip(*regions, strict=True)
        )

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        return sum(change.nbytes for change in self.pixels)

    def pack(self) -> None:
        """Take as little memory as possible from now on."""
        for change in self.pixels:
            change.pack()

    def joined(self, later: Self) -> Self:
        """Join this and a later one, at no cost."""
        return type(self)((*self.pixels, *later.pixels))


class LabelStore(Protocol):
    """The label and the atom of each pixel: in memory, on demand, or on disk.

    What is written here suits a store whose pixels cannot be edited.
    """

    revision: int  # increases with every change of pixels
    why_not_editable: str | None  # for the user; None if pixels can be edited
    stored: Any = None  # the labels on disk, as `StoredLabels`, if they are there

    @property
    def labels(self) -> Any:
        """The label value of each pixel, to be read only: an array, or its levels."""

    @property
    def atoms(self) -> Any:
        """The atom of each pixel, to be read only: an array, or its levels."""

    @property
    def atom_counts(self) -> Counts | None:
        """The pixels of each atom; None if counting would compute every pixel."""

    def takes(self, labels: Any) -> bool:
        """Whether labels of another run could stand in the place of these."""

    def edited(self) -> Flags | None:
        """Return which pixels are not as predicted; None if all are, or none can be."""
        return None

    def painting(self, _painted: Painted, _segment_map: SegmentMap) -> Any:
        """Return the change that gives pixels the labels that were painted."""
        raise ValueError(self.why_not_editable)

    def splitting(self, _pieces: Callable[[Array], Steps[Array]]) -> Steps[Any]:
        """Find the change to atoms of which some are in pieces."""
        raise ValueError(self.why_not_editable)

    def replacing(
        self, _predicted: Any, _edited: Any, _labels: Any, _map: SegmentMap
    ) -> Any:
        """Return the change to another prediction that gives edited pixels labels."""
        raise ValueError(self.why_not_editable)

    def apply(self, segment_map: SegmentMap, change: Any) -> Region | None:
        """Do a change, or undo it if it was done, and take the labels of a map.

        Return where labels may differ now; None if they are the same.
        """
