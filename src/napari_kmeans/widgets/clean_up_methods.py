"""The clean-up methods that the panel offers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

from napari_kmeans.segments.cleanup import drop_small, fill_holes, smooth

Labels = NDArray[Any]
Destination = Literal["neighbour", "nothing"]


@dataclass(frozen=True)
class CleanUpRequest:
    """What the user has chosen."""

    values: tuple[int, ...]  # the label values of the segments to clean up
    amount: float  # how much, in pixels
    to: Destination  # where dropped pixels go


@dataclass(frozen=True)
class Method:
    """A clean-up method."""

    name: str  # what the user chooses, and what undo calls it
    amount_label: str  # what its number means
    default: float  # the number to start from, in pixels
    clean: Callable[
        [Labels, CleanUpRequest], Labels
    ]  # from labels and a `CleanUpRequest` to labels
    tooltip: str  # what it does
    is_area: bool = True  # whether its number is an area, or else a length in pixels
    drops: bool = False  # whether it drops pixels, which have to go somewhere


def _drop_small(labels: Labels, request: CleanUpRequest) -> Labels:
    return drop_small(labels, request.values, round(request.amount), to=request.to)


def _fill_holes(labels: Labels, request: CleanUpRequest) -> Labels:
    return fill_holes(labels, request.values, round(request.amount))


def _smooth(labels: Labels, request: CleanUpRequest) -> Labels:
    return smooth(labels, request.values, request.amount)


METHODS = (
    Method(
        "Drop small objects",
        "Smaller than",
        20,
        _drop_small,
        "Remove connected components that are too small.",
        drops=True,
    ),
    Method(
        "Fill holes",
        "Up to",
        100,
        _fill_holes,
        "Fill the holes that a segment encloses.",
    ),
    Method(
        "Smooth borders",
        "By",
        2,
        _smooth,
        "Smooth the borders without opening gaps between segments.",
        is_area=False,
    ),
)
