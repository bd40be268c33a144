"""Choose what to cluster: an image layer, several together, or channels of one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from weakref import ref

from napari.layers import Image
from psygnal import Signal

from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.source_layers import Sources, possible_channel_axes
from napari_kmeans.widgets.channel_table import ChannelTable
from napari_kmeans.widgets.elided_combo_box import ElidedComboBox
from napari_kmeans.widgets.layout import AlignedRows, Group
from napari_kmeans.widgets.texts import PlainLabel

NO_AXIS = ("none", None)
CHANNELS_AS = [("one picture", "mix"), ("one layer each", "channels")]


class ImageChoice(Group):
    """A list of image layers; or, when several are selected, a table of them.

    `chosen` is emitted whenever other layers or channels are to be clustered.
    """

    chosen = Signal()

    def __init__(self, choices: Callable[..., list[Image]]) -> None:
        self.layers: tuple[Image, ...] = ()  # those offered, ticked or not
        self.image = ElidedComboBox(
            label="Image",
            choices=choices,
            tooltip="The image layer to segment. Select several in the layer list "
            "(Ctrl+click) to cluster them together.",
        )
        self.channel_axis = ElidedComboBox(
            label="Channels",
            choices=[NO_AXIS],
            tooltip="The channel axis of this layer, if it has one: its channels are "
            "then clustered together.",
            visible=False,
        )
        self.channels_as = ElidedComboBox(
            label="Recolour as",
            choices=CHANNELS_AS,
            tooltip="How the result is shown: the channels blended as in napari, or a "
            "layer of mean values for each channel.",
            visible=False,
        )
        self.image.native.setPlaceholderText("choose one")
        self.table = ChannelTable()
        self.problem = PlainLabel(visible=False)
        self.rows = AlignedRows([self.image, self.channel_axis])
        self.look = AlignedRows([self.channels_as])
        super().__init__([self.rows, self.table, self.look, self.problem])
        self.image.changed.connect(lambda image: self.choose([image]))
        self.channel_axis.changed.connect(self._on_channels)
        self.table.edited.connect(self._on_channels)

    # What is chosen

    @property
    def sources(self) -> Sources | None:
        """What is clustered; None if nothing is."""
        layers, axis = self.layers, self.channel_axis.value
        if not self._has_channels:
            return Sources(layers) if layers else None
        ticked = self.table.ticked
        if not ticked:
            return None
        if axis is None:
            return Sources(tuple(layers[index] for index in ticked))
        is_whole = len(ticked) == len(self.table.choices)
        return Sources(layers, axis, None if is_whole else ticked)

    @property
    def _has_channels(self) -> bool:
        """Whether the table of channels is shown."""
        return len(self.layers) > 1 or self.channel_axis.value is not None

    def choose(self, layers: Sequence[Image]) -> None:
        """Choose what is clustered; without layers, nothing."""
        layers = tuple(layers)
        is_new, self.layers = layers != self.layers, layers
        with self.image.changed.blocked():
            if layers:
                self.image.value = layers[0]
            else:
                self.image.native.setCurrentIndex(-1)
        if is_new:
            self._offer_axes()
            self._on_channels()

    def choose_like(self, sources: Sources) -> None:
        """Choose exactly what was clustered before."""
        self.choose(sources.layers)
        self.channel_axis.value = sources.channel_axis
        if self._has_channels:
            n_channels = len(self.table.choices)
            self.table.ticked = sources.taken_entries or tuple(range(n_channels))

    def refresh(self, *, or_first: bool = True) -> None:
        """Follow the viewer's layers, some of which may be gone.

        If all that were chosen are, the first one left is chosen, or else none.
        """
        self.image.reset_choices()
        offered = self.image.choices
        left = [layer for layer in self.layers if layer in offered]
        self.choose(left or (offered[:1] if or_first else ()))
        self._show()  # names may have changed

    def settings_for(self, sources: Sources, settings: Settings) -> Settings:
        """Return settings with the weight and the scaling of each channel."""
        if not sources.is_multichannel:
            return settings
        ticked = [choice for choice in self.table.choices if choice.ticked]
        return replace(
            settings,
            color_space="rgb",
            lightness_weight=1.0,
            channel_weights=tuple(choice.weight for choice in ticked),
            scaling=tuple(choice.scaling for choice in ticked),
        )

    # How it looks

    def _offer_axes(self) -> None:
        """Offer the possible channel axes of the layer."""
        offered: list[tuple[str, int | None]] = [NO_AXIS]
        if len(self.layers) == 1:
            source = Sources(self.layers)
            for axis in possible_channel_axes(source.first):
                name = f"{source.axis_name(axis)} ({source.shape[axis]})"
                offered.append((name, axis))
        with self.channel_axis.changed.blocked():
            self.channel_axis.value = None
            self.channel_axis.choices = offered

    def _on_channels(self) -> None:
        self._show()
        self.chosen.emit()

    def _show(self) -> None:
        """Show the list or the table, and what is wrong with the layers."""
        layers, axis = self.layers, self.channel_axis.value
        is_list = len(layers) < 2
        self.rows.visible = self.image.visible = is_list
        self.channel_axis.visible = is_list and len(self.channel_axis.choices) > 1
        if not is_list:
            self.table.show_channels([(ref(layer), layer.name) for layer in layers])
        elif axis is not None:
            names = Sources(layers, axis).channel_names
            self.table.show_channels(
                [((ref(layers[0]), axis, n), name) for n, name in enumerate(names)]
            )
        for widget in (self.table, self.look, self.channels_as):
            widget.visible = self._has_channels
        self._show_problem()

    def _show_problem(self) -> None:
        """Say at once if the ticked layers cannot be clustered together."""
        sources, text = self.sources, ""
        if sources is None and self.layers:
            text = "Tick at least one channel."
        elif sources is not None:
            try:
                sources.check()
            except ValueError as error:
                text = str(error)
        self.problem.say(text)
