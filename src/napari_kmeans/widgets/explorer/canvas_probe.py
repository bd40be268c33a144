"""Which pixel of an image the mouse is on, on napari's canvas."""

from typing import Any

import numpy as np
from napari.components import ViewerModel
from psygnal import Signal
from qtpy.QtCore import QEvent, QTimer
from qtpy.QtWidgets import QWidget

from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.layers.world_grid import viewer_factors
from napari_kmeans.widgets.canvas import canvas_of
from napari_kmeans.widgets.layout import EventWatcher

EVERY_MS = 30
"""Milliseconds between two reports, at least."""


class CanvasProbe:
    """Follows the mouse over the image of a clustering."""

    moved = Signal(object)
    """The place of the pixel along each axis, from 0 to 1; None beside the image."""

    def __init__(self, parent: QWidget) -> None:
        self._layers: SegmentLayers | None = None
        self._viewer: ViewerModel | None = None
        self._watched: QWidget | None = None
        self._place: tuple[float, ...] | None = None
        self._timer = QTimer(parent, singleShot=True, interval=EVERY_MS)
        self._timer.timeout.connect(self._tell)
        parent.destroyed.connect(lambda: self.follow(None))

    def follow(self, layers: SegmentLayers | None) -> None:
        """Follow the mouse over this clustering's image from now on; None: not."""
        self._layers = layers
        viewer = None if layers is None else layers.viewer
        before, self._viewer = self._viewer, viewer
        if before is not viewer:
            if before is not None and self._on_move in before.mouse_move_callbacks:
                before.mouse_move_callbacks.remove(self._on_move)
            if viewer is not None:
                viewer.mouse_move_callbacks.append(self._on_move)
        canvas = getattr(canvas_of(viewer), "native", None)
        if canvas is not None and canvas is not self._watched:
            self._watched = canvas
            self._watcher = EventWatcher(canvas, self._on_event)

    def _on_event(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.Leave and self._layers is not None:
            self._place = None
            self._tell()

    def _on_move(self, viewer: ViewerModel, event: Any) -> None:
        self._place = self._find(viewer, event.position)
        if not self._timer.isActive():
            self._timer.start()

    def _tell(self) -> None:
        if self._layers is not None:
            self.moved.emit(self._place)

    def _find(self, viewer: ViewerModel, position: Any) -> tuple[float, ...] | None:
        """Return where a position of the world is in the image."""
        if self._layers is None or viewer.dims.ndisplay != 2:
            return None
        grid = self._layers.sources.grid()
        if len(position) < grid.ndim:
            return None
        world = np.array(position[-grid.ndim :]) * viewer_factors(viewer, grid)
        index = np.linalg.solve(grid.matrix, [*world, 1])[:-1]
        share = (index + 0.5) / grid.shape  # the first pixel begins at -1/2
        if not ((share >= 0) & (share < 1)).all():
            return None
        return tuple(share.tolist())
