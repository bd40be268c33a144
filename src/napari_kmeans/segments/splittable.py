"""Split a segment: found step by step, perhaps in another thread, and then taken."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.progress import Progress, Steps, finish, within
from napari_kmeans.segments.described import Described
from napari_kmeans.segments.pixel_state import Change
from napari_kmeans.segments.segment import Segment
from napari_kmeans.segments.splitting import Split, channels_last


@dataclass(frozen=True)
class FoundSplit:
    """How a segment can be split."""

    segment: Segment  # the segment, as it was
    split: Split  # its pieces
    change: Change | None  # what that does to the pixels
    n_moves: int  # how often the pixels had changed before


class Splittable(Described):
    """Segments that can be split."""

    def split(self, value: int, n: int, image: ArrayLike) -> None:
        """Cluster the pixels of a segment again, into segments of their own."""
        self.take_split(finish(self.split_steps(value, n, image)))

    def split_steps(self, value: int, n: int, image: ArrayLike) -> Steps[FoundSplit]:
        """Find how to split a segment, step by step, and change nothing.

        Another thread may take the steps, while these segments may be changed.
        """
        segment, first = self.map[value], self.map.n_atoms + 1
        pixels, n_moves = self._editable(), self.n_moves

        def steps() -> Steps[FoundSplit]:
            yield Progress("Reading the image", 0)
            values = channels_last(self.model, image)
            own = np.isin(pixels.atoms, segment.atoms)
            fit = Split.fit_steps(values[own], n, self.model, segment, first)
            split = yield from within(fit, 0, 0.6)
            splitting = pixels.splitting(split, values)
            change = yield from within(splitting, 0.6, 1)
            return FoundSplit(segment, split, change, n_moves)

        return steps()

    def take_split(self, found: FoundSplit) -> None:
        """Split a segment as was found."""
        value, split = found.segment.value, found.split
        if not self.fits(found):
            raise ValueError(
                f"Segment {value} changed while it was being split, so it was left as "
                "it is. Split it again."
            )
        if self.recipe.palette == "mean":
            colors = self._mean_colors(split.model.centroids)
        else:
            colors = self._unused_colors(split.model.n_clusters, self.map)
        after = self.recipe.with_map(self.map.with_split(value, colors))
        after = replace(after, splits=(*after.splits, split))
        self._do(f"Split {value}", after, found.change)

    def fits(self, found: FoundSplit) -> bool:
        """Tell whether a split still fits; names and flags may have changed."""
        value = found.segment.value
        return (
            found.n_moves == self.n_moves
            and value in self.map
            and self.map[value].atoms == found.segment.atoms
            and found.split.first == self.map.n_atoms + 1
        )
