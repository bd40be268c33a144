"""Pixels in memory: what was predicted, what was painted, the labels of both."""

from collections.abc import Callable
from typing import Any

import numpy as np

from napari_kmeans.core.labelling import label_dtype
from napari_kmeans.core.progress import Steps, finish, for_each_block
from napari_kmeans.core.types import Array, Counts, Flags
from napari_kmeans.segments.painting import Painted, atoms_of
from napari_kmeans.segments.pixel_change import PixelChange, Region, full_region
from napari_kmeans.segments.replacement import Replacement
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
    ) -> Steps[Replacement | None]:
        """Find the change to atoms of which some are in pieces."""
        before, after = self._predicted, (yield from pieces(self._predicted))
        is_painted = self._atoms is not before
        atoms = (yield from pieces(self._atoms)) if is_painted else after
        return self._changing_to(after, atoms)

    def replacing(
        self,
        predicted: Array,
        edited: Flags | None,
        labels: Array | None,
        segment_map: SegmentMap,
    ) -> Replacement | None:
        """Return the change to another prediction that gives edited pixels labels."""
        predicted = predicted.astype(label_dtype(segment_map.n_atoms), copy=False)
        atoms = predicted
        if edited is not None and labels is not None:
            atoms = predicted.copy()
            atoms[edited] = atoms_of(labels, predicted[edited], segment_map)
        return self._changing_to(predicted, atoms)

    def _changing_to(self, predicted: Array, atoms: Array) -> Replacement | None:
        """Return the change to other arrays; None if they are the same."""
        if np.array_equal(self._predicted, predicted) and (
            np.array_equal(self._atoms, atoms)
        ):
            return None
        return Replacement(predicted, atoms)

    def apply(
        self, segment_map: SegmentMap, change: Change | Replacement | None
    ) -> Region | None:
        """Do a change of the atoms, or undo it, and look the labels of a map up."""
        before, self._table = self._table, segment_map.table
        self.revision += change is not None
        if isinstance(change, Replacement):
            self._swap(change)
        elif change is not None:
            self._toggle(change)
        self.atom_counts = _of_length(self.atom_counts, len(self._table))
        shared = min(len(before), len(self._table))
        if (
            isinstance(change, Replacement)
            or self._labels.dtype != self._table.dtype
            or not np.array_equal(before[:shared], self._table[:shared])
        ):
            return self._look_up(full_region(self._atoms))
        return None if change is None else self._look_up(change.region)

    def _swap(self, change: Replacement) -> None:
        """Exchange all pixels for those of another state."""
        predicted, atoms, counts = change.swap(
            self._predicted, self._atoms, self.atom_counts
        )
        if counts is None:
            counts = count_atoms(atoms, len(self._table))
        self._predicted = _read_only(predicted)
        self._atoms = self._predicted if atoms is predicted else atoms
        self.atom_counts = counts

    def _toggle(self, change: Change) -> None:
        """Paint, or take it back, and count the atoms."""
        region, dtype = change.region, label_dtype(len(self._table) - 1)
        n_atoms = max(len(self.atom_counts), len(self._table))  # before, or after
        counts = _of_length(self.atom_counts, n_atoms)
        counts -= count_atoms(self._atoms[region], n_atoms)
        if not self._atoms.flags.writeable or self._atoms.dtype != dtype:
            # A smaller type comes only where what needed the larger one goes.
            dtypes = (dtype, *(one.dtype for one in change.pixels))
            self._atoms = self._atoms.astype(np.result_type(self._atoms, *dtypes))
        for one in change.pixels:
            one.toggle(self._atoms[one.region])
        self._atoms = self._atoms.astype(dtype, copy=False)
        self.atom_counts = counts + count_atoms(self._atoms[region], n_atoms)

    def _look_up(self, region: Region) -> Region:
        """Look up the labels of a region again, in place, in blocks, on threads."""
        if self._labels.dtype != self._table.dtype:
            self._labels = np.empty(self._labels.shape, self._table.dtype)
        labels, atoms = self._labels[region], self._atoms[region]
        if np.array_equal(self._table, np.arange(len(self._table))):
            np.copyto(labels, atoms)  # as after each run: ten times as fast
            return region

        def look_up(rows: slice) -> None:
            # "clip" lets numpy write straight into the labels.
            np.take(self._table, atoms[rows], out=labels[rows], mode="clip")

        in_a_row = max(1, atoms.size // max(1, len(atoms)))
        size = max(1, BLOCK // in_a_row)
        finish(for_each_block(look_up, len(atoms), "Looking up the labels", size))
        return region


def _of_length(counts: Counts, n_table: int) -> Counts:
    """Return counts without atoms that went, and with 0 for those that came."""
    return np.pad(counts[:n_table], (0, max(0, n_table - len(counts))))


def _read_only(array: Array) -> Array:
    """Return a view that cannot be written to."""
    view: Array = array.view()
    view.flags.writeable = False
    return view
