"""Segments, and the map of them: which atoms make up each, its name, colour and flags.

An *atom* is the smallest unit that a map assigns: a cluster (its id + 1), a part of a
split, or a new label value that was painted. Atom 0 is in no segment.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count, islice
from typing import Any, Self

import numpy as np

from napari_kmeans.core.labelling import label_dtype
from napari_kmeans.core.types import Array, Counts

Color = tuple[float, float, float]
MAX_LABEL = 65_535
"""Labels and atoms are at most 16 bits wide."""


def default_name(value: int) -> str:
    """Return the name of a segment that nobody has named."""
    return f"Segment {value}"


def painted_name(value: int) -> str:
    """Return the name of a segment that was painted, and that nobody has named."""
    return f"Painted {value}"


@dataclass(frozen=True)
class Segment:
    """One segment."""

    value: int  # its label value, from 1 up; no other segment of the map has it
    name: str  # what the user sees
    color: Color  # red, green and blue, from 0 to 1
    atoms: tuple[int, ...]  # the atoms that it is made of, in increasing order
    visible: bool = True  # False if the user has hidden it
    ignored: bool = False  # True if it does not count in the percentages
    is_named: bool = False  # whether the user chose the name, and the colour
    is_colored: bool = False

    @classmethod
    def from_dict(cls, segment: Mapping[str, Any]) -> Self:
        """Make a segment from what `asdict` gave."""
        red, green, blue = segment["color"]
        tuples = {"color": (red, green, blue), "atoms": tuple(segment["atoms"])}
        return cls(**{**segment, **tuples})


def check_color(color: Iterable[float]) -> Color:
    """Return a colour as three floats; raise if it is invalid."""
    channels = [float(channel) for channel in color]
    if len(channels) != 3 or not all(0 <= channel <= 1 for channel in channels):
        raise ValueError(
            f"{channels} is not a colour: give red, green and blue, each from 0 to 1."
        )
    return channels[0], channels[1], channels[2]


@dataclass(frozen=True)
class SegmentMap:
    """All segments, in the order of the table; every operation returns a new map."""

    segments: tuple[Segment, ...]  # each atom from 1 up belongs to one of them

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    def __len__(self) -> int:
        return len(self.segments)

    def __contains__(self, value: int) -> bool:
        """Whether a segment has this label value."""
        return value in self._by_value

    def __getitem__(self, value: int) -> Segment:
        """Return the segment of a label value."""
        if value in self._by_value:
            return self._by_value[value]
        listed = ", ".join(map(str, self.values))
        raise KeyError(f"No segment has the label {value}: give one of {listed}.")

    # Looked up at each move of a brush, and there may be thousands of segments.

    @cached_property
    def _by_value(self) -> dict[int, Segment]:
        return {segment.value: segment for segment in self.segments}

    @cached_property
    def values(self) -> tuple[int, ...]:
        """The label value of each segment."""
        return tuple(segment.value for segment in self.segments)

    @cached_property
    def n_atoms(self) -> int:
        """The largest atom."""
        return max(max(segment.atoms) for segment in self.segments)

    @cached_property
    def table(self) -> Array:
        """The label value of each atom. Shape: (n_atoms + 1,)."""
        table = np.zeros(self.n_atoms + 1, label_dtype(max(self.values)))
        for segment in self.segments:
            for atom in segment.atoms:
                table[atom] = segment.value
        table.flags.writeable = False
        return table

    @cached_property
    def first_atoms(self) -> Array:
        """The first atom of each label value; 0 for a value that no segment has."""
        first = np.zeros(max(self.values) + 1, label_dtype(self.n_atoms))
        for segment in self.segments:
            first[segment.value] = segment.atoms[0]
        first.flags.writeable = False
        return first

    def counts(self, of_atoms: Counts) -> dict[int, int]:
        """Return the pixels of each label value, from those of each atom."""
        of_labels = np.zeros(len(self.first_atoms), np.int64)
        np.add.at(of_labels, self.table, of_atoms)
        numbers = of_labels.tolist()
        return {value: numbers[value] for value in self.values}

    def merged(self, values: Iterable[int], sizes: Mapping[int, int]) -> Self:
        """Make one segment of several: as the largest, but for what the user chose."""
        numbers = {self[value].value for value in values}
        if len(numbers) < 2:
            raise ValueError("Choose two or more segments to merge.")
        chosen = [segment for segment in self if segment.value in numbers]
        chosen.sort(key=lambda segment: sizes[segment.value], reverse=True)
        largest = chosen[0]
        named = next((s for s in chosen if s.is_named), largest)
        colored = next((s for s in chosen if s.is_colored), largest)
        merged = replace(
            largest,
            atoms=tuple(sorted(atom for segment in chosen for atom in segment.atoms)),
            name=named.name,
            is_named=named.is_named,
            color=colored.color,
            is_colored=colored.is_colored,
        )
        gone = {segment.value for segment in chosen[1:]}
        rest = (merged if s is largest else s for s in self if s.value not in gone)
        return replace(self, segments=tuple(rest))

    def renamed(self, value: int, name: str) -> Self:
        """Return the map with a segment renamed."""
        if not name.strip():
            raise ValueError("A segment needs a name: type at least one character.")
        name = name.strip()
        is_named = name not in (default_name(value), painted_name(value))
        return self.changed([value], name=name, is_named=is_named)

    def recolored(self, value: int, color: Iterable[float]) -> Self:
        """Return the map with a segment in a colour that the user chose."""
        return self.changed([value], color=check_color(color), is_colored=True)

    def with_colors(self, colors: Iterable[Color]) -> Self:
        """Return the map in the colours of a palette, but for those the user chose."""
        pairs = zip(self.segments, colors, strict=True)
        segments = (s if s.is_colored else replace(s, color=c) for s, c in pairs)
        return replace(self, segments=tuple(segments))

    def solo(self, values: Iterable[int]) -> Self:
        """Show these segments and hide all others."""
        hidden = self.changed(self.values, visible=False)
        return hidden.changed(values, visible=True)

    def with_split(self, value: int, colors: Iterable[Color]) -> Self:
        """Split a segment into several, each with a new atom."""
        parent = self[value]
        colors = list(colors)
        free = (number for number in count(1) if number not in self)
        values = [value, *islice(free, len(colors) - 1)]
        pieces = [
            replace(
                parent,
                value=new,
                name=f"{parent.name}.{number}",
                color=color,
                is_colored=False,
                atoms=(self.n_atoms + number,),
            )
            for number, (new, color) in enumerate(zip(values, colors, strict=True), 1)
        ]
        pieces[0] = replace(pieces[0], atoms=(*parent.atoms, *pieces[0].atoms))
        segments, at = list(self), self.segments.index(parent)
        segments[at : at + 1] = pieces
        return replace(self, segments=tuple(segments))

    def with_painted(self, values: Iterable[int], colors: Iterable[Color]) -> Self:
        """Add a segment, of a new atom, for each label value that was painted new."""
        pairs = zip(values, colors, strict=True)
        return self.with_added([Segment(v, painted_name(v), c, ()) for v, c in pairs])

    def with_added(self, segments: Iterable[Segment]) -> Self:
        """Add segments, each of a new atom."""
        numbered = enumerate(segments, start=self.n_atoms + 1)
        added = (replace(segment, atoms=(atom,)) for atom, segment in numbered)
        return replace(self, segments=(*self.segments, *added))

    def changed(self, values: Iterable[int], **changes: Any) -> Self:
        """Change attributes of some of the segments."""
        chosen = {self[value].value for value in values}
        segments = (replace(s, **changes) if s.value in chosen else s for s in self)
        return replace(self, segments=tuple(segments))
