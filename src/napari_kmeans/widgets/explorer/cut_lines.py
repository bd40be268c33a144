"""The lines between clusters in a histogram, which are dragged, or moved by keys."""

from collections.abc import Sequence
from typing import Any

from psygnal import Signal
from qtpy.QtGui import QColor

WIDTH, WIDE = 2, 4
"""Of a line, and of the one that the keys move or the mouse is on."""
HANDLE = 11
"""The size of the handle at the top of a line, in pixels."""
ON_TOP = 50


class CutLines:
    """Shows cuts as lines on a pyqtgraph plot, one of which has the focus."""

    dragged = Signal(int, float)  # a cut, and to where
    dropped = Signal(int)  # a cut, at the end of a drag
    reset = Signal(int)  # a cut that was double-clicked
    chosen = Signal(int)  # the cut with the focus

    def __init__(self, plot: Any) -> None:
        import pyqtgraph  # noqa: PLC0415  (only who looks at a plot waits for it)

        self._library, self._plot = pyqtgraph, plot
        self.lines: list[Any] = []
        self.focused = 0
        self._color = QColor("black")

    @property
    def is_dragged(self) -> bool:
        """Whether the mouse holds a line now."""
        return any(line.moving for line in self.lines)

    def show(self, cuts: Sequence[float], movable: bool, faint: Sequence[bool]) -> None:
        """Show cuts, the faint ones of which are within a segment."""
        for line in self.lines[len(cuts) :]:
            self._plot.removeItem(line)
        del self.lines[len(cuts) :]
        while len(self.lines) < len(cuts):
            self.lines.append(self._make(len(self.lines)))
        for line, cut, is_faint in zip(self.lines, cuts, faint, strict=True):
            if not line.moving:
                line.setValue(cut)
            line.setMovable(movable)
            line.is_faint = is_faint
        self.focus(min(self.focused, max(0, len(cuts) - 1)))

    def focus(self, index: int) -> None:
        """Have the keys move this cut."""
        is_other, self.focused = index != self.focused, index
        self._draw()
        if is_other:
            self.chosen.emit(index)

    def wear(self, color: QColor) -> None:
        """Draw the lines in a colour."""
        self._color = color
        self._draw()

    def _make(self, index: int) -> Any:
        line = self._library.InfiniteLine(angle=90)
        line.addMarker("v", 1.0, HANDLE)
        line.setZValue(ON_TOP)
        line.sigDragged.connect(lambda one: self._on_dragged(index, one))
        line.sigPositionChangeFinished.connect(lambda _: self.dropped.emit(index))
        line.sigClicked.connect(lambda _, event: self._on_clicked(index, event))
        self._plot.addItem(line, ignoreBounds=True)
        return line

    def _on_dragged(self, index: int, line: Any) -> None:
        self.focus(index)
        self.dragged.emit(index, line.value())

    def _on_clicked(self, index: int, event: Any) -> None:
        event.accept()
        self.focus(index)
        if event.double():
            self.reset.emit(index)

    def _draw(self) -> None:
        for index, line in enumerate(self.lines):
            color = QColor(self._color)
            color.setAlphaF(0.4 if line.is_faint else 1.0)
            width = WIDE if index == self.focused and len(self.lines) > 1 else WIDTH
            line.setPen(self._library.mkPen(color, width=width))
            line.setHoverPen(self._library.mkPen(color, width=WIDE))
