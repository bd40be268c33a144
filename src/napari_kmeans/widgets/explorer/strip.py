"""The strip: a small picture for each number of segments, and what it explains."""

from collections.abc import Sequence
from math import isnan

import numpy as np
from psygnal import Signal
from qtpy.QtCore import QRect, QSize, Qt
from qtpy.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from qtpy.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from napari_kmeans.core.choosing.choice import Criteria, percent
from napari_kmeans.core.types import Array, Counts, Floats
from napari_kmeans.widgets.texts import hex_color

PADDING = 4
BAR = 8
"""The height of the bar of areas, in logical pixels."""
LEAST_WIDTH, MOST_WIDTH = 64, 260
ASPECT = 4 / 3
"""Of a picture that is not known yet."""
GAP = 6
SUGGESTED = "★"
WAITING = "…"
STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Down: 1,
}

ROWS = {
    "Silhouette": "How much nearer pixels are to those of their own segment than to "
    "those of the next (Rousseeuw 1987): 1 is far apart, 0 is no difference. Of many "
    "colours, that of a sample.",
    "Calinski-Harabasz": "The variance between the segments over that within them, "
    "each per degree of freedom (Calinski and Harabasz 1974). Higher is better.",
}
"""What is told below the pictures, and the tooltips."""


class Thumbnail(QPushButton):
    """A small picture of the image in some number of segments, to be clicked."""

    moved = Signal(int)  # by a key, to the one before (-1) or after (1)

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.picture: QPixmap | None = None
        self.is_suggested = False
        self.explained = ""
        self._areas: list[tuple[QColor, float]] = []
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.mark()

    def show_picture(self, picture: Array, colors: Floats, counts: Counts) -> None:
        """Draw a picture (rows, columns, 4), and the areas of the segments."""
        rows, columns = picture.shape[:2]
        pixels = np.ascontiguousarray(picture)
        kind = QImage.Format.Format_RGBA8888
        image = QImage(pixels.data, columns, rows, 4 * columns, kind)
        self.picture = QPixmap.fromImage(image)
        shares = (counts / counts.sum()).tolist()
        tints = [QColor(hex_color(tuple(color))) for color in colors.tolist()]
        self._areas = list(zip(tints, shares, strict=True))
        self.update()

    def mark(
        self, explained: str = "", more: str = "", *, is_suggested: bool = False
    ) -> None:
        """Say what this number explains, and whether it is suggested."""
        self.explained, self.is_suggested = explained, is_suggested
        words = f"{self.number} segment{'' if self.number == 1 else 's'}"
        if explained:
            words += f", which explain {explained} of the variance of the pixels"
        if is_suggested:
            words += " (suggested)"
        self.setAccessibleName(words)
        click = "Click to segment the image into this many (Enter)."
        self.setToolTip("\n".join(filter(None, [f"{words}.", more, click])))
        self.update()

    @property
    def aspect(self) -> float:
        """How wide the picture is for its height."""
        picture = self.picture
        return ASPECT if picture is None else picture.width() / picture.height()

    @property
    def frame(self) -> QSize:
        """What there is beside the picture."""
        return QSize(2 * PADDING, self._text_height + BAR + 3 * PADDING)

    @property
    def _text_height(self) -> int:
        return self.fontMetrics().lineSpacing()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the number, the picture below it, and the areas."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        inner = self.rect().adjusted(PADDING, PADDING, -PADDING, -PADDING)
        text = QRect(inner)
        text.setHeight(self._text_height)
        bar = QRect(inner)
        bar.setTop(inner.bottom() - BAR + 1)
        room = QRect(inner)
        room.setTop(text.bottom() + PADDING // 2)
        room.setBottom(bar.top() - PADDING // 2)
        painter.setPen(self.palette().color(self.foregroundRole()))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(text, right, self.explained)
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        star = f" {SUGGESTED}" if self.is_suggested else ""
        painter.drawText(text, left, f"{self.number}{star}")
        if self.picture is None:
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, WAITING)
            return
        size = self.picture.size().scaled(
            room.size(), Qt.AspectRatioMode.KeepAspectRatio
        )
        place = QRect(room.topLeft(), size)
        place.moveCenter(room.center())
        painter.drawPixmap(place, self.picture)
        start = 0.0
        for color, share in self._areas:
            end = start + share
            x0, x1 = (bar.left() + round(bar.width() * at) for at in (start, end))
            painter.fillRect(x0, bar.top(), x1 - x0, bar.height(), color)
            start = end

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Go along the strip with the arrows, and adopt a number with Enter."""
        step = STEPS.get(Qt.Key(event.key()))
        if step is not None:
            self.moved.emit(step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class Strip(QScrollArea):
    """Thumbnails side by side, each above what its number of segments explains.

    Where that would make them small they are in several rows, and what is below them is
    told by their tooltips only.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.thumbnails: dict[int, Thumbnail] = {}
        self._captions: list[QLabel] = []
        self._cells: dict[int, tuple[QLabel, ...]] = {}
        self._current = 0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_numbers(self, numbers: Sequence[int]) -> None:
        """Make room for these numbers, with nothing to see yet."""
        content = QWidget()
        self._grid = QGridLayout(content)
        self._grid.setContentsMargins(2, 2, 2, 2)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(1)
        self._captions = [QLabel(title, content) for title in ROWS]
        for label, tooltip in zip(self._captions, ROWS.values(), strict=True):
            label.setToolTip(tooltip)
        self.thumbnails, self._cells = {}, {}
        for number in numbers:
            thumbnail = Thumbnail(number)
            thumbnail.clicked.connect(lambda _=False, number=number: self._on(number))
            thumbnail.moved.connect(lambda step, number=number: self._go(number, step))
            self.thumbnails[number] = thumbnail
            cells = tuple(QLabel("", content) for _ in ROWS)
            for cell, tooltip in zip(cells, ROWS.values(), strict=True):
                cell.setAlignment(Qt.AlignmentFlag.AlignCenter)
                cell.setToolTip(tooltip)
            self._cells[number] = cells
        self.setWidget(content)
        self.mark_current(self._current)
        self._fit()

    def show_picture(
        self, number: int, picture: Array, colors: Floats, counts: Counts
    ) -> None:
        """Show the picture of a number of segments."""
        thumbnail = self.thumbnails.get(number)
        if thumbnail is not None:
            thumbnail.show_picture(picture, colors, counts)
            self._fit()

    def show_criteria(
        self, criteria: Sequence[Criteria], suggested: int | None
    ) -> None:
        """Write what each number explains, and mark the one that is suggested."""
        known = {one.n_clusters: one for one in criteria}
        for number, cells in self._cells.items():
            # Into more segments than there are values, it is as into so many.
            one = known.get(min(number, max(known, default=0)))
            texts = ("", "") if one is None else _in_words(one)
            pairs = zip(ROWS, texts, strict=True)
            more = "" if one is None else "\n".join(f"{t}: {x}" for t, x in pairs)
            for cell, text in zip(cells, texts, strict=True):
                cell.setText(text)
            explained = "" if one is None else percent(one.explained)
            is_suggested = number == suggested
            self.thumbnails[number].mark(explained, more, is_suggested=is_suggested)

    def mark_current(self, number: int) -> None:
        """Mark the number that the panel is set to."""
        self._current = number
        for each, thumbnail in self.thumbnails.items():
            thumbnail.setChecked(each == number)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Make the pictures as large as there is room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Make the pictures as large as they can be, in one row or several."""
        thumbnails = list(self.thumbnails.values())
        if not thumbnails:
            return
        widths = {n: self._width(n) for n in range(1, len(thumbnails) + 1)}
        n_rows = max(widths, key=lambda n: (widths[n], -n))
        width = min(max(widths[n_rows], LEAST_WIDTH), MOST_WIDTH)
        frame = thumbnails[0].frame
        height = round((width - frame.width()) / self._aspect) + frame.height()
        for thumbnail in thumbnails:
            thumbnail.setFixedSize(width, height)
        self._arrange(n_rows)

    @property
    def _aspect(self) -> float:
        return max(each.aspect for each in self.thumbnails.values())

    def _width(self, n_rows: int) -> int:
        """Return how wide thumbnails may be in some number of rows."""
        n_columns = -(-len(self.thumbnails) // n_rows)
        width, height = self.width() - 2 * GAP, self.height() - 2 * GAP
        if n_rows == 1:
            width -= max(label.sizeHint().width() for label in self._captions) + GAP
            height -= sum(label.sizeHint().height() + 1 for label in self._captions)
        frame = next(iter(self.thumbnails.values())).frame
        room = (height - n_rows * GAP) / n_rows - frame.height()
        across = width / n_columns - GAP
        return int(min(across, room * self._aspect + frame.width()))

    def _arrange(self, n_rows: int) -> None:
        """Place the thumbnails, and what is told below them if they are in one row."""
        grid, is_told = self._grid, n_rows == 1
        n_columns = -(-len(self.thumbnails) // n_rows)
        for index, (number, thumbnail) in enumerate(self.thumbnails.items()):
            row, column = divmod(index, n_columns)
            grid.addWidget(thumbnail, row, column + 1)
            for below, cell in enumerate(self._cells[number], n_rows):
                grid.addWidget(cell, below, column + 1)
                cell.setVisible(is_told)
        for below, label in enumerate(self._captions, n_rows):
            grid.addWidget(label, below, 0)
            label.setVisible(is_told)
        for place in range(grid.columnCount() + 1):
            grid.setColumnStretch(place, place == n_columns + 1)
        for place in range(grid.rowCount() + 1):
            grid.setRowStretch(place, place == n_rows + len(ROWS))
        grid.setVerticalSpacing(1 if is_told else GAP)

    def _on(self, number: int) -> None:
        self.mark_current(self._current)  # a click has toggled it
        self.chosen.emit(number)

    def _go(self, number: int, step: int) -> None:
        numbers = list(self.thumbnails)
        place = min(max(numbers.index(number) + step, 0), len(numbers) - 1)
        following = self.thumbnails[numbers[place]]
        following.setFocus(Qt.FocusReason.TabFocusReason)
        self.ensureWidgetVisible(following)


def _in_words(one: Criteria) -> tuple[str, str]:
    """Write the criteria of a number of segments."""
    silhouette = "–" if isnan(one.silhouette) else f"{one.silhouette:.2f}"
    ratio = "–" if isnan(one.calinski_harabasz) else f"{one.calinski_harabasz:,.0f}"
    return silhouette, ratio
