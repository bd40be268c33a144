"""What clusterings of the same pixels share, kept by whoever clusters them again."""

from typing import TypeVar

import numpy as np

from napari_kmeans.core.progress import Steps
from napari_kmeans.core.types import Array

Result = TypeVar("Result")
Things = tuple[object, ...]

COMPARED_AT_ONCE = 1 << 20
"""Numbers, so that the result of comparing them stays in the processor's cache."""


class Kept:
    """The latest result of each step that another clustering may need again.

    It belongs to one image at a time and lives as long as its owner keeps it. What is
    taken from it is never written to.
    """

    def __init__(self) -> None:
        # In the order of the steps, each with what its result was made of.
        self._results: dict[str, tuple[Things, object]] = {}
        self._arrays: dict[str, Array] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept."""
        return not self._results

    def copy(self) -> "Kept":
        """Return what is kept by now, to be used and added to on another thread."""
        copy = Kept()
        copy._results, copy._arrays = dict(self._results), dict(self._arrays)
        return copy

    def snapshot(self, name: str, array: Array) -> Array:
        """Return a copy of an array: that of last time, if the array is still equal."""
        last = self._arrays.get(name)
        if last is None or not _are_equal(last, array):
            last = self._arrays[name] = array.copy("K")
        return last

    def last(self, step: str, things: Things) -> object | None:
        """Return the result of a step if it was made of the same things, or None."""
        made_of, result = self._results.get(step, ((), None))
        is_same = len(things) == len(made_of) and all(map(_is_same, things, made_of))
        return result if is_same else None

    def forget(self, step: str) -> None:
        """Forget a step and those after it, which were made of its result."""
        names = list(self._results)
        for name in names[names.index(step) :] if step in names else ():
            self._results.pop(name, None)

    def keep(self, step: str, things: Things, result: object) -> None:
        """Keep the result of a step, and what it was made of."""
        self._results[step] = things, result


def once(
    kept: Kept | None, step: str, things: Things, making: Steps[Result]
) -> Steps[Result]:
    """Return what a step made of the same things last time, or make it."""
    if kept is None:
        return (yield from making)
    known = kept.last(step, things)
    if known is not None:
        return known  # type: ignore[return-value]
    kept.forget(step)  # before making it: both would take memory
    result = yield from making
    kept.keep(step, things, result)
    return result


def _is_same(one: object, other: object) -> bool:
    """Whether two things are equal; arrays, which may be large, if identical."""
    if one is other or type(one) is not type(other) or hasattr(one, "__array__"):
        return one is other
    return bool(one == other)


def _are_equal(one: Array, other: Array) -> bool:
    """Whether two arrays have the same type, shape and bits; NaN equals NaN."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    bits = f"u{one.itemsize}"
    rows = max(1, COMPARED_AT_ONCE * len(one) // one.size)
    return all(
        np.array_equal(one[start:stop].view(bits), other[start:stop].view(bits))
        for start in range(0, len(one), rows)
        for stop in [start + rows]
    )
