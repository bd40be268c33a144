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
    """What the user has chosen.

    Attributes
    ----------
    values : tuple of int
        The label values of the segments to clean up.
    amount : float
        How much, in pixels.
    to : {"neighbour", "nothing"}
        Where dropped pixels go.
    """

    values: tuple[int, ...]
    amount: float
    to: Destination


@dataclass(frozen=True)
class Method:
    """A way to clean labels up.

    Attributes
    ----------
    name : str
        What the user chooses, and what undo calls it.
    amount_label : str
        What its number means.
    default : float
        The number to start from, in pixels.
    clean : callable
        From labels and a `Choice` to labels.
    tooltip : str
        What it does.
    is_area : bool
        Whether its number is an area, or else a length in pixels.
    drops : bool
        Whether it drops pixels, which have to go somewhere.
    """

    name: str
    amount_label: str
    default: float
    clean: Callable[[Labels, Choice], Labels]
    tooltip: str
    is_area: bool = True
    drops: bool = False


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
