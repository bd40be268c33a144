"""How sure the prediction of each pixel is, and what is left undecided."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from napari_kmeans.core.progress import Steps, subprogress
from napari_kmeans.core.types import Array, Counts
from napari_kmeans.segments.recipe import Recipe
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.splitting import channels_last

THRESHOLDS = (np.arange(1, 101) / 100).astype(np.float32)
"""Of 1 to 100 percent, as a recipe compares with them."""


@dataclass(frozen=True, eq=False)
class Certainty:
    """What would be predicted if all was decided, and how sure that is."""

    recipe: Recipe  # whose model and splits predicted it
    atoms: Array  # the atom of each pixel
    percents: Array  # uint8: the confidence in whole percents, rounded down

    @classmethod
    def steps(cls, recipe: Recipe, image: Array, mask: Any) -> Steps["Certainty"]:
        """Predict an image in memory, and compare distances, step by step."""
        model = recipe.model
        pixels = model.read(image).masked(mask)
        labelling = model.predict_steps(pixels)
        atoms = yield from subprogress(labelling, 0, 0.4)
        confidence = yield from subprogress(model.confidence_steps(pixels), 0.4, 0.8)
        values = channels_last(model, image)
        for split in recipe.splits:
            atoms = yield from split.applied_steps(values, atoms)
        percents = np.searchsorted(THRESHOLDS, confidence, side="right")
        return cls(recipe, atoms, percents.astype(np.uint8))

    def fits(self, recipe: Recipe) -> bool:
        """Whether it is that of a recipe."""
        return self.recipe.model is recipe.model and self.recipe.splits == recipe.splits

    def decided(self, percent: int) -> Array:
        """Return the atoms, with 0 where the prediction is less sure than a percent."""
        if not percent:
            return self.atoms
        return np.where(self.percents < percent, self.atoms.dtype.type(0), self.atoms)

    def shares(self, segments: SegmentMap, percent: int) -> dict[int, float]:
        """Return which share of each segment is less sure; NaN of one without any."""
        n = self.counts.shape[0]
        undecided = self.counts[:, :percent].sum(axis=1)
        total = self.counts.sum(axis=1)
        shares = {}
        for segment in segments:
            atoms = [atom for atom in segment.atoms if atom < n]
            size = total[atoms].sum()
            shares[segment.value] = undecided[atoms].sum() / size if size else np.nan
        return shares

    @cached_property
    def counts(self) -> Counts:
        """How many pixels have each atom and each percent: (n_atoms + 1, 101)."""
        n_atoms = int(self.atoms.max(initial=0))
        keys = self.atoms.astype(np.int32) * 101 + self.percents
        counts = np.bincount(keys.ravel(), minlength=101 * (n_atoms + 1))
        return counts.reshape(n_atoms + 1, 101)
