"""One segment: its atoms, name, colour and flags."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

Color = tuple[float, float, float]
MAX_LABEL = 65_535
"""Labels and atoms are at most 16 bits wide."""


def default_name(value: int) -> str:
    """Return the name of a segment that nobody has named."""
    return f"Segment {value}"


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

    @property
    def is_touched(self) -> bool:
        """Whether the user has edited it."""
        chosen = self.is_named or self.is_colored or self.ignored or not self.visible
        return chosen or len(self.atoms) > 1

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
