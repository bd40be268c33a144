"""Count the pixels of each segment in every slice along an axis."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.levels import levels_of
from napari_kmeans.core.progress import Progress, Steps
from napari_kmeans.segments.pixel_change import Region
from napari_kmeans.segments.segment_map import SegmentMap

Array = NDArray[Any]

PHASE = "Counting slice by slice"
AT_ONCE = 32
"""Blocks of a lazy array counted at once, on threads."""
FEW, MANY = 1 << 14, 64
"""Pixels up to which, and atoms from which on, one pass that counts all is faster."""


@dataclass(frozen=True, eq=False)
class SliceCounts:
    """The pixels of each atom in every slice along an axis.

    Atoms are counted rather than segments, so that merging needs no recount.
    """

    axis: int
    atoms: NDArray[np.int64]  # (n_slices, n_atoms + 1); column 0: in no segment

    def of_segments(self, segment_map: SegmentMap) -> NDArray[np.int64]:
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

    def _padded(self, n_atoms: int) -> NDArray[np.int64]:
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
    else:
        yield from _add_blocks(counts, finest, axis)
    return SliceCounts(axis, counts)


def _add_blocks(counts: NDArray[np.int64], atoms: Any, axis: int) -> Steps[None]:
    """Count a lazy array some blocks at a time."""
    n_table = counts.shape[1]
    chunks: list[tuple[int, ...]] = [(1,) * n for n in atoms.numblocks]
    chunks[axis] = atoms.chunks[axis]
    counted = atoms.map_blocks(
        _count_block,
        n_table=n_table,
        axis=axis,
        new_axis=atoms.ndim,
        chunks=(*chunks, (n_table,)),
        dtype=np.int64,
        meta=np.empty((0,) * (atoms.ndim + 1), np.int64),
    )
    starts = np.cumsum([0, *atoms.chunks[axis]]).tolist()
    others = tuple(at for at in range(atoms.ndim) if at != axis)
    done, total = 0, prod(atoms.numblocks)
    for blocks in _batches(atoms.numblocks, axis):
        added = np.asarray(counted.blocks[blocks]).sum(axis=others)
        first = starts[blocks[axis].start]
        counts[first : first + len(added)] += added
        done += prod(block.stop - block.start for block in blocks)
        yield Progress(PHASE, done / total)


def _batches(n_blocks: tuple[int, ...], axis: int) -> Iterator[Region]:
    """Yield regions of blocks, each of some blocks and of one along the axis."""
    sizes, left = [1] * len(n_blocks), AT_ONCE
    for at in reversed(range(len(n_blocks))):
        if at != axis:
            sizes[at] = max(1, min(left, n_blocks[at]))
            left //= sizes[at]
    starts = map(range, (0,) * len(n_blocks), n_blocks, sizes)
    for corner in product(*starts):
        ends = zip(corner, sizes, n_blocks, strict=True)
        yield tuple(slice(at, min(at + size, n)) for at, size, n in ends)


def _count_block(atoms: Array, n_table: int, axis: int) -> NDArray[np.int64]:
    """Count a block slice by slice: of shape (1, ..., n_slices, ..., 1, n_table)."""
    shape = [1] * atoms.ndim
    shape[axis] = atoms.shape[axis]
    along = np.moveaxis(atoms, axis, 0)
    counts = [count_atoms(one, n_table) for one in along]
    return np.array(counts, np.int64).reshape(*shape, n_table)


def count_atoms(atoms: Array, n_table: int) -> NDArray[np.int64]:
    """Count the pixels of each atom. Shape of the result: (n_table,)."""
    if atoms.size < FEW or n_table > MANY:
        return np.bincount(atoms.reshape(-1), minlength=n_table)
    # Of few atoms, looking for one after the other is faster.
    counts = [np.count_nonzero(atoms == atom) for atom in range(n_table)]
    return np.array(counts, np.int64)
