"""The recoloured layers: one, or one for each of several channels."""

from typing import Any, Literal

import numpy as np
from napari.layers import Image, Layer

from napari_kmeans.layers.channels import channel_style, channel_styles
from napari_kmeans.layers.layer_stack import LayerStack
from napari_kmeans.layers.picture import ChannelPicture, MixedPicture, Picture
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import SourcePixels
from napari_kmeans.segments.label_style import Hidden, Show
from napari_kmeans.segments.pixel_change import Region
from napari_kmeans.segments.segments import Segments

ChannelsAs = Literal["mix", "channels"]
"""Whether several channels are blended in one layer or shown in one each."""


class RecoloredLayers:
    """Draws the segments in one layer, or in one for each channel."""

    def __init__(
        self,
        segments: Segments,
        pixels: SourcePixels,
        stack: LayerStack,
        channels_as: ChannelsAs = "mix",
    ) -> None:
        self._segments = segments
        self._pixels = pixels
        self._stack = stack
        is_multichannel = pixels.sources.is_multichannel
        self._channels_as: ChannelsAs = channels_as if is_multichannel else "mix"
        self._show_as: Show = "mean"
        self._hidden_as: Hidden = "black"
        self._layers: list[Image] = []
        self._leaving: list[Image] = []
        self._pictures = self._new_pictures()

    def take_pixels(
        self, pixels: SourcePixels, channels_as: ChannelsAs | None = None
    ) -> None:
        """Draw these pixels from now on, in the present style of their layers."""
        self._pixels = pixels
        if channels_as is not None and pixels.sources.is_multichannel:
            self._channels_as = channels_as
        self._pictures = self._new_pictures()

    def _new_pictures(self) -> list[Picture]:
        """Make a picture for each layer."""
        pictures: list[Picture]
        if not self._pixels.sources.is_multichannel:
            pictures = [Picture(self._segments, self._pixels.levels)]
        elif self.is_split:
            channels = range(len(self._pixels.mix.styles))
            levels = self._pixels.levels
            pictures = [ChannelPicture(self._segments, levels, c) for c in channels]
        else:
            pictures = [MixedPicture(self._segments, self._pixels.mix)]
        for picture in pictures:
            picture.show_as, picture.hidden_as = self._show_as, self._hidden_as
        return pictures

    @property
    def is_split(self) -> bool:
        """Whether each channel has its own layer; palette colours need one only."""
        return self._channels_as == "channels" and self._show_as != "palette"

    # How they look

    @property
    def image(self) -> Any:
        """The pixels of the last run at the finest level, with their channels last."""
        return self._pixels.image

    @property
    def lowest(self) -> Picture:
        """What the lowest layer shows."""
        return self._pictures[0]

    @property
    def show_as(self) -> Show:
        """Mean values, the image's own pixels, or the segments' colours."""
        return self._show_as

    @show_as.setter
    def show_as(self, show_as: Show) -> None:
        was_split, self._show_as = self.is_split, show_as
        if was_split != self.is_split:
            self._pictures = self._new_pictures()
        for picture in self._pictures:
            picture.show_as = show_as

    @property
    def hidden_as(self) -> Hidden:
        """How hidden segments look: black or transparent."""
        return self._hidden_as

    @hidden_as.setter
    def hidden_as(self, hidden_as: Hidden) -> None:
        self._hidden_as = hidden_as
        for picture in self._pictures:
            picture.hidden_as = hidden_as

    def draw_lazily(self, labels: Any) -> tuple[list[Any], int | None]:
        """Draw levels of labels as the layers do: one image, and its channel axis."""
        first, *others = (picture.draw_lazily(labels) for picture in self._pictures)
        if others:
            channels = zip(first, *others, strict=True)
            # numpy's own call is taken up by dask.
            return [np.stack(level, axis=-1) for level in channels], -1
        has_channels = first[0].ndim > len(self._segments.shape)
        return first, -1 if has_channels else None

    # The layers

    @property
    def present(self) -> list[Image]:
        """Those layers that the viewer holds."""
        return [layer for layer in self._layers if self._stack.holds(layer)]

    @property
    def is_complete(self) -> bool:
        """Whether the viewer holds all that there are to be."""
        return len(self.present) == len(self._layers) == len(self._pictures)

    def __contains__(self, layer: Layer | None) -> bool:
        known = [*self._layers, *self._leaving]
        return any(layer is one for one in known)

    def add_missing(self, below: Layer | None) -> Image:
        """Add the layers that the viewer does not hold; return the highest of all."""
        kept, before = self.present, self._layers
        fits = len(before) == len(self._pictures)
        layers: list[Image] = []
        for index, picture in enumerate(self._pictures):
            old = before[index] if fits else None
            if old is None or old not in kept:
                old = self._make(picture)
                layers.append(old)
                self._layers = [*kept, *layers]  # known before others hear of it
                self._stack.add(old, below)
            else:
                layers.append(old)
            below = old
        for layer in kept:
            if layer not in layers:
                self._stack.remove(layer)
        self._layers = layers
        return layers[-1]

    def _make(self, picture: Picture) -> Image:
        """Make the layer of a picture."""
        channel = picture.channel if isinstance(picture, ChannelPicture) else None
        sources, drawn = self._pixels.sources, picture.draw()
        is_multiscale = isinstance(drawn, list)
        finest = drawn[0] if is_multiscale else drawn
        is_color = finest.ndim > len(sources.shape)
        name = sources.name if channel is None else sources.channel_names[channel]
        layer = Image(
            drawn,
            name=f"{name} k-means",
            rgb=is_color,
            multiscale=is_multiscale,
            **({} if is_color else _style_of_channel(sources, channel)),
            **self._stack.attributes(),
        )
        picture.adopt(layer)
        return layer

    def draw(self, region: Region | None) -> bool:
        """Redraw all layers: a region, or what looks different now.

        Return whether that took other layers.
        """
        present = self.present
        if not present:
            return False
        if len(self._layers) != len(self._pictures):
            self.add_missing(present[0])
            return True
        exchanged = False
        for index, picture in enumerate(self._pictures):
            old = self._layers[index]
            if old in present and not picture.draw_in(old, region):
                new = self._make(picture)
                self._layers[index] = new
                self._leaving = [old]  # known until others have heard that it is gone
                self._stack.exchange(old, new)
                self._leaving = []
                exchanged = True
        return exchanged

    def take_layers_of(self, other: "RecoloredLayers") -> None:
        """Take over the layers of another, which then has none."""
        self._layers, other._layers = other._layers, []  # noqa: SLF001

    def let_go(self) -> None:
        """Release all layers."""
        self._layers = []


def _style_of_channel(sources: Sources, channel: int | None) -> dict[str, Any]:
    """Return what makes a layer of one channel look as its source does."""
    blending = {}
    if channel is None:
        style = channel_style(sources.first)
    else:
        style = channel_styles(sources)[channel]
        # The lowest covers the sources; the others add to it, as channels do.
        blending = {"blending": "additive" if channel else "opaque"}
    return {
        "colormap": style.colormap,
        "contrast_limits": style.contrast_limits,
        "gamma": style.gamma,
        **blending,
    }
