"""The colours in which napari shows values: of several channels they are blended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from napari.layers import Image
from napari.layers.utils.layer_utils import calc_data_range
from napari.utils import Colormap
from napari.utils.colormaps import ensure_colormap

from napari_kmeans.core.lazy.arrays import whole_pixels
from napari_kmeans.core.progress import finish, for_each_block, on_this_thread
from napari_kmeans.core.recoloring import full_brightness
from napari_kmeans.core.types import Array, Floats, Indices
from napari_kmeans.layers.source_layers import Sources

N_SHADES = 1 << 12
"""Shades per colormap: more than a screen can show."""
UNIT, BITS = 1 << 8, 21
"""Colours are added as multiples of 1/256 of a byte, in fields of 21 bits ..."""
BRIGHTEST = np.uint64(256 * UNIT - 1)
MOST_PACKED = (1 << BITS) // (256 * UNIT)
"""... which hold the sums of so many channels."""
DISTINCT = ("cyan", "yellow", "magenta", "red", "green", "blue")
"""The colormaps of the entries of a channel axis: napari's when it splits one."""


@dataclass(frozen=True, eq=False)
class ChannelStyle:
    """How napari shows one channel."""

    colormap: Colormap  # the colours from dark to bright
    contrast_limits: tuple[float, float]  # the values that are darkest and brightest
    gamma: float = 1.0  # the power of brightness
    opacity: float = 1.0  # what the colours are multiplied with

    def attributes(self) -> dict[str, Any]:
        """Return the attributes of a layer that looks like this."""
        return {
            "colormap": self.colormap,
            "contrast_limits": self.contrast_limits,
            "gamma": self.gamma,
        }

    def shades(self) -> Array:
        """Return the colours of equally spaced brightnesses: (N_SHADES, 3)."""
        steps = np.linspace(0, 1, N_SHADES) ** self.gamma
        colors = self.colormap.map(steps)[:, :3] * self.opacity
        return np.asarray(colors, np.float32)

    def find_shade(self, values: Array) -> Indices:
        """Return the index of the shade of each of the values (n,)."""
        low, high = self.contrast_limits
        share = (values.astype(np.float32) - np.float32(low)) * np.float32(
            (N_SHADES - 1) / ((high - low) or 1)
        )
        share = np.clip(np.nan_to_num(share, copy=False), 0, N_SHADES - 1)
        return np.asarray(np.rint(share), np.intp)


def channel_style(layer: Image) -> ChannelStyle:
    """Return how napari shows a one-channel layer."""
    low, high = layer.contrast_limits
    return ChannelStyle(layer.colormap, (low, high), layer.gamma, layer.opacity)


def mix_colors(values: Array, styles: Sequence[ChannelStyle]) -> Array:
    """Blend the colours of values (n, C) to (n, 3), like napari's additive blending."""
    tables = [style.shades() for style in styles]
    mixed = np.empty((len(values), 3), np.float32)

    def mix_block(block: slice) -> None:
        total = mixed[block]
        total[:] = 0
        for channel, (style, table) in enumerate(zip(styles, tables, strict=True)):
            total += table[style.find_shade(values[block, channel])]
        np.clip(total, 0, 1, out=total)

    finish(for_each_block(mix_block, len(values), "Blending the channels"))
    return mixed


def mix_picture(image: Any, styles: Sequence[ChannelStyle]) -> Any:
    """Draw channels (..., C) as the blend of their colours (..., 3), perhaps lazily."""
    if isinstance(image, np.ndarray):
        values = image.reshape(-1, image.shape[-1])
        has_few_values = image.dtype.kind in "iu" and image.itemsize <= 2
        if has_few_values and len(styles) <= MOST_PACKED:
            mixed = _mix_integers(values, styles)
        else:
            mixed = np.rint(mix_colors(values, styles) * 255).astype(np.uint8)
        return mixed.reshape(*image.shape[:-1], 3)
    image = whole_pixels(image, -1)
    return image.map_blocks(
        _mix_block,
        styles=styles,
        chunks=(*image.chunks[:-1], (3,)),
        dtype=np.uint8,
        meta=np.empty((0,) * image.ndim, np.uint8),
    )


def _mix_integers(values: Array, styles: Sequence[ChannelStyle]) -> Array:
    """Blend the colours of integers (n, C) to bytes (n, 3), by one table per channel.

    The tables hold red, green and blue in one number each, so that they are looked up
    and added at once, ten times as fast.
    """
    unsigned = np.dtype(f"u{values.itemsize}")
    every = np.arange(1 << 8 * values.itemsize).astype(unsigned).view(values.dtype)
    tables = [_packed_shades(style, every) for style in styles]
    mixed = np.empty((len(values), 3), np.uint8)

    def mix_block(block: slice) -> None:
        indices = values[block].view(unsigned).T
        total = tables[0][indices[0]]
        for table, index in zip(tables[1:], indices[1:], strict=True):
            total += table[index]
        for color in range(3):
            sums = total >> np.uint64(BITS * color) & np.uint64((1 << BITS) - 1)
            mixed[block, color] = (
                np.minimum(sums + np.uint64(UNIT // 2), BRIGHTEST) // UNIT
            )

    finish(for_each_block(mix_block, len(values), "Blending the channels"))
    return mixed


def _packed_shades(style: ChannelStyle, values: Array) -> Array:
    """Return the colour of each value in one number, as fixed-point fields."""
    colors = style.shades()[style.find_shade(values)] * np.float32(255 * UNIT)
    red, green, blue = np.rint(colors).astype(np.uint64).T
    packed: Array = red | green << np.uint64(BITS) | blue << np.uint64(2 * BITS)
    return packed


def _mix_block(image: Array, styles: Sequence[ChannelStyle]) -> Any:
    """Draw one block."""
    with on_this_thread():
        return mix_picture(image, styles)


def shown_colors(values: Floats, sources: Sources) -> Array:
    """Return the colours (n, 3) in which napari shows values (n, C) of an image."""
    if sources.is_multichannel:
        return mix_colors(values, channel_styles(sources)).astype(np.float64)
    layer = sources.first
    if layer.rgb:
        return np.clip(values[:, :3] / full_brightness(np.dtype(layer.dtype)), 0, 1)
    low, high = layer.contrast_limits
    share = np.clip((values[:, 0] - low) / ((high - low) or 1), 0, 1)
    return np.asarray(layer.colormap.map(share**layer.gamma)[:, :3], np.float64)


def channel_styles(sources: Sources) -> tuple[ChannelStyle, ...]:
    """Return how napari shows each of several channels."""
    if not sources.is_multichannel:
        return ()
    if sources.channel_axis is None:
        return tuple(map(channel_style, sources.layers))
    like = channel_style(sources.first)
    return tuple(
        replace(
            like,
            colormap=ensure_colormap(DISTINCT[entry % len(DISTINCT)]),
            contrast_limits=_limits(sources, entry),
        )
        for entry in sources.taken_entries
    )


def _limits(sources: Sources, entry: int) -> tuple[float, float]:
    """Return the contrast limits of one entry of the channel axis."""
    layer, axis = sources.first, sources.channel_axis
    data = layer.data[0] if layer.multiscale else layer.data
    low, high = layer.contrast_limits
    if axis is not None and isinstance(data, np.ndarray):  # else it would be read
        low, high = calc_data_range(np.moveaxis(data, axis, 0)[entry])
    return float(low), float(high)
