"""The pass between the others: cells of bounded number, with exact counts and means.

The grid is as fine as memory allows: it starts very fine, only cells that have a pixel
are kept, and whenever there are too many, cells are merged in pairs. Along each axis
they are equal boxes up to three standard deviations from the mean; beyond, they grow
with the distance up to the farthest pixel, so outliers get cells of their own without
making the grid coarser for the rest.
"""

from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.grid import Points, bend, halvings
from napari_kmeans.core.histogram import run_starts
from napari_kmeans.core.lazy.passes import Moments
from napari_kmeans.core.lazy.pixels import LazyPixels, windows
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.types import Array, Floats

MOST_CELLS = 1 << 16
MOST_BYTES = 1 << 22
"""The maximum number of cells, and of bytes of their counts and sums."""
AT_ONCE = 2
"""Windows of pixels whose cells are merged at once."""
AXIS_BITS = 16
KEY_BITS = 60
"""The maximum base-2 logarithms of the boxes along an axis, and of all cells."""


@dataclass(frozen=True, eq=False)
class Grid:
    """The layout of the cells.

    A cell's number has one bit for each halving of the space, the first one highest:
    dropping the lowest bit merges the cells of the last halving.
    """

    mean: Floats  # (n_axes,): of the pixels
    spread: Floats
    first: Floats  # (n_axes,): where the first box begins, on the bent axis
    per_unit: Floats  # (n_axes,): boxes in a unit of the bent axis
    halvings: tuple[int, ...]  # the axis of each halving

    @classmethod
    def of(cls, moments: Moments, weight: Floats) -> "Grid":
        """Lay a grid over the pixels, given the weight of each axis."""
        spread = np.where(moments.spread > 0, moments.spread, 1.0)
        low = moments.low - _rounding(moments.low)
        high = moments.high + _rounding(moments.high)
        first = bend((low - moments.mean) / spread)
        length = bend((high - moments.mean) / spread) - first
        axes = halvings(length * moments.spread * weight, KEY_BITS, AXIS_BITS)
        boxes = 2.0 ** np.bincount(axes, minlength=len(weight))
        per_unit = np.where(length > 0, boxes / np.where(length > 0, length, 1), 0.0)
        return cls(moments.mean, spread, first, per_unit, tuple(axes))

    def cell_of_each(self, features: Floats) -> Array:
        """Return the number (M,) of the cell that each point (n_axes, M) is in."""
        cells = np.zeros(features.shape[1], np.int64)
        for axis, table in _bits_of_boxes(self.halvings).items():
            position = features[axis] - self.mean[axis]
            position /= self.spread[axis]
            position = bend(position) - self.first[axis]
            position *= self.per_unit[axis]
            np.clip(position, 0, len(table) - 1, out=position)
            cells |= table[position.astype(np.intp)]
        return cells


def _rounding(limits: Floats) -> Floats:
    """Return the rounding error of limits, which 64-bit integers can have."""
    return np.where(np.abs(limits) < 2**53, 0.0, np.spacing(np.abs(limits)))


@cache
def _bits_of_boxes(halvings: tuple[int, ...]) -> dict[int, Array]:
    """Return, for each axis, the bits that each box contributes to the cell number."""
    tables = {axis: np.zeros(1 << halvings.count(axis), np.int64) for axis in halvings}
    n_done = dict.fromkeys(halvings, 0)
    for place, axis in enumerate(reversed(halvings)):
        boxes = np.arange(len(tables[axis]))
        tables[axis] |= (boxes >> n_done[axis] & 1) << place
        n_done[axis] += 1
    return tables


