"""The ways to clean labels up, as the panel offers them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

from napari_kmeans.segments.cleanup import drop_small, fill_holes, smooth

Labels = NDArray[Any]
Destination = Literal["neighbour", "nothing"]


@dataclass(frozen=True)
class Choice:
    """What the user has chosen."""

    values: tuple[int, ...]  # the label values of the segments to clean up
    amount: float  # how much, in pixels
    to: Destination  # where dropped pixels go


@dataclass(frozen=True)
class Method:
    """A way to clean labels up."""

    name: str  # what the user chooses, and what undo calls it
    amount_label: str  # what its number means
    default: float  # the number to start from, in pixels
    clean: Callable[[Labels, Choice], Labels]  # from labels and a `Choice` to labels
    tooltip: str  # what it does
    is_area: bool = True  # whether its number is an area, or else a length in pixels
    drops: bool = False  # whether it drops pixels, which have to go somewhere


def _drop_small(labels: Labels, choice: Choice) -> Labels:
    return drop_small(labels, choice.values, round(choice.amount), to=choice.to)


def _fill_holes(labels: Labels, choice: Choice) -> Labels:
    return fill_holes(labels, choice.values, round(choice.amount))


def _smooth(labels: Labels, choice: Choice) -> Labels:
    return smooth(labels, choice.values, choice.amount)


METHODS = (
    Method(
        "Drop small objects",
        "Smaller than",
        20,
        _drop_small,
        "Give the pixels of small connected pieces away.",
        drops=True,
    ),
    Method(
        "Fill holes",
        "Up to",
        100,
        _fill_holes,
        "Give a segment what it encloses.",
    ),
    Method(
        "Smooth borders",
        "By",
        2,
        _smooth,
        "Round the borders, without a gap between segments.",
        is_area=False,
    ),
)
