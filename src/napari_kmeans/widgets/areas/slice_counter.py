"""Counts the pixels of every slice in a thread, and updates the counts."""

from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from napari_kmeans.core.levels import levels_of
from napari_kmeans.segments.pixel_change import Region
from napari_kmeans.segments.statistics import SliceCounts, count_slices
from napari_kmeans.widgets.job_row import JobRow

if TYPE_CHECKING:
    from napari_kmeans.layers.segment_layers import SegmentLayers

# Pixels that are counted at once while the user paints: some milliseconds.
MOST_AT_ONCE = 4 << 20


class SliceCounter:
    """Counts slice by slice; `row` shows the progress."""

    changed = Signal()
    failed = Signal(str)

    def __init__(self) -> None:
        self.counts: SliceCounts | None = None
        self.row = JobRow("Stop counting.")
        self.row.cancelled.connect(self.changed.emit)
        self._layers: SegmentLayers | None = None
        self._revision = 0

    def follow(self, layers: "SegmentLayers | None") -> None:
        """Count other segments from now on."""
        if self._layers is not None:
            self._layers.segments.labels_changed.disconnect(self._on_labels_changed)
        if layers is not None:
            layers.segments.labels_changed.connect(self._on_labels_changed)
        self._layers = layers
        self.forget()

    def forget(self) -> None:
        """Discard the counts, and stop counting."""
        self.counts = None
        self.row.stop()
        self.changed.emit()

    def start(self, axis: int) -> None:
        """Count the slices along an axis."""
        self.counts = None
        if self._layers is None:
            return
        segments = self._layers.segments
        self._revision = segments.revision
        self.row.run(
            count_slices(segments.atoms, segments.map.n_atoms, axis),
            self._on_counted,
            self._on_error,
        )
        self.changed.emit()

    def _on_counted(self, counts: SliceCounts) -> None:
        self.counts = counts
        self.changed.emit()

    def _on_error(self, message: str) -> None:
        self.changed.emit()
        self.failed.emit(f"The slices could not be counted: {message}")

    def _on_labels_changed(self, region: Region) -> None:
        """Recount what may have changed, at once if that is quick."""
        layers = self._layers
        if layers is None or layers.segments.revision == self._revision:
            return  # merged: no atom changed
        self._revision = layers.segments.revision
        atoms, counts = layers.segments.atoms, self.counts
        if counts is None or not isinstance(atoms, np.ndarray):
            self.forget()
            return
        slices = region[counts.axis]
        in_each = atoms.size // max(1, atoms.shape[counts.axis])
        if (slices.stop - slices.start) * in_each > MOST_AT_ONCE:
            self.forget()
            return
        n_atoms = layers.segments.map.n_atoms
        self.counts = counts.recounted(atoms, n_atoms, region)
        self.changed.emit()

    def can_count_at_once(self) -> bool:
        """Return whether counting reads memory only, and need not be asked for."""
        if self._layers is None:
            return False
        return isinstance(levels_of(self._layers.segments.atoms)[0], np.ndarray)
