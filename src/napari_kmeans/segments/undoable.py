"""A recipe and the pixels that it makes, changed together in steps that are undone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from psygnal import Signal

from napari_kmeans.core.levels import is_computed, levels_of
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.segments.computed_state import NOT_EDITABLE, ComputedState
from napari_kmeans.segments.history import History, PixelsChange, Step
from napari_kmeans.segments.pixel_change import full_region
from napari_kmeans.segments.pixel_state import PixelState
from napari_kmeans.segments.recipe import Recipe
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.stored_labels import StoredLabels
from napari_kmeans.segments.stored_state import ON_DISK, StoredState

Array = NDArray[Any]


class Undoable:
    """A recipe, the pixels that it makes, and the history of both."""

    map_changed = Signal(SegmentMap)
    """The segments, or what is said of them, changed."""
    labels_changed = Signal(tuple)
    """The labels may have changed, in the region of this tuple of slices only. If the
    segments changed too, that is told after this."""

    def __init__(self, recipe: Recipe, predicted: Any, max_bytes: int) -> None:
        self.recipe = recipe
        self.history = History(max_bytes)
        self.revision = 0
        self._pixels: PixelState | ComputedState | StoredState
        if is_computed(predicted):
            self._pixels = ComputedState(predicted, recipe.map)
        else:
            self._pixels = PixelState(predicted, recipe.map)

    @property
    def model(self) -> KMeansModel:
        """The clusters."""
        return self.recipe.model

    @property
    def map(self) -> SegmentMap:
        """The segments."""
        return self.recipe.map

    @property
    def labels(self) -> Any:
        """The label value of each pixel, to be read only: it changes in place.

        Lazy, or a tuple of levels, if the segments are computed as they are looked at.
        """
        return self._pixels.labels

    @property
    def atoms(self) -> Any:
        """The atom of each pixel, to be read only; of the same kind as the labels."""
        return self._pixels.atoms

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the labels, of the finest level if they have several."""
        shape: tuple[int, ...] = levels_of(self.labels)[0].shape
        return shape

    @property
    def is_editable(self) -> bool:
        """Whether pixels can be painted, split and cleaned up."""
        return isinstance(self._pixels, PixelState)

    @property
    def stored(self) -> StoredLabels | None:
        """The labels on disk, which can be painted on; None if they are not there."""
        return self._pixels.stored if isinstance(self._pixels, StoredState) else None

    @property
    def why_not_editable(self) -> str | None:
        """Why pixels cannot be edited by segments' acts, for the user; None if so."""
        if self.is_editable:
            return None
        return NOT_EDITABLE if self.stored is None else ON_DISK

    @property
    def counts(self) -> dict[int, int]:
        """The pixels of each label value.

        Of those that were fitted, if the labels are computed as they are looked at.
        """
        counts = self._pixels.atom_counts
        if counts is None:
            counts = self.recipe.atom_counts()
        return {s.value: int(counts[list(s.atoms)].sum()) for s in self.map}

    @property
    def n_edited(self) -> int:
        """How many pixels are not as model and splits predict them."""
        edited = self._pixels.edited()
        return 0 if edited is None else int(np.count_nonzero(edited))

    def store(self, stored: StoredLabels) -> None:
        """Have the labels on disk from now on; what was done before is not undone."""
        shapes = [level.shape for level in stored.levels]
        if shapes != [level.shape for level in levels_of(self.labels)]:
            raise ValueError(
                f"The labels on disk have the shapes {shapes} instead of "
                f"{_shapes(self.labels)}: give those of the same image."
            )
        self._pixels = StoredState(stored, self.map, self._counts_of_all())
        self.history.forget()
        self.revision += 1
        self.labels_changed.emit(full_region(levels_of(self.labels)[0]))

    def _counts_of_all(self) -> NDArray[np.int64]:
        """Give the pixels of each atom at the finest level, about, if not counted."""
        known = self._pixels.atom_counts
        if known is not None:
            return np.asarray(known)
        counts: NDArray[np.int64] = np.asarray(self.recipe.atom_counts())
        if not isinstance(self.labels, tuple):
            return counts
        # A coarser level was counted, perhaps.
        n_counted = int(self.model.counts.sum()) + self.model.n_outside
        factor = levels_of(self.labels)[0].size / max(1, n_counted)
        scaled: NDArray[np.int64] = np.rint(counts * factor).astype(np.int64)
        return scaled

    def undo(self) -> None:
        """Take the last step back, if there is one."""
        if self.history.past:
            step = self.history.past[-1]
            self._move(step.before, step.change, self.history.step_back)

    def redo(self) -> None:
        """Do the last step that was undone again, if there is one."""
        if self.history.future:
            step = self.history.future[-1]
            self._move(step.after, step.change, self.history.step_forward)

    def predict(self, image: ArrayLike) -> Array:
        """Find the segments of another image, with the same merges and splits."""
        return self.recipe.predict(image)

    def to_dict(self) -> dict[str, Any]:
        """Give map, model and splits as a dictionary that JSON can hold."""
        return self.recipe.to_dict()

    def _do(
        self,
        name: str,
        after: Recipe,
        change: PixelsChange | None = None,
        join: bool = False,
    ) -> None:
        """Do a step, unless it changes nothing."""
        said = replace(after, parts=self.recipe.parts)  # where parts were is no change
        if change is None and said == self.recipe:
            return
        step = Step(name, self.recipe, after, change)
        self._move(after, change, lambda: self.history.add(step, join))

    def _move(
        self,
        after: Recipe,
        change: Any,
        record: Callable[[], None],
    ) -> None:
        """Go to another state, and tell everybody once all of it is reached."""
        region = self._pixels.move(after.map, change)
        before, self.recipe = self.recipe, after
        self.revision += change is not None
        record()
        if region is not None:
            self.labels_changed.emit(region)
        if before.map != after.map or before.model is not after.model:
            self.map_changed.emit(after.map)

    def _editable(self) -> PixelState:
        """Give the pixels to edit, or say that they cannot be edited."""
        if isinstance(self._pixels, PixelState):
            return self._pixels
        raise ValueError(self.why_not_editable)

    def _on_disk(self) -> StoredState:
        """Give the pixels that are on disk, or say that they are not."""
        if isinstance(self._pixels, StoredState):
            return self._pixels
        raise ValueError("These labels are not on disk: write them to zarr first.")

    def takes(self, labels: Any) -> bool:
        """Tell whether labels have the shape, levels and kind of this image."""
        if is_computed(labels) != isinstance(self._pixels, ComputedState):
            return False
        return self.stored is None and _shapes(labels) == _shapes(self.labels)

    def _check_shape(self, labels: Any) -> None:
        """Say so if labels are not of this image."""
        if not self.takes(labels):
            raise ValueError(
                f"The labels have the shape {_shapes(labels)} instead of "
                f"{_shapes(self.labels)}: give labels of the same image."
            )


def _shapes(labels: Any) -> Any:
    """Give the shape of labels, or those of all levels."""
    if isinstance(labels, tuple):
        return tuple(level.shape for level in labels)
    return labels.shape
