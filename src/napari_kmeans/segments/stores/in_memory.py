"""Pixels in memory: what was predicted, what was painted, the labels of both."""

from collections.abc import Callable
from typing import Any

import numpy as np

from napari_kmeans.core.labelling import label_dtype
from napari_kmeans.core.progress import Steps, finish, for_each_block
from napari_kmeans.core.types import Array, Flags
from napari_kmeans.segments.painting import Painted, atoms_of
from napari_kmeans.segments.pixel_change import (
    PixelChange,
    Region,
    difference,
    empty_change,
    full_region,
)
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.statistics import count_atoms
from napari_kmeans.segments.stores.label_store import Change, LabelStore

BLOCK = 1 << 18
"""Pixels whose labels are looked up at once: numpy converts them to 8-byte indices."""


class InMemory(LabelStore):
    """The atom and the label of each pixel: labels = table[atoms]."""

    why_not_editable = None
    atom_counts: Any = None

    def __init__(self, predicted: Array, segment_map: SegmentMap) -> None:
        self.revision = 0
        self._table = segment_map.table
        dtype = label_dtype(segment_map.n_atoms)
        # One array as long as nothing was painted: `atoms is predicted`.
        self._predicted = _read_only(predicted.astype(dtype, copy=False))
        self._atoms = self._predicted
        self.atom_counts = count_atoms(self._atoms, len(self._table))
        self._labels = np.empty(self._atoms.shape, self._table.dtype)
        self._look_up(full_region(self._atoms))

    @property
    def labels(self) -> Array:
        """The label value of each pixel, to be read only."""
        return _read_only(self._labels)

    @property
    def atoms(self) -> Array:
        """The atom of each pixel, to be read only."""
        return _read_only(self._atoms)

    def takes(self, labels: Any) -> bool:
        """Whether labels are in memory too, and of the same shape."""
        return isinstance(labels, np.ndarray) and labels.shape == self._labels.shape

    def edited(self) -> Flags | None:
        """Return which pixels are not as predicted; None if all are."""
        if self._atoms is self._predicted:
            return None
        edited: Flags = self._atoms != self._predicted
        return edited if edited.any() else None

    def painting(self, painted: Painted, segment_map: SegmentMap) -> Change:
        """Return the change that gives pixels the labels that were painted."""
        region, index = painted.region, painted.index
        dtype = label_dtype(segment_map.n_atoms)
        old = self._atoms[region].astype(dtype, copy=False)
        new = old.copy()
        predicted = self._predicted[region].reshape(-1)[index]
        new.reshape(-1)[index] = atoms_of(painted.labels, predicted, segment_map)
        return Change((PixelChange(region, old ^ new),))

    def splitting(
        self, pieces: Callable[[Array], Steps[Array]]
    ) -> Steps[Change | None]:
        """Find the change to atoms of which some are in pieces."""
        atoms, predicted = None, (yield from pieces(self._predicted))
        if self._atoms is not self._predicted:
            atoms = yield from pieces(self._atoms)
        return self._changing_to(predicted, atoms)

    def replacing(
        self,
        predicted: Array,
        edited: Flags | None,
        labels: Array | None,
        segment_map: SegmentMap,
    ) -> Change | None:
        """Return the change to another prediction that gives edited pixels labels."""
        atoms = None
        if edited is not None and labels is not None:
            atoms = predicted.astype(label_dtype(segment_map.n_atoms))
            atoms[edited] = atoms_of(labels, predicted[edited], segment_map)
        return self._changing_to(predicted, atoms)

    def _changing_to(self, predicted: Array, atoms: Array | None) -> Change | None:
        """Return the change to other arrays; atoms are None if nothing is painted."""
        of_predicted = difference(self._predicted, predicted)
        if atoms is None and self._atoms is self._predicted:
            of_atoms = of_predicted
        else:
            of_atoms = difference(self._atoms, predicted if atoms is None else atoms)
        if of_atoms is None and of_predicted is None:
            return None
        return Change((of_atoms or empty_change(self._atoms),), of_predicted)

    def apply(self, segment_map: SegmentMap, change: Change | None) -> Region | None:
        """Do a change of the atoms, or undo it, and look the labels of a map up."""
        before, self._table = self._table, segment_map.table
        self.revision += change is not None
        if change is None and len(before) != len(self._table):
            # Atoms without a pixel came or went: only the counts have to follow.
            unchanged = empty_change(self._atoms)
            change = Change((unchanged,), unchanged)
        if change is not None:
            self._toggle(change)
        shared = min(len(before), len(self._table))
        if self._labels.dtype != self._table.dtype or not np.array_equal(
            before[:shared], self._table[:shared]
        ):
            return self._look_up(full_region(self._atoms))
        if change is None or not self._atoms[change.region].size:
            return None
        return self._look_up(change.region)

    def _toggle(self, change: Change) -> None:
        """Do or undo a change of the atoms, and count them."""
        n_table = len(self._table)
        dtype = label_dtype(n_table - 1)
        is_together = (
            self._atoms is self._predicted and change.pixels[0] is change.predicted
        )
        region = change.region
        counts = np.pad(self.atom_counts, (0, max(0, n_table - len(self.atom_counts))))
        counts -= count_atoms(self._atoms[region], len(counts))
        if change.predicted is not None:
            toggled = _toggled(self._predicted, (change.predicted,), dtype)
            self._predicted = _read_only(toggled)
        if is_together:
            self._atoms = self._predicted
        elif self._atoms.flags.writeable and self._atoms.dtype == dtype:
            for one in change.pixels:
                one.toggle(self._atoms[one.region])
        else:
            self._atoms = _toggled(self._atoms, change.pixels, dtype)
        counts += count_atoms(self._atoms[region], len(counts))
        self.atom_counts = counts[:n_table]

    def _look_up(self, region: Region) -> Region:
        """Look up the labels of a region again, in place, in blocks, on threads."""
        if self._labels.dtype != self._table.dtype:
            self._labels = np.empty(self._labels.shape, self._table.dtype)
        labels, atoms = self._labels[region], self._atoms[region]

        def look_up(rows: slice) -> None:
            # "clip" lets numpy write straight into the labels.
            np.take(self._table, atoms[rows], out=labels[rows], mode="clip")

        in_a_row = max(1, atoms.size // max(1, len(atoms)))
        size = max(1, BLOCK // in_a_row)
        finish(for_each_block(look_up, len(atoms), "Looking up the labels", size))
        return region


def _toggled(
    array: Array, changes: tuple[PixelChange, ...], dtype: np.dtype[Any]
) -> Array:
    """Return an array of some type with changes done or undone."""
    changed = array.astype(np.result_type(array, *(one.dtype for one in changes)))
    for one in changes:
        one.toggle(changed[one.region])
    return changed.astype(dtype, copy=False)


def _read_only(array: Array) -> Array:
    """Return a view that cannot be written to."""
    view: Array = array.view()
    view.flags.writeable = False
    return view
