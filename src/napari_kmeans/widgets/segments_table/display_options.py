"""How the recoloured layer shows the segments: hidden pixels, colours, and the rest."""

from psygnal import Signal

from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.segments.palettes import OKABE_ITO, PALETTES
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox
from napari_kmeans.widgets.layout import AlignedRows

TOO_MANY = f"Dark to light (Okabe-Ito has {len(OKABE_ITO)})"
"""What is shown in place of Okabe-Ito, for more segments than it has colours."""


class DisplayOptions(AlignedRows):
    """A box for each choice; `chosen` emits its name and the choice."""

    chosen = Signal(str, str)

    def __init__(self) -> None:
        show_as = ElidedComboBox(
            name="show_as",
            label="Show as",
            choices=[
                ("Pixel means", "mean"),
                ("Original image", "original"),
                ("Table colours", "palette"),
            ],
            tooltip="What the recoloured layer shows in the segments that are not "
            "hidden: the mean of their pixels, the image itself, or the colour in the "
            "table.",
        )
        hidden_as = ElidedComboBox(
            name="hidden_as",
            label="Hidden pixels",
            choices=[("Black", "black"), ("Transparent", "transparent")],
            tooltip="How hidden segments look in the recoloured layer.",
        )
        self.palette = ElidedComboBox(
            name="palette",
            label="Colours",
            choices=[(words, name) for name, words in PALETTES.items()],
            tooltip="The colours of the segments in the table and on the labels layer: "
            "the mean of their own pixels; Okabe and Ito's 8, which colour-blind "
            "people can tell apart (more segments get those of the next entry); or "
            "viridis, from dark to light.",
        )
        super().__init__([show_as, hidden_as, self.palette])
        for box in self:
            box.native.setAccessibleName(box.label)
            box.changed.connect(
                lambda value, name=box.name: self.chosen.emit(name, value)
            )

    def show_segments(self, layers: SegmentLayers) -> None:
        """Show the present choices, without emitting them."""
        for box in self:
            is_palette = box.name == "palette"
            owner = layers.segments.recipe if is_palette else layers.look
            with box.changed.blocked():
                box.value = getattr(owner, box.name)
        are_many = len(layers.segments.map) > len(OKABE_ITO)
        words = TOO_MANY if are_many else PALETTES["okabe-ito"]
        self.palette.native.setItemText(list(PALETTES).index("okabe-ito"), words)
