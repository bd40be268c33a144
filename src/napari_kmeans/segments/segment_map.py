"""Which pieces make up each segment, and what the user says of it: a pure table.

An *atom* is the smallest piece that a map can move: a cluster (its id + 1), a piece of
a split, or a label value that was painted new. Atom 0 is in no segment.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.segments.segment import Color, Segment, check_color, label_dtype


@dataclass(frozen=True)
class SegmentMap:
    """All segments, in the order in which they are listed.

    Every operation gives a new map.
    """

    segments: tuple[Segment, ...]  # each atom from 1 up belongs to one of them

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    def __len__(self) -> int:
        return len(self.segments)

    def __contains__(self, value: int) -> bool:
        """Tell whether a segment has this label value."""
        return value in self.values

    def __getitem__(self, value: int) -> Segment:
        """Give the segment of a label value."""
        for segment in self.segments:
            if segment.value == value:
                return segment
        listed = ", ".join(map(str, self.values))
        raise KeyError(f"No segment has the label {value}: give one of {listed}.")

    @property
    def values(self) -> tuple[int, ...]:
        """The label value of each segment."""
        return tuple(segment.value for segment in self.segments)

    @property
    def n_atoms(self) -> int:
        """The largest atom."""
        return max(max(segment.atoms) for segment in self.segments)

    def table(self) -> NDArray[Any]:
        """Give the label value of each atom.

        Returns (n_atoms + 1,).
        """
        table = np.zeros(self.n_atoms + 1, label_dtype(max(self.values)))
        for segment in self.segments:
            table[list(segment.atoms)] = segment.value
        return table

    def free_values(self, n: int, reserved: Collection[int] = ()) -> list[int]:
        """Give the n smallest label values that no segment has."""
        taken = {*self.values, *reserved}
        return [v for v in range(1, len(taken) + n + 1) if v not in taken][:n]

    def merged(self, values: Iterable[int], sizes: Mapping[int, int]) -> Self:
        """Make one segment of several."""
        chosen = self._chosen(values)
        if len(chosen) < 2:
            raise ValueError("Choose two segments or more to merge.")
        largest = max(chosen, key=lambda segment: sizes[segment.value])
        atoms = tuple(sorted(atom for segment in chosen for atom in segment.atoms))
        rest = [s for s in self.segments if s is largest or s not in chosen]
        merged = replace(largest, atoms=atoms)
        return replace(
            self, segments=tuple(merged if s is largest else s for s in rest)
        )

    def renamed(self, value: int, name: str) -> Self:
        """Give a segment a name."""
        if not name.strip():
            raise ValueError("A segment needs a name: type at least one letter.")
        return self._with([value], lambda _: {"name": name.strip(), "is_named": True})

    def recolored(self, value: int, color: Iterable[float]) -> Self:
        """Give a segment a colour that the user chose."""
        checked = check_color(color)
        return self._with([value], lambda _: {"color": checked, "is_colored": True})

    def with_colors(self, colors: Iterable[Color]) -> Self:
        """Give every segment the colour of a palette, one for each in order."""
        pairs = zip(self.segments, colors, strict=True)
        segments = (replace(s, color=c, is_colored=False) for s, c in pairs)
        return replace(self, segments=tuple(segments))

    def with_visible(self, values: Iterable[int], visible: bool) -> Self:
        """Show or hide segments."""
        return self._with(values, lambda _: {"visible": visible})

    def solo(self, values: Iterable[int]) -> Self:
        """Show these segments and hide all others."""
        shown = self._chosen(values)
        return self._with(self.values, lambda segment: {"visible": segment in shown})

    def inverted(self) -> Self:
        """Show what is hidden and hide what is shown."""
        return self._with(self.values, lambda s: {"visible": not s.visible})

    def with_ignored(self, values: Iterable[int], ignored: bool) -> Self:
        """Leave segments out of the percentages, or count them again."""
        return self._with(values, lambda _: {"ignored": ignored})

    def with_split(self, value: int, colors: Iterable[Color]) -> Self:
        """Make several segments of one, each of a new atom."""
        parent = self[value]
        colors = list(colors)
        values = [value, *self.free_values(len(colors) - 1)]
        pieces = [
            replace(
                parent,
                value=values[i],
                name=f"{parent.name}.{i + 1}",
                color=colors[i],
                is_colored=False,
                atoms=(self.n_atoms + 1 + i,),
            )
            for i in range(len(colors))
        ]
        pieces[0] = replace(pieces[0], atoms=(*parent.atoms, *pieces[0].atoms))
        at = self.segments.index(parent)
        return replace(
            self, segments=(*self.segments[:at], *pieces, *self.segments[at + 1 :])
        )

    def with_new_value(self, value: int, color: Color) -> Self:
        """Add a segment of a new atom for a label value that was painted."""
        return self.with_segment(Segment(value, f"Painted {value}", color, ()))

    def with_segment(self, segment: Segment) -> Self:
        """Add a segment, of a new atom."""
        added = replace(segment, atoms=(self.n_atoms + 1,))
        return replace(self, segments=(*self.segments, added))

    def _chosen(self, values: Iterable[int]) -> list[Segment]:
        """Give the segments of label values, each once, in the map's order."""
        chosen = {self[value].value for value in values}
        return [segment for segment in self.segments if segment.value in chosen]

    def _with(
        self, values: Iterable[int], changes: Callable[[Segment], dict[str, Any]]
    ) -> Self:
        """Change some of the segments."""
        chosen = self._chosen(values)
        segments = (replace(s, **changes(s)) if s in chosen else s for s in self)
        return replace(self, segments=tuple(segments))
