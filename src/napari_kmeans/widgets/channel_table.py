"""Which channels are clustered, with their weights and scalings."""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass

from psygnal import Signal
from qtpy.QtCore import Qt
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QWidget,
)

from napari_kmeans.core.settings import Scaling
from napari_kmeans.widgets.layout import Group
from napari_kmeans.widgets.texts import plain_tooltip

SCALINGS: list[tuple[str, Scaling, str]] = [
    ("none", "none", "None: the values as they are."),
    (
        "standard",
        "standardize",
        "Zero mean and unit variance: a dim channel counts as much as a bright one.",
    ),
    (
        "robust",
        "percentile",
        "As 'standard', but by the 1st and 99th percentile: robust to outliers.",
    ),
]

HEADS = {"Channel": 6, "Weight": 3, "Scaling": 8}
"""The columns, and their shares of the width."""


@dataclass(frozen=True)
class ChannelChoice:
    """The user's choices for a channel."""

    ticked: bool = True
    weight: float = 1.0  # what its scaled values are multiplied by
    scaling: Scaling = "standardize"


class ChannelTable(Group):
    """A line for each channel: a tick, a weight and a scaling.

    The choices for a channel are remembered while the panel is open.
    """

    edited = Signal()

    def __init__(self) -> None:
        super().__init__(visible=False)
        self._said: dict[Hashable, ChannelChoice] = {}
        self._keys: list[Hashable] = []
        self.rows: list[ChannelRow] = []
        self._body = QWidget()
        self.native.layout().addWidget(self._body)

    def show_channels(self, channels: Sequence[tuple[Hashable, str]]) -> None:
        """Show these channels: a key to remember each by, and its name."""
        keys = [key for key, _ in channels]
        if keys != self._keys:
            self._keys = keys
            said = [self._said.get(key, ChannelChoice()) for key in keys]
            self.rows = [ChannelRow(choice, self._on_edited) for choice in said]
            self._arrange()
        for row, (_, name) in zip(self.rows, channels, strict=True):
            row.tick.show_name(name)

    @property
    def choices(self) -> list[ChannelChoice]:
        """The user's choices for each channel."""
        return [row.choice for row in self.rows]

    @property
    def ticked(self) -> tuple[int, ...]:
        """Which channels are ticked."""
        return tuple(n for n, choice in enumerate(self.choices) if choice.ticked)

    @ticked.setter
    def ticked(self, ticked: Collection[int]) -> None:
        for n, row in enumerate(self.rows):
            row.tick.setChecked(n in ticked)

    def _arrange(self) -> None:
        """Put the rows under their heads, instead of those before."""
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        for column, (head, share) in enumerate(HEADS.items()):
            grid.setColumnStretch(column, share)
            grid.addWidget(QLabel(head), 0, column)
        for line, row in enumerate(self.rows, start=1):
            for column, widget in enumerate((row.tick, row.weight, row.scaling)):
                # However long the texts are, the columns keep their shares.
                policy = QSizePolicy.Policy
                widget.setSizePolicy(policy.Ignored, policy.Fixed)
                grid.addWidget(widget, line, column)
        self.native.layout().replaceWidget(self._body, body)
        self._body.deleteLater()
        self._body = body

    def _on_edited(self) -> None:
        self._said.update(zip(self._keys, self.choices, strict=True))
        self.edited.emit()


class ChannelRow:
    """The widgets of one channel."""

    def __init__(self, choice: ChannelChoice, on_edited: Callable[[], None]) -> None:
        self.tick = ElidedCheckBox()
        self.weight = QDoubleSpinBox()
        self.weight.setRange(0, 1000)
        self.weight.setSingleStep(0.1)
        self.weight.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.weight.setStyleSheet("min-width: 2em")  # napari's style has far more
        self.weight.setToolTip("How much differences in this channel count.")
        self.scaling = QComboBox()
        for index, (text, value, tooltip) in enumerate(SCALINGS):
            self.scaling.addItem(text, value)
            self.scaling.setItemData(index, tooltip, Qt.ItemDataRole.ToolTipRole)
        self.scaling.setToolTip("How this channel is made comparable with the others.")
        self.tick.setChecked(choice.ticked)
        self.weight.setValue(choice.weight)
        self.scaling.setCurrentIndex(self.scaling.findData(choice.scaling))
        for widget in (self.weight, self.scaling):
            widget.setEnabled(choice.ticked)
            self.tick.toggled.connect(widget.setEnabled)
        self.tick.toggled.connect(on_edited)
        self.weight.valueChanged.connect(on_edited)
        self.scaling.currentIndexChanged.connect(on_edited)

    @property
    def choice(self) -> ChannelChoice:
        """What the user says."""
        return ChannelChoice(
            self.tick.isChecked(), self.weight.value(), self.scaling.currentData()
        )


class ElidedCheckBox(QCheckBox):
    """A check box that elides its text to the width it is given."""

    full_text = ""

    def show_name(self, name: str) -> None:
        """Show another name, as much of it as there is room for."""
        self.full_text = name
        words = f"{name}: tick it to cluster it with the others."
        self.setToolTip(plain_tooltip(words))
        self.setAccessibleName(name)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Elide the text to the new width."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        room = max(self.width() - self.iconSize().width() - 12, 20)
        mode = Qt.TextElideMode.ElideMiddle  # names of channels differ at their ends
        name = self.full_text.removeprefix("Channel ")  # as the head above says
        text = self.fontMetrics().elidedText(name, mode, room)
        self.setText(text.replace("&", "&&"))  # "&" alone marks a key
