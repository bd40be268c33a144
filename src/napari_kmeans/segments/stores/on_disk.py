"""Labels on disk: what is painted is written there at once, and can be undone."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from napari_kmeans.core.lazy.arrays import UncopiedArray, wrap
from napari_kmeans.core.levels import levels_of, map_levels
from napari_kmeans.core.types import Array, Counts
from napari_kmeans.segments.painting import Painted
from napari_kmeans.segments.pixel_change import PixelChange, Region
from napari_kmeans.segments.recipe import Recipe
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.stores.label_store import Change, LabelStore
from napari_kmeans.segments.stores.on_demand import look_up, shapes_of

ON_DISK = (
    "These labels are on disk, where they can only be painted: merge, split and clean "
    "up before you write them."
)


OnPaint = Callable[[Region, Array, Array], None]
"""Takes a region, and its labels before and after."""


class StoredLabels(UncopiedArray):
    """An array on disk, such as a zarr array, that is read and written by index.

    Coarser levels of it follow what is written. If `on_paint` is set, it is called in
    place of writing, and is to call `write`.
    """

    def __init__(self, array: Any, coarser: Sequence[Any] = ()) -> None:
        super().__init__(array)
        self.levels: tuple[Any, ...] = (array, *coarser)  # the finest first
        self.size = int(np.prod(self.shape))
        self.chunks: tuple[int, ...] = tuple(array.chunks)
        self.on_paint: OnPaint | None = None

    def __setitem__(self, index: Any, labels: Any) -> None:
        """Write some of it."""
        region, inside = self._box(index)
        before = self[region]
        after = before.copy()
        after[inside] = labels
        if self.on_paint is None:
            self.write(region, after)
        else:
            self.on_paint(region, before, after)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Read all of it."""
        return np.asarray(self[...], dtype)

    def __deepcopy__(self, _memo: dict[int, Any]) -> Array:
        """Return a copy in memory: what is painted on it is not written to disk."""
        return np.array(self[...])

    @property
    def is_writable(self) -> bool:
        """Whether what is painted can be written."""
        return all(
            not getattr(level, "read_only", False)
            and ((folder := _folder_of(level)) is None or os.access(folder, os.W_OK))
            for level in self.levels
        )

    def write(self, region: Region, labels: Array) -> None:
        """Write a region at all levels, and tell nobody."""
        for level in self.levels:
            # Of an array whose folder is gone, zarr would write blocks all the same.
            folder = _folder_of(level)
            if folder is not None and not folder.is_dir():
                raise FileNotFoundError(
                    f"The labels are no longer in {folder}, so nothing was painted: "
                    "put the folder back, or write the segments again."
                )
        if not self.is_writable:
            raise PermissionError(
                f"The labels in {_folder_of(self._array)} are read-only, so nothing "
                "was painted: allow writing there, or open a copy of the folder."
            )
        self._array[region] = labels
        for coarse in self.levels[1:]:
            self._write_coarse(coarse, region, labels)

    def _write_coarse(self, coarse: Any, region: Region, labels: Array) -> None:
        """Write at a coarser level, whose pixels are those in their middle."""
        boxes, places = [], []
        for box, fine, n in zip(region, self.shape, coarse.shape, strict=True):
            middles = ((np.arange(n) + 0.5) * fine / n).astype(np.intp)
            first, last = np.searchsorted(middles, (box.start, box.stop))
            boxes.append(slice(int(first), int(last)))
            places.append(middles[first:last] - box.start)
        if all(place.size for place in places):
            coarse[tuple(boxes)] = labels[np.ix_(*places)]

    def _box(self, index: Any) -> tuple[Region, Any]:
        """Return the box that holds an index, and the index within the box."""
        index = index if isinstance(index, tuple) else (index,)
        dots = [at for at, one in enumerate(index) if one is Ellipsis]
        at = dots[0] if dots else len(index)
        missing = (slice(None),) * (self.ndim - len(index) + len(dots))
        index = (*index[:at], *missing, *index[at + 1 :])
        boxes: list[slice] = []
        inside: list[Any] = []
        for one, length in zip(index, self.shape, strict=True):
            places = np.arange(length)[one]
            low, high = (places.min(), places.max() + 1) if places.size else (0, 0)
            boxes.append(slice(int(low), int(high)))
            is_slice = isinstance(one, slice)
            inside.append(slice(None, None, one.step) if is_slice else places - low)
        return tuple(boxes), tuple(inside)


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


def _estimated_counts(recipe: Recipe, store: LabelStore) -> Counts:
    """Return the pixels of each atom at the finest level, about if not counted."""
    if store.atom_counts is not None:
        return store.atom_counts
    counts = recipe.atom_counts()
    if not isinstance(store.labels, tuple):
        return counts
    # Perhaps a coarser level was counted.
    n_counted = int(recipe.model.counts.sum()) + recipe.model.n_outside
    factor = store.labels[0].size / max(1, n_counted)
    scaled: Counts = np.rint(counts * factor).astype(np.int64)
    return scaled


def _folder_of(array: Any) -> Path | None:
    """Return the folder of a zarr array; None if it is not in one."""
    root = getattr(getattr(array, "store", None), "root", None)
    return None if root is None else Path(root) / array.path
