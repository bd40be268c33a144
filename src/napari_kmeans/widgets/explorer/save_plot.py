"""Save a plot as a picture, a drawing or a table: one button, for every page."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psygnal import Signal
from qtpy.QtCore import QBuffer, QIODevice, QPointF, QRectF
from qtpy.QtGui import QColor, QImage, QPainter, QPen
from qtpy.QtSvg import QSvgGenerator
from qtpy.QtWidgets import QGraphicsItem, QPushButton

from napari_kmeans.core.whole_file import write_whole
from napari_kmeans.io.tables import write_table
from napari_kmeans.widgets.table_export import Rows, ask_for_path

WIDTH = 1600
"""Pixels across that a saved picture has at least: enough for a printed page."""

SCREEN_ONLY = "screen only"
"""The data of a plot's item that is not saved, such as what is under the mouse."""

INK, PAPER = QColor("black"), QColor("white")
"""What a saved plot is drawn in, and on, whatever the theme of the window."""


@dataclass(frozen=True)
class FileKind:
    """A kind of file that a plot can be saved as."""

    name: str  # in the dialog, such as "Picture"
    suffix: str
    write: Callable[[Path], object]


class SavePlotButton(QPushButton):
    """Asks for a file and saves the plot in the kind of its suffix."""

    said = Signal(str)

    def __init__(self, name: Callable[[], str], kinds: Sequence[FileKind]) -> None:
        super().__init__("Save…")
        self._name, self._kinds = name, kinds
        listed = [kind.suffix[1:].upper() for kind in kinds]
        words = " or ".join(filter(None, [", ".join(listed[:-1]), listed[-1]]))
        self.setToolTip(f"Save the plot as {words}.")
        self.clicked.connect(self._ask_and_save)

    def _ask_and_save(self) -> None:
        suffixes = {kind.name: kind.suffix for kind in self._kinds}
        name = f"{self._name()}{self._kinds[0].suffix}"
        path = ask_for_path(self, name, "Save the plot", suffixes)
        if path is not None:
            self.said.emit(save_plot(path, self._kinds))


def save_plot(path: Path, kinds: Sequence[FileKind]) -> str:
    """Save in the kind of a path's suffix, and return what to tell the user."""
    by_suffix = {kind.suffix: kind for kind in kinds}
    kind = by_suffix.get(path.suffix.lower())
    if kind is None:
        return f"'{path.name}' was not saved: end its name in {', '.join(by_suffix)}."
    try:
        kind.write(path)
    except OSError as error:
        return str(error)
    return f"Saved '{path}'."


def pictures_of(canvas: Any) -> tuple[FileKind, FileKind]:
    """Return the kinds of picture that a pyqtgraph widget can be saved as."""
    return (
        FileKind("Picture", ".png", lambda path: _write_png(canvas, path)),
        FileKind("Drawing", ".svg", lambda path: _write_svg(canvas, path)),
    )


def table_of(rows: Callable[[], Rows]) -> FileKind:
    """Return the kind of file with a plot's numbers, under a row of titles."""
    return FileKind("Table", ".csv", lambda path: write_table(path, rows()))


def write_image(image: QImage, path: Path) -> None:
    """Write an image as PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    write_whole(path, bytes(buffer.data().data()))


def _write_png(canvas: Any, path: Path) -> None:
    """Write what a pyqtgraph widget shows, at a higher resolution, as PNG."""
    from pyqtgraph.exporters import ImageExporter  # noqa: PLC0415  (as the plots)

    with _on_paper(canvas):
        exporter = ImageExporter(canvas.getPlotItem())
        settings = exporter.parameters()
        settings["background"] = PAPER
        settings["width"] = max(WIDTH, 2 * settings["width"])
        write_image(exporter.export(toBytes=True), path)


def _write_svg(canvas: Any, path: Path) -> None:
    """Write what a pyqtgraph widget shows as SVG.

    By Qt alone: pyqtgraph's exporter fails on the paths that recent Qt writes.
    """
    plot, buffer = canvas.getPlotItem(), QBuffer()
    # In SVG Tiny, the default, nothing is cut off where the axes end.
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    area = plot.mapRectToScene(plot.boundingRect())
    generator.setOutputDevice(buffer)
    # What pyqtgraph has recorded for the screen is replayed at its size.
    generator.setResolution(canvas.logicalDpiX())
    generator.setSize(area.size().toSize())
    generator.setViewBox(QRectF(QPointF(), area.size()))
    with _on_paper(canvas):
        painter = QPainter(generator)
        painter.fillRect(QRectF(QPointF(), area.size()), PAPER)
        canvas.scene().render(painter, QRectF(QPointF(), area.size()), area)
        painter.end()
    write_whole(path, bytes(buffer.data().data()))


@contextmanager
def _on_paper(canvas: Any) -> Iterator[None]:
    """Draw axes and lines in ink meanwhile: light ones are not seen on paper."""
    from pyqtgraph import InfiniteLine  # noqa: PLC0415  (as the plots)

    plot = canvas.getPlotItem()
    axes = [entry["item"] for entry in plot.axes.values()]
    lines = [item for item in plot.items if isinstance(item, InfiniteLine)]
    # Some of pyqtgraph's items have numbers of their own that are called data.
    data = QGraphicsItem.data
    every = canvas.scene().items()  # also those that hang on others
    hidden = [i for i in every if data(i, 0) == SCREEN_ONLY and i.isVisible()]
    before = [(axis.pen(), axis.textPen()) for axis in axes]
    pens = [line.pen for line in lines]
    for axis in axes:
        axis.setPen(INK)
        axis.setTextPen(INK)
    for line in lines:
        pen = QPen(line.pen)
        pen.setColor(INK)
        line.setPen(pen)
    for item in hidden:
        item.hide()
    try:
        yield
    finally:
        for axis, (pen, text_pen) in zip(axes, before, strict=True):
            axis.setPen(pen)
            axis.setTextPen(text_pen)
        for line, pen in zip(lines, pens, strict=True):
            line.setPen(pen)
        for item in hidden:
            item.show()
