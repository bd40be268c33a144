"""Labels that are computed on demand: lazy arrays, or several levels."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from napari_kmeans.core.levels import is_computed, levels_of, map_levels
from napari_kmeans.core.types import Array
from napari_kmeans.segments.pixel_change import Region, StepChange, full_region
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.stores.label_store import LabelStore

NOT_EDITABLE = "These labels are computed on demand: write them to zarr to edit them."


@dataclass(frozen=True, eq=False)
class Replacement(StepChange):
    """The replacement of a prediction by another."""

    before: Any
    after: Any

    def joined(self, later: Any) -> "Replacement":
        """Join this and a later one."""
        return Replacement(self.before, later.after)

    @property
    def nbytes(self) -> int:
        """The memory that it uses: lazy arrays use none."""
        levels = levels_of(self.before)
        return sum(one.nbytes for one in levels if isinstance(one, np.ndarray))


class OnDemand(LabelStore):
    """The atom, as predicted, and the label of each pixel; nothing is computed here."""

    why_not_editable = NOT_EDITABLE
    atom_counts = None
    labels: Any = None
    atoms: Any = None

    def __init__(self, predicted: Any, segment_map: SegmentMap) -> None:
        self.revision = 0
        self.atoms = predicted
        self._table = segment_map.table
        self.labels = self._looked_up()

    def takes(self, labels: Any) -> bool:
        """Whether labels are on demand too, and of the same shape at each level."""
        return is_computed(labels) and shapes_of(labels) == shapes_of(self.labels)

    def replacing(
        self, predicted: Any, _edited: Any, _labels: Any, _segment_map: SegmentMap
    ) -> Replacement | None:
        """Return the change to another prediction."""
        if predicted is self.atoms:
            return None
        return Replacement(self.atoms, predicted)

    def apply(
        self, segment_map: SegmentMap, change: Replacement | None
    ) -> Region | None:
        """Exchange the prediction, and take the labels of a map."""
        table, before = segment_map.table, self._table
        self._table = table
        if change is not None:
            is_done = self.atoms is change.after
            self.atoms = change.before if is_done else change.after
            self.revision += 1
        elif np.array_equal(table, before):
            return None
        self.labels = self._looked_up()
        return full_region(levels_of(self.labels)[0])

    def _looked_up(self) -> Any:
        return map_levels(partial(look_up, self._table), self.atoms)


def shapes_of(labels: Any) -> Any:
    """Return the shape of labels, or a tuple of those of all levels."""
    return map_levels(lambda level: tuple(level.shape), labels)


def look_up(table: Array, atoms: Any) -> Any:
    """Return `table[atoms]`, lazily if the atoms are lazy."""
    if isinstance(atoms, np.ndarray):
        return table[atoms]
    meta = np.empty((0,) * atoms.ndim, table.dtype)
    return atoms.map_blocks(_look_up, table=table, dtype=table.dtype, meta=meta)


def _look_up(atoms: Array, table: Array) -> Array:
    labels: Array = table[atoms]
    return labels
