"""What is a pixel: where an image has its channels, and which pixels count."""

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

EXACT_IN_FLOAT32 = 1 << 24
"""The largest whole number up to which float32 holds every one."""


@dataclass(frozen=True, eq=False)
class Pixels:
    """The pixels of an image, one after the other."""

    # (N, C): the value of each pixel, without alpha, in the image's own type. A view of
    # the image where its memory allows
    values: Array
    # (N,): False for the pixels that belong to no segment: those of alpha 0, those with
    # a NaN or infinite channel and those outside the mask. None when all pixels count
    inside: NDArray[np.bool_] | None
    alpha: Array | None  # (N,): the alpha of each pixel. None when the image has none
    shape: tuple[int, ...]  # the image's shape without its channel axis
    channel_axis: int | None  # the axis of the channels, as it was given
    n_masked: int = 0  # how many pixels are outside the mask
    # the position of the first pixel along each spatial axis, if positions count: 0
    # everywhere, or where a block of a larger image begins in it
    origin: tuple[int, ...] | None = None

    @property
    def n_channels(self) -> int:
        """How many channels a pixel has, alpha not counted."""
        return int(self.values.shape[1])

    @property
    def n_outside(self) -> int:
        """How many pixels belong to no segment."""
        return 0 if self.inside is None else int((~self.inside).sum())

    @property
    def n_positions(self) -> int:
        """How many spatial axes the positions have, D; 0 if they do not count."""
        return 0 if self.origin is None else len(self.shape)

    def inside_values(self, block: slice) -> Array:
        """Give the values of those pixels of a block that are inside.

        Returns (M, C + D).
        """
        values = self.values[block]
        inside = None if self.inside is None else self.inside[block]
        if inside is not None:
            values = values[inside]
        if self.origin is None:
            return values
        index = np.arange(len(self.values))[block]
        return self._with_positions(values, index if inside is None else index[inside])

    def _with_positions(self, values: Array, index: NDArray[np.intp]) -> Array:
        """Write the coordinates of pixels, given by number, after their values."""
        origin = self.origin or ()
        ends = [
            start + length for start, length in zip(origin, self.shape, strict=True)
        ]
        exact = np.float32 if max(ends) <= EXACT_IN_FLOAT32 else np.float64
        shape = (len(values), self.n_channels + len(origin))
        placed = np.empty(shape, np.result_type(values.dtype, exact))
        placed[:, : self.n_channels] = values
        axes = zip(origin, np.unravel_index(index, self.shape), strict=True)
        for column, (start, coordinate) in enumerate(axes, self.n_channels):
            placed[:, column] = coordinate
            placed[:, column] += start
        return placed


def read_pixels(
    image: ArrayLike,
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    mask: ArrayLike | None = None,
) -> Pixels:
    """Tell an image's pixels, their channels and their alpha apart."""
    image = check_image(image)
    axis = find_channel_axis(image, channel_axis)
    if axis is None:
        if alpha:
            raise ValueError(
                "alpha is True, but channel_axis is None: give the axis of the "
                "channels, of which the last is alpha."
            )
        channels = image[..., np.newaxis]
    else:
        channels = np.moveaxis(image, axis, -1)
    opacity = None
    if axis is not None and has_alpha(channels, alpha):
        opacity = _native(channels[..., -1].reshape(-1))
        channels = channels[..., :-1]
    values = _native(channels.reshape(-1, channels.shape[-1]))
    inside = _inside(values, opacity)
    shape, n_masked = channels.shape[:-1], 0
    if mask is not None:
        chosen = np.asarray(check_mask(mask, shape)).reshape(-1)
        n_masked = len(chosen) - int(np.count_nonzero(chosen))
        if n_masked:
            inside = chosen if inside is None else inside & chosen
    return Pixels(values, inside, opacity, shape, channel_axis, n_masked)


def check_like(pixels: Pixels, n_channels: int, dtype_name: str) -> None:
    """Raise an exception if pixels are not of the channels and type of a model."""
    check_type(pixels.n_channels, pixels.values.dtype, n_channels, dtype_name)


