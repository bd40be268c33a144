"""How the recoloured layer shows the segments: hidden pixels, colours, and the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psygnal import Signal

from napari_kmeans.widgets.aligned_rows import AlignedRows
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox
from napari_kmeans.widgets.segments_table.segment_actions import SegmentActions

if TYPE_CHECKING:
    from napari_kmeans.layers.segment_layers import SegmentLayers


@dataclass(frozen=True)
class Option:
    """A choice of how the segments look."""

    label: str
    choices: list[tuple[str, str]]  # words and values
    tooltip: str
    chosen: Callable[["SegmentLayers"], str]
    choose: Callable[[SegmentActions, str], None]


OPTIONS = {
    "show_as": Option(
        "Show as",
        [
            ("Mean colours", "mean"),
            ("Original image", "original"),
            ("Palette colours", "palette"),
        ],
        "What the recoloured layer shows in the segments that are not hidden: "
        "their mean colour, the image itself, or the colour in the table.",
        lambda layers: layers.look.show_as,
        lambda actions, value: actions.layers.set_look(show_as=value),
    ),
    "hidden_as": Option(
        "Hidden pixels",
        [("Black", "black"), ("Transparent", "transparent")],
        "How hidden segments look in the recoloured layer.",
        lambda layers: layers.look.hidden_as,
        lambda actions, value: actions.layers.set_look(hidden_as=value),
    ),
    "palette": Option(
        "Colours",
        [
            ("Mean colours", "mean"),
            ("Okabe-Ito (colour-blind safe)", "okabe-ito"),
            ("Ordered, dark to light", "ordered"),
        ],
        "The colours of the segments in the table and on the labels layer. Okabe-Ito "
        "has 8 colours; more segments get the ordered colours.",
        lambda layers: layers.segments.recipe.palette,
        SegmentActions.set_palette,
    ),
}


class DisplayOptions(AlignedRows):
    """A box for each of `OPTIONS`, under its name."""

    chosen = Signal(str, str)

    def __init__(self) -> None:
        self._boxes = {
            name: ElidedComboBox(
                name=name,
                label=option.label,
                choices=option.choices,
                tooltip=option.tooltip,
            )
            for name, option in OPTIONS.items()
        }
        super().__init__(list(self._boxes.values()))
        for name, box in self._boxes.items():
            box.native.setAccessibleName(box.label)
            box.changed.connect(lambda value, name=name: self.chosen.emit(name, value))

    def show_segments(self, layers: "SegmentLayers") -> None:
        """Show the present choices, without emitting them."""
        for name, box in self._boxes.items():
            with box.changed.blocked():
                box.value = OPTIONS[name].chosen(layers)
