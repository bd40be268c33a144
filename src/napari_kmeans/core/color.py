"""Feature spaces: what the distance between two values is measured in.

A feature space is a function of a value alone, so it is computed on the distinct
values, not on the pixels, and Lab costs what RGB costs.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from napari_kmeans.core.settings import ColorSpace, Scaling, Settings

Array = NDArray[Any]
Features = NDArray[np.float64]

CONVERSION_BLOCK = 1 << 14
"""Values converted at once: small enough to stay in the cache."""
SAFE_EXPONENT = 200
"""Floats above 2**200 or below 2**-200 are scaled, for squares to stay in range."""


@dataclass(frozen=True)
class FeatureSpace:
    """How a value becomes a point: feature = weight * (converted value - offset).

    Integers are taken as they are by "rgb"; the other colour spaces need values from 0
    to 1, so integers are first divided by the largest value of their type. Floats are
    expected to lie from 0 to 1 there, as in napari and scikit-image. In "hsv" the hue
    is an angle, so that red is next to red: the axes are saturation * cos(hue),
    saturation * sin(hue) and value.

    Attributes
    ----------
    color_space : str
        The conversion: "rgb" (none), "lab", "luv" or "hsv".
    dtype : str
        Name of the image's type.
    offset : tuple of C numbers
        Subtracted after the conversion. It changes no distance; it keeps precision.
    weight : tuple of C floats
        Multiplied last.
    exponent : int
        Floats are divided by 2 to this power first, so that the squares of very large
        and very small values stay within range.
    """

    color_space: ColorSpace
    dtype: str
    offset: tuple[float, ...]
    weight: tuple[float, ...]
    exponent: int = 0

    def features(self, values: Array, dtype: DTypeLike = np.float64) -> Array:
        """Give the points of values.

        Parameters
        ----------
        values : ndarray of shape (M, C)
            In the image's own units.
        dtype : data type
            float64, or float32 to save memory.

        Returns
        -------
        ndarray of `dtype` and shape (C, M)
            Their features, one row for each axis. Numbers of more than 53 bits, which
            only 64-bit integers more than 2**53 from the smallest have, are rounded.
        """
        features = np.empty((len(self.weight), len(values)), dtype)
        for start in range(0, len(values), CONVERSION_BLOCK):
            block = slice(start, start + CONVERSION_BLOCK)
            self._convert(values[block], features[:, block])
        return features

    def scaled(self, values: Array) -> Features:
        """Give values in float64, divided by 2 to the exponent."""
        wide = values.astype(np.float64)
        return np.ldexp(wide, -self.exponent) if self.exponent else wide

    def unscaled(self, values: Features) -> Features:
        """Undo `scaled`."""
        return np.ldexp(values, self.exponent) if self.exponent else values

    def squared(self, distance: float) -> float:
        """Give a squared distance in units without the exponent; it may be infinite."""
        with np.errstate(over="ignore"):
            return float(np.ldexp(distance, 2 * self.exponent))

    def _convert(self, values: Array, out: Array) -> None:
        """Write the features of one block of values."""
        if self.color_space == "rgb":
            converted = values.T
        else:
            converted = convert_color(values, self.color_space).T
        if self.exponent:
            converted = np.ldexp(converted.astype(np.float64), -self.exponent)
        for axis, (offset, weight) in enumerate(
            zip(self.offset, self.weight, strict=True)
        ):
            shifted = subtract(converted[axis], offset)
            np.multiply(shifted, weight, out=out[axis], casting="same_kind")


def subtract(values: Array, offset: float) -> Array:
    """Give values - offset in float64, with one rounding even for 64-bit integers."""
    if values.dtype.kind in "iu" and values.dtype.itemsize == 8:
        above = values >= offset
        # In unsigned arithmetic, which wraps, both differences are exact where used.
        bits = values.astype(np.uint64)
        start = np.uint64(int(offset) % 2**64)
        return np.where(above, bits - start, -(start - bits).astype(np.float64))
    return values.astype(np.float64) - offset


def convert_color(values: Array, color_space: ColorSpace) -> Features:
    """Convert RGB values to another colour space.

    Parameters
    ----------
    values : ndarray of shape (M, 3)
        RGB in the image's own units.
    color_space : {"lab", "luv", "hsv"}
        The colour space.

    Returns
    -------
    ndarray of float64 and shape (M, 3)
        L*, a*, b* or L*, u*, v* (lightness from 0 to 100), or, for "hsv",
        saturation * cos(hue), saturation * sin(hue), value (from -1 to 1).
    """
    # Imported here: scikit-image takes longer to import than most images to cluster.
    from skimage import color  # noqa: PLC0415

    rgb = values.astype(np.float64)
    if values.dtype.kind in "iu":
        rgb /= np.iinfo(values.dtype).max
    if color_space == "lab":
        return np.asarray(color.rgb2lab(rgb))
    if color_space == "luv":
        return np.asarray(color.rgb2luv(rgb))  # type: ignore[attr-defined]
    hue, saturation, value = color.rgb2hsv(rgb).T
    angle = 2 * np.pi * hue
    return np.stack(
        [saturation * np.cos(angle), saturation * np.sin(angle), value], axis=1
    )


def feature_space(settings: Settings, values: Array, counts: Array) -> FeatureSpace:
    """Make the feature space that the settings ask for.

    Parameters
    ----------
    settings : Settings
        Of these: color_space, channel_weights, lightness_weight and scaling.
    values : ndarray of shape (M, C)
        The distinct values of the image to fit.
    counts : ndarray of shape (M,)
        How many pixels have each value.

    Returns
    -------
    FeatureSpace
        With its offset at the smallest value of each axis.

    Raises
    ------
    ValueError
        The colour space or the weights do not suit the image's channels or values.
    """
    n_channels = values.shape[1]
    weight = _weights(settings, n_channels)
    space = FeatureSpace(
        settings.color_space,
        values.dtype.name,
        offset=(0.0,) * n_channels,
        weight=(1.0,) * n_channels,
        exponent=_exponent(values) if settings.color_space == "rgb" else 0,
    )
    if settings.color_space == "rgb":
        lowest = np.array([channel.min() for channel in values.T])
        if space.exponent:
            lowest = np.ldexp(lowest.astype(np.float64), -space.exponent)
        space = replace(space, offset=tuple(lowest.tolist()))
    if settings.color_space != "rgb" or settings.scaling != "none":
        features = space.features(values)
        _check_finite(features, settings)
        if settings.color_space != "rgb":
            space = replace(space, offset=tuple(features.min(axis=1).tolist()))
        weight = weight / _spread(features, counts, settings.scaling)
    return replace(space, weight=tuple(weight.tolist()))


def _check_finite(features: Features, settings: Settings) -> None:
    """Raise ValueError if a conversion went beyond what floats can hold."""
    if not np.isfinite(features).all():
        raise ValueError(
            f'color_space is "{settings.color_space}", which the image\'s values are '
            'too large for: give floats from 0 to 1, or use color_space="rgb".'
        )


def _weights(settings: Settings, n_channels: int) -> Features:
    """Give the weight of each axis that the settings ask for."""
    if settings.color_space != "rgb" and n_channels != 3:
        raise ValueError(
            f'color_space is "{settings.color_space}", which needs 3 channels, but '
            f'the image has {n_channels}: use color_space="rgb", or set channel_axis.'
        )
    if settings.channel_weights is None:
        weight = np.ones(n_channels)
    else:
        weight = np.array(settings.channel_weights)
    if len(weight) != n_channels:
        raise ValueError(
            f"channel_weights is {settings.channel_weights}: give one number for each "
            f"of the image's {n_channels} channels."
        )
    lightness = {"lab": 0, "luv": 0, "hsv": 2}.get(settings.color_space)
    if lightness is not None:
        weight[lightness] *= settings.lightness_weight
    return weight


def _exponent(values: Array) -> int:
    """Give the power of 2 that brings very large or small floats near 1, or 0."""
    if values.dtype.kind != "f":
        return 0
    largest = max(abs(float(values.max())), abs(float(values.min())))
    exponent = int(np.frexp(largest)[1])
    return exponent if abs(exponent) > SAFE_EXPONENT else 0


def _spread(features: Features, counts: Array, scaling: Scaling) -> Features:
    """Give what each axis is divided by; 1 for an axis on which nothing varies."""
    if scaling == "none":
        return np.ones(len(features))
    if scaling == "standardize":
        mean = np.average(features, axis=1, weights=counts)
        squares = (features - mean[:, np.newaxis]) ** 2
        spread = np.sqrt(np.average(squares, axis=1, weights=counts))
    else:
        spread = np.array([_percentile_range(axis, counts) for axis in features])
    return np.where(spread > 0, spread, 1.0)


def _percentile_range(axis: Features, counts: Array) -> float:
    """Give the distance from the 1st to the 99th percentile of counted features."""
    order = np.argsort(axis)
    reached = np.cumsum(counts[order])
    low, high = np.searchsorted(reached, [0.01 * reached[-1], 0.99 * reached[-1]])
    return float(axis[order[high]] - axis[order[low]])
