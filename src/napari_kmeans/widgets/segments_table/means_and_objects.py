"""Measurements that take a while, means and objects, made when in view."""

from collections.abc import Callable
from functools import partial
from typing import Any

from psygnal import Signal

from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.segments.statistics import count_objects, mean_values
from napari_kmeans.widgets.job import Job, one_step


class MeansAndObjects:
    """Measures segments in a thread, and keeps the numbers until the labels change.

    Of labels computed on demand the means are those fitted; objects are not counted.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(self) -> None:
        self.means: dict[int, Any] = {}
        self.n_objects: dict[int, int] = {}
        self._layers: SegmentLayers | None = None
        self._job: Job[None, dict[int, Any]] | None = None
        self._waiting: list[Callable[[], None]] = []

    def follow(self, layers: SegmentLayers | None) -> None:
        """Measure other segments from now on."""
        self._layers = layers
        self._waiting.clear()
        self.forget()

    def forget(self) -> None:
        """Forget all numbers, because the labels changed."""
        self.stop()
        self.means, self.n_objects = {}, {}
        if self._waiting:
            self.find(with_objects=True)

    def stop(self) -> None:
        """Stop measuring; what is known is kept."""
        if self._job is not None:
            self._job.stop()

    @property
    def is_running(self) -> bool:
        """Whether it measures now."""
        return self._job is not None and self._job.is_running

    def when_known(self, then: Callable[[], None]) -> None:
        """Call a function as soon as all numbers are known, unless they cannot be."""
        self._waiting.append(then)
        self.stop()
        self.find(with_objects=True)

    def find(self, with_objects: bool) -> None:
        """Measure what is not known yet, means first; then call what waits for it."""
        layers = self._layers
        if layers is None or self.is_running:
            return
        segments = layers.segments
        values, labels = segments.map.values, segments.labels
        if not self.means and not segments.is_editable:
            self.means = dict(zip(values, segments.recipe.means, strict=True))
            self.changed.emit()
        if not self.means:
            measure = partial(mean_values, labels, layers.image)
            self._measure("means", measure, with_objects)
        elif with_objects and segments.is_editable and not self.n_objects:
            none = dict.fromkeys(values, 0)
            self._measure("n_objects", lambda: none | count_objects(labels), True)
        else:
            waiting, self._waiting = self._waiting, []
            for then in waiting:
                then()

    def _measure(
        self, name: str, measure: Callable[[], dict[int, Any]], with_objects: bool
    ) -> None:
        def on_result(numbers: dict[int, Any]) -> None:
            setattr(self, name, numbers)
            self.changed.emit()
            self.find(with_objects)

        def on_error(message: str) -> None:
            self._waiting.clear()
            self.failed.emit(f"Means and objects could not be measured: {message}")

        self._job = Job(one_step(measure), on_result, on_error)
