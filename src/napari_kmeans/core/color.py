"""Feature spaces, in which the distances between values are measured."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from napari_kmeans.core.histogram import Histogram
from napari_kmeans.core.settings import ColorSpace, Scaling, Settings
from napari_kmeans.core.types import Array, Floats, Indices

CONVERSION_BLOCK = 1 << 14
"""Values converted at once: few enough to stay in the cache."""
SAFE_EXPONENTS = {np.dtype(np.float16): 30, np.dtype(np.float32): 30}
SAFE_EXPONENT = 200
"""Floats above 2**200 or below 2**-200 are scaled, for squares to stay in range; those
that are computed with in float32, above 2**30 or below 2**-30."""
LUMINANCE = (2125, 7154, 721)
"""Weights of red, green and blue, in 1/10,000: ITU-R BT.709, as in
skimage.color.rgb2gray. Integers, so that colours of equal luminance are exactly equal,
not only nearly."""
LINEAR = ("rgb", "grey")
"""Colour spaces in the image's own units."""


@dataclass(frozen=True)
class FeatureSpace:
    """A map from values to points: feature = weight * (converted value - offset).

    "rgb" and "grey" take values as they are; the other colour spaces need values from 0
    to 1, so integers are first divided by the largest value of their type. Floats are
    expected to lie from 0 to 1 there, as in napari and scikit-image. In "hsv" the hue
    is an angle, so that red is next to red: the axes are saturation * cos(hue),
    saturation * sin(hue) and value. If positions count, the D coordinates follow the C
    channels of a value, and become the last axes without conversion.
    """

    color_space: ColorSpace
    dtype: str  # name of the image's type
    offset: tuple[float, ...]  # of each axis; it keeps precision
    weight: tuple[float, ...]  # of each axis
    exponent: int = 0  # floats are divided by 2 to this first, for squares to be finite
    n_positions: int = 0  # how many of the axes are a pixel's position, D

    @property
    def n_axes(self) -> int:
        """How many axes the space has: one for "grey", otherwise C, and D more."""
        return len(self.weight)

    @property
    def n_channels(self) -> int:
        """How many channels a value has, C, its position not counted."""
        return 3 if self.color_space == "grey" else self.n_axes - self.n_positions

    def features(self, values: Array) -> Array:
        """Return the points (n_axes, M) of values (M, C + D)."""
        features = np.empty((self.n_axes, len(values)))
        for start in range(0, len(values), CONVERSION_BLOCK):
            block = slice(start, start + CONVERSION_BLOCK)
            part = self.scaled(values[block]) if self.exponent else values[block]
            colors = self._converted(part[:, : self.n_channels])
            axes = [*colors, *part[:, self.n_channels :].T]
            rows = zip(features[:, block], axes, self.offset, self.weight, strict=True)
            for row, axis, offset, weight in rows:
                centered = subtract(axis, offset)
                np.multiply(centered, weight, out=row, casting="same_kind")
        return features

    def scaled(self, values: Array) -> Floats:
        """Return values in float64, divided by 2 to the exponent."""
        wide = values.astype(np.float64)
        return np.ldexp(wide, -self.exponent) if self.exponent else wide

    def unscaled(self, values: Floats) -> Floats:
        """Undo `scaled`."""
        return np.ldexp(values, self.exponent) if self.exponent else values

    def squared(self, distance: float) -> float:
        """Return a squared distance without the exponent; it may be infinite."""
        with np.errstate(over="ignore"):
            return float(np.ldexp(distance, 2 * self.exponent))

    def on_axis(self, numbers: Floats) -> Floats:
        """Return the points of numbers in the image's own units, on the only axis."""
        centered = np.ldexp(numbers, -self.exponent) - self.offset[0]
        points: Floats = centered * self.weight[0]
        return points

    def off_axis(self, points: Floats) -> Floats:
        """Undo `on_axis`."""
        return self.unscaled(points / self.weight[0] + self.offset[0])

    def _converted(self, channels: Array) -> Array:
        """Return the converted colours, one axis per row."""
        if self.color_space == "rgb":
            return channels.T
        if self.color_space == "grey":
            return luminance(channels)[np.newaxis]
        # scikit-image takes longer to import than most images to cluster.
        from skimage import color  # noqa: PLC0415

        rgb, dtype = channels.astype(np.float64), np.dtype(self.dtype)
        if dtype.kind in "iu":
            rgb /= np.iinfo(dtype).max
        if self.color_space != "hsv":
            name = f"rgb2{self.color_space}"
            converted: Array = getattr(color, name)(rgb)
            return converted.T
        hue, saturation, value = color.rgb2hsv(rgb).T
        angle = 2 * np.pi * hue
        return np.stack([saturation * np.cos(angle), saturation * np.sin(angle), value])


def subtract(values: Array, offset: float) -> Array:
    """Return values - offset in float64, with one rounding even for 64-bit integers."""
    if values.dtype.kind in "iu" and values.dtype.itemsize == 8:
        above = values >= offset
        # In unsigned arithmetic, which wraps, both differences are exact where used.
        bits = values.astype(np.uint64)
        start = np.uint64(int(offset) % 2**64)
        return np.where(above, bits - start, -(start - bits).astype(np.float64))
    return values.astype(np.float64) - offset


def luminance(values: Array) -> Floats:
    """Return the luminance (M,) of RGB values (M, 3), in their own units."""
    red, green, blue = values.T.astype(np.float64)
    total: Floats = LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue
    return total / sum(LUMINANCE)


