"""Moves the cuts of a clustering, and has its labels follow from a worker."""

from typing import TYPE_CHECKING, Any

import numpy as np
from psygnal import Signal

from napari_kmeans.core.adjusting import adjusted, cuts_of
from napari_kmeans.core.kept import Kept
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.types import Floats
from napari_kmeans.layers.fitted_pixels import FittedValues, relabel_steps
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.widgets.job import Job

if TYPE_CHECKING:
    from napari_kmeans.segments.history import Step

ON_DISK = (
    "These labels are on disk, so cut lines stay where they are: press Segment for "
    "labels that follow."
)


class Adjuster:
    """Shows the labels of the cuts that are wanted last, one step after the other.

    All moves of an act, such as a drag, are one step of undo.
    """

    shown = Signal()
    said = Signal(str)

    def __init__(self) -> None:
        self._layers: SegmentLayers | None = None
        self._values: FittedValues | None = None
        self._kept = Kept()
        self._job: Job[Any, Any] | None = None
        self._wanted: KMeansModel | None = None
        self._act = 0
        self._is_held = False
        self._last: tuple[int, Step | None] = (-1, None)  # the act and step shown last

    def follow(self, layers: SegmentLayers | None, values: FittedValues | None) -> None:
        """Move the cuts of a clustering, whose values were counted, from now on."""
        if layers is not self._layers or values is not self._values:
            self.stop()
        if layers is not self._layers:
            self._kept = Kept()
        self._layers, self._values = layers, values

    def stop(self) -> None:
        """Show nothing more."""
        self._wanted = None
        if self._job is not None:
            self._job.stop()
            self._job = None
        self.let_go()

    @property
    def is_running(self) -> bool:
        """Whether labels are still to follow."""
        return self._job is not None

    @property
    def why_not(self) -> str:
        """Say why cuts cannot be moved; "" if they can."""
        layers = self._layers
        is_stored = layers is not None and layers.segments.stored is not None
        return ON_DISK if is_stored else ""

    @property
    def model(self) -> KMeansModel | None:
        """The model that is wanted, or shown."""
        if self._wanted is not None or self._layers is None:
            return self._wanted
        return self._layers.segments.recipe.model

    @property
    def cuts(self) -> Floats:
        """The cuts that are wanted, or shown."""
        assert self.model is not None
        return cuts_of(self.model)

    def begin(self, *, is_held: bool = False) -> None:
        """Begin another act, a step of its own; a drag is held until `let_go`."""
        self._act += 1
        self._is_held = is_held

    def let_go(self) -> None:
        """End a drag."""
        self._is_held = False
        if self._layers is not None and self._job is None:
            self._layers.end_adjusting()

    def move(self, cuts: Floats) -> None:
        """Have the labels follow these cuts, as soon as they may."""
        if self._layers is None or self._values is None or self.model is None:
            return
        if np.array_equal(cuts, self.cuts):
            return
        try:
            self._wanted = adjusted(self.model, self._values.levels, cuts)
        except ValueError as error:
            self.said.emit(str(error))
            return
        if self._job is None:
            self._start()

    def _start(self) -> None:
        layers, values, wanted = self._layers, self._values, self._wanted
        if layers is None or values is None or wanted is None:
            return
        act, before = self._act, layers.segments.recipe
        steps = relabel_steps(layers, wanted, values, self._kept)

        def show(labels: Any) -> None:
            self._job = None
            recipe = layers.segments.recipe
            if recipe.model is not before.model or recipe.splits != before.splits:
                self._wanted = None  # another run, or an undo, was faster
                layers.end_adjusting()
            else:
                self._show(layers, wanted, labels, act)
            self.shown.emit()
            if self._wanted is not None:
                self._start()

        def refuse(words: str) -> None:
            self._job = self._wanted = None
            layers.end_adjusting()
            self.said.emit(words)
            self.shown.emit()

        self._job = Job(steps, show, refuse)

    def _show(
        self, layers: SegmentLayers, model: KMeansModel, labels: Any, act: int
    ) -> None:
        """Show labels, as one with the last step if that is of the same act."""
        if self._wanted is model:  # else there are others to follow
            self._wanted = None
        past = layers.segments.history.past
        before = past[-1] if past else None
        joins = before is not None and self._last[0] == act and self._last[1] is before
        goes_on = self._is_held or self._wanted is not None
        layers.adjust(model, labels, joins=joins, goes_on=goes_on)
        if past and past[-1] is not before:  # else nothing has changed
            self._last = act, past[-1]
