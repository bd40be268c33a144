"""How values look as colours, where no viewer says so."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import finish, for_each_block
from napari_kmeans.core.types import Array, Floats

GREY = ((1, 1, 1),)
RGB = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
TWO = ((1, 0, 1), (0, 1, 0))
"""Two channels are magenta and green."""
DISTINCT = ((0, 1, 1), (1, 1, 0), (1, 0, 1), *RGB)
"""More than three are cyan, yellow, magenta, red, green, blue, and so on: as napari
does when it splits the channels of an image."""


@dataclass(frozen=True, eq=False)
class Display:
    """Each channel has a colour between two values, black and bright; they are added.

    One channel is grey and three are red, green and blue.
    """

    low: Floats  # (C,): the value of each channel that is black
    high: Floats  # (C,): that is brightest
    tints: Floats  # (C, 3): the colour that it has there

    def colors(self, values: Array) -> Array:
        """Return the colours (..., 3), uint8, of values (..., C); black for NaN."""
        if values.dtype == np.uint8 and np.array_equal(self.tints, RGB):
            return values.copy()  # what the formula gives, many times faster
        flat = values.reshape(-1, len(self.low))
        colors = np.empty((len(flat), 3), np.uint8)
        span = np.where(self.high > self.low, self.high - self.low, 1)

        def color_block(block: slice) -> None:
            share = (flat[block].astype(np.float64) - self.low) / span
            share = np.clip(np.nan_to_num(share, copy=False), 0, 1)
            mixed = np.minimum(share @ self.tints, 1)
            colors[block] = np.rint(255 * mixed)

        finish(for_each_block(color_block, len(flat), "Colouring the pixels"))
        return colors.reshape(*values.shape[:-1], 3)


def display_of(pixels: Pixels) -> Display:
    """Return how the values of an image look.

    Bytes are shown as they are, and so are colours of floats from 0 to 1; all else from
    its least to its largest finite value, colours by those of their three channels.
    """
    n_channels = pixels.n_channels
    if n_channels <= 3:
        tints: Any = (GREY, TWO, RGB)[n_channels - 1]
    else:
        tints = [DISTINCT[channel % len(DISTINCT)] for channel in range(n_channels)]
    low, high = _limits(pixels.values, are_colors=n_channels == 3)
    return Display(low, high, np.array(tints, np.float64))


def _limits(values: Array, *, are_colors: bool) -> tuple[Floats, Floats]:
    """Return the least and the largest value of each channel that are told apart."""
    n_channels = values.shape[1]
    zeros, ones = np.zeros(n_channels), np.ones(n_channels)
    if values.dtype.kind == "b":
        return zeros, ones
    if values.dtype == np.uint8:
        return zeros, 255 * ones
    low, high = zeros.copy(), ones.copy()
    for channel in range(n_channels):
        column = values[:, channel]
        finite = column[np.isfinite(column)]
        if finite.size:
            low[channel], high[channel] = float(finite.min()), float(finite.max())
    if not are_colors:
        return low, high
    if values.dtype.kind == "f" and low.min() >= 0 and high.max() <= 1:
        return zeros, ones
    return low.min() * ones, high.max() * ones
