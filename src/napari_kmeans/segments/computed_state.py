"""Labels that are computed as they are looked at: lazy arrays, or several levels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.levels import levels_of, map_levels
from napari_kmeans.segments.pixel_change import Region, full_region
from napari_kmeans.segments.segment_map import SegmentMap

Array = NDArray[Any]

NOT_EDITABLE = (
    "These labels are computed as they are looked at: write them to zarr to edit them."
)


@dataclass(frozen=True, eq=False)
class Replacement:
    """Another prediction in the place of one."""

    before: Any  # what was predicted before and after it
    after: Any

    @property
    def nbytes(self) -> int:
        """The memory that it takes: lazy arrays take none."""
        levels = levels_of(self.before)
        return sum(one.nbytes for one in levels if isinstance(one, np.ndarray))

    def joined(self, _later: Any) -> None:
        """Give no change: each stands alone."""

    def toggled(self, predicted: Any) -> Any:
        """Give the other of the two."""
        return self.before if predicted is self.after else self.after


class ComputedState:
    """The atom and the label of each pixel: labels = table[atoms], block by block.

    It stands where `PixelState` does for pixels that nobody can paint on, so that the
    atoms are always those predicted. Nothing is computed here: neither labels nor
    counts, which the recipe knows.
    """

    atom_counts = None
    """Counting would compute every pixel."""

    def __init__(self, predicted: Any, segment_map: SegmentMap) -> None:
        self.atoms = predicted
        self._table = segment_map.table()
        self.labels = self._looked_up()

    @property
    def n_table(self) -> int:
        """The number of atoms, 0 counted."""
        return len(self._table)

    def edited(self) -> NDArray[np.bool_] | None:
        """Tell which pixels are not as predicted: None, for all are."""
        return None

    def replacing(self, predicted: Any, _atoms: Any = None) -> Replacement | None:
        """Find what to change for another prediction to take the place of this."""
        if predicted is self.atoms:
            return None
        return Replacement(self.atoms, predicted)

    def move(
        self, segment_map: SegmentMap, change: Replacement | None
    ) -> Region | None:
        """Change the prediction, and take the labels from another map."""
        table = segment_map.table()
        is_same = change is None and np.array_equal(table, self._table)
        if change is not None:
            self.atoms = change.toggled(self.atoms)
        self._table = table
        if is_same:
            return None
        self.labels = self._looked_up()
        return full_region(levels_of(self.labels)[0])

    def _looked_up(self) -> Any:
        """Give the labels of the atoms."""
        table = self._table
        return map_levels(lambda atoms: look_up(table, atoms), self.atoms)


def look_up(table: Array, atoms: Any) -> Any:
    """Give the label of each atom, lazily if the atoms are lazy.

    Shapes: table (n_atoms + 1,).
    """
    if isinstance(atoms, np.ndarray):
        return _look_up(atoms, table)
    meta = np.empty((0,) * atoms.ndim, table.dtype)
    return atoms.map_blocks(_look_up, table=table, dtype=table.dtype, meta=meta)


def _look_up(atoms: Array, table: Array) -> Array:
    """Look one block up."""
    labels: Array = table[atoms]
    return labels
