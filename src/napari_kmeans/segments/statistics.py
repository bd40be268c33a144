"""What can be counted and measured of segments, their slices and their objects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np
from skimage.measure import label, regionprops_table

from napari_kmeans.core.lazy.chunks import Chunk, ChunkTasks
from napari_kmeans.core.levels import levels_of
from napari_kmeans.core.progress import Progress, Steps
from napari_kmeans.core.types import Array, Counts
from napari_kmeans.segments.pixel_change import Region
from napari_kmeans.segments.segment_map import SegmentMap

PHASE = "Counting slice by slice"
FEW, MANY = 1 << 14, 64
"""Pixels up to which, and atoms from which on, one pass that counts all is faster."""
CHUNK = 1 << 20
"""Pixels that are summed at once."""


def percentages(
    segment_map: SegmentMap, counts: Mapping[int, int]
) -> dict[int, float | None]:
    """Return the share of the pixels not ignored; None for an ignored segment."""
    total = sum(counts[s.value] for s in segment_map if not s.ignored) or 1
    return {
        s.value: None if s.ignored else 100 * counts[s.value] / total
        for s in segment_map
    }


def mean_values(labels: Array, image: Array) -> dict[int, tuple[float, ...]]:
    """Return the mean of each label's pixels."""
    flat = labels.reshape(-1)
    values = image.reshape(flat.size, -1)
    size = int(flat.max()) + 1
    sums = np.zeros((values.shape[1], size))
    counts = np.zeros_like(sums)
    for start in range(0, flat.size, CHUNK):
        block = slice(start, start + CHUNK)
        for channel, one in enumerate(values[block].T.astype(np.float64)):
            finite = np.isfinite(one)
            numbers = flat[block][finite]
            sums[channel] += np.bincount(numbers, one[finite], size)
            counts[channel] += np.bincount(numbers, minlength=size)
    with np.errstate(invalid="ignore"):
        means = (sums / counts).T.tolist()
    present = np.flatnonzero(np.bincount(flat))
    return {value: tuple(means[value]) for value in present.tolist()}


def count_objects(labels: Array) -> dict[int, int]:
    """Count the objects of each label, all in one pass."""
    objects = label(labels, background=0)
    owners = np.zeros(int(objects.max(initial=0)) + 1, labels.dtype)
    owners[objects] = labels  # any pixel of an object tells whose it is
    values, counts = np.unique(owners[1:], return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def find_objects(labels: Array, value: int) -> Array:
    """Label the objects of a segment: its connected components."""
    objects: Array = label(labels == value).astype(np.int32, copy=False)
    return objects


def measure_objects(
    objects: Array, image: Array | None = None, spacing: Sequence[float] | None = None
) -> dict[str, Array]:
    """Measure every object."""
    sizes = tuple(float(size) for size in spacing or (1.0,) * objects.ndim)
    properties = ["label", "area", "centroid"]
    if objects.ndim == 2 and sizes[0] == sizes[1]:
        properties.append("perimeter")
    if image is not None:
        properties.append("intensity_mean")
    table: dict[str, Array] = regionprops_table(
        objects, image, properties=properties, spacing=sizes
    )
    return table


@dataclass(frozen=True, eq=False)
class SliceCounts:
    """The pixels of each atom in every slice: merging atoms needs no recount."""

    axis: int
    atoms: Counts  # (n_slices, n_atoms + 1); column 0: in no segment

    def of_segments(self, segment_map: SegmentMap) -> Counts:
        """Return the pixels of each segment, (n_slices, n_segments)."""
        atoms = self._padded(segment_map.n_atoms)
        columns = [atoms[:, list(segment.atoms)].sum(axis=1) for segment in segment_map]
        return np.stack(columns, axis=1)

    def recounted(self, atoms: Array, n_atoms: int, region: Region) -> Self:
        """Count the slices of a region again."""
        slices = region[self.axis]
        counts = self._padded(n_atoms)
        along = np.moveaxis(atoms, self.axis, 0)[slices]
        counts[slices] = [count_atoms(one, counts.shape[1]) for one in along]
        return replace(self, atoms=counts)

    def _padded(self, n_atoms: int) -> Counts:
        """Return a copy of the counts with columns for atoms that are new."""
        n_missing = max(0, n_atoms + 1 - self.atoms.shape[1])
        return np.pad(self.atoms, ((0, 0), (0, n_missing)))


def count_slices(atoms: Any, n_atoms: int, axis: int) -> Steps[SliceCounts]:
    """Count the pixels of each atom in every slice, step by step."""
    finest = levels_of(atoms)[0]
    counts = np.zeros((finest.shape[axis], n_atoms + 1), np.int64)
    if isinstance(finest, np.ndarray):
        along = np.moveaxis(finest, axis, 0)
        for number, one in enumerate(along):
            counts[number] = count_atoms(one, n_atoms + 1)
            yield Progress(PHASE, (number + 1) / len(along))
        return SliceCounts(axis, counts)

    def add(counted: list[tuple[slice, Counts]]) -> None:
        for slices, added in counted:
            counts[slices] += added

    count = partial(_count_chunk, n_table=n_atoms + 1, axis=axis)
    yield from ChunkTasks([finest], None).run(count, list, add, PHASE)
    yield Progress(PHASE, 1.0)
    return SliceCounts(axis, counts)


def _count_chunk(
    chunk: Chunk, atoms: Array, *, n_table: int, axis: int
) -> tuple[slice, Counts]:
    """Count a chunk slice by slice: which slices, and of shape (n_slices, n_table)."""
    along = np.moveaxis(atoms, axis, 0)
    counts = [count_atoms(one, n_table) for one in along]
    return chunk.ranges[axis], np.array(counts)


def count_atoms(atoms: Array, n_table: int) -> Counts:
    """Count the pixels of each atom. Shape of the result: (n_table,)."""
    if atoms.size < FEW or n_table > MANY:
        return np.bincount(atoms.reshape(-1), minlength=n_table)
    # Of few atoms, looking for one after the other is faster.
    counts = [np.count_nonzero(atoms == atom) for atom in range(n_table)]
    return np.array(counts, np.int64)
