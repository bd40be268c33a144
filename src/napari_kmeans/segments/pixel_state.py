"""The arrays behind the segments: what was predicted, what was painted, the labels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.progress import Steps
from napari_kmeans.segments.look_up import look_up_into
from napari_kmeans.segments.painting import Painted, atoms_of
from napari_kmeans.segments.pixel_change import (
    PixelChange,
    Region,
    difference,
    empty_change,
    full_region,
    union,
)
from napari_kmeans.segments.segment import label_dtype
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.splitting import Split

Array = NDArray[Any]


@dataclass(frozen=True)
class Change:
    """What a step does to the pixels."""

    # of the atoms, one after the other, as the user drew
    atoms: tuple[PixelChange, ...]
    # of what model and splits predict. The very same object as the only one of `atoms`
    # if they change alike
    predicted: PixelChange | None = None

    @property
    def region(self) -> Region:
        """The bounding box of the atoms that differ."""
        return union(change.region for change in self.atoms)

    @property
    def is_shared(self) -> bool:
        """Whether atoms and prediction change alike."""
        return self.atoms[0] is self.predicted

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        own = sum(change.nbytes for change in self.atoms)
        if self.predicted is None or self.is_shared:
            return own
        return own + self.predicted.nbytes

    def joined(self, later: "Change") -> "Change | None":
        """Make one change of this and a later one; None if one is of a prediction.

        It costs nothing but the memory of both: no pixel is looked at.
        """
        if self.predicted is not None or later.predicted is not None:
            return None
        return Change((*self.atoms, *later.atoms))


class PixelState:
    """The atom and the label of each pixel: labels = table[atoms]."""

    def __init__(self, predicted: Array, segment_map: SegmentMap) -> None:
        self._table = segment_map.table()
        dtype = label_dtype(segment_map.n_atoms)
        self.predicted = self.atoms = predicted.astype(dtype, copy=False).view()
        self.predicted.flags.writeable = False
        self.atom_counts = _count(self.atoms, self.n_table)
        self._labels = np.empty(self.atoms.shape, self._table.dtype)
        look_up_into(self._labels, self._table, self.atoms)

    @property
    def labels(self) -> Array:
        """The label value of each pixel, to be read only."""
        labels: Array = self._labels.view()
        labels.flags.writeable = False
        return labels

    @property
    def n_table(self) -> int:
        """The number of atoms, 0 counted."""
        return len(self._table)

    def edited(self) -> NDArray[np.bool_] | None:
        """Tell which pixels are not as predicted; None if all are."""
        if self.atoms is self.predicted:
            return None
        edited: NDArray[np.bool_] = self.atoms != self.predicted
        return edited if edited.any() else None

    def painting(self, painted: Painted, segment_map: SegmentMap) -> Change:
        """Find what to change for the labels to be as painted."""
        region, index = painted.region, painted.index
        dtype = label_dtype(segment_map.n_atoms)
        old = self.atoms[region].astype(dtype, copy=False)
        new = old.copy()
        predicted = self.predicted[region].reshape(-1)[index]
        new.reshape(-1)[index] = atoms_of(painted.labels, predicted, segment_map)
        return Change((PixelChange.between(old, new, region),))

    def repainted(
        self, predicted: Array, edited: NDArray[np.bool_], segment_map: SegmentMap
    ) -> Array:
        """Give the atoms of another prediction with the edited pixels as they are."""
        atoms = predicted.astype(label_dtype(segment_map.n_atoms))
        labels = self._labels[edited]
        atoms[edited] = atoms_of(labels, predicted[edited], segment_map)
        return atoms

    def splitting(self, split: Split, values: Array) -> Steps[Change | None]:
        """Find what to change for atoms to be split, step by step.

        Shapes: values (..., C).
        """
        if self.atoms is self.predicted:
            (predicted,) = yield from split.applied_steps(values, self.predicted)
            return self.replacing(predicted, None)
        arrays = self.predicted, self.atoms
        predicted, atoms = yield from split.applied_steps(values, *arrays)
        return self.replacing(predicted, atoms)

    def replacing(self, predicted: Array, atoms: Array | None) -> Change | None:
        """Find what to change for other arrays to take the place of these."""
        of_predicted = difference(self.predicted, predicted)
        if atoms is None and self.atoms is self.predicted:
            of_atoms = of_predicted
        else:
            of_atoms = difference(self.atoms, predicted if atoms is None else atoms)
        if of_atoms is None and of_predicted is None:
            return None
        return Change((of_atoms or empty_change(self.atoms),), of_predicted)

    def move(self, segment_map: SegmentMap, change: Change | None) -> Region | None:
        """Change the pixels, and take the labels from another map."""
        table = segment_map.table()
        if change is None and len(table) != self.n_table:
            # Atoms without a pixel came or went: only the counts have to follow.
            unchanged = empty_change(self.atoms)
            change = Change((unchanged,), unchanged)
        if change is not None:
            self._toggle(change, len(table))
        shared = min(self.n_table, len(table))
        same = np.array_equal(self._table[:shared], table[:shared])
        same = same and self._labels.dtype == table.dtype
        self._table = table
        if not same:
            return self._relabel(full_region(self.atoms))
        if change is None or not self.atoms[change.region].size:
            return None
        return self._relabel(change.region)

    def _toggle(self, change: Change, n_table: int) -> None:
        """Do or undo a change of the atoms, and count them."""
        dtype = label_dtype(n_table - 1)
        together = self.atoms is self.predicted and change.is_shared
        region = change.region
        counts = np.zeros(max(n_table, self.n_table), np.int64)
        counts[: self.n_table] = self.atom_counts
        counts -= _count(self.atoms[region], len(counts))
        if change.predicted is not None:
            self.predicted = _toggled(self.predicted, (change.predicted,), dtype)
            self.predicted.flags.writeable = False
        if together:
            self.atoms = self.predicted
        elif self.atoms.flags.writeable and self.atoms.dtype == dtype:
            for one in change.atoms:
                one.toggle(self.atoms)
        else:
            self.atoms = _toggled(self.atoms, change.atoms, dtype)
        counts += _count(self.atoms[region], len(counts))
        self.atom_counts = counts[:n_table]

    def _relabel(self, region: Region) -> Region:
        """Look the labels of a region up again."""
        if self._labels.dtype != self._table.dtype:
            self._labels = np.empty(self._labels.shape, self._table.dtype)
        look_up_into(self._labels[region], self._table, self.atoms[region])
        return region


def _count(atoms: Array, n_table: int) -> NDArray[np.int64]:
    """Count the pixels of each atom."""
    if n_table > 64:
        return np.bincount(atoms.reshape(-1), minlength=n_table)
    # Of few atoms, looking for one after the other is faster.
    counts = [np.count_nonzero(atoms == atom) for atom in range(n_table)]
    return np.array(counts, np.int64)


def _toggled(
    array: Array, changes: tuple[PixelChange, ...], dtype: np.dtype[Any]
) -> Array:
    """Give an array of some type with changes done or undone."""
    changed = array.astype(np.result_type(array, *(one.dtype for one in changes)))
    for one in changes:
        one.toggle(changed)
    return changed.astype(dtype, copy=False)
