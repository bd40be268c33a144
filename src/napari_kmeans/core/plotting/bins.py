"""The bars of a histogram: how many pixels of each part are in each bin."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from napari_kmeans.core.adjusting import Levels
from napari_kmeans.core.types import Array, Counts, Floats, Indices

NICE = (1, 2, 5, 10)
"""Widths of bins are these times a power of 10."""


Lattice = tuple[float, float]
"""A number and a distance: numbers are at whole multiples of it from there."""
WHOLE: Lattice = 0.0, 1.0

FEW, NEAR = 4096, 0.05
"""Up to so many values it is looked whether they are on a lattice, and how far off one
they may be: floats of an 8-bit image are."""


def lattice_of(numbers: Floats) -> Lattice | None:
    """Return the lattice that ascending distinct numbers are on, if there is one."""
    if not 1 < len(numbers) <= FEW:
        return None
    first, extent = float(numbers[0]), float(numbers[-1] - numbers[0])
    n_steps = round(extent / float(np.diff(numbers).min()))
    if n_steps > FEW:
        return None
    step = extent / n_steps
    places = (numbers - first) / step
    is_on = bool((np.abs(places - np.rint(places)) < NEAR).all())
    return (first, step) if is_on else None


def bin_edges(
    low: float, high: float, most: int, lattice: Lattice | None = None
) -> Floats:
    """Return the edges of about as many bins as may be, over a range.

    Those of numbers on a lattice hold the same number of its places each.
    """
    if lattice is not None:
        origin, unit = lattice
        n = max(1, math.ceil((high - low) / unit / max(1, most) * (1 - 1e-9)))
        step = n * unit
        start = origin - unit / 2
        first = math.floor((low - start) / step)
        last = math.floor((high - start) / step)
        return start + step * np.arange(float(first), last + 2.0)
    # Next to nothing is wider than rounding.
    least = max(abs(low), abs(high)) * 1e-9
    step = max((high - low) / max(1, most), least, np.finfo(np.float64).tiny)
    power = 10.0 ** math.floor(math.log10(step))
    step = next(n * power for n in NICE if n * power >= step * (1 - 1e-9))
    first, last = math.floor(low / step), math.floor(high / step)
    # One more at each end: rounding loses no value.
    return np.arange(first - 1.0, last + 3.0) * step


def run_counts(levels: Levels, starts: Indices, edges: Floats) -> Counts:
    """Count the pixels of runs of values in bins: (n_bins, n_runs).

    Run r has the values from `starts[r]` up to `starts[r + 1]`.
    """
    places = levels.space.on_axis(edges)
    index = np.searchsorted(levels.points, places, side="left")
    columns = [np.diff(levels.counts[np.clip(index, *r)]) for r in pairwise(starts)]
    return np.stack(columns, axis=1)


@dataclass(frozen=True, eq=False)
class Bins:
    """How many pixels of each part are in each bin."""

    edges: Floats  # (n + 1,)
    counts: Counts  # (n, n_parts)

    def of(self, owners: Array, n_owners: int) -> Self:
        """Return the bins by what owns the parts: owners is of shape (n_parts,)."""
        counts = np.zeros((len(self.counts), n_owners), np.int64)
        np.add.at(counts.T, owners, self.counts.T)
        return type(self)(self.edges, counts)


def bins_of_values(
    values: Floats, parts: Array, counts: Counts, edges: Floats, n_parts: int
) -> Bins:
    """Bin counted values (M,), each of a part (M,)."""
    index = np.searchsorted(edges, values, side="right") - 1
    inside = (index >= 0) & (index < len(edges) - 1)
    keys = index[inside] * n_parts + parts[inside]
    size = (len(edges) - 1) * n_parts
    total = np.bincount(keys, counts[inside], size).astype(np.int64)
    return Bins(edges, total.reshape(-1, n_parts))
