"""Points binned in the cells of a grid, each with its exact count and mean."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from napari_kmeans.core.histogram import run_starts
from napari_kmeans.core.progress import BLOCK, Progress, Steps, for_each_block
from napari_kmeans.core.types import Array, Floats, Indices

PHASE = "Grouping the pixels"
SUM_BLOCK = 1 << 20
"""Points summed between two reports."""
CORE = 3.0
"""Standard deviations up to which boxes have equal size."""
POINTS_PER_CELL = 6
"""With fewer on average, a grid is hardly faster than the points."""
MOST_TRACED = 1 << 20
"""Of more points, it would take too much memory to keep the cell of each."""
TAIL = 8.0
"""An axis with points further than this many standard deviations has a long tail."""


@dataclass(frozen=True, eq=False)
class Points:
    """Points in the feature space, weighted by their numbers of pixels."""

    features: Array  # (C, M): the points, one row for each axis
    counts: Floats  # (M,): how many pixels each point stands for

    def __len__(self) -> int:
        return int(self.features.shape[1])

    def sum_of_squares(self) -> float:
        """Return the sum over the pixels of their squared length."""
        squares = np.einsum("cm,cm->m", self.features, self.features)
        return float(np.einsum("m,m->", squares, self.counts))


@dataclass(frozen=True, eq=False)
class Grids:
    """Ever larger cells of points."""

    levels: list[Points]  # fine to coarse
    # (M,): the cell of the finest level that each point is in; None if there are many
    cell_of_each: Indices | None


def moments(points: Points) -> tuple[Floats, Floats]:
    """Return the mean and the variance of each axis."""
    # Without BLAS, which would start threads.
    weigh = partial(np.einsum, "cm,m->c", dtype=np.float64)
    total = points.counts.sum()
    mean = weigh(points.features, points.counts) / total
    variance = np.zeros(len(mean))
    for start in range(0, len(points), BLOCK):
        block = slice(start, start + BLOCK)
        deviations = points.features[:, block] - mean[:, np.newaxis]
        deviations *= deviations
        variance += weigh(deviations, points.counts[block])
    return mean, variance / total


def coarsen(points: Points, n_bits: int, fewest_bits: int) -> Steps[Grids]:
    """Bin points in at most 2**n_bits cells, and these in ever larger ones.

    The cells are equal boxes up to three standard deviations from the mean; points
    further out belong to the outermost, or to boxes that grow with the distance on an
    axis with a long tail, where few values may dominate the inertia.
    """
    axes = _axes(points, n_bits)
    cells = np.zeros(len(points), np.intp)

    def find_cells(block: slice) -> None:
        for axis, feature in zip(axes, points.features[:, block], strict=True):
            if len(axis.place) > 1 and axis.high > axis.low:
                cells[block] |= axis.place.take(axis.box_of_each(feature))

    yield from for_each_block(find_cells, len(points), PHASE)
    totals = np.zeros((1 + len(axes), 1 << n_bits))
    for start in range(0, len(points), SUM_BLOCK):
        yield Progress(PHASE, 1.0)
        block = slice(start, start + SUM_BLOCK)
        counts = points.counts[block]
        weighted = (feature * counts for feature in points.features[:, block])
        for axis, weight in enumerate((counts, *weighted)):
            totals[axis] += np.bincount(cells[block], weight, 1 << n_bits)
    boxes = np.flatnonzero(totals[0])
    totals = totals.take(boxes, axis=1)
    n_halvings = n_bits - fewest_bits
    n_skipped = 0
    while POINTS_PER_CELL * len(boxes) > len(points) and n_skipped < n_halvings:
        boxes, totals = _join_halves(boxes, totals)
        n_skipped += 1
    of_each = None
    if len(points) <= MOST_TRACED:
        rank = np.zeros(1 << n_bits - n_skipped, np.intp)
        rank[boxes] = np.arange(len(boxes))
        of_each = rank.take(cells >> n_skipped)
    levels = [Points(totals[1:] / totals[0], totals[0])]
    for _ in range(n_skipped, n_halvings):
        boxes, totals = _join_halves(boxes, totals)
        levels.append(Points(totals[1:] / totals[0], totals[0]))
    return Grids(levels, of_each)


def _join_halves(boxes: Indices, totals: Floats) -> tuple[Indices, Floats]:
    """Return larger boxes, whose halves have numbers that follow each other."""
    larger = boxes >> 1
    first = run_starts(larger)
    return larger[first], np.add.reduceat(totals, first, axis=1)


@dataclass(frozen=True)
class _Axis:
    """Equal boxes along an axis."""

    place: Indices  # the bits of each box in the number of a cell
    low: np.float64  # where the first one begins and the last one ends
    high: np.float64
    unbent: tuple[np.float64, np.float64] | None = None  # mean and spread, if bent

    def box_of_each(self, feature: Array) -> Indices:
        """Return the number of the box that each point is in."""
        if self.unbent is not None:
            mean, spread = self.unbent
            feature = bend((feature - mean) / spread)
        n_boxes = len(self.place)
        position = feature - self.low
        position *= n_boxes / (self.high - self.low)
        np.clip(position, 0, n_boxes - 1, out=position)
        return position.astype(np.intp)


def _axes(points: Points, n_bits: int) -> list[_Axis]:
    """Lay the boxes of a grid along the axes."""
    mean, variance = moments(points)
    spread = np.sqrt(variance)
    least = points.features.min(axis=1).astype(np.float64)
    most = points.features.max(axis=1).astype(np.float64)
    low = np.maximum(least, mean - CORE * spread)
    high = np.minimum(most, mean + CORE * spread)
    has_tail = np.maximum(most - mean, mean - least) > TAIL * spread
    axes = []
    order = np.array(halvings(spread, n_bits), np.intp)
    for axis in range(len(spread)):
        # The bits of the axes alternate as they are halved, the first one the highest:
        # the two halves of each larger cell have numbers that follow each other.
        ranks = n_bits - 1 - np.flatnonzero(order == axis)[::-1]
        boxes = np.arange(1 << len(ranks))
        place = sum(
            ((boxes >> bit & 1) << rank for bit, rank in enumerate(ranks)), 0 * boxes
        )
        if has_tail[axis] and spread[axis] > 0:
            limits = np.array([least[axis], most[axis]])
            ends = bend((limits - mean[axis]) / spread[axis])
            axes.append(_Axis(place, ends[0], ends[1], (mean[axis], spread[axis])))
        else:
            axes.append(_Axis(place, low[axis], high[axis]))
    return axes


def halvings(lengths: Floats, n_all: int, n_axis: int | None = None) -> list[int]:
    """Return the axes along which the longest boxes are halved, so often at most."""
    lengths = lengths.copy()
    axes: list[int] = []
    while lengths.any() and len(axes) < n_all:
        longest = int(lengths.argmax())
        axes.append(longest)
        lengths[longest] = 0 if axes.count(longest) == n_axis else lengths[longest] / 2
    return axes


def bend(deviations: Floats) -> Floats:
    """Compress an axis logarithmically beyond three standard deviations."""
    far = np.abs(deviations) > CORE
    if not far.any():
        return deviations
    bent = deviations.copy()
    beyond = np.log1p(np.abs(deviations[far]) - CORE)
    bent[far] = np.copysign(CORE + beyond, deviations[far])
    return bent
