"""Numbers for the values of up to three channels, by which tables are indexed.

Of bytes every value has a number of its own. Other channels are divided into levels,
far more than a plot can show; integers in a short range have a level each.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_kmeans.core.grid import CORE, TAIL, bend
from napari_kmeans.core.histogram import pack
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import BLOCK, Steps, for_each_block
from napari_kmeans.core.types import Array, Flags, Floats

KEY_BITS = 24
"""Bits of a number, shared by the channels."""
MOST_CHANNELS = 3
N_BYTES = 256


@dataclass(frozen=True)
class Scale:
    """The levels of a channel, in equal steps from its least value."""

    n: int  # how many levels there are
    low: float  # the place of the first one
    step: float
    # Mean and spread of an axis with a long tail, on which the steps grow.
    bent: tuple[float, float] | None = None

    @classmethod
    def of(cls, low: float, high: float, mean: float, spread: float, n: int) -> "Scale":
        """Lay n levels over a range."""
        far = max(high - mean, mean - low)
        bent = (mean, spread) if 0 < spread < np.inf and far > TAIL * spread else None
        if bent is not None:
            low, high = bend((np.array([low, high]) - mean) / spread).tolist()
        return cls(n, low, (high - low) / (n - 1) or 1.0, bent)

    def levels(self, values: Array) -> Array:
        """Return the level of each value (M,)."""
        places = values.astype(np.float64)
        if self.bent is not None:
            mean, spread = self.bent
            places = bend((places - mean) / spread)
        places -= self.low
        places /= self.step
        levels: Array = np.rint(places, out=places).astype(np.uint32)
        return levels

    def values(self, levels: Array) -> Floats:
        """Return the value that each level stands for."""
        places = self.low + self.step * levels.astype(np.float64)
        if self.bent is None:
            return places
        mean, spread = self.bent
        beyond = np.abs(places) - CORE
        far = np.copysign(CORE + np.expm1(np.maximum(beyond, 0)), places)
        return mean + spread * np.where(beyond > 0, far, places)


EVERY_BYTE = Scale(N_BYTES, 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class ValueGrid:
    """Gives each value of some channels a number below 2**24."""

    dtype: np.dtype[Any]  # of the image
    channels: tuple[int, ...]  # which of the image's
    scales: tuple[Scale, ...]  # of each of them

    @property
    def bits(self) -> int:
        """The bits of each channel's level."""
        return KEY_BITS // len(self.channels)

    def keys(self, values: Array) -> Array:
        """Return the number (M,), uint32, of each of the image's values (M, C)."""
        if all(scale is EVERY_BYTE for scale in self.scales):
            is_all = self.channels == tuple(range(values.shape[1]))
            return self._packed(values if is_all else values[:, list(self.channels)])
        keys = np.zeros(len(values), np.uint32)
        for place, (channel, scale) in enumerate(
            zip(self.channels, self.scales, strict=True)
        ):
            keys |= scale.levels(values[:, channel]) << np.uint32(place * self.bits)
        return keys

    def _packed(self, values: Array) -> Array:
        """Return the numbers of bytes, whose channels may have room to spare."""
        if self.bits == 8:
            return pack(values).astype(np.uint32)
        keys = np.zeros(len(values), np.uint32)
        for place, channel in enumerate(values.view(np.uint8).T):
            keys |= channel.astype(np.uint32) << np.uint32(place * self.bits)
        return keys

    def values(self, keys: Array) -> Floats:
        """Return the value (M, n) that each number stands for, of these channels."""
        values = np.empty((len(keys), len(self.channels)))
        mask = np.uint32((1 << self.bits) - 1)
        for place, scale in enumerate(self.scales):
            levels = keys >> np.uint32(place * self.bits) & mask
            if scale is EVERY_BYTE:  # signed bytes, too
                small = levels.astype(np.uint8).view(self.dtype)
                values[:, place] = small
            else:
                values[:, place] = scale.values(levels)
        return values


def grid_steps(pixels: Pixels, channels: tuple[int, ...]) -> Steps[ValueGrid]:
    """Lay a grid over the values of some channels, step by step."""
    if not 1 <= len(channels) <= MOST_CHANNELS:
        raise ValueError(f"{len(channels)} channels: give 1 to {MOST_CHANNELS}.")
    dtype = pixels.dtype
    if dtype.itemsize == 1:
        return ValueGrid(dtype, channels, (EVERY_BYTE,) * len(channels))
    n_most = 1 << min(KEY_BITS // len(channels), 16)
    limits, mean, spread = yield from _measure(pixels, channels)
    scales = []
    rows = np.column_stack([limits, mean, spread]).tolist()
    for low, high, middle, deviation in rows:
        if dtype.kind in "iu" and high - low < n_most:
            scales.append(Scale(int(high - low) + 1, low, 1.0))
        else:
            scales.append(Scale.of(low, high, middle, deviation, n_most))
    return ValueGrid(dtype, channels, tuple(scales))


def _measure(
    pixels: Pixels, channels: tuple[int, ...]
) -> Steps[tuple[Floats, Floats, Floats]]:
    """Return the limits (n, 2) of each channel, its mean and standard deviation."""
    n_blocks = -(-len(pixels.values) // BLOCK)
    rows = np.full((n_blocks, 2, len(channels)), np.nan)
    sums = np.zeros((3, n_blocks, len(channels)))  # of ones, values and squares

    def measure(block: slice) -> None:
        values = pixels.inside_values(block)[:, list(channels)].astype(np.float64)
        if len(values):
            row = block.start // BLOCK
            rows[row] = values.min(axis=0), values.max(axis=0)
            with np.errstate(over="ignore"):  # of huge floats
                sums[0, row], sums[1, row] = len(values), values.sum(axis=0)
                sums[2, row] = (values**2).sum(axis=0)

    yield from for_each_block(measure, len(pixels.values), "Measuring the pixels")
    with np.errstate(over="ignore", invalid="ignore"):
        n, total, squares = sums.sum(axis=1)
        mean = total / np.maximum(n, 1)
        spread = np.sqrt(np.maximum(squares / np.maximum(n, 1) - mean**2, 0))
    limits = np.stack([np.nanmin(rows[:, 0], axis=0), np.nanmax(rows[:, 1], axis=0)])
    return limits.T, mean, np.nan_to_num(spread, nan=np.inf)


def pixels_of_steps(pixels: Pixels, grid: ValueGrid, keys: Array) -> Steps[Flags]:
    """Find the pixels (N,) whose values have some numbers, step by step."""
    chosen = np.zeros(1 << KEY_BITS, np.bool_)
    chosen[keys] = True
    found = np.zeros(len(pixels.values), np.bool_)

    def find(block: slice) -> None:
        flags = chosen[grid.keys(pixels.inside_values(block))]
        inside = None if pixels.inside is None else pixels.inside[block]
        found[block][slice(None) if inside is None else inside] = flags

    yield from for_each_block(find, len(found), "Finding the pixels")
    return found