@dataclass(frozen=True, eq=False)
class _Part:
    """The occupied cells of a part of the image."""

    cells: Array  # (M,): their numbers, ascending
    sums: Floats  # (1 + n_axes, M): their counts, and the sums of each axis
    dropped: int = 0  # how many bits have been dropped from the numbers

    def coarser(self, dropped: int) -> "_Part":
        """Merge cells until this many bits have been dropped."""
        if dropped == self.dropped:
            return self
        cells = self.cells >> (dropped - self.dropped)
        starts = run_starts(cells)
        sums = np.add.reduceat(self.sums, starts, axis=1) if len(starts) else self.sums
        return _Part(cells[starts], sums, dropped)

    def bounded(self) -> "_Part":
        """Merge cells until they fit into the limits."""
        most = min(MOST_CELLS, MOST_BYTES // (8 * len(self.sums)))
        if len(self.cells) <= most:
            return self
        # Two neighbours stay apart until their highest differing bit is dropped.
        differing = self.cells[1:] ^ self.cells[:-1]
        n_apart = np.bincount(np.frexp(differing.astype(np.float64))[1], minlength=1)
        n_cells = 1 + np.cumsum([0, *n_apart[:0:-1]])[::-1]  # with 0, 1, 2... dropped
        return self.coarser(self.dropped + int(np.argmax(n_cells <= most)))


def group_into_cells(
    pixels: LazyPixels, space: FeatureSpace, grids: list[Grid]
) -> Steps[list[Points]]:
    """Group the pixels of an image into the cells of grids, chunk by chunk."""
    totals: list[_Part] = []

    def take(parts: list[_Part]) -> None:
        totals[:] = _merge_each([totals, parts] if totals else [parts])

    work = partial(_group, space=space, grids=grids)
    yield from pixels.for_each_chunk(work, _merge_each, take, "Grouping the pixels")
    return [Points(total.sums[1:] / total.sums[0], total.sums[0]) for total in totals]


def _group(pixels: Pixels, *, space: FeatureSpace, grids: list[Grid]) -> list[_Part]:
    """Group the pixels of one chunk into the cells of each grid."""
    parts: list[list[_Part]] = []
    for values in windows(pixels):
        features = space.features(values)
        rows = np.stack([np.ones(len(values)), *features])
        # No finer than what they are merged with: there is less to sort.
        dropped = [part.dropped for part in parts[0]] if parts else [0] * len(grids)
        parts.append(
            [
                _sum_equal(grid.cell_of_each(features) >> bits, rows, bits)
                for grid, bits in zip(grids, dropped, strict=True)
            ]
        )
        if len(parts) > AT_ONCE:
            parts = [_merge_each(parts)]
    return _merge_each(parts)


def _merge_each(parts: list[list[_Part]]) -> list[_Part]:
    """Merge the cells of some parts, in their order, for each grid."""
    return [_merge(list(of_grid)) for of_grid in zip(*parts, strict=True)]


def _merge(parts: list[_Part]) -> _Part:
    """Merge the cells of some parts, in their order."""
    if len(parts) == 1:
        return parts[0]
    dropped = max(part.dropped for part in parts)
    parts = [part.coarser(dropped) for part in parts]
    cells = np.concatenate([part.cells for part in parts])
    sums = np.concatenate([part.sums for part in parts], axis=1)
    return _sum_equal(cells, sums, dropped).bounded()


def _sum_equal(cells: Array, sums: Floats, dropped: int = 0) -> _Part:
    """Sum the columns of equal cells, each in its order."""
    if not len(cells):
        return _Part(cells, sums, dropped)
    # `order` says where each sorted number came from; `place`, its inverse, gives the
    # run of each column, so that columns are added up in the order they came in.
    ordered, order = _sorted(cells)
    starts = run_starts(ordered)
    first = np.zeros(len(cells), np.intp)
    first[starts[1:]] = 1
    place = np.empty(len(cells), np.intp)
    place[order] = first.cumsum()
    totals = np.empty((len(sums), len(starts)))
    for row, total in zip(sums, totals, strict=True):
        total[:] = np.bincount(place, row, len(starts))
    return _Part(ordered[starts], totals, dropped)


def _sorted(cells: Array) -> tuple[Array, Array]:
    """Sort numbers and return their original positions."""
    # Sorted with the positions in the lowest bits: many times faster than arg-sort.
    bits = len(cells).bit_length()
    if int(cells.max()).bit_length() + bits > 63:
        order = np.argsort(cells, kind="stable")
        return cells[order], order
    placed = cells << bits | np.arange(len(cells))
    placed.sort()
    return placed >> bits, placed & ((1 << bits) - 1)
