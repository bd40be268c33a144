"""Numbers that take a while: mean values and objects, found when somebody looks."""

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import TYPE_CHECKING, Any

from napari.qt.threading import GeneratorWorker, create_worker
from psygnal import Signal

from napari_kmeans.segments.statistics import count_objects, mean_values

if TYPE_CHECKING:
    from napari_kmeans.layers.segment_layers import SegmentLayers
    from napari_kmeans.segments.segments import Segments

TELL_EVERY = 0.1
"""Seconds between two updates of the table."""


class MeansAndObjects:
    """Finds mean values and numbers of objects in a thread, and keeps them.

    Of labels that are computed as they are looked at the means are those fitted, and
    objects are not counted.
    """

    changed = Signal()

    def __init__(self) -> None:
        self.means: dict[int, Any] = {}
        self.objects: dict[int, int] = {}
        self._layers: SegmentLayers | None = None
        self._worker: GeneratorWorker | None = None
        self._waiting: list[Callable[[], None]] = []

    def follow(self, layers: "SegmentLayers | None") -> None:
        """Measure other layers from now on."""
        self._layers = layers
        self._waiting.clear()
        self.forget()

    def forget(self) -> None:
        """Forget all numbers, because the labels changed."""
        self.stop()
        self.means, self.objects = {}, {}
        if self._waiting:
            self._start(True)

    def stop(self) -> None:
        """Stop measuring; what was found is kept."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.quit()

    @property
    def is_running(self) -> bool:
        """Whether it measures now."""
        return self._worker is not None

    def find(self, with_objects: bool) -> None:
        """Start to find what is not known yet, if anything is not."""
        if self._worker is None and not self._knows(with_objects):
            self._start(with_objects)

    def when_known(self, then: Callable[[], None]) -> None:
        """Do something as soon as all numbers are known."""
        if self._knows(with_objects=True):
            then()
            return
        self._waiting.append(then)
        self.stop()
        self._start(with_objects=True)

    def _knows(self, with_objects: bool) -> bool:
        if self._layers is None:
            return True
        if not self._layers.segments.is_editable:
            with_objects = False
        values = self._layers.segments.map.values
        known = bool(self.means)
        return known and (not with_objects or all(v in self.objects for v in values))

    def _start(self, with_objects: bool) -> None:
        layers = self._layers
        if layers is None:
            return
        if not layers.segments.is_editable:
            self._take_from_model(layers.segments)
            return
        wanted = layers.segments.map.values if with_objects else ()
        wanted = tuple(value for value in wanted if value not in self.objects)
        worker = create_worker(
            _found, layers, not self.means, wanted, _ignore_errors=True
        )
        worker.yielded.connect(lambda found: self._on_found(worker, *found))
        worker.finished.connect(lambda: self._on_finished(worker))
        self._worker = worker
        worker.start()

    def _take_from_model(self, segments: "Segments") -> None:
        """Take the means of the pixels fitted: others would have to be computed."""
        self.means = dict(zip(segments.map.values, segments.recipe.means, strict=True))
        self.changed.emit()
        self._do_what_waits()

    def _on_found(self, worker: GeneratorWorker, means: Any, objects: Any) -> None:
        if worker is self._worker and (means or objects):
            self.means.update(means)
            self.objects.update(objects)
            self.changed.emit()

    def _on_finished(self, worker: GeneratorWorker) -> None:
        if worker is not self._worker:
            return
        self._worker = None
        self._do_what_waits()

    def _do_what_waits(self) -> None:
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then()


def _found(
    layers: "SegmentLayers", with_means: bool, values: tuple[int, ...]
) -> Iterator[tuple[dict[int, Any], dict[int, int]]]:
    """Measure step by step: the thread can be stopped between two."""
    if with_means:
        yield mean_values(layers.segments.labels, layers.image), {}
    objects: dict[int, int] = {}
    told = perf_counter()
    for value in values:
        objects[value] = count_objects(layers.segments.labels, value)
        if perf_counter() - told > TELL_EVERY:
            yield {}, objects
            objects, told = {}, perf_counter()
        else:
            yield {}, {}
    yield {}, objects
