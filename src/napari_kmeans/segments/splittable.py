"""Split a segment: found step by step, perhaps in another thread, and then taken."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.progress import Progress, Steps, finish, subprogress
from napari_kmeans.segments.described import Described
from napari_kmeans.segments.split_plan import SplitPlan
from napari_kmeans.segments.splitting import Split, channels_last


class Splittable(Described):
    """Segments that can be split."""

    def split(self, value: int, n: int, image: ArrayLike) -> None:
        """Cluster the pixels of a segment again, into segments of their own."""
        self.apply_split(finish(self.split_steps(value, n, image)))

    def split_steps(self, value: int, n: int, image: ArrayLike) -> Steps[SplitPlan]:
        """Find how to split a segment, step by step, and change nothing.

        Another thread may take the steps, while these segments may be changed.
        """
        segment, first = self.map[value], self.map.n_atoms + 1
        pixels, revision = self._editable(), self.revision

        def steps() -> Steps[SplitPlan]:
            yield Progress("Reading the image", 0)
            values = channels_last(self.model, image)
            own = np.isin(pixels.atoms, segment.atoms)
            fit = Split.fit_steps(values[own], n, self.model, segment, first)
            split = yield from subprogress(fit, 0, 0.6)
            splitting = pixels.splitting(split, values)
            change = yield from subprogress(splitting, 0.6, 1)
            return SplitPlan(segment, split, change, revision)

        return steps()

    def apply_split(self, plan: SplitPlan) -> None:
        """Split a segment as was plan."""
        value, split = plan.segment.value, plan.split
        if not self.fits(plan):
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
        self._do(f"Split {value}", after, plan.change)

    def fits(self, plan: SplitPlan) -> bool:
        """Tell whether a split still fits; names and flags may have changed."""
        value = plan.segment.value
        return (
            plan.revision == self.revision
            and value in self.map
            and self.map[value].atoms == plan.segment.atoms
            and plan.split.first == self.map.n_atoms + 1
        )
