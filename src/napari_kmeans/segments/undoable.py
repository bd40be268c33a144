"""A recipe and the pixels that it makes, changed together in steps that are undone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from psygnal import Signal

from napari_kmeans.core.model import KMeansModel
from napari_kmeans.segments.history import History, Step
from napari_kmeans.segments.pixel_state import Change, PixelState
from napari_kmeans.segments.recipe import Recipe
from napari_kmeans.segments.segment_map import SegmentMap

Array = NDArray[Any]


class Undoable:
    """A recipe, the pixels that it makes, and the history of both.

    Parameters
    ----------
    recipe : Recipe
        How the pixels are made.
    predicted : ndarray of uint8 or uint16
        The atoms that it predicts for the image. They are shared, and never written to.
    max_bytes : int
        The memory that the history may take.

    Attributes
    ----------
    recipe : Recipe
        All that makes the labels, but for what was painted.
    history : History
        What can be undone and redone.
    """

    map_changed = Signal(SegmentMap)
    """The segments, or what is said of them, changed."""
    labels_changed = Signal(tuple)
    """The labels may have changed, in the region of this tuple of slices only."""

    def __init__(self, recipe: Recipe, predicted: Array, max_bytes: int) -> None:
        self.recipe = recipe
        self.history = History(max_bytes)
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
    def labels(self) -> Array:
        """The label value of each pixel, to be read only: it changes in place."""
        return self._pixels.labels

    @property
    def counts(self) -> dict[int, int]:
        """The pixels of each label value."""
        counts = self._pixels.atom_counts
        return {s.value: int(counts[list(s.atoms)].sum()) for s in self.map}

    @property
    def n_edited(self) -> int:
        """How many pixels are not as model and splits predict them."""
        edited = self._pixels.edited()
        return 0 if edited is None else int(np.count_nonzero(edited))

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
        """Find the segments of another image, with the same merges and splits.

        Parameters
        ----------
        image : array
            As for `KMeansModel.predict`.

        Returns
        -------
        ndarray of uint8 or uint16
            Its labels.
        """
        return self.recipe.predict(image)

    def to_dict(self) -> dict[str, Any]:
        """Give map, model and splits as a dictionary that JSON can hold.

        Returns
        -------
        dict
            Without the pixels: neither those predicted nor those painted.
        """
        return self.recipe.to_dict()

    def _do(
        self,
        name: str,
        after: Recipe,
        change: Change | None = None,
        join: bool = False,
    ) -> None:
        """Do a step, unless it changes nothing."""
        said = replace(after, parts=self.recipe.parts)  # where parts were is no change
        if change is None and said == self.recipe:
            return
        step = Step(name, self.recipe, after, change)
        self._move(after, change, lambda: self.history.add(step, join))

    def _move(
        self, after: Recipe, change: Change | None, record: Callable[[], None]
    ) -> None:
        """Go to another state, and tell everybody once all of it is reached."""
        before, self.recipe = self.recipe, after
        region = self._pixels.move(after.map, change)
        record()
        if before.map != after.map or before.model is not after.model:
            self.map_changed.emit(after.map)
        if region is not None:
            self.labels_changed.emit(region)

    def _check_shape(self, array: Array) -> None:
        """Say so if an array is not of this image's shape."""
        if array.shape != self.labels.shape:
            raise ValueError(
                f"The labels have the shape {array.shape} instead of "
                f"{self.labels.shape}: give labels of the same image."
            )
