"""One split of a segment at a time, in a worker thread."""

from typing import TYPE_CHECKING

from napari.qt.threading import GeneratorWorker, create_worker
from psygnal import Signal

from napari_kmeans.widgets.telling import telling

if TYPE_CHECKING:
    from napari_kmeans.layers.segment_layers import SegmentLayers
    from napari_kmeans.segments.split_plan import SplitPlan


class SplitRun:
    """Splits a segment while the window stays alive.

    Exactly one of `found` and `failed` is emitted for each start, on the main thread,
    unless it was stopped.
    """

    changed = Signal()
    found = Signal(object, object)
    failed = Signal(Exception)

    def __init__(self) -> None:
        self.name: str | None = None
        self._worker: GeneratorWorker | None = None

    def start(self, layers: "SegmentLayers", value: int, n: int) -> None:
        """Start to find how to split a segment."""
        self.check_idle()
        name = layers.segments.map[value].name
        worker: GeneratorWorker = create_worker(
            telling, layers.split_steps(value, n), _ignore_errors=True
        )
        worker.returned.connect(lambda found: self._on_found(worker, layers, found))
        worker.errored.connect(lambda error: self._on_failed(worker, error))
        self.name, self._worker = name, worker
        worker.start()
        self.changed.emit()

    def check_idle(self) -> None:
        """Say so if a segment is being split."""
        if self.name is not None:
            raise ValueError(
                f"'{self.name}' is being split: wait for it before you split another."
            )

    def stop(self) -> None:
        """Stop at the next step, and drop what was found."""
        worker = self._worker
        if worker is not None:
            self._end()
            worker.quit()

    def _end(self) -> None:
        self.name = self._worker = None
        self.changed.emit()

    def _on_found(
        self, worker: GeneratorWorker, layers: "SegmentLayers", found: "SplitPlan"
    ) -> None:
        if worker is self._worker:
            self._end()
            self.found.emit(layers, found)

    def _on_failed(self, worker: GeneratorWorker, error: Exception) -> None:
        if worker is self._worker:
            self._end()
            self.failed.emit(error)