def canonical_order(centroids: Floats) -> Indices:
    """Return the order of centroids (k, C) from dark to bright."""
    if centroids.shape[1] == 3:
        brightness = luminance(centroids)
    else:
        brightness = centroids.mean(axis=1)
    return np.lexsort((*centroids.T[::-1], brightness))


def feature_space(
    settings: Settings, histogram: Histogram, dtype: np.dtype[Any], n_positions: int
) -> FeatureSpace:
    """Return the feature space of counted values (M, C + D) of an image's type."""
    values, counts = histogram.values, histogram.counts
    weight = axis_weights(settings, values.shape[1] - n_positions)
    position_weight = settings.position_weights(n_positions) if n_positions else ()
    is_linear = settings.color_space in LINEAR
    exponent = exponent_of(values, position_weight) if is_linear else 0
    none, one = ((number,) * (len(weight) + n_positions) for number in (0.0, 1.0))
    space = FeatureSpace(
        settings.color_space, dtype.name, none, one, exponent, n_positions
    )
    if settings.color_space == "rgb":
        lowest = np.array([channel.min() for channel in values.T])
        if space.exponent:
            lowest = np.ldexp(lowest.astype(np.float64), -space.exponent)
        space = replace(space, offset=tuple(lowest.tolist()))
    if settings.color_space != "rgb" or settings.scaling != "none":
        features = space.features(values)
        check_finite(features, settings)
        if settings.color_space != "rgb":
            space = replace(space, offset=tuple(features.min(axis=1).tolist()))
        weight = weight / _spread(features[: len(weight)], counts, settings.scaling)
    return replace(space, weight=(*weight.tolist(), *position_weight))


def check_finite(features: Floats, settings: Settings) -> None:
    """Raise ValueError if a conversion overflowed."""
    if not np.isfinite(features).all():
        raise ValueError(
            f'color_space is "{settings.color_space}", but the image\'s values are '
            'too large for it: give floats from 0 to 1, or use color_space="rgb".'
        )


def axis_weights(settings: Settings, n_channels: int) -> Floats:
    """Return the weight of each axis of the colours that the settings ask for."""
    if settings.color_space != "rgb" and n_channels != 3:
        raise ValueError(
            f'color_space is "{settings.color_space}", which needs 3 channels, but '
            f'the image has {n_channels}: use color_space="rgb", or set channel_axis.'
        )
    n_axes = 1 if settings.color_space == "grey" else n_channels
    if settings.channel_weights is None:
        weight = np.ones(n_axes)
    else:
        weight = np.array(settings.channel_weights)
    if len(weight) != n_axes:
        raise ValueError(
            f"channel_weights is {settings.channel_weights}: {_one_for(n_axes)}."
        )
    lightness = {"lab": 0, "luv": 0, "hsv": 2}.get(settings.color_space)
    if lightness is not None:
        weight[lightness] *= settings.lightness_weight
    return weight


def _one_for(n_axes: int) -> str:
    """Return how many numbers or words are needed, in words."""
    if n_axes == 1:
        return "give one only, as there is one axis, brightness"
    return f"give one for each of the image's {n_axes} channels"


def exponent_of(values: Array, position_weight: Sequence[float]) -> int:
    """Return the power of 2 that brings very large or small floats near 1, or 0."""
    if values.dtype.kind != "f":
        return 0
    n_channels = values.shape[1] - len(position_weight)
    colors = values[:, :n_channels]
    largest = max(abs(float(colors.max())), abs(float(colors.min())))
    for axis, weight in zip(values[:, n_channels:].T, position_weight, strict=True):
        largest = max(largest, weight * float(axis.max()))
    exponent = int(np.frexp(largest)[1])
    safe = SAFE_EXPONENTS.get(values.dtype, SAFE_EXPONENT)
    return exponent if abs(exponent) > safe else 0


def _spread(
    features: Floats, counts: Array, scaling: Scaling | Sequence[Scaling]
) -> Floats:
    """Return the divisor of each axis; 1 for a constant axis."""
    measure = {
        "none": lambda _axis, _counts: 1.0,
        "standardize": _deviation,
        "percentile": percentile_range,
    }
    pairs = zip(scaling_words(scaling, len(features)), features, strict=True)
    spread = np.array([measure[word](axis, counts) for word, axis in pairs])
    return np.where(spread > 0, spread, 1.0)


def scaling_words(
    scaling: Scaling | Sequence[Scaling], n_axes: int
) -> Sequence[Scaling]:
    """Return the scaling of each axis of the colours."""
    words = [scaling] * n_axes if isinstance(scaling, str) else scaling
    if len(words) != n_axes:
        raise ValueError(f"scaling is {scaling}: {_one_for(n_axes)}.")
    return words


def _deviation(axis: Floats, counts: Array) -> float:
    """Return the standard deviation of counted features."""
    mean = np.average(axis, weights=counts)
    return float(np.sqrt(np.average((axis - mean) ** 2, weights=counts)))


def percentile_range(axis: Floats, counts: Array) -> float:
    """Return the distance from the 1st to the 99th percentile of counted features."""
    order = np.argsort(axis)
    reached = np.cumsum(counts[order])
    low, high = np.searchsorted(reached, [0.01 * reached[-1], 0.99 * reached[-1]])
    return float(axis[order[high]] - axis[order[low]])
