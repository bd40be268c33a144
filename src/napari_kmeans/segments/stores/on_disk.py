"""Labels on disk: what is painted is written there at once, and can be undone."""

from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.lazy.arrays import wrap
from napari_kmeans.core.levels import levels_of, map_levels
from napari_kmeans.segments.painting import Painted
from napari_kmeans.segments.pixel_change import Array, PixelChange, Region
from napari_kmeans.segments.recipe import Recipe
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.stores.label_store import Change, LabelStore
from napari_kmeans.segments.stores.on_demand import look_up, shapes_of
from napari_kmeans.segments.stores.stored_labels import StoredLabels

ON_DISK = (
    "These labels are on disk, where they can only be painted: merge, split and clean "
    "up before you write them."
)


class OnDisk(LabelStore):
    """The label of each pixel, on disk; a label stands for one atom of its segment."""

    why_not_editable = ON_DISK
    stored: StoredLabels
    labels: Any = None
    atom_counts: Any = None

    def __init__(
        self, stored: StoredLabels, recipe: Recipe, before: LabelStore
    ) -> None:
        shapes = shapes_of(stored.levels)
        if shapes != shapes_of(levels_of(before.labels)):
            raise ValueError(
                f"The labels on disk have the shapes {list(shapes)} instead of "
                f"{shapes_of(before.labels)}: give those of the same image."
            )
        self.stored = stored
        self.revision = before.revision + 1
        self._map = recipe.map
        self.atom_counts = np.zeros(len(self._map.table), np.int64)
        counts = _estimated_counts(recipe, before)
        np.add.at(self.atom_counts, self._map.first_atoms[self._map.table], counts)
        self.labels = self._read_lazily()

    @property
    def atoms(self) -> Any:
        """An atom of each pixel's segment, as lazily as the labels."""
        first_atoms = self._map.first_atoms
        return map_levels(lambda labels: look_up(first_atoms, labels), self.labels)

    def takes(self, _labels: Any) -> bool:
        """Return False: another run would take the place of what is on disk."""
        return False

    def painting(self, painted: Painted, _segment_map: SegmentMap) -> Change:
        """Return the change that gives pixels the labels that were painted."""
        return Change((PixelChange(painted.region, painted.before ^ painted.after()),))

    def apply(self, segment_map: SegmentMap, change: Change | None) -> Region | None:
        """Do a change on disk, or undo it, and take the segments of a map."""
        before, after = self._map.table, segment_map.table
        shared = min(len(before), len(after))
        if not np.array_equal(before[:shared], after[:shared]):
            raise ValueError(ON_DISK)
        counts = np.zeros(len(after), np.int64)
        counts[:shared] = self.atom_counts[:shared]
        if change is not None:
            more = self._toggle(change, len(segment_map.first_atoms))
            np.add.at(counts, segment_map.first_atoms, more)
            # Of an image that was not counted as a whole, more may go than was counted.
            np.maximum(counts, 0, out=counts)
            self.revision += 1
            # Under another name: what dask has kept of the old one is not true now.
            self.labels = self._read_lazily()
        self._map, self.atom_counts = segment_map, counts
        return None if change is None else change.region

    def _toggle(self, change: Change, n_labels: int) -> Array:
        """Do or undo all of a change or nothing; return how many pixels labels gain."""
        more = np.zeros(n_labels, np.int64)
        replaced: list[tuple[Region, Array]] = []
        try:
            for one in change.pixels:
                pixels = np.array(self.stored[one.region])
                replaced.append((one.region, pixels.copy()))
                more -= _count(pixels, n_labels)
                one.toggle(pixels)
                self.stored.write(one.region, pixels)
                more += _count(pixels, n_labels)
        except BaseException:
            for region, before in reversed(replaced):
                with suppress(Exception):
                    self.stored.write(region, before)
            raise
        return more

    def _read_lazily(self) -> Any:
        """Return the labels as arrays that are read where somebody looks."""
        levels = tuple(wrap(level, level.chunks) for level in self.stored.levels)
        return levels if len(levels) > 1 else levels[0]


def _count(labels: Array, n: int) -> Array:
    """Count the pixels of labels below n."""
    return np.bincount(labels.reshape(-1), minlength=n)[:n]


def _estimated_counts(recipe: Recipe, store: LabelStore) -> NDArray[np.int64]:
    """Return the pixels of each atom at the finest level, about if not counted."""
    if store.atom_counts is not None:
        return store.atom_counts
    counts = recipe.atom_counts()
    if not isinstance(store.labels, tuple):
        return counts
    # Perhaps a coarser level was counted.
    n_counted = int(recipe.model.counts.sum()) + recipe.model.n_outside
    factor = store.labels[0].size / max(1, n_counted)
    scaled: NDArray[np.int64] = np.rint(counts * factor).astype(np.int64)
    return scaled
