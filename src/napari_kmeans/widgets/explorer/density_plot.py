"""The density of an image's values along two axes, on the screen."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from psygnal import Signal
from qtpy.QtCore import QEvent, QPointF, QRectF
from qtpy.QtGui import QColor, QPalette
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_kmeans.core.plotting.density import Density
from napari_kmeans.core.types import Array, Counts, Flags, Floats
from napari_kmeans.widgets.explorer.plotting import SegmentColors

COLORMAP = "viridis"
"""Perceptually uniform: equal steps of it look equal."""
FAINTEST = 70
"""The opacity, of 255, of a box with one pixel where boxes have segments' colours."""
AXES = ("left", "bottom")
HALO = (0, 0, 0, 160)
MARK = (255, 255, 0)


class DensityPlot(QWidget):
    """Draws how many pixels each box has, the borders of segments and their means.

    It uses pyqtgraph, as the plot of areas does.
    """

    hovered = Signal(object)
    """The two numbers of the box under the mouse, or None."""

    def __init__(self) -> None:
        super().__init__()
        import pyqtgraph  # noqa: PLC0415 (only who looks at a plot waits for it)

        self._library = pyqtgraph
        self.canvas = pyqtgraph.PlotWidget(background=None)
        self.canvas.setMenuEnabled(False)
        self.canvas.hideButtons()
        self._density: Density | None = None
        self.image = pyqtgraph.ImageItem(axisOrder="row-major")
        self.borders = self._line(1, "pairs")
        self.centroids = pyqtgraph.ScatterPlotItem(size=20)
        self.marker = pyqtgraph.ScatterPlotItem(
            size=14, brush=None, pen=pyqtgraph.mkPen(MARK, width=3)
        )
        self.lasso_line = self._line(2, "all")
        self._numbers: list[Any] = []
        for item in (
            self.image,
            self.borders,
            self.centroids,
            self.lasso_line,
            self.marker,
        ):
            self.canvas.addItem(item, ignoreBounds=item is not self.image)
        scene = self.canvas.scene()
        scene.sigMouseMoved.connect(self._on_moved)
        scene.sigMouseClicked.connect(self._on_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self._wear_theme()

    def _line(self, width: int, connect: str) -> Any:
        """Make a line that is seen on dark and on bright."""
        return self._library.PlotDataItem(
            pen=self._library.mkPen("w", width=width),
            shadowPen=self._library.mkPen(HALO, width=width + 1),
            connect=connect,
        )

    def show_density(
        self,
        density: Density,
        totals: Counts,
        owners: Array,
        territories: Array,
        names: Sequence[str],
        *,
        palette: SegmentColors | None,
    ) -> None:
        """Draw counts in a colormap, or in the colours of the segments if given.

        Of each box there is the label that has most of its pixels, and most around.
        """
        is_new = self._density is not density
        self._density = density
        (left, bottom), (right, top) = density.low, density.high
        pixels = self._in_colormap(totals)
        if palette is not None:
            pixels = _in_colors(totals, palette.colors[owners])
        self.image.setImage(pixels.transpose(1, 0, 2), levels=(0, 255))
        self.image.setRect(QRectF(left, bottom, right - left, top - bottom))
        x, y = _borders(territories).T
        scale = (density.high - density.low) / density.shape
        self.borders.setData(left + x * scale[0], bottom + y * scale[1])
        for name, axis in zip(names, ("bottom", "left"), strict=True):
            self.canvas.setLabel(axis, escape(name))
            self.canvas.getPlotItem().getAxis(axis).enableAutoSIPrefix(False)
        if is_new:
            self.show_all()

    def show_all(self) -> None:
        """Look at all of it."""
        if self._density is not None:
            (left, bottom), (right, top) = self._density.low, self._density.high
            self.canvas.setXRange(left, right, padding=0.02)
            self.canvas.setYRange(bottom, top, padding=0.02)

    def show_centroids(
        self, places: Floats, numbers: Sequence[int], colors: Floats
    ) -> None:
        """Mark the means (2, n) of segments, with their numbers."""
        library = self._library
        self.centroids.setData(
            *places,
            brush=[
                library.mkBrush(QColor.fromRgbF(*color)) for color in colors.tolist()
            ],
            pen=library.mkPen("w", width=2),
        )
        for item in self._numbers:
            self.canvas.removeItem(item)
        self._numbers = []
        for place, number, color in zip(
            places.T, numbers, colors.tolist(), strict=True
        ):
            ink = "k" if QColor.fromRgbF(*color).lightnessF() > 0.5 else "w"
            item = library.TextItem(str(number), color=ink, anchor=(0.5, 0.5))
            item.setPos(*place)
            self.canvas.addItem(item, ignoreBounds=True)
            self._numbers.append(item)

    def mark(self, place: Floats | None) -> None:
        """Mark a place (2,); None: none."""
        points = ([], []) if place is None else ([place[0]], [place[1]])
        self.marker.setData(*points)

    @property
    def marked(self) -> tuple[float, float] | None:
        """The place that is marked."""
        x, y = self.marker.getData()
        return (float(x[0]), float(y[0])) if len(x) else None

    def _in_colormap(self, totals: Counts) -> Array:
        """Return the colour (..., 4) of counts, on a logarithmic scale."""
        table = self._library.colormap.get(COLORMAP).getLookupTable(nPts=256)
        share = _logarithmic(totals)
        pixels = np.empty((*totals.shape, 4), np.uint8)
        pixels[..., :3] = table[np.rint(255 * share).astype(np.intp)]
        pixels[..., 3] = np.where(totals > 0, 255, 0)
        return pixels

    # The mouse

    def _on_moved(self, place: QPointF) -> None:
        density = self._density
        box = None
        if density is not None and self.canvas.getPlotItem().vb.sceneBoundingRect():
            at = self.canvas.getPlotItem().vb.mapSceneToView(place)
            share = (np.array([at.x(), at.y()]) - density.low) / (
                density.high - density.low
            )
            if ((share >= 0) & (share < 1)).all():
                box = tuple((share * density.shape).astype(int).tolist())
        self.hovered.emit(box)

    def _on_clicked(self, event: Any) -> None:
        if event.double():
            self.show_all()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Say that the mouse has left."""
        super().leaveEvent(event)
        self.hovered.emit(None)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Take the colours of another theme."""
        super().changeEvent(event)
        if event.type() in (event.Type.StyleChange, event.Type.PaletteChange):
            self._wear_theme()

    def _wear_theme(self) -> None:
        text = self.palette().color(QPalette.ColorRole.WindowText)
        for name in AXES:
            axis = self.canvas.getAxis(name)
            axis.setPen(text)
            axis.setTextPen(text)


def _logarithmic(totals: Counts) -> Floats:
    """Return counts from 0 to 1, on a logarithmic scale from half a pixel."""
    share: Floats = np.log1p(totals) / np.log1p(totals.max(initial=1))
    return share


def _in_colors(totals: Counts, colors: Floats) -> Array:
    """Return colours of which less is seen the fewer pixels there are."""
    pixels = np.empty((*totals.shape, 4), np.uint8)
    pixels[..., :3] = np.rint(255 * colors)
    opacity = FAINTEST + (255 - FAINTEST) * _logarithmic(totals)
    pixels[..., 3] = np.where(totals > 0, opacity, 0)
    return pixels


def _borders(owners: Array) -> Floats:
    """Return the ends, (2 n, 2) in boxes, of lines between boxes of other owners."""

    def between(one: Array, other: Array) -> Flags:
        flags: Flags = (one != other) & (one > 0) & (other > 0)
        return flags

    x, y = np.nonzero(between(owners[1:], owners[:-1]))
    along = np.column_stack([x + 1, y, x + 1, y + 1])
    x, y = np.nonzero(between(owners[:, 1:], owners[:, :-1]))
    across = np.column_stack([x, y + 1, x + 1, y + 1])
    return np.concatenate([along, across]).reshape(-1, 2).astype(np.float64)
