"""How the recoloured layer shows the segments, and in which colours."""

from psygnal import Signal

from napari_kmeans.widgets.aligned_rows import AlignedRows
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox

SHOW_AS = [
    ("Mean colours", "mean"),
    ("Original image", "original"),
    ("Palette colours", "palette"),
]
HIDDEN_AS = [("Black", "black"), ("Transparent", "transparent")]
COLORS = [
    ("Mean colours", "mean"),
    ("Okabe-Ito (colour-blind safe)", "okabe-ito"),
    ("Ordered, dark to light", "ordered"),
]


class DisplayOptions(AlignedRows):
    """Three choices of how the segments look."""

    show_as_chosen = Signal(str)
    hidden_as_chosen = Signal(str)
    palette_chosen = Signal(str)

    def __init__(self) -> None:
        self.show_as = ElidedComboBox(
            label="Show as",
            choices=SHOW_AS,
            tooltip=(
                "What the recoloured layer shows in the segments that are not hidden: "
                "their mean colour, the image itself, or the colour in the table."
            ),
        )
        self.hidden_as = ElidedComboBox(
            label="Hidden pixels",
            choices=HIDDEN_AS,
            tooltip="How hidden segments look in the recoloured layer.",
        )
        self.palette = ElidedComboBox(
            label="Colours",
            choices=COLORS,
            tooltip=(
                "The colours of the segments in the table and on the labels layer. "
                "Okabe-Ito has 8 colours; more segments get the ordered ones."
            ),
        )
        super().__init__([self.show_as, self.hidden_as, self.palette])
        for box in (self.show_as, self.hidden_as, self.palette):
            box.native.setAccessibleName(box.label)
        self.show_as.changed.connect(self.show_as_chosen.emit)
        self.hidden_as.changed.connect(self.hidden_as_chosen.emit)
        self.palette.changed.connect(self.palette_chosen.emit)

    def tell(self, show_as: str, hidden_as: str, palette: str) -> None:
        """Show what is chosen now, without choosing it."""
        chosen = zip(
            (self.show_as, self.hidden_as, self.palette),
            (show_as, hidden_as, palette),
            strict=True,
        )
        for box, value in chosen:
            with box.changed.blocked():
                box.value = value
