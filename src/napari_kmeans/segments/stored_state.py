"""Labels that are on disk: what is painted is written there, and can be undone."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.lazy.uncopied import wrap
from napari_kmeans.core.levels import map_levels
from napari_kmeans.segments.computed_state import look_up
from napari_kmeans.segments.pixel_change import PixelChange, Region, full_region, union
from napari_kmeans.segments.pixel_state import Change
from napari_kmeans.segments.segment import label_dtype
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.stored_labels import StoredLabels

Array = NDArray[Any]

ON_DISK = (
    "These labels are on disk, where they can be painted on: merge, split and clean up "
    "before you write them."
)


class StoredState:
    """The label of each pixel, on disk; atoms are those that the labels stand for.

    It stands where `PixelState` does for labels that are too many for memory. Which
    labels there are is fixed, but for those that are painted new.
    """

    def __init__(
        self, stored: StoredLabels, segment_map: SegmentMap, atom_counts: Array
    ) -> None:
        self.stored = stored
        self._table = segment_map.table()
        self._atoms = _atom_of_each_label(segment_map)
        # On disk a label stands for one atom, which counts for all of its segment.
        self.atom_counts = np.zeros(len(self._table), np.int64)
        np.add.at(self.atom_counts, self._atoms[self._table], atom_counts)
        self.labels = self._read_lazily()

    @property
    def atoms(self) -> Any:
        """An atom of each pixel's segment, as lazily as the labels."""
        return map_levels(lambda labels: look_up(self._atoms, labels), self.labels)

    def edited(self) -> NDArray[np.bool_] | None:
        """Tell which pixels are not as predicted: nobody knows, so None are."""
        return None

    def painting(self, region: Region, before: Array, after: Array) -> Change:
        """Give the change that painting a region is."""
        return Change((PixelChange.between(before, after, region),))

    def replacing(self, _predicted: Any, _atoms: Any = None) -> None:
        """Refuse another prediction: it would take the place of what is on disk."""
        raise ValueError(ON_DISK)

    def move(self, segment_map: SegmentMap, change: Change | None) -> Region | None:
        """Do a change on disk, or undo it, and take the segments from another map."""
        table = segment_map.table()
        shared = min(len(table), len(self._table))
        if not np.array_equal(table[:shared], self._table[:shared]):
            raise ValueError(ON_DISK)
        self._take_map(segment_map, table)
        if change is None:
            return None
        for one in change.atoms:
            self._toggle(one)
        # Under another name: what dask has kept of the old one is not true any longer.
        self.labels = self._read_lazily()
        return union(one.region for one in change.atoms)

    def _take_map(self, segment_map: SegmentMap, table: Array) -> None:
        """Know the labels of a map, and make place for counting their pixels."""
        counts = np.zeros(len(table), np.int64)
        shared = min(len(table), len(self.atom_counts))
        counts[:shared] = self.atom_counts[:shared]
        self._table, self.atom_counts = table, counts
        self._atoms = _atom_of_each_label(segment_map)

    def _toggle(self, change: PixelChange) -> None:
        """Do or undo a change on disk."""
        labels = np.array(self.stored[change.region])
        self._count(labels, -1)
        replace(change, region=full_region(labels)).toggle(labels)
        self._count(labels, 1)
        self.stored.write(change.region, labels)

    def _count(self, labels: Array, sign: int) -> None:
        """Count the pixels of some labels in, or out."""
        n_labels = len(self._atoms)
        of_labels = np.bincount(labels.reshape(-1), minlength=n_labels)[:n_labels]
        np.add.at(self.atom_counts, self._atoms, sign * of_labels)
        # Of an image that was not counted as a whole, more may go than was counted.
        np.maximum(self.atom_counts, 0, out=self.atom_counts)

    def _read_lazily(self) -> Any:
        """Give the labels as arrays that are read where somebody looks."""
        levels = tuple(wrap(level, level.chunks) for level in self.stored.levels)
        return levels if len(levels) > 1 else levels[0]


def _atom_of_each_label(segment_map: SegmentMap) -> Array:
    """Give an atom for each label value; 0 for a value that no segment has."""
    table = segment_map.table()
    atoms = np.zeros(int(table.max()) + 1, label_dtype(segment_map.n_atoms))
    for segment in segment_map:
        atoms[segment.value] = segment.atoms[0]
    return atoms
