"""A thin outline of one segment, over the slice that is on the screen.

The line is added to the scene beside the labels, not as a layer: it changes no layer's
pixels or colours, and lies where they lie.
"""

from typing import Any

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QTimer
from vispy.scene.visuals import Line
from vispy.visuals.transforms import MatrixTransform

from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.widgets.canvas import camera_of, canvas_of, node_of, slice_of
from napari_kmeans.widgets.links import Links

STROKES = (((0.0, 0.0, 0.0, 1.0), 3), ((1.0, 1.0, 1.0, 1.0), 1))
"""Colour and width, in pixels of the screen. Light within dark is always seen."""

MOST_LINES = 50_000
"""What has a longer outline is drawn more coarsely."""

MOST_PIXELS = 4_000_000
"""Of a larger view the pixels are looked at in blocks."""

ON_TOP = 1_000_000

Box = tuple[slice, slice]
"""Some rows and columns."""


class Outline:
    """Draws the outline of a segment until another is shown, or none."""

    def __init__(self, parent: QObject) -> None:
        self._layers: SegmentLayers | None = None
        self._value: int | None = None
        self._lines: list[Any] = []
        self._links = Links()
        # When a layer tells of another slice, its node has not followed yet.
        self._timer = QTimer(parent, singleShot=True, interval=0)
        self._timer.timeout.connect(self.draw)

    @property
    def shown(self) -> int | None:
        """The label value of the segment that is outlined now."""
        is_drawn = any(line.parent is not None for line in self._lines)
        return self._value if is_drawn else None

    def show(self, layers: SegmentLayers | None, value: int | None) -> None:
        """Outline a segment, and keep to it while the view moves; None: none."""
        self._layers, self._value = layers, value
        labels = None if layers is None or value is None else layers.labels
        viewer = None if layers is None else layers.viewer
        if labels is None or viewer is None:
            self._links.follow()
        else:
            events = labels.events, camera_of(viewer).events, viewer.dims.events
            layer, camera, dims = events
            moves = layer.set_data, camera.zoom, camera.center, dims.ndisplay
            self._links.follow(*((event, self._later) for event in moves))
        self.draw()

    def refresh(self) -> None:
        """Follow what became of the segment and of the labels layer."""
        self.show(self._layers, self._value)

    def _later(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        """Let go of the viewer, which may be closing."""
        self._timer.stop()
        self._links.follow()

    def draw(self) -> None:
        """Draw the outline of the segment as it is now."""
        self._timer.stop()
        found = self._find()
        if found is None:
            for line in self._lines:
                line.parent = None
            return
        ends, node, ratio = found
        if not self._lines:
            self._lines = [
                Line(color=color, connect="segments", method="gl")
                for color, _ in STROKES
            ]
        for order, (line, (_, width)) in enumerate(
            zip(self._lines, STROKES, strict=True)
        ):
            line.set_data(pos=ends, width=width * ratio)
            line.set_gl_state("translucent", depth_test=False)
            line.parent = node.parent
            line.transform = MatrixTransform(node.transform.matrix.copy())
            line.order = ON_TOP + order

    def _find(self) -> tuple[NDArray[np.float32], Any, float] | None:
        """Return lines, the node in whose pixels they are, and the screen's ratio."""
        layers, value = self._layers, self._value
        viewer = None if layers is None else layers.viewer
        labels = None if layers is None else layers.labels
        node = node_of(viewer, labels)
        if node is None or labels is None or viewer is None or value is None:
            return None
        if viewer.dims.ndisplay != 2 or not _is_up_to_date(labels):
            return None
        pixels, canvas = slice_of(labels), canvas_of(viewer).native
        if pixels is None:
            return None
        box, step = seen(node, canvas, pixels.shape)
        ends = outline(pixels, value, box, step)
        return (ends, node, canvas.devicePixelRatioF()) if len(ends) else None


def _is_up_to_date(labels: Labels) -> bool:
    """Return whether the slice of a layer is right; of a hidden one, bring it up."""
    if labels.visible:
        return True
    if labels.multiscale:
        return False  # napari keeps its level and its place as they were
    labels.set_view_slice()
    return True


def seen(node: Any, canvas: Any, shape: tuple[int, int]) -> tuple[Box, int]:
    """Return what of a node's pixels is on the screen, and how many share a pixel."""
    width, height = max(canvas.width(), 1), max(canvas.height(), 1)
    corners = [(0, 0), (width, 0), (0, height), (width, height)]
    places = node.get_transform("visual", "canvas").imap(corners)[:, 1::-1]
    lowest = np.clip(np.floor(places.min(axis=0)) - 1, 0, shape).astype(int)
    highest = np.clip(np.ceil(places.max(axis=0)) + 1, 0, shape).astype(int)
    step = min((highest - lowest) / sorted((width, height)))
    step = max(step, np.sqrt(np.prod(highest - lowest) / MOST_PIXELS), 1)
    return (slice(lowest[0], highest[0]), slice(lowest[1], highest[1])), int(step)


def outline(
    pixels: Any, value: int, box: Box, step: int = 1, most: int = MOST_LINES
) -> NDArray[np.float32]:
    """Return lines around a label value, (2 n, 2): x and y of the ends of each."""
    mask = pooled(np.asarray(pixels[box]) == value, step)
    while n_edges(mask) > most:
        mask, step = pooled(mask, 2), 2 * step
    first = np.array([box[1].start, box[0].start], np.float32)
    return edges(mask) * np.float32(step) + first


def pooled(mask: NDArray[np.bool_], step: int) -> NDArray[np.bool_]:
    """Return where a block of `step` pixels across has any: nothing small is lost."""
    if step == 1:
        return mask
    height, width = mask.shape
    if height % step or width % step:
        mask = np.pad(mask, ((0, -height % step), (0, -width % step)))
    rows = np.logical_or.reduce(mask.reshape(-1, step, mask.shape[1]), axis=1)
    pooled: NDArray[np.bool_] = np.logical_or.reduce(
        [rows[:, start::step] for start in range(step)]
    )
    return pooled


def n_edges(mask: NDArray[np.bool_]) -> int:
    """Count the lines within a mask."""
    return int(np.count_nonzero(mask[1:] != mask[:-1])) + int(
        np.count_nonzero(mask[:, 1:] != mask[:, :-1])
    )


def edges(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the ends, (2 n, 2) as x and y, of the lines around what is in a mask."""
    padded = np.pad(mask, 1)
    y, right = _where(padded[1:] != padded[:-1])
    bottom, x = _where(padded[:, 1:] != padded[:, :-1])
    along = np.column_stack([right - 1, y, right, y])
    down = np.column_stack([x, bottom - 1, x, bottom])
    return np.concatenate([along, down]).reshape(-1, 2).astype(np.float32)


def _where(mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns, in half the time of numpy's own `nonzero`."""
    return np.divmod(np.flatnonzero(mask), mask.shape[1])
