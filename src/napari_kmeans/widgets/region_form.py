"""The form for the region that is clustered, what is labelled, and by which models."""

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from magicgui.widgets import (
    CheckBox,
    ComboBox,
    Label,
    LineEdit,
    PushButton,
    SpinBox,
)
from napari.components import ViewerModel
from napari.layers import Labels, Layer, Shapes
from psygnal import Signal
from qtpy.QtWidgets import QSizePolicy, QSpinBox

from napari_kmeans.layers.clusterings import shown_by
from napari_kmeans.layers.region import (
    Region,
    Slices,
    add_region,
    current_slice,
    inside_labels,
    inside_shapes,
    read_label_values,
    show_only_outlines,
)
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox
from napari_kmeans.widgets.layout import AlignedRows, FoldedSection, Group
from napari_kmeans.widgets.links import Links
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

ALL_SLICES = ("all together", None)

FRESH = {
    "kind": WHOLE,
    "shapes_layer": None,
    "every_slice": False,
    "labels_layer": None,
    "values": "",
    "label_all": False,
    "models": None,
}
"""What is chosen for an image that nothing was said of."""

REMEMBERED = (*FRESH, "axis", "first", "last")
"""What is kept of an image while another is chosen, in the order of the boxes."""

NO_LAYER = {
    SHAPES: (
        "There is no shapes layer. Press 'Draw region' and draw around what you want "
        "to segment."
    ),
    LABELS: (
        "There is no other labels layer. Add one above the layer list and paint what "
        "you want to segment."
    ),
}


class RegionForm(FoldedSection):
    """A list of regions with the options of the chosen one, which the title names.

    Each image has choices of its own: a region is drawn in one image, and the slices of
    another may be of another kind.
    """

    drawn = Signal()  # something in the layer of the region

    def __init__(self, viewer: ViewerModel, is_own: Callable[[Layer], bool]) -> None:
        self._viewer = viewer
        self._is_own = is_own
        self._sources: Sources | None = None
        self._links = Links()
        self._offered: set[Layer] = set()
        self._said: WeakKeyDictionary[Layer, tuple[Any, ...]] = WeakKeyDictionary()
        self.kind = ElidedComboBox(
            label="Where",
            choices=[(KINDS[WHOLE], WHOLE)],
            tooltip="Where the colours of the segments are taken from.",
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
        self.draw_button = PushButton(
            text="Draw region",
            tooltip="Add a shapes layer over the image, and draw around what you want "
            "to segment: click its corners, and double-click the last.",
        )
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
            label="Slices",
            choices=[ALL_SLICES],
            tooltip="All together: segment 2 has the same colour in every slice. "
            "One by one: it is the second darkest of each slice, however bright that "
            "slice is.",
        )
        self.models_row = AlignedRows([self.models])
        self.models_row.visible = False
        super().__init__(
            "Region", [self.rows, self.hint, self.draw_button, self.models_row]
        )
        self.kind.changed.connect(self._on_kind)
        self.draw_button.changed.connect(self._draw)
        self.shapes_layer.changed.connect(self._on_layer)
        self.labels_layer.changed.connect(self._on_layer)
        self.body.changed.connect(self._show_title)
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
        is_other = before is not None and not {*before.layers} & {*sources.layers}
        if before is not None and is_other:
            said = {name: getattr(self, name).value for name in REMEMBERED}
            self._said.update(dict.fromkeys(before.layers, (before.shape, said)))
            self._take(FRESH)
        axes = sources.grid_axes if len(sources.grid_axes) > 2 else ()
        kinds = [kind for kind in KINDS if axes or kind not in OF_SLICES]
        if self.kind.value not in kinds:
            self.kind.value = WHOLE
        self.kind.choices = [(KINDS[kind], kind) for kind in kinds]
        if before is None or is_other or before.shape != sources.shape:
            self.axis.choices = [(sources.axis_name(axis), axis) for axis in axes]
            self._offer_slices()
        self._offer_models(sources)
        self.refresh()
        shape, said = self._said.get(sources.first, (None, {}))
        if is_other and shape == sources.shape:
            self._take(said)

    def _take(self, said: Mapping[str, Any]) -> None:
        """Choose what there still is of what was chosen before."""
        for name, value in said.items():
            box = getattr(self, name)
            if not isinstance(box, ComboBox) or value in box.choices:
                box.value = value

    def refresh(self) -> None:
        """Follow the viewer's layers."""
        for box in (self.shapes_layer, self.labels_layer):
            box.reset_choices()
        # One that is added is taken, but not one that there was when another went.
        before, self._offered = self._offered, {*self._layer_box.choices} - {None}
        if self._layer_box.value is None and self._offered - before:
            self._take_newest()
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

    def _on_kind(self) -> None:
        """Choose the newest layer."""
        self._offered = {*self._layer_box.choices} - {None}
        if self._layer_box.value is None:
            self._take_newest()
        self._on_layer()
        self._show()

    def _take_newest(self) -> None:
        """Choose the newest layer of the kind, results only if there is no other."""
        offered = [layer for layer in self._layer_box.choices if layer is not None]
        own = [one for one in offered if shown_by(self._viewer, one) is None]
        if self.kind.value in NO_LAYER and offered:
            self._layer_box.value = (own or offered)[-1]

    def _on_layer(self) -> None:
        """Follow what is drawn in the chosen layer, which is not to cover the image."""
        layer = self._layer_box.value if self.kind.value in NO_LAYER else None
        self._links.follow()
        if isinstance(layer, Shapes):
            show_only_outlines(layer)
        if layer is not None:
            self._links.follow((layer.events.data, self._on_drawn))

    def _on_drawn(self) -> None:
        self.drawn.emit()

    def let_go(self) -> None:
        """Stop following the layer of the region."""
        self._links.follow()

    def _draw(self) -> None:
        """Add a shapes layer to draw the region in."""
        if self._sources is not None:
            layer = add_region(self._viewer, self._sources)
            self.kind.value = SHAPES
            self.shapes_layer.value = layer
            self.every_slice.value = True

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
            *((f"one by one, in {sources.axis_name(axis)}", axis) for axis in axes),
        ]
        self.models.value = before if before in axes else None
        self.models_row.visible = bool(axes)
        self._show_title()

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
        self.draw_button.visible = kind in (WHOLE, SHAPES)
        self.label_all.visible = kind != WHOLE and not self.hint.value
        self._show_title()

    def _show_title(self) -> None:
        """Say in the title what is chosen, which may be folded away."""
        kind = self.kind.value
        state = KINDS[kind]
        if kind == RANGE:
            state = f"slices {self.first.value} to {self.last.value}"
        elif kind in NO_LAYER:
            layer = self._layer_box.value
            state = f"{state} (none yet)" if layer is None else f"inside '{layer.name}'"
        if self.slice_axis is not None:
            state += ", one by one"
        self.title = f"Region: {state}"


def _slice_box(tooltip: str) -> SpinBox:
    """Return a narrow box for the number of a slice."""
    box = SpinBox(max=0, tooltip=tooltip)
    box.native.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
    box.native.setStyleSheet("min-width: 2em")  # napari's style has far more
    box.native.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return box
