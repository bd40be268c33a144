"""The number of segments: a slider for usual numbers, a box for any."""

from magicgui.widgets import Slider, SpinBox

from napari_kmeans.widgets.layout import Group

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

    def _follow_box(self, value: int) -> None:
        """Move the slider to the number in the box, within its range."""
        with self.slider.changed.blocked():
            self.slider.value = min(max(value, USUAL[0]), USUAL[1])
