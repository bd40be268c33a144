"""What is clustered: one image layer, several together, or the channels of one."""

from collections.abc import Callable, Sequence
from typing import Any, cast
from weakref import ref

from magicgui.widgets import Container, Label
from magicgui.widgets.bases import Widget
from napari.layers import Image
from psygnal import Signal

from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.recolored_layers import ChannelsAs
from napari_kmeans.layers.source_layers import Sources, possible_channel_axes
from napari_kmeans.layers.units import axis_name, for_channels
from napari_kmeans.widgets.aligned_rows import AlignedRows
from napari_kmeans.widgets.channel_table import ChannelTable
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox

PARTS = [("one picture", "mix"), ("one layer each", "channels")]


class ImageChoice(Container[Widget]):
    """A list of image layers; or, when several are selected, a table of them."""

    chosen = Signal()

    def __init__(self, choices: Callable[..., list[Image]]) -> None:
        self._several: tuple[Image, ...] = ()
        self.image = ElidedComboBox(
            label="Image",
            choices=choices,
            tooltip=(
                "The image layer whose pixels are put into segments. Select several in "
                "the layer list (Ctrl+click) to cluster them together."
            ),
        )
        self.channel_axis = ElidedComboBox(
            label="Channels",
            choices=[("none", None)],
            tooltip=(
                "The axis of this layer that holds channels, if one does: they are "
                "then clustered together."
            ),
            visible=False,
        )
        self.parts = ElidedComboBox(
            label="Recolour as",
            choices=PARTS,
            tooltip=(
                "What the result shows: the mix of the channels' colours as napari "
                "shows them, or a layer for each channel with its mean values."
            ),
            visible=False,
        )
        self.table = ChannelTable()
        self.problem = Label(value="", visible=False)
        self.problem.native.setWordWrap(True)
        self.rows = AlignedRows([self.image, self.channel_axis])
        self.look = AlignedRows([self.parts])
        super().__init__(
            widgets=[self.rows, self.table, self.look, self.problem], labels=False
        )
        self.margins = (0, 0, 0, 0)
        self.image.changed.connect(self._on_image)
        self.channel_axis.changed.connect(self._on_channels)
        self.table.edited.connect(self._on_channels)

    # What is chosen

    @property
    def layers(self) -> tuple[Image, ...]:
        """The layers that are offered, whether they are ticked or not."""
        if self._several:
            return self._several
        image = self.image.value
        return () if image is None else (image,)

    @property
    def sources(self) -> Sources | None:
        """What is clustered; None if there is nothing to.

        Several layers are the same sources whatever their order in the layer list.
        """
        layers = self.layers
        if not layers:
            return None
        ticked = [i for i, said in enumerate(self.table.choices) if said.ticked]
        if self._several:
            taken = tuple(layers[i] for i in ticked)
            return Sources(taken) if taken else None
        axis = self.channel_axis.value
        if axis is None:
            return Sources(layers)
        if not ticked:
            return None
        is_whole = len(ticked) == len(self.table.choices)
        return Sources(layers, axis, None if is_whole else tuple(ticked))

    def choose(self, layers: Sequence[Image]) -> None:
        """Choose what is clustered."""
        layers = tuple(layers)
        before = self.layers
        self._several = layers if len(layers) > 1 else ()
        with self.image.changed.blocked():
            if layers:
                self.image.value = layers[0]
        if layers != before:
            self._on_image()

    def choose_like(self, sources: Sources) -> None:
        """Choose just what was clustered before."""
        self.choose(sources.layers)
        if sources.channel_axis is not None:
            self.channel_axis.value = sources.channel_axis

    def refresh(self) -> None:
        """Follow the viewer's layers, of which some may be gone."""
        before = self.layers
        with self.image.changed.blocked():
            self.image.reset_choices()
        offered = self.image.choices
        left = tuple(layer for layer in before if layer in offered)
        if self._several and left:
            self.choose(left)
        elif self._several or self.layers != before:
            self._several = ()
            self._on_image()
        self._show()

    def settings_for(self, sources: Sources, settings: Settings) -> Settings:
        """Give settings with the weight and the scaling of each channel."""
        if not sources.is_multichannel:
            return settings
        said = [one for one in self.table.choices if one.ticked]
        return for_channels(
            settings, [one.weight for one in said], [one.scaling for one in said]
        )

    @property
    def shown_parts(self) -> ChannelsAs:
        """How several channels are recoloured."""
        return cast("ChannelsAs", self.parts.value)

    # How it looks

    def _on_image(self, _image: Any = None) -> None:
        if _image is not None:  # chosen in the list: alone
            self._several = ()
        self._offer_axes()
        self._on_channels()

    def _offer_axes(self) -> None:
        """Offer the axes of the layer that may hold channels."""
        layers = self.layers
        axes = possible_channel_axes(layers[0]) if len(layers) == 1 else ()
        source = Sources(layers) if layers else None
        offered = [
            (f"{axis_name(source, axis)} ({source.shape[axis]})", axis)
            for axis in axes
            if source is not None
        ]
        with self.channel_axis.changed.blocked():
            self.channel_axis.value = None
            self.channel_axis.choices = [("none", None), *offered]

    def _on_channels(self, _value: Any = None) -> None:
        self._show()
        self.chosen.emit()

    def _show(self) -> None:
        """Show the list or the table, and what is wrong with the layers."""
        layers, axis = self.layers, self.channel_axis.value
        self.image.visible = not self._several
        self.channel_axis.visible = len(self.channel_axis.choices) > 1
        self.rows.visible = not self._several
        if self._several:
            self.table.show_channels([(ref(one), one.name) for one in layers])
        elif axis is not None:
            whole = Sources(layers, axis)
            self.table.show_channels(
                [
                    ((ref(layers[0]), axis, index), name)
                    for index, name in enumerate(whole.channel_names)
                ]
            )
        has_table = bool(self._several) or axis is not None
        self.table.visible = has_table
        self.parts.visible = self.look.visible = has_table
        self._show_problem()

    def _show_problem(self) -> None:
        """Say at once if what is ticked cannot be clustered together."""
        sources, text = self.sources, ""
        if sources is None and self.layers:
            text = "Tick at least one channel."
        elif sources is not None:
            try:
                sources.check()
            except ValueError as error:
                text = str(error)
        self.problem.value = text
        self.problem.visible = bool(text)
