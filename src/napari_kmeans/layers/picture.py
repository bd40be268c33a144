"""What a recoloured layer shows, as a function of the segments and the image."""

from math import prod
from typing import Any
from weakref import ref

import numpy as np
from napari.layers import Image
from numpy.typing import NDArray

from napari_kmeans.core.lazy.recoloring import draw_lazily
from napari_kmeans.core.levels import levels_of
from napari_kmeans.core.recoloring import LabelStyle
from napari_kmeans.layers.channels import Mix, mix_colors
from napari_kmeans.layers.computed import holds, in_tiles
from napari_kmeans.layers.live_picture import LivePicture
from napari_kmeans.segments.label_style import Hidden, Show, label_style
from napari_kmeans.segments.pixel_change import Region, full_region
from napari_kmeans.segments.segments import Segments

Levels = tuple[Any, ...]

MOST_DRAWN = 1 << 24
"""Up to this many pixels a volume or time-lapse is drawn as a whole, in some ten
milliseconds; larger ones on demand."""


class Picture:
    """Draws the segments of an image, redrawing only what has changed.

    The picture of labels that are computed on demand is lazy, too; that of a large
    volume or time-lapse, of which one slice is on the screen, is a `LivePicture`.
    """

    def __init__(self, segments: Segments, levels: Levels) -> None:
        self.show_as: Show = "mean"
        self.hidden_as: Hidden = "black"
        self._segments = segments
        self._levels = levels
        # What was drawn in last, and how its labels look; None: nothing that is right.
        self._drawn: tuple[ref[Any], LabelStyle] | None = None

    @property
    def is_lazy(self) -> bool:
        """Whether the picture is lazy, like its labels."""
        return not self._segments.is_editable

    @property
    def is_live(self) -> bool:
        """Whether the labels are in memory, but the picture is drawn on demand."""
        shape = self._segments.shape
        return not self.is_lazy and len(shape) > 2 and prod(shape) > MOST_DRAWN

    def draw(self) -> Any:
        """Draw all of the image."""
        style, labels = self._style(), self._segments.labels
        if self.is_lazy:
            pictures = self.draw_lazily(labels)
            return pictures if isinstance(labels, tuple) else pictures[0]
        image = np.asarray(self._shown_levels()[0])
        if self.is_live:
            return LivePicture(labels, image, style)
        return style.draw(labels, image)

    def draw_lazily(self, labels: Any) -> list[Any]:
        """Draw each level of labels of the image; nothing is computed yet."""
        style = self._style()
        return [
            draw_lazily(
                style, in_tiles(one), image, -1 if image.ndim > one.ndim else None
            )
            for one, image in zip(levels_of(labels), self._shown_levels(), strict=True)
        ]

    def adopt(self, layer: Image) -> None:
        """Draw in a layer from now on."""
        self._drawn = ref(layer.data), self._style()

    def draw_in(self, layer: Image, region: Region | None = None) -> bool:
        """Redraw what has changed in a layer, or all of a new layer."""
        style = self._style()
        if layer.rgb == style.is_flat:
            return False
        if self.is_lazy:
            return self._draw_lazily(layer, style, region)
        if layer.multiscale:
            return False
        is_old = self._drawn is not None and self._drawn[0]() is layer.data
        shape = style.shape(self._segments.labels.shape)
        if not is_old or layer.data.shape != shape or layer.dtype != style.dtype:
            layer.data = self.draw()
            self.adopt(layer)
        elif isinstance(layer.data, LivePicture):
            self._draw_live(layer, layer.data, style, region)
        elif region is not None:
            self._draw_region(layer, style, region)
        else:
            self._draw_looks(layer, style)
        return True

    def _draw_lazily(
        self, layer: Image, style: LabelStyle, region: Region | None
    ) -> bool:
        """Replace the layer's lazy picture if it may look different now."""
        if region is None and self._drawn is not None:
            data, drawn = self._drawn
            if data() is layer.data and style.is_like(drawn):
                return True
        picture = self.draw()
        if not holds(layer, picture):
            return False
        layer.data = picture
        self.adopt(layer)
        return True

    def _draw_live(
        self,
        layer: Image,
        picture: LivePicture,
        style: LabelStyle,
        region: Region | None,
    ) -> None:
        """Refresh the slice on the screen; others are drawn when they are read."""
        is_same = region is None and style.is_like(picture.style)
        picture.labels, picture.style = self._segments.labels, style
        if not is_same:
            layer.refresh(extent=False, highlight=False)

    def _draw_region(self, layer: Image, style: LabelStyle, region: Region) -> None:
        """Draw a region, whose labels have changed."""
        labels = self._segments.labels
        image = np.asarray(self._shown_levels()[0][region])
        layer.data[region] = style.draw(labels[region], image)
        if region == full_region(labels):
            self._drawn = ref(layer.data), style
        layer.refresh(extent=False, highlight=False)

    def _draw_looks(self, layer: Image, style: LabelStyle) -> None:
        """Redraw the labels whose style has changed."""
        assert self._drawn is not None
        differing = style.differing(self._drawn[1])
        self._drawn = ref(layer.data), style
        if differing:
            image = np.asarray(self._shown_levels()[0])
            style.draw_only(differing, self._segments.labels, image, layer.data)
            layer.refresh(extent=False, highlight=False)

    def _style(self) -> LabelStyle:
        """Return the present style of the labels."""
        segments = self._segments
        return label_style(
            self._shown_levels()[0],
            len(segments.shape),
            segments.map,
            self._shown_means(),
            show=self.show_as,
            hidden=self.hidden_as,
        )

    def _shown_levels(self) -> Levels:
        """Return the image as it is shown."""
        return self._levels

    def _shown_means(self) -> NDArray[np.float64]:
        """Return the mean of each segment as it is shown."""
        return self._segments.recipe.means


class MixedPicture(Picture):
    """Draws the segments of several channels in the mix of their colours."""

    def __init__(self, segments: Segments, mix: Mix) -> None:
        self._mix = mix
        super().__init__(segments, mix.levels)

    def _shown_levels(self) -> Levels:
        if self.show_as == "palette":  # channels are no colours, even if they are three
            labels = levels_of(self._segments.labels)
            return tuple(np.broadcast_to(np.uint8(0), one.shape) for one in labels)
        return self._mix.pictures

    def _shown_means(self) -> NDArray[np.float64]:
        means = super()._shown_means()
        if self.show_as == "palette":
            return means[:, :1]
        mixed = mix_colors(means, self._mix.styles) * np.float64(255)
        mixed[np.isnan(means).any(axis=1)] = np.nan
        return mixed


class ChannelPicture(Picture):
    """Draws the segments in one of several channels."""

    def __init__(self, segments: Segments, levels: Levels, channel: int) -> None:
        self.channel = channel
        super().__init__(segments, tuple(level[..., channel] for level in levels))

    def _shown_means(self) -> NDArray[np.float64]:
        return super()._shown_means()[:, [self.channel]]
