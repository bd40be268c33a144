"""The step from all pixels of one result to those of another."""

from typing import Self

from napari_kmeans.core.types import Array, Counts
from napari_kmeans.segments.pixel_change import Packed

LARGE = 32 << 20
"""Bytes from which on arrays are compressed once their step is over."""


class Replacement:
    """Holds the pixels of the other state: to do a step or to undo it is to swap them.

    That takes no time, however many pixels there are. What is held is never written to.
    """

    def __init__(
        self, predicted: Array, atoms: Array, counts: Counts | None = None
    ) -> None:
        self._arrays = _distinct(predicted, atoms)
        self._counts = counts  # of the atoms; None as long as nobody has counted
        self._packed: list[Packed] | None = None

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        return sum(array.nbytes for array in self._packed or self._arrays)

    def pack(self) -> None:
        """Take little memory from now on, if it is much."""
        if self._packed is None and self.nbytes > LARGE:
            self._packed, self._arrays = [Packed(one) for one in self._arrays], []

    def joined(self, _later: Self) -> Self:
        """Return the step to the later state: this holds where both begin."""
        return self

    def swap(
        self, predicted: Array, atoms: Array, counts: Counts
    ) -> tuple[Array, Array, Counts | None]:
        """Return what is held, and hold these instead."""
        if self._packed is not None:
            self._arrays = [packed.array() for packed in self._packed]
            self._packed = None
        held = self._arrays[0], self._arrays[-1], self._counts
        self._arrays, self._counts = _distinct(predicted, atoms), counts
        return held


def _distinct(predicted: Array, atoms: Array) -> list[Array]:
    """List both arrays, or the one that stands for both while nothing is painted."""
    return [predicted] if atoms is predicted else [predicted, atoms]
