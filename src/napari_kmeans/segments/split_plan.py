"""How a segment can be split: planned in a worker, then applied on the main thread."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.progress import Progress, Steps, subprogress
from napari_kmeans.segments.recipe import Recipe
from napari_kmeans.segments.segment import Segment
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.splitting import Split, channels_last
from napari_kmeans.segments.stores.label_store import LabelStore


@dataclass(frozen=True)
class SplitPlan:
    """How a segment can be split, and what that does to the pixels."""

    segment: Segment  # as it was before
    split: Split  # its pieces
    change: Any  # of the pixels
    revision: int  # of the pixels that were looked at

    def fits(self, segment_map: SegmentMap, revision: int) -> bool:
        """Whether it can still be applied; names and flags may have changed."""
        value = self.segment.value
        return (
            self.revision == revision
            and value in segment_map
            and segment_map[value].atoms == self.segment.atoms
            and self.split.first == segment_map.n_atoms + 1
        )


def plan_split(
    recipe: Recipe, store: LabelStore, value: int, n: int, image: ArrayLike
) -> Steps[SplitPlan]:
    """Find how to split a segment, step by step, and change nothing.

    Another thread may take the steps, while the segments may be changed.
    """
    # What may change meanwhile is looked at before the first step.
    segment, first, revision = recipe.map[value], recipe.map.n_atoms + 1, store.revision

    def steps() -> Steps[SplitPlan]:
        yield Progress("Reading the image", 0)
        values = channels_last(recipe.model, image)
        own = np.isin(store.atoms, segment.atoms)
        fit = Split.fit_steps(values[own], n, recipe.model, segment, first)
        split = yield from subprogress(fit, 0, 0.6)
        change = yield from subprogress(store.splitting(split, values), 0.6, 1)
        return SplitPlan(segment, split, change, revision)

    return steps()
