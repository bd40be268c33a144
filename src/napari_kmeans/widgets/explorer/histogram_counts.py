"""What a histogram counts: the fitted values of one axis, or a channel's by segment."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, Self

import numpy as np

from napari_kmeans.core.adjusting import cuts_of, is_whole
from napari_kmeans.core.color import luminance
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.plotting.bins import (
    FEW,
    WHOLE,
    Bins,
    Lattice,
    bins_of_values,
    lattice_of,
    run_counts,
)
from napari_kmeans.core.types import Array, Floats
from napari_kmeans.layers.fitted_pixels import FittedValues
from napari_kmeans.layers.plotted_pixels import Plotted
from napari_kmeans.segments.recipe import Recipe
from napari_kmeans.segments.segment_map import Segment


class Counted(Protocol):
    """Counted values of pixels, each of an atom."""

    @property
    def is_whole(self) -> bool:
        """Whether all values are whole numbers."""

    @property
    def step(self) -> float:
        """The least width of a bin."""

    @property
    def n_pixels(self) -> int:
        """How many pixels there are."""

    @property
    def lattice(self) -> Lattice | None:
        """Where values can be, if that is known."""

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest value."""

    def bins(self, edges: Floats, model: KMeansModel, n_atoms: int) -> Bins:
        """Count the pixels of each atom in bins: of shape (n, n_atoms + 1)."""

    def place(self, centroid: Floats) -> float:
        """Return where a centroid, (C,), lies."""

    def value_at(self, place: tuple[float, ...] | None) -> float | None:
        """Return the value of a pixel, given where it is along each axis, 0 to 1."""


class AxisCounts:
    """The values that a model of one axis was fitted to: its cuts tell the atoms."""

    def __init__(self, values: FittedValues) -> None:
        self._values = values
        self.is_whole = is_whole(values.levels.space)
        self.step = 0.0
        space, points = values.levels.space, values.levels.points
        self.lattice = WHOLE if self.is_whole else None
        if not self.is_whole and len(points) <= FEW:
            self.lattice = lattice_of(space.off_axis(points))
        self.n_pixels = values.levels.n_pixels

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest value."""
        return self._values.levels.ends

    def bins(self, edges: Floats, model: KMeansModel, n_atoms: int) -> Bins:
        """Count the pixels of each atom in bins."""
        levels, atoms = self._values.levels, self._values.atoms
        if atoms is None:
            starts = levels.edges(cuts_of(model))
            owners = np.arange(1, len(starts))
        else:
            first = np.flatnonzero(np.diff(atoms, prepend=0))
            starts, owners = np.array([*first, len(atoms)]), atoms[first]
        counts = run_counts(levels, starts, edges)
        return Bins(edges, counts).of(owners, n_atoms + 1)

    def place(self, centroid: Floats) -> float:
        """Return where a centroid, (C,), lies."""
        if len(centroid) == 1:
            return float(centroid[0])
        return float(luminance(centroid[np.newaxis])[0])

    def value_at(self, place: tuple[float, ...] | None) -> float | None:
        """Return the value of a pixel in memory, given where it is along each axis."""
        pixels = self._values.pixels
        if not isinstance(pixels, Pixels) or place is None:
            return None
        if len(place) != len(pixels.shape):
            return None
        index = [int(share * n) for share, n in zip(place, pixels.shape, strict=True)]
        flat = np.ravel_multi_index(index, pixels.shape, mode="clip")
        value = self.place(pixels.values[flat].astype(np.float64))
        return value if np.isfinite(value) else None


@dataclass(frozen=True, eq=False)
class ChannelCounts:
    """The values of a channel, counted by atom."""

    channel: int
    values: Floats  # (M,)
    atoms: Array  # (M,)
    counts: Array  # (M,)
    is_whole: bool
    step: float
    plotted: Plotted

    @classmethod
    def of(cls, plotted: Plotted, channel: int) -> Self:
        """Take the counts of the only channel that was counted."""
        tally, scale = plotted.tally, plotted.tally.grid.scales[0]
        is_even = scale.bent is None
        is_each = is_even and scale.step == 1 and tally.grid.dtype.kind in "bui"
        values, step = tally.values[:, 0], scale.step if is_even else 0.0
        return cls(channel, values, tally.ids, tally.counts, is_each, step, plotted)

    @property
    def lattice(self) -> Lattice | None:
        """Where values can be, if that is known."""
        return WHOLE if self.is_whole else None

    @property
    def n_pixels(self) -> int:
        """How many pixels there are."""
        return int(self.counts.sum())

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest value."""
        return float(self.values.min()), float(self.values.max())

    def bins(self, edges: Floats, _model: KMeansModel, n_atoms: int) -> Bins:
        """Count the pixels of each atom in bins."""
        atoms = self.atoms.astype(np.intp)
        n_parts = max(n_atoms, int(atoms.max(initial=0))) + 1
        found = bins_of_values(self.values, atoms, self.counts, edges, n_parts)
        return Bins(edges, found.counts[:, : n_atoms + 1])

    def place(self, centroid: Floats) -> float:
        """Return where a centroid, (C,), lies."""
        return float(centroid[self.channel])

    def value_at(self, place: tuple[float, ...] | None) -> float | None:
        """Return the value of a pixel, given where it is along each axis."""
        values = self.plotted.values_at(place)
        return None if values is None else float(values[0, 0])


def owners_of(recipe: Recipe) -> Array:
    """Return the number of the segment that owns each atom; the last: none does."""
    owners = np.full(recipe.map.n_atoms + 1, len(recipe.map), np.intp)
    for index, segment in enumerate(recipe.map):
        owners[list(segment.atoms)] = index
    owners[0] = len(recipe.map)
    return owners


def within_segments(recipe: Recipe) -> Sequence[bool]:
    """Return of each cut whether it is between two clusters of one segment."""
    owners = owners_of(recipe)[1 : recipe.model.n_clusters + 1]
    is_split = {atom for split in recipe.splits for atom in split.atoms}
    return [
        bool(one == other) and not {low, low + 1} & is_split
        for low, (one, other) in enumerate(pairwise(owners), 1)
    ]


def centroids_of(
    recipe: Recipe, model: KMeansModel
) -> Sequence[tuple[Floats, Segment | None]]:
    """Return the centroids, of pieces too, and the segment that each belongs to."""
    found = {**recipe.centroids(), **dict(enumerate(model.centroids, start=1))}
    split = {atom for split in recipe.splits for atom in split.atoms}
    owners, segments = owners_of(recipe), [*recipe.map, None]
    return [
        (mean, segments[owners[atom]])
        for atom, mean in found.items()
        if atom not in split
    ]
