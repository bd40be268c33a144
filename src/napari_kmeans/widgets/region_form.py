"""The form for the region that is clustered, what is labelled, and by which models."""

from collections.abc import Callable

from magicgui.widgets import CheckBox, ComboBox, Label, LineEdit, SpinBox
from napari.components import ViewerModel
from napari.layers import Labels, Layer, Shapes
from qtpy.QtWidgets import QSizePolicy, QSpinBox

from napari_kmeans.layers.region import (
    Region,
    Slices,
    current_slice,
    inside_labels,
    inside_shapes,
    read_label_values,
)
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox
from napari_kmeans.widgets.layout import AlignedRows, Group
from napari_kmeans.widgets.texts import PlainLabel

WHOLE, CURRENT, RANGE = "whole", "current", "range"
SHAPES, LABELS = "shapes", "labels"

KINDS = {
    WHOLE: "whole image",
    CURRENT: "current slice",
    RANGE: "range of slices",
    SHAPES: "inside shapes",
    LABELS: "inside labels",
}
OF_SLICES = (CURRENT, RANGE)

ALL_SLICES = ("all slices", None)

NO_LAYER = {
    SHAPES: (
        "There is no shapes layer. Add one above the layer list and draw around what "
        "you want to cluster."
    ),
    LABELS: (
        "There is no other labels layer. Add one above the layer list and paint what "
        "you want to cluster."
    ),
}


