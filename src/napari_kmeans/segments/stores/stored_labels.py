"""Labels on disk as an array that can be painted on: whoever listens is told."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from napari_kmeans.segments.pixel_change import Array, Region

OnPaint = Callable[[Region, Array, Array], None]
"""Takes a region, and its labels before and after."""


class StoredLabels:
    """An array on disk, such as a zarr array, that is read and written by index.

    Coarser levels of it follow what is written. If `on_paint` is set, it is called in
    place of writing, and is to call `write`.
    """

    def __init__(self, array: Any, coarser: Sequence[Any] = ()) -> None:
        self._array = array
        self.levels: tuple[Any, ...] = (array, *coarser)  # the finest first
        self.shape: tuple[int, ...] = tuple(array.shape)
        self.dtype: np.dtype[Any] = np.dtype(array.dtype)
        self.ndim = len(self.shape)
        self.size = int(np.prod(self.shape))
        self.chunks: tuple[int, ...] = tuple(array.chunks)
        self.on_paint: OnPaint | None = None

    def __getitem__(self, index: Any) -> Array:
        """Read some of it."""
        return np.asarray(self._array[index])

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


def _folder_of(array: Any) -> Path | None:
    """Return the folder of a zarr array; None if it is not in one."""
    root = getattr(getattr(array, "store", None), "root", None)
    return None if root is None else Path(root) / array.path
