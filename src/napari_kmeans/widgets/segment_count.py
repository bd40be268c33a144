"""The number of segments: a slider for usual numbers, a box for any."""

from magicgui.widgets import Slider, SpinBox
from qtpy.QtCore import QEvent
from qtpy.QtGui import QKeyEvent, QKeySequence

from napari_kmeans.widgets.layout import EventWatcher, Group

USUAL = (2, 16)
ALLOWED = (1, 255)


class SegmentCount(Group):
    """A slider from 2 to 16 beside a box in which up to 255 can be typed."""

    def __init__(self, value: int, tooltip: str) -> None:
        self.slider = Slider(
            min=USUAL[0], max=USUAL[1], value=USUAL[0], readout=False, tooltip=tooltip
        )
        self.box = SpinBox(min=ALLOWED[0], max=ALLOWED[1], value=value, tooltip=tooltip)
        super().__init__(
            [self.slider, self.box],
            layout="horizontal",
            label="Segments",
            tooltip=tooltip,
        )
        self.native.layout().setStretch(0, 3)
        self.native.layout().setStretch(1, 2)
        self.slider.native.setAccessibleName("Number of segments, slider")
        self.box.native.setAccessibleName("Number of segments")
        EventWatcher(self.box.native, self._on_event)
        EventWatcher(self.box.native.lineEdit(), self._on_event)
        self.slider.changed.connect_setattr(self.box, "value", maxargs=1)
        self.box.changed.connect(self._follow_box)
        self._follow_box(value)

    @property
    def value(self) -> int:
        """The number of segments."""
        return int(self.box.value)

    @value.setter
    def value(self, value: int) -> None:
        self.box.value = value

    def _on_event(self, event: QEvent) -> bool:
        """Leave undo and redo to the segments: a number is typed again sooner."""
        if event.type() != QEvent.Type.ShortcutOverride:
            return False
        assert isinstance(event, QKeyEvent)
        undo, redo = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
        return event.matches(undo) or event.matches(redo)

    def _follow_box(self, value: int) -> None:
        """Move the slider to the number in the box, within its range."""
        with self.slider.changed.blocked():
            self.slider.value = min(max(value, USUAL[0]), USUAL[1])
