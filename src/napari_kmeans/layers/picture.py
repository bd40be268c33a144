"""What a recoloured layer shows, as a function of the segments and the image."""

from dataclasses import dataclass
from math import prod
from typing import Any
from weakref import ref

import numpy as np
from napari.layers import Image

from napari_kmeans.core.lazy.arrays import in_tiles
from napari_kmeans.core.lazy.recoloring import draw_lazily
from napari_kmeans.core.levels import Levels, levels_of
from napari_kmeans.core.recoloring import LabelStyle
from napari_kmeans.core.types import Array, Floats
from napari_kmeans.layers.channels import mix_colors
from napari_kmeans.layers.source_pixels import SourcePixels
from napari_kmeans.segments.label_style import Hidden, Show, label_style
from napari_kmeans.segments.pixel_change import Region, full_region
from napari_kmeans.segments.segments import Segments

MOST_DRAWN = 1 << 24
"""Up to this many pixels a volume or time-lapse is drawn as a whole, in some ten
milliseconds; larger ones on demand."""


@dataclass(frozen=True)
class Look:
    """How recoloured layers show the segments."""

    show_as: Show = "mean"  # mean values, the image's own pixels, or their colours
    hidden_as: Hidden = "black"


class LivePicture:
    """The pixels of labels in memory as they look now: an array drawn when read."""

    def __init__(self, labels: Array, image: Array, style: LabelStyle) -> None:
        self.labels = labels
        self.style = style
        self._image = image
        self.shape = style.shape(labels.shape)
        self.dtype: np.dtype[Any] = style.dtype
        self.ndim = len(self.shape)
        self.size = prod(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Array:
        """Draw a part; with anything but integers and slices, draw all first."""
        parts = index if isinstance(index, tuple) else (index,)
        n_axes = self.labels.ndim
        is_part = all(isinstance(part, (slice, int, np.integer)) for part in parts)
        if not is_part or len(parts) > self.ndim:
            return np.asarray(np.asarray(self)[index])
        labels = np.asarray(self.labels[parts[:n_axes]])
        picture = self.style.draw(labels, np.asarray(self._image[parts[:n_axes]]))
        return np.asarray(picture[(slice(None),) * labels.ndim + parts[n_axes:]])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Draw all."""
        if copy is False:
            raise ValueError("A picture that is drawn when it is read is always new.")
        drawn = self.style.draw(self.labels, self._image)
        return drawn.astype(dtype or self.dtype, copy=False)


class Picture:
    """Draws the segments of an image, redrawing only what has changed.

    The picture of labels that are computed on demand is lazy, too; that of a large
    volume or time-lapse, of which one slice is on the screen, is a `LivePicture`.
    """

    def __init__(
        self,
        segments: Segments,
        pixels: SourcePixels,
        look: Look,
        channel: int | None = None,
    ) -> None:
        self.look = look
        self.channel = channel  # the only one that is shown; None: all
        self._segments = segments
        self._pixels = pixels
        # What was drawn in last, and how its labels look; None: nothing that is right.
        self._drawn: tuple[ref[Any], LabelStyle] | None = None

    @property
    def is_live(self) -> bool:
        """Whether the labels are in memory, but the picture is drawn on demand."""
        shape = self._segments.shape
        is_large = len(shape) > 2 and prod(shape) > MOST_DRAWN
        return is_large and self._segments.is_editable

    def draw(self) -> Any:
        """Draw all of the image."""
        labels = self._segments.labels
        if not self._segments.is_editable:
            pictures = self.draw_lazily(labels)
            return pictures if isinstance(labels, tuple) else pictures[0]
        (image, *_), style = self._look_up()
        if self.is_live:
            return LivePicture(labels, np.asarray(image), style)
        return style.draw(labels, np.asarray(image))

    def draw_lazily(self, labels: Any) -> list[Any]:
        """Draw each level of labels of the image; nothing is computed yet."""
        levels, style = self._look_up()
        return [
            draw_lazily(
                style, in_tiles(one), image, -1 if image.ndim > one.ndim else None
            )
            for one, image in zip(levels_of(labels), levels, strict=True)
        ]

    def adopt(self, layer: Image) -> None:
        """Draw in a layer, which shows the picture, from now on."""
        self._drawn = ref(layer.data), self._look_up()[1]

    def draw_in(self, layer: Image, region: Region | None = None) -> bool:
        """Redraw what has changed in a layer, unless it cannot hold the picture."""
        (image, *_), style = self._look_up()
        labels = self._segments.labels
        is_multiscale = isinstance(labels, tuple)
        if layer.rgb == style.is_flat or layer.multiscale != is_multiscale:
            return False
        before = None
        if self._drawn is not None and self._drawn[0]() is layer.data:
            before = self._drawn[1]
        if before is not None and region is None and style.is_like(before):
            return True
        if (
            before is None
            or not self._segments.is_editable
            or layer.data.shape != style.shape(labels.shape)
            or layer.dtype != style.dtype
        ):
            layer.data = self.draw()
            self.adopt(layer)
            return True
        if isinstance(layer.data, LivePicture):
            layer.data.labels, layer.data.style = labels, style
        elif region is None:
            differing = style.differing(before)
            style.draw_only(differing, labels, np.asarray(image), layer.data)
        else:
            part = np.asarray(image[region])
            layer.data[region] = style.draw(labels[region], part)
        if region in (None, full_region(labels)):
            self._drawn = ref(layer.data), style
        layer.refresh(extent=False, highlight=False)
        return True

    def _look_up(self) -> tuple[Levels, LabelStyle]:
        """Return the image as it is shown, and how its labels look."""
        segments = self._segments
        levels, means = self._shown()
        style = label_style(
            levels[0],
            len(segments.shape),
            segments.map,
            means,
            show=self.look.show_as,
            hidden=self.look.hidden_as,
        )
        return levels, style

    def _shown(self) -> tuple[Levels, Floats]:
        """Return the image as it is shown, and the mean of each segment in it."""
        pixels, means = self._pixels, self._segments.recipe.means
        if not pixels.sources.is_multichannel:
            return pixels.levels, means
        if self.channel is not None:
            levels = tuple(level[..., self.channel] for level in pixels.levels)
            return levels, means[:, [self.channel]]
        if self.look.show_as == "palette":  # channels are no colours, even if three
            labels = levels_of(self._segments.labels)
            flat = tuple(np.broadcast_to(np.uint8(0), one.shape) for one in labels)
            return flat, means[:, :1]
        mixed = mix_colors(means, pixels.styles) * np.float64(255)
        mixed[np.isnan(means).any(axis=1)] = np.nan
        return pixels.mixed, mixed
