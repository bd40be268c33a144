"""The recoloured layers: one, or one for each of several channels."""

from typing import Any, Literal

import numpy as np
from napari.layers import Image, Layer

from napari_kmeans.layers.channels import channel_style, channel_styles
from napari_kmeans.layers.layer_stack import LayerStack
from napari_kmeans.layers.picture import Look, Picture
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import SourcePixels
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
        channels_as: ChannelsAs,
    ) -> None:
        self.look = Look()
        self._segments = segments
        self._stack = stack
        self._layers: list[Image] = []
        self._leaving: list[Image] = []
        self.take_pixels(pixels, channels_as)

    def take_pixels(self, pixels: SourcePixels, channels_as: ChannelsAs) -> None:
        """Draw the pixels of a run from now on, whatever becomes of their source."""
        self.pixels = pixels
        self.channels_as = channels_as
        self._make_pictures()

    def set_look(self, look: Look) -> None:
        """Have the layers look like this when they are drawn next."""
        was_split, self.look = self.is_split, look
        if was_split != self.is_split:
            self._make_pictures()
        for picture in self._pictures:
            picture.look = look

    def _make_pictures(self) -> None:
        """Make a picture for each layer."""
        n_channels = len(self.pixels.styles)
        channels = list(range(n_channels)) if self.is_split else [None]
        self._pictures = [
            Picture(self._segments, self.pixels, self.look, channel)
            for channel in channels
        ]

    @property
    def is_split(self) -> bool:
        """Whether each channel has its own layer; palette colours need one only."""
        is_wanted = self.channels_as == "channels" and self.look.show_as != "palette"
        return is_wanted and self.pixels.sources.is_multichannel

    def draw_lazily(self, labels: Any) -> tuple[list[Any], int | None]:
        """Draw levels of labels as the layers do: one image, and its channel axis."""
        first, *others = (picture.draw_lazily(labels) for picture in self._pictures)
        if others:
            channels = zip(first, *others, strict=True)
            # numpy's own call is taken up by dask.
            return [np.stack(level, axis=-1) for level in channels], -1
        has_channels = first[0].ndim > len(self._segments.shape)
        return first, -1 if has_channels else None

    @property
    def present(self) -> list[Image]:
        """Those layers that the viewer holds."""
        return [layer for layer in self._layers if self._stack.holds(layer)]

    @property
    def is_complete(self) -> bool:
        """Whether the viewer holds all that there are to be."""
        return len(self.present) == len(self._layers) == len(self._pictures)

    def __contains__(self, layer: Layer | None) -> bool:
        return layer in [*self._layers, *self._leaving]

    def add_missing(self, below: Layer | None) -> Image:
        """Add the layers that the viewer does not hold; return the highest of all."""
        kept, before = self.present, self._layers
        fits = len(before) == len(self._pictures)
        layers: list[Image] = []
        with self._stack.keeping_active():
            for index, picture in enumerate(self._pictures):
                layer = before[index] if fits else None
                if layer is None or layer not in kept:
                    layer = self._make(picture)
                    # Known before others hear of it.
                    self._layers = [*kept, *layers, layer]
                    self._stack.add(layer, below)
                layers.append(layer)
                below = layer
            for gone in set(kept) - set(layers):
                self._stack.remove(gone)
        self._layers = layers
        return layers[-1]

    def _make(self, picture: Picture) -> Image:
        """Make the layer of a picture."""
        channel, sources, drawn = picture.channel, self.pixels.sources, picture.draw()
        is_multiscale = isinstance(drawn, list)
        finest = drawn[0] if is_multiscale else drawn
        is_color = finest.ndim > len(sources.shape)
        name = sources.name
        if channel is not None:
            name = sources.channel_names[channel]
            if sources.channel_axis is not None:  # else it is the name of a layer
                name = f"{sources.name} {name}"
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
        """Redraw a region, or what looks different; return whether in other layers."""
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


def _style_of_channel(sources: Sources, channel: int | None) -> dict[str, Any]:
    """Return what makes a layer of one channel look as its source does."""
    if channel is None:
        return channel_style(sources.first).attributes()
    # The lowest covers the sources; the others add to it, as channels do.
    blending = "additive" if channel else "opaque"
    return {**channel_styles(sources)[channel].attributes(), "blending": blending}