def check_type(
    n_channels: int, dtype: np.dtype[Any], fitted_channels: int, fitted_dtype: str
) -> None:
    """Raise an exception if an image is not of the channels and type of a model."""
    if n_channels != fitted_channels:
        raise ValueError(
            f"image has {n_channels} channels, but the model was fitted on "
            f"{fitted_channels}: give an image with as many, or set channel_axis."
        )
    if dtype.name != fitted_dtype and not dtype.kind == fitted_dtype[0] == "f":
        raise TypeError(
            f"image has the type {dtype}, but the model was fitted on {fitted_dtype}:"
            " convert it, if its values are on the same scale, with"
            f' image.astype("{fitted_dtype}"), or fit again.'
        )


def check_positions(n_axes: int, n_positions: int) -> None:
    """Raise ValueError if an image has not as many spatial axes as a model counts."""
    if n_positions not in (0, n_axes):
        raise ValueError(
            f"image has {n_axes} spatial axes, but for the model positions "
            f"along {n_positions} count: give an image with as many."
        )


def check_mask(mask: Any, shape: tuple[int, ...]) -> Any:
    """Give the mask as an array, or say why it suits no image of this shape."""
    mask = mask if hasattr(mask, "dtype") else np.asarray(mask)
    if mask.dtype != np.bool_:
        raise TypeError(
            f"mask has the type {mask.dtype}: give bool, True for the pixels that "
            "count, for example mask != 0."
        )
    if tuple(mask.shape) != tuple(shape):
        raise ValueError(
            f"mask has the shape {mask.shape}, but the image without its channels has "
            f"{shape}: give one bool for each pixel, or set channel_axis."
        )
    return mask


def check_image(image: ArrayLike) -> Array:
    """Give the image as an array, or say why it cannot be clustered."""
    image = np.asarray(image)
    if image.dtype.kind not in "buif" or image.dtype.itemsize > 8:
        raise TypeError(
            f"image has the type {image.dtype}, which has no order of size: convert "
            "it to bool, an integer or float type of up to 64 bits first, for example "
            "with image.astype(float) or abs(image)."
        )
    if image.size == 0:
        raise ValueError(
            f"image has the shape {image.shape}, which holds no pixel: give an image "
            "with at least one."
        )
    return image


def find_channel_axis(image: Array, channel_axis: int | None) -> int | None:
    """Give the channel axis counted from 0, or None."""
    if channel_axis is None:
        return None
    wanted = (
        f"the image's shape is {image.shape}: give an axis from {-image.ndim} to "
        f"{image.ndim - 1}, or None for one channel."
    )
    try:
        axis = operator.index(channel_axis)
    except TypeError:
        raise TypeError(f"channel_axis is {channel_axis!r}; {wanted}") from None
    if isinstance(channel_axis, bool):
        raise TypeError(f"channel_axis is {channel_axis!r}; {wanted}")
    if not -image.ndim <= axis < image.ndim:
        raise ValueError(f"channel_axis is {channel_axis}; {wanted}")
    return axis % image.ndim


def has_alpha(channels: Array, alpha: bool | None) -> bool:
    """Tell whether the last channel, on the last axis, is alpha."""
    if alpha is None:
        return channels.dtype == np.uint8 and channels.shape[-1] == 4
    if alpha and channels.shape[-1] < 2:
        raise ValueError(
            "alpha is True, but the image has one channel only: pass alpha=False."
        )
    return bool(alpha)


def _native(array: Array) -> Array:
    """Give the array in this machine's byte order."""
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _inside(values: Array, opacity: Array | None) -> NDArray[np.bool_] | None:
    """Tell which pixels can belong to a segment; None if all can."""
    inside = np.ones(len(values), np.bool_) if opacity is None else opacity > 0
    if values.dtype.kind == "f":
        finite = np.isfinite(values)
        if not finite.all():  # asking each pixel takes many times longer
            inside &= finite.all(axis=1)
    return None if inside.all() else inside
