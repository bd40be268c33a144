"""Split a segment: cluster its pixels again, in a worker, and apply that later."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.dispatch import read
from napari_kmeans.core.labelling import label_dtype
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.progress import Progress, Steps, subprogress
from napari_kmeans.core.types import Array
from napari_kmeans.segments.segment_map import Segment, SegmentMap
from napari_kmeans.segments.stores.label_store import LabelStore


@dataclass(frozen=True)
class Split:
    """Some atoms, clustered again."""

    atoms: tuple[int, ...]  # the atoms that were split
    first: int  # the atom of the first piece; the others follow
    model: KMeansModel  # of their pixels: an image of one axis and the channels

    @classmethod
    def fit_steps(
        cls, values: Array, n: int, model: KMeansModel, segment: Segment, first: int
    ) -> Steps[Self]:
        """Cluster the pixels of a segment again, step by step. Shape of values (M,)."""
        if n < 2:
            raise ValueError(f"{n} is too few: split into two or more pieces.")
        if not len(values):
            raise ValueError(
                f"Segment {segment.value} has no pixels, so it cannot be split."
            )
        # The values of a segment, one after the other, have no neighbours.
        settings = model.settings.without_init(n_clusters=n, position_weight=0, sigma=0)
        channel_axis = None if values.ndim == 1 else -1
        pixels = read(values, channel_axis=channel_axis, alpha=model.has_alpha)
        pieces, *_ = yield from KMeansModel.fit_steps(pixels, settings)
        if pieces.n_clusters < 2:
            raise ValueError(
                f"All pixels of segment {segment.value} are alike: there is nothing to "
                "split."
            )
        return cls(segment.atoms, first, pieces)

    def applied_steps(self, image: Array, atoms: Array) -> Steps[Array]:
        """Replace the atoms that were split by their pieces, step by step."""
        dtype = label_dtype(self.first + self.model.n_clusters - 1)
        result = atoms.astype(np.promote_types(atoms.dtype, dtype))
        own = np.isin(atoms, self.atoms)
        if own.any():
            piece = yield from self.model.predict_steps(self.model.read(image[own]))
            offset = result.dtype.type(self.first - 1)
            result[own] = np.where(piece > 0, piece + offset, atoms[own])
        return result

    def to_dict(self) -> dict[str, Any]:
        """Return the split as a dictionary that JSON can hold."""
        return {**vars(self), "model": self.model.to_dict()}

    @classmethod
    def from_dict(cls, split: Mapping[str, Any]) -> Self:
        """Make a split from what `to_dict` gave."""
        model = KMeansModel.from_dict(split["model"])
        return cls(tuple(split["atoms"]), split["first"], model)


def channels_last(model: KMeansModel, image: ArrayLike) -> Array:
    """Return an image with the channels on the last axis, if it has a channel axis."""
    axis = -1 if model.channel_axis is None else model.channel_axis
    return np.moveaxis(np.asarray(image), axis, -1)


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
    model: KMeansModel,
    segment_map: SegmentMap,
    store: LabelStore,
    *,
    value: int,
    n: int,
    image: ArrayLike,
) -> Steps[SplitPlan]:
    """Find how to split a segment, step by step, in any thread, and change nothing."""
    # What may change meanwhile is looked at before the first step.
    segment, revision = segment_map[value], store.revision

    def steps() -> Steps[SplitPlan]:
        yield Progress("Reading the image", 0)
        values = channels_last(model, image)
        own = np.isin(store.atoms, segment.atoms)
        fit = Split.fit_steps(values[own], n, model, segment, segment_map.n_atoms + 1)
        split = yield from subprogress(fit, 0, 0.6)
        pieces = partial(split.applied_steps, values)
        change = yield from subprogress(store.splitting(pieces), 0.6, 1)
        return SplitPlan(segment, split, change, revision)

    return steps()
