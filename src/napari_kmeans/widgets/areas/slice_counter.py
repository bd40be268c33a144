"""Counts the pixels of every slice in a thread, and keeps the counts up to date."""

from typing import TYPE_CHECKING

import numpy as np
from napari.qt.threading import GeneratorWorker, create_worker
from psygnal import Signal

from napari_kmeans.core.levels import levels_of
from napari_kmeans.core.progress import Progress
from napari_kmeans.segments.pixel_change import Region
from napari_kmeans.segments.slice_counts import SliceCounts, count_slices
from napari_kmeans.widgets.telling import telling

if TYPE_CHECKING:
    from napari_kmeans.layers.segment_layers import SegmentLayers

QUICK = 4 << 20
"""Pixels that are counted at once while the user paints: some milliseconds."""


class Counting:
    """Counts slice by slice."""

    progressed = Signal(Progress)
    changed = Signal()
    failed = Signal(str)

    def __init__(self) -> None:
        self.counts: SliceCounts | None = None
        self._layers: SegmentLayers | None = None
        self._worker: GeneratorWorker | None = None
        self._revision = 0

    def follow(self, layers: "SegmentLayers | None") -> None:
        """Count other segments from now on."""
        if self._layers is not None:
            self._layers.segments.labels_changed.disconnect(self._on_labels_changed)
        if layers is not None:
            layers.segments.labels_changed.connect(self._on_labels_changed)
        self._layers = layers
        self.forget()

    @property
    def is_running(self) -> bool:
        """Whether it counts now."""
        return self._worker is not None

    def forget(self) -> None:
        """Forget what was counted, and stop counting."""
        self.counts = None
        self.stop()

    def stop(self) -> None:
        """Stop counting; what was counted before is kept."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.quit()
        self.changed.emit()

    def start(self, axis: int) -> None:
        """Count the slices along an axis."""
        self.forget()
        layers = self._layers
        if layers is None:
            return
        segments = layers.segments
        self._revision = segments.revision
        worker = create_worker(
            telling,
            count_slices(segments.atoms, segments.map.n_atoms, axis),
            _ignore_errors=True,
            _start_thread=False,
        )
        worker.yielded.connect(lambda step: self._on_progress(worker, step))
        worker.returned.connect(lambda counts: self._on_counted(worker, counts))
        worker.errored.connect(lambda error: self._on_error(worker, error))
        self._worker = worker
        self.changed.emit()
        worker.start()

    def _on_progress(self, worker: GeneratorWorker, step: Progress) -> None:
        if worker is self._worker:
            self.progressed.emit(step)

    def _on_counted(self, worker: GeneratorWorker, counts: SliceCounts) -> None:
        if worker is self._worker:
            self._worker = None
            self.counts = counts
            self.changed.emit()

    def _on_error(self, worker: GeneratorWorker, error: Exception) -> None:
        if worker is self._worker:
            self._worker = None
            self.changed.emit()
            self.failed.emit(f"The slices could not be counted: {error}")

    def _on_labels_changed(self, region: Region) -> None:
        """Count again what may have changed: at once, or else it is forgotten."""
        layers = self._layers
        if layers is None or layers.segments.revision == self._revision:
            return  # merged: no atom changed
        self._revision = layers.segments.revision
        atoms, counts = layers.segments.atoms, self.counts
        if counts is None or not isinstance(atoms, np.ndarray):
            self.forget()
            return
        frames = region[counts.axis]
        in_each = atoms.size // max(1, atoms.shape[counts.axis])
        if (frames.stop - frames.start) * in_each > QUICK:
            self.forget()
            return
        n_atoms = layers.segments.map.n_atoms
        self.counts = counts.recounted(atoms, n_atoms, region)
        self.changed.emit()

    def can_count_at_once(self) -> bool:
        """Tell whether counting reads memory only, and need not be asked for."""
        layers = self._layers
        if layers is None:
            return False
        return isinstance(levels_of(layers.segments.atoms)[0], np.ndarray)
