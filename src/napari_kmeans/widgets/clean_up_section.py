"""The clean-up section: choose a method, preview it, apply it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import floor, log10
from textwrap import fill
from typing import Any, Literal

import numpy as np
from magicgui.widgets import CheckBox, FloatSpinBox, PushButton
from numpy.typing import NDArray
from psygnal import Signal
from qtpy.QtCore import QEvent

from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.segments.cleanup import drop_small, fill_holes, smooth
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox
from napari_kmeans.widgets.job import Job, one_step
from napari_kmeans.widgets.layout import AlignedRows, EventWatcher, FoldedSection
from napari_kmeans.widgets.links import Links
from napari_kmeans.widgets.texts import PlainLabel

Labels = NDArray[Any]
Values = tuple[int, ...]
Destination = Literal["neighbour", "nothing"]

ALL, SELECTED = "All segments", "Selected rows"
PIXELS = "px"

# A folded section gives text that Qt wraps too little height.
LETTERS_IN_A_LINE = 34


@dataclass(frozen=True)
class Method:
    """A clean-up method."""

    name: str  # what the user chooses, and what undo calls it
    amount_label: str  # what its number means
    default: float  # the number to start from, in pixels
    # from labels to labels, given the segments, the number, and where pixels go
    clean: Callable[[Labels, Values, float, Destination], Labels]
    tooltip: str  # what it does
    is_area: bool = True  # whether its number is an area, or else a length in pixels
    drops: bool = False  # whether it drops pixels, which have to go somewhere


METHODS = (
    Method(
        "Drop small objects",
        "Below",
        20,
        lambda labels, values, n, to: drop_small(labels, values, round(n), to=to),
        "Remove connected components that are too small.",
        drops=True,
    ),
    Method(
        "Fill holes",
        "Up to",
        100,
        lambda labels, values, n, _: fill_holes(labels, values, round(n)),
        "Fill the holes that a segment encloses.",
    ),
    Method(
        "Smooth borders",
        "By",
        2,
        lambda labels, values, sigma, _: smooth(labels, values, sigma),
        "Smooth the borders without opening gaps between segments.",
        is_area=False,
    ),
)


class CleanUp(FoldedSection):
    """Offers the clean-up methods."""

    said = Signal(str)

    def __init__(self, selected_values: Callable[[], list[int]]) -> None:
        self._selected_values = selected_values
        self._layers: SegmentLayers | None = None
        self._links = Links()
        self._job: Job[None, Labels] | None = None
        self._is_previewing = False
        self._size, self._unit = 1.0, PIXELS  # of a pixel, as the layer measures
        self.method = ElidedComboBox(
            label="What", choices=[(method.name, method) for method in METHODS]
        )
        self.amount = FloatSpinBox(
            label="Below",
            min=0,
            max=1e9,
            step=1,
            tooltip="Larger numbers change more of the picture.",
        )
        self.unit = ElidedComboBox(
            label="In", choices=[PIXELS], tooltip="The unit of the number above."
        )
        self.to = ElidedComboBox(
            label="Into",
            choices=[("the neighbour", "neighbour"), ("no segment", "nothing")],
            tooltip="Where the dropped pixels go: the neighbour is the segment with "
            "the longest shared border.",
        )
        self.on = ElidedComboBox(
            label="On", choices=[ALL, SELECTED], tooltip="Which segments to clean up."
        )
        self.preview = CheckBox(
            text="Preview", tooltip="Show the result without applying it."
        )
        self.apply_button = PushButton(
            text="Clean up", tooltip="Apply it. Undo takes it back."
        )
        self.note = PlainLabel()
        self._rows = AlignedRows(
            [self.method, self.amount, self.unit, self.to, self.on]
        )
        super().__init__(
            "Clean up", [self._rows, self.preview, self.apply_button, self.note]
        )
        self.method.changed.connect(self._show_method)
        for widget in (self.amount, self.to, self.on):
            widget.changed.connect(self._refresh_preview)
        self.unit.changed.connect(self._on_unit)
        self.preview.changed.connect(self._show_state)
        self.preview.changed.connect(self._refresh_preview)
        self.apply_button.changed.connect(self._apply)
        self._watcher = EventWatcher(self.body.native, self._on_event)
        self._show_method(METHODS[0])

    def show_segments(self, layers: SegmentLayers | None) -> None:
        """Clean the labels of a clustering from now on."""
        if layers is self._layers:
            return
        self.end_preview()
        self._links.follow()
        self._layers = layers
        if layers is not None:
            self._links.follow(
                (layers.segments.labels_changed, self.end_preview),
                (layers.labels_layer.preview_ended, self.end_preview),
            )
            self._size, self._unit = layers.pixel_size
            self.unit.choices = list(dict.fromkeys([self._unit, PIXELS]))
            self._show_method(self.method.value)
            for widget in (self._rows, self.preview, self.apply_button):
                widget.visible = not self._reason
        self.note.value = self._reason

    def open_for_selected(self) -> None:
        """Unfold it for the selected rows, and give it the focus."""
        self.folded = False
        self.on.value = SELECTED
        self.method.native.setFocus()

    @property
    def is_running(self) -> bool:
        """Whether labels are being cleaned up now."""
        return self._job is not None and self._job.is_running

    @property
    def _reason(self) -> str:
        """Why there is nothing that can be cleaned up; empty if there is."""
        layers = self._layers
        why_not = None if layers is None else layers.segments.why_not_editable
        return fill(why_not or "", LETTERS_IN_A_LINE)

    def _on_event(self, event: QEvent) -> None:
        """End a preview when the section is folded or its dock closed."""
        # A minimized window, whose event is spontaneous, does not count.
        if event.type() == QEvent.Type.Hide and not event.spontaneous():
            self.end_preview()

    def end_preview(self) -> None:
        """Show the segments again, as they are."""
        with self.preview.changed.blocked():
            self.preview.value = False
        self._show_state()

    def _show_method(self, method: Method) -> None:
        """Show the options of a method."""
        self.method.tooltip = method.tooltip
        self.amount.label = method.amount_label
        self.unit.visible = method.is_area and len(self.unit.choices) > 1
        self.to.visible = method.drops
        with self.unit.changed.blocked():
            self.unit.value = self._unit if method.is_area else PIXELS
        self._write(method.default)
        self._refresh_preview()

    def _on_unit(self) -> None:
        """Write the same area in another unit, which changes no pixel."""
        was_in_pixels = self.unit.value != PIXELS
        self._write(self.amount.value / (1 if was_in_pixels else self._size))

    def _write(self, pixels: float) -> None:
        """Write a number of pixels in the unit chosen; there is no part of a pixel."""
        in_pixels, is_area = self.unit.value == PIXELS, self.method.value.is_area
        size = 1 if in_pixels else self._size
        digits = 0 if in_pixels and is_area else max(2, 1 - floor(log10(size)))
        with self.amount.changed.blocked():
            self.amount.native.setDecimals(digits)
            self.amount.native.setSuffix(f" {self.unit.value}")
            self.amount.step = 10.0 ** floor(log10(size))
            self.amount.value = pixels * size

    def _refresh_preview(self) -> None:
        if self.preview.value:
            self._compute(self._show_preview)

    def _show_state(self) -> None:
        """End a preview."""
        self._stop()
        self.note.value = self._reason
        if self._is_previewing and self._layers is not None:
            self._layers.preview(None)
        self._is_previewing = False

    def _show_preview(self, cleaned: Labels) -> None:
        if self._layers is not None:
            self._layers.take_paint()  # what was painted meanwhile by a script ends it
        if self._layers is not None and self.preview.value:
            n_changed = np.count_nonzero(cleaned != self._layers.segments.labels)
            self.note.value = f"{n_changed:,} px would change"
            self._layers.preview(cleaned)
            self._is_previewing = True

    def _apply(self) -> None:
        self.end_preview()
        self._compute(self._take_over)

    def _take_over(self, cleaned: Labels) -> None:
        if self._layers is not None:
            name = self.method.value.name
            is_changed = self._layers.segments.replace_pixels(cleaned, name)
            self.note.value = "" if is_changed else "There was nothing to clean up."

    def _compute(self, show: Callable[[Labels], None]) -> None:
        """Clean a copy of the labels in a thread, instead of any earlier request."""
        self._stop()
        layers = self._layers
        if layers is None:
            return
        layers.take_paint()
        on_all = self.on.value == ALL
        values = layers.segments.map.values if on_all else self._selected_values()
        if not values:
            self.said.emit("Select the rows of the segments to clean up first.")
            return
        pixels = self.amount.value / (1 if self.unit.value == PIXELS else self._size)
        self.note.value = "Working …"
        clean = partial(
            self.method.value.clean,
            np.array(layers.segments.labels),
            tuple(values),
            pixels,
            self.to.value,
        )
        self._job = Job(one_step(clean), show, self._on_error)

    def _on_error(self, message: str) -> None:
        self.end_preview()
        self.said.emit(message)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.stop()
