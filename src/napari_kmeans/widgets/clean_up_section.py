"""Clean segments up: chosen, seen in a preview, and then done."""

from collections.abc import Callable
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from magicgui.widgets import CheckBox, FloatSpinBox, Label, PushButton
from napari.qt.threading import FunctionWorker, create_worker
from psygnal import Signal

from napari_kmeans.widgets.aligned_rows import AlignedRows
from napari_kmeans.widgets.clean_up_methods import (
    METHODS,
    CleanUpRequest,
    Labels,
    Method,
)
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox
from napari_kmeans.widgets.folded_section import FoldedSection

if TYPE_CHECKING:
    from napari_kmeans.layers.segment_layers import SegmentLayers

ALL, SELECTED = "All segments", "Selected rows"
PIXELS = "px"
LINE = 34
"""Letters in a line: a folded section gives text that Qt wraps too little height."""


class CleanUp(FoldedSection):
    """Offers the ways to clean labels up."""

    said = Signal(str)

    def __init__(self, selected_values: Callable[[], list[int]]) -> None:
        self._selected_values = selected_values
        self._layers: SegmentLayers | None = None
        self._worker: FunctionWorker | None = None
        self._is_previewing = False
        self.method = ElidedComboBox(
            label="What", choices=[(method.name, method) for method in METHODS]
        )
        self.amount = FloatSpinBox(label="Smaller than", min=0, max=1e9, step=1)
        self.amount.native.setDecimals(2)
        self.unit = ElidedComboBox(
            label="Unit", choices=[PIXELS], tooltip="The unit of the number above."
        )
        self.to = ElidedComboBox(
            label="They go to",
            choices=[
                ("the neighbour", "neighbour"),
                ("no segment", "nothing"),
            ],
            tooltip="What becomes of the pixels that are dropped: the neighbour is the "
            "one with the longest shared border.",
        )
        self.on = ElidedComboBox(
            label="On", choices=[ALL, SELECTED], tooltip="Which segments to clean up."
        )
        self.preview = CheckBox(
            text="Preview", tooltip="Show what it would do, without doing it."
        )
        self.apply_button = PushButton(
            text="Clean up", tooltip="Do it. Undo takes it back."
        )
        self.note = Label(value="")
        self._rows = AlignedRows(
            [self.method, self.amount, self.unit, self.to, self.on]
        )
        super().__init__(
            "Clean up", [self._rows, self.preview, self.apply_button, self.note]
        )
        self.method.changed.connect(self._show_method)
        for widget in (self.amount, self.unit, self.to, self.on):
            widget.changed.connect(self._refresh_preview)
        self.preview.changed.connect(self._toggle_preview)
        self.apply_button.changed.connect(self._apply)
        self._show_method(METHODS[0])

    def show_segments(self, layers: "SegmentLayers | None") -> None:
        """Clean the labels of a clustering from now on."""
        if layers is self._layers:
            return
        self.end_preview()
        if self._layers is not None:
            self._layers.segments.labels_changed.disconnect(self.end_preview)
        self._layers = layers
        if layers is not None:
            layers.segments.labels_changed.connect(self.end_preview)
            _, unit = layers.pixel_size
            self.unit.choices = [PIXELS] if unit == PIXELS else [PIXELS, unit]
            self._show_method(self.method.value)
            for widget in (self._rows, self.preview, self.apply_button):
                widget.visible = not self._reason
        self.note.value = self._reason

    @property
    def _reason(self) -> str:
        """Why there is nothing that can be cleaned up; empty if there is."""
        layers = self._layers
        why_not = None if layers is None else layers.segments.why_not_editable
        return fill(why_not or "", LINE)

    def end_preview(self, _region: Any = None) -> None:
        """Show the segments again, as they are."""
        with self.preview.changed.blocked():
            self.preview.value = False
        self._show_state()

    def _show_method(self, method: Method) -> None:
        """Ask for what a method needs to know."""
        self.method.tooltip = method.tooltip
        self.amount.label = method.amount_label
        self.unit.visible = method.is_area and len(self.unit.choices) > 1
        self.to.visible = method.drops
        if not method.is_area:
            self.unit.value = PIXELS
        with self.amount.changed.blocked():
            self.amount.value = method.default
        self._refresh_preview()

    def _refresh_preview(self, _value: Any = None) -> None:
        if self.preview.value:
            self._compute(self._show_preview)

    def _toggle_preview(self, wanted: bool) -> None:
        if wanted:
            self._compute(self._show_preview)
        else:
            self._show_state()

    def _show_state(self) -> None:
        """Take a preview away."""
        self._drop_worker()
        self.note.value = self._reason
        if self._is_previewing and self._layers is not None:
            self._layers.preview(None)
        self._is_previewing = False

    def _show_preview(self, cleaned: Labels) -> None:
        if self._layers is not None:
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
        """Clean a copy of the labels in a thread; what was asked before is dropped."""
        self._drop_worker()
        layers = self._layers
        if layers is None:
            return
        request = self._request(layers)
        if not request.values:
            self.said.emit("Select the rows of the segments to clean up first.")
            return
        self.note.value = "Working …"
        worker = create_worker(
            self.method.value.clean,
            np.array(layers.segments.labels),
            request,
            _ignore_errors=True,
            _start_thread=False,
        )
        worker.returned.connect(lambda cleaned: self._end(worker, cleaned, show))
        worker.errored.connect(lambda error: self.said.emit(str(error)))
        self._worker = worker
        worker.start()

    def _end(
        self, worker: FunctionWorker, cleaned: Labels, show: Callable[[Labels], None]
    ) -> None:
        if worker is self._worker:
            self._worker = None
            show(cleaned)

    def _drop_worker(self) -> None:
        self._worker = None

    def _request(self, layers: "SegmentLayers") -> CleanUpRequest:
        """Say what is chosen, in pixels."""
        on_all = self.on.value == ALL
        values = layers.segments.map.values if on_all else self._selected_values()
        size, _ = layers.pixel_size
        pixels = self.amount.value / (1 if self.unit.value == PIXELS else size)
        return CleanUpRequest(tuple(values), pixels, self.to.value)