class RegionForm(Group):
    """A list of regions, with the options of the chosen one."""

    def __init__(self, viewer: ViewerModel, is_own: Callable[[Layer], bool]) -> None:
        self._viewer = viewer
        self._is_own = is_own
        self._sources: Sources | None = None
        self.kind = ElidedComboBox(
            label="Region",
            choices=[(KINDS[WHOLE], WHOLE)],
            tooltip="Which pixels are clustered.",
        )
        self.axis = ElidedComboBox(
            label="Along",
            choices=[],
            tooltip="The axis along which slices are counted.",
        )
        self.first = _slice_box("The first slice; they start at 0.")
        self.last = _slice_box("The last slice, which is included.")
        self.range = Group(
            [self.first, Label(value="to"), self.last],
            layout="horizontal",
            label="Slices",
        )
        self.range.native.layout().setStretch(0, 1)
        self.range.native.layout().setStretch(2, 1)
        self.shapes_layer = ElidedComboBox(
            label="Shapes",
            choices=lambda _: self._layers(Shapes),
            tooltip="Its rectangles, ellipses and polygons are the region.",
        )
        self.every_slice = CheckBox(
            text="through all slices",
            tooltip="Apply a shape that was drawn in one slice to all slices.",
        )
        self.labels_layer = ElidedComboBox(
            label="Labels",
            choices=lambda _: self._layers(Labels),
            tooltip="Its labels are the region.",
        )
        self.values = LineEdit(
            label="Values",
            tooltip="Which labels, such as 1, 3-5. Empty: all but 0.",
        )
        self.values.native.setPlaceholderText("all but 0")
        self.hint = PlainLabel()
        self.label_all = ComboBox(
            label="Label",
            choices=[("the region only", False), ("the whole image", True)],
            tooltip="Only the region is fitted; the rest of the image can stay in no "
            "segment, or be assigned to the nearest segment.",
        )
        self.rows = AlignedRows(
            [
                self.kind,
                self.axis,
                self.range,
                self.shapes_layer,
                self.every_slice,
                self.labels_layer,
                self.values,
                self.label_all,
            ]
        )
        self.models = ElidedComboBox(
            label="One model for",
            choices=[ALL_SLICES],
            tooltip="One model for all: label 2 is the same colour in every slice. "
            "One for each: it is the second darkest of that slice, whatever its "
            "brightness.",
        )
        self.models_row = AlignedRows([self.models])
        self.models_row.visible = False
        super().__init__([self.rows, self.hint, self.models_row])
        self.kind.changed.connect(self._on_kind)
        self.axis.changed.connect(self._offer_slices)
        self._show()

    # What is chosen

    @property
    def region(self) -> Region | None:
        """The region in the form; None for the whole image."""
        kind, sources = self.kind.value, self._sources
        if kind == WHOLE or sources is None:
            return None
        if kind == CURRENT:
            return current_slice(self._viewer, sources.grid())
        if kind == RANGE:
            return Slices(((self.axis.value, self.first.value, self.last.value),))
        layer = self._layer_box.value
        if layer is None:
            raise ValueError(
                self.hint.value
                or f"Choose the {kind} layer to use as the region, or another region."
            )
        if kind == SHAPES:
            return inside_shapes(layer, every_slice=bool(self.every_slice.value))
        return inside_labels(layer, read_label_values(self.values.value))

    @property
    def slice_axis(self) -> int | None:
        """The axis along which each slice has a model of its own, if any."""
        axis: int | None = self.models.value
        return axis

    @property
    def _layer_box(self) -> ElidedComboBox:
        """Where the layer of the chosen kind of region is chosen."""
        return self.shapes_layer if self.kind.value == SHAPES else self.labels_layer

    # What is offered

    def show_sources(self, sources: Sources) -> None:
        """Offer the regions of what is clustered."""
        before, self._sources = self._sources, sources
        axes = sources.grid_axes if len(sources.grid_axes) > 2 else ()
        kinds = [kind for kind in KINDS if axes or kind not in OF_SLICES]
        if self.kind.value not in kinds:
            self.kind.value = WHOLE
        self.kind.choices = [(KINDS[kind], kind) for kind in kinds]
        if before is None or before.shape != sources.shape:
            self.axis.choices = [(sources.axis_name(axis), axis) for axis in axes]
            self._offer_slices()
        self._offer_models(sources)
        self.refresh()

    def refresh(self) -> None:
        """Follow the viewer's layers."""
        for box in (self.shapes_layer, self.labels_layer):
            box.reset_choices()
        self._show()

    def _layers(self, kind: type[Layer]) -> list[tuple[str, Layer | None]]:
        """Return the layers of a kind, after the choice of none."""
        layers = [
            layer
            for layer in self._viewer.layers
            if isinstance(layer, kind) and not self._is_own(layer)
        ]
        # A layer that was removed must not be replaced by another without a word.
        return [("choose a layer", None), *((one.name, one) for one in layers)]

    def _on_kind(self, kind: str) -> None:
        """Choose the only layer there is, or the one that was added last."""
        box = self._layer_box
        if kind in NO_LAYER and box.value is None:
            box.value = box.choices[-1]
        self._show()

    def _offer_slices(self) -> None:
        """Offer the slices along the axis: all of them at first."""
        if self._sources is None or self.axis.value is None:
            return
        last = self._sources.shape[self.axis.value] - 1
        for box, value in ((self.first, 0), (self.last, last)):
            box.value = min(box.value, last)  # magicgui refuses a smaller maximum
            box.max = last
            box.value = value

    def _offer_models(self, sources: Sources) -> None:
        """Offer the axes along which each slice can have a model of its own."""
        # The last two axes are a slice's own; one of a single entry is no choice. All
        # slices of all levels have one model.
        axes = [
            axis
            for axis in sources.grid_axes[:-2]
            if sources.shape[axis] > 1 and not sources.is_multiscale
        ]
        before = self.slice_axis
        self.models.choices = [
            ALL_SLICES,
            *((f"each slice of {sources.axis_name(axis)}", axis) for axis in axes),
        ]
        self.models.value = before if before in axes else None
        self.models_row.visible = bool(axes)

    def _show(self) -> None:
        """Show the options of the chosen region."""
        kind = self.kind.value
        needs_layer = kind in NO_LAYER
        has_layer = needs_layer and len(self._layer_box.choices) > 1
        self.hint.say(NO_LAYER[kind] if needs_layer and not has_layer else "")
        n_axes = 0 if self._sources is None else len(self._sources.grid_axes)
        self.axis.visible = self.range.visible = kind == RANGE
        self.shapes_layer.visible = has_layer and kind == SHAPES
        self.every_slice.visible = has_layer and kind == SHAPES and n_axes > 2
        self.labels_layer.visible = self.values.visible = has_layer and kind == LABELS
        self.label_all.visible = kind != WHOLE and not self.hint.value


def _slice_box(tooltip: str) -> SpinBox:
    """Return a narrow box for the number of a slice."""
    box = SpinBox(max=0, tooltip=tooltip)
    box.native.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
    box.native.setStyleSheet("min-width: 2em")  # napari's style has far more
    box.native.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return box
