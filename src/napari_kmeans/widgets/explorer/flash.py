"""Let some pixels of an image flash on napari's canvas.

What is drawn is added to the scene beside the layers, for a second: it is in no layer
list, in no file, and nothing that undo knows of.
"""

from typing import Any

import numpy as np
from napari.components import ViewerModel
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QWidget
from vispy.scene.visuals import Image
from vispy.visuals.transforms import MatrixTransform

from napari_kmeans.core.types import Array, Flags, Floats
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.layers.world_grid import WorldGrid, viewer_factors
from napari_kmeans.widgets.canvas import canvas_of
from napari_kmeans.widgets.outline import ON_TOP, pooled

BLINK_MS = 180
N_BLINKS = 6
"""Changes between seen and not seen."""
MOST_ACROSS = 2048
"""A larger picture is drawn more coarsely, but no pixel of it is left out."""
COLOR = (255, 225, 0, 255)
"""Yellow: seen on dark and on bright images, and hardly ever in them."""


class Flash:
    """Draws pixels over the canvas, on and off, until that has been seen."""

    def __init__(self, parent: QWidget) -> None:
        self._image: Any = None
        self._flags: Flags | None = None
        self._n_left = 0
        self._timer = QTimer(parent, interval=BLINK_MS)
        self._timer.timeout.connect(self._blink)

    @property
    def shown(self) -> Flags | None:
        """Which pixels, or blocks of them, flash now."""
        return self._flags if self._n_left else None

    def show(self, layers: SegmentLayers, flags: Flags) -> bool:
        """Let pixels of a level flash; return whether any of them is in the slice."""
        self.stop()
        viewer, grid = layers.viewer, layers.sources.grid()
        parent = getattr(getattr(canvas_of(viewer), "view", None), "scene", None)
        if viewer is None or parent is None or viewer.dims.ndisplay != 2:
            return False
        axes = [axis - viewer.dims.ndim + grid.ndim for axis in viewer.dims.displayed]
        if min(axes) < 0:
            return False
        index = _index_shown(viewer, grid)
        plane: Any = [
            slice(None) if axis in axes else int(index[axis] * n / grid.shape[axis])
            for axis, n in enumerate(flags.shape)
        ]
        seen = flags[tuple(plane)]
        if not seen.any():
            return False
        seen = seen if axes[0] < axes[1] else seen.T
        step = -(-max(seen.shape) // MOST_ACROSS)
        self._flags = pooled(seen, step)
        pixels = np.zeros((*self._flags.shape, 4), np.uint8)
        pixels[self._flags] = COLOR
        self._image = Image(pixels, parent=parent)
        self._image.set_gl_state("translucent", depth_test=False)
        self._image.order = ON_TOP
        sizes = [step * grid.shape[axis] / flags.shape[axis] for axis in axes]
        self._image.transform = _to_scene(viewer, grid, axes, index, sizes)
        self._n_left = N_BLINKS
        self._timer.start()
        return True

    def stop(self) -> None:
        """Take away what is drawn."""
        self._timer.stop()
        self._n_left = 0
        if self._image is not None:
            self._image.parent = None
            self._image = None

    def _blink(self) -> None:
        self._n_left -= 1
        if self._n_left <= 0:
            self.stop()
        else:
            self._image.visible = not self._image.visible


def _index_shown(viewer: ViewerModel, grid: WorldGrid) -> Array:
    """Return the index, along each axis, of the slice that the viewer shows."""
    world = np.array(viewer.dims.point[-grid.ndim :]) * viewer_factors(viewer, grid)
    index = np.rint(np.linalg.solve(grid.matrix, [*world, 1])[:-1])
    return np.clip(index, 0, np.array(grid.shape) - 1)


def _to_scene(
    viewer: ViewerModel,
    grid: WorldGrid,
    axes: list[int],
    index: Floats,
    sizes: list[float],
) -> MatrixTransform:
    """Return what takes x and y of blocks, of so many pixels, to napari's scene."""
    factors = np.array(viewer_factors(viewer, grid))

    def place(row: float, column: float) -> Floats:
        at = np.array(index, np.float64)
        at[axes] = row * sizes[0] - 0.5, column * sizes[1] - 0.5
        world = (grid.matrix @ [*at, 1])[:-1] / factors
        return np.asarray(world[axes][::-1], np.float64)  # the scene has x first

    start = place(0, 0)
    matrix = np.eye(4)
    matrix[0, :2], matrix[1, :2] = place(0, 1) - start, place(1, 0) - start
    matrix[3, :2] = start
    return MatrixTransform(matrix)
