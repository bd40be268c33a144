"""How many pixels of each part of an image have each value."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from napari_kmeans.core.histogram import run_starts
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.plotting.value_grid import KEY_BITS, ValueGrid
from napari_kmeans.core.progress import Progress, Steps, for_each_block, subprogress
from napari_kmeans.core.types import Array, Counts, Floats

PHASE = "Counting the values"
AT_ONCE = 1 << 24
"""Pixels that are sorted at once."""


@dataclass(frozen=True, eq=False)
class Tally:
    """The distinct values of each part, such as a cluster, and their counts."""

    grid: ValueGrid
    keys: Array  # (M,): the number of each value
    ids: Array  # (M,): the part that its pixels are in, from 1 up
    counts: Counts  # (M,): how many they are

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def values(self) -> Floats:
        """The values (M, n), of the grid's channels only."""
        return self.grid.values(self.keys)


def tally_steps(pixels: Pixels, ids: Array, grid: ValueGrid) -> Steps[Tally]:
    """Count the values of pixels by the part (N,) they are in, step by step.

    Pixels in part 0, and those without a finite value, are left out.
    """
    n_pixels = len(ids)
    parts = []
    for start in range(0, n_pixels, AT_ONCE):
        block = slice(start, min(start + AT_ONCE, n_pixels))
        counting = _count(pixels, ids, grid, block)
        share = block.start / n_pixels, block.stop / n_pixels
        parts.append((yield from subprogress(counting, *share)))
    pairs, counts = map(np.concatenate, zip(*parts, strict=True))
    if len(parts) > 1:
        order = np.argsort(pairs, kind="stable")
        pairs = pairs[order]
        first = run_starts(pairs)
        counts = np.add.reduceat(counts[order], first) if len(first) else counts
        pairs = pairs[first]
    keys = (pairs & ((1 << KEY_BITS) - 1)).astype(np.uint32)
    return Tally(grid, keys, (pairs >> KEY_BITS).astype(ids.dtype), counts)


def _count(
    pixels: Pixels, ids: Array, grid: ValueGrid, block: slice
) -> Steps[tuple[Array, Counts]]:
    """Return the pairs of part and value in a block, and their counts."""
    # Sorted numbers of 32 bits take a third of the time of those of 64.
    pairs = np.zeros(block.stop - block.start, f"u{4 * ids.dtype.itemsize}")
    shift = pairs.dtype.type(KEY_BITS)

    def pair(rows: slice) -> None:
        here = slice(block.start + rows.start, block.start + rows.stop)
        inside = slice(None) if pixels.inside is None else pixels.inside[here]
        of_each = ids[here][inside].astype(pairs.dtype)
        pairs[rows][inside] = of_each << shift | grid.keys(pixels.inside_values(here))

    yield from for_each_block(pair, len(pairs), PHASE)
    yield Progress(PHASE, 0.7)
    pairs.sort()
    pairs = pairs[np.searchsorted(pairs, pairs.dtype.type(1 << KEY_BITS)) :]
    first = run_starts(pairs)
    return pairs[first], np.diff(first, append=len(pairs))
