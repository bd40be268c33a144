"""The pixels of an image: where its channels are, and which pixels count."""

import operator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.settings import Settings
from napari_kmeans.core.types import Array, Flags, Indices

EXACT_IN_FLOAT32 = 1 << 24
"""float32 holds every whole number up to this one."""


@dataclass(frozen=True, eq=False)
class Pixels:
    """The pixels of an image, as rows."""

    values: Array  # (N, C), without alpha, native type; a view where memory allows
    # (N,): not NaN, infinite, of alpha 0 or outside the mask; None if all are inside
    inside: Flags | None
    alpha: Array | None  # (N,)
    shape: tuple[int, ...]  # without the channel axis
    channel_axis: int | None  # as it was given
    stored_dtype: np.dtype[Any]  # the image's type, in its own byte order
    n_masked: int = 0  # how many pixels are outside the mask
    origin: tuple[int, ...] | None = None  # of the first pixel, if positions count

    @property
    def dtype(self) -> np.dtype[Any]:
        """The image's type, in this machine's byte order."""
        return self.values.dtype

    @property
    def has_alpha(self) -> bool:
        """Whether the image's last channel is alpha."""
        return self.alpha is not None

    @property
    def n_channels(self) -> int:
        """How many channels a pixel has, alpha not counted."""
        return int(self.values.shape[1])

    @property
    def n_outside(self) -> int:
        """How many pixels belong to no segment."""
        if self.inside is None:
            return 0
        return len(self.inside) - int(np.count_nonzero(self.inside))

    @property
    def n_positions(self) -> int:
        """The number of spatial axes of the positions, D; 0 if they do not count."""
        return 0 if self.origin is None else len(self.shape)

    def masked(self, mask: ArrayLike | None) -> "Pixels":
        """Return the same pixels, of which those outside a mask are outside."""
        if mask is None:
            return self
        chosen = np.asarray(check_mask(mask, self.shape)).reshape(-1)
        n_masked = len(chosen) - int(np.count_nonzero(chosen))
        if not n_masked:
            return self
        inside = chosen if self.inside is None else self.inside & chosen
        return replace(self, inside=inside, n_masked=n_masked)

    def inside_values(self, block: slice) -> Array:
        """Return the values (M, C + D) of those pixels of a block that are inside."""
        values = self.values[block]
        inside = None if self.inside is None else self.inside[block]
        if inside is not None:
            values = values[inside]
        if self.origin is None:
            return values
        index = np.arange(len(self.values))[block]
        return self._with_positions(values, index if inside is None else index[inside])

    def _with_positions(self, values: Array, index: Indices) -> Array:
        """Append the coordinates of pixels, given by flat index, to their values."""
        origin = np.array(self.origin)
        largest = np.max(origin + self.shape)
        exact = np.float32 if largest <= EXACT_IN_FLOAT32 else np.float64
        shape = (len(values), self.n_channels + len(origin))
        placed = np.empty(shape, np.result_type(values.dtype, exact))
        placed[:, : self.n_channels] = values
        axes = zip(origin, np.unravel_index(index, self.shape), strict=True)
        for column, (start, coordinate) in enumerate(axes, self.n_channels):
            placed[:, column] = coordinate
            placed[:, column] += start
        return placed


def read_pixels(
    image: ArrayLike, *, channel_axis: int | None = None, alpha: bool | None = None
) -> Pixels:
    """Separate an image in memory into values, alpha and what is inside."""
    left_out = image.mask if isinstance(image, np.ma.MaskedArray) else np.ma.nomask
    image = np.asarray(image)
    check_image(image)
    axis, n_channels, has_alpha = channel_layout(image, channel_axis, alpha)
    channels = channels_last(image, axis)
    opacity = _native(channels[..., -1].reshape(-1)) if has_alpha else None
    values = _native(channels[..., :n_channels].reshape(-1, n_channels))
    inside = _inside(values, opacity)
    if left_out is not np.ma.nomask:  # a pixel counts if none of its channels is masked
        unmasked = ~channels_last(np.asarray(left_out), axis).any(axis=-1).reshape(-1)
        inside = unmasked if inside is None else inside & unmasked
    shape = channels.shape[:-1]
    return Pixels(values, inside, opacity, shape, channel_axis, image.dtype)


def channels_last(image: Array, axis: int | None) -> Array:
    """Return a view whose last axis is the channels; of length 1 if there is none."""
    return image[..., np.newaxis] if axis is None else np.moveaxis(image, axis, -1)


def check_like(
    pixels: Any, n_channels: int, dtype_name: str, n_positions: int = 0
) -> None:
    """Raise an exception if pixels, lazy or not, are not as a model needs them."""
    if pixels.n_channels != n_channels:
        raise ValueError(
            f"image has {pixels.n_channels} channels, but the model was fitted on "
            f"{n_channels}: give an image with the same number, or set channel_axis."
        )
    dtype = pixels.dtype
    if dtype.name != dtype_name and not dtype.kind == dtype_name[0] == "f":
        raise TypeError(
            f"image has the type {dtype}, but the model was fitted on {dtype_name}:"
            " convert it, if its values are on the same scale, with"
            f' image.astype("{dtype_name}"), or fit again.'
        )
    if n_positions not in (0, len(pixels.shape)):
        raise ValueError(
            f"image has {len(pixels.shape)} spatial axes, but the model uses "
            f"positions along {n_positions}: give an image with the same number."
        )


class TooFewPixelsError(ValueError):
    """There are fewer pixels to cluster than clusters, or none."""

    def __init__(self, message: str, n_pixels: int) -> None:
        super().__init__(message)
        self.n_pixels = n_pixels


def check_numbers(
    n_pixels: int, n_outside: int, n_masked: int, settings: Settings
) -> None:
    """Raise TooFewPixelsError if there are too few pixels."""
    n_left = n_pixels - n_masked
    if n_outside < n_pixels and settings.n_clusters <= n_left:
        return
    if not n_left:
        message = (
            "mask is False everywhere, so there is no pixel to cluster: give a mask "
            "that is True for some."
        )
    elif n_outside == n_pixels:
        where = " inside the mask" if n_masked else ""
        n_left = 0
        message = (
            f"image has no pixel{where} that can be clustered: all of them are NaN, "
            "infinite or of alpha 0."
        )
    else:
        whole = "the mask leaves" if n_masked else "the image has"
        message = (
            f"n_clusters is {settings.n_clusters}, but {whole} only {n_left} pixels: "
            f"give at most {n_left}."
        )
    raise TooFewPixelsError(message, n_left)


def check_mask(mask: Any, shape: tuple[int, ...]) -> Any:
    """Return the mask as an array, or say why it suits no image of this shape."""
    mask = mask if hasattr(mask, "dtype") else np.asarray(mask)
    if mask.dtype != np.bool_:
        raise TypeError(
            f"mask has the type {mask.dtype}: give booleans, True for the pixels to "
            "cluster, for example mask != 0."
        )
    if tuple(mask.shape) != tuple(shape):
        raise ValueError(
            f"mask has the shape {mask.shape}, but the image without its channels has "
            f"{shape}: give one boolean for each pixel, or set channel_axis."
        )
    return mask


def check_image(image: Any) -> None:
    """Raise an exception if an array, lazy or not, cannot be clustered."""
    if image.dtype.kind not in "buif" or image.dtype.itemsize > 8:
        raise TypeError(
            f"image has the type {image.dtype}, whose values cannot be ordered: "
            "convert it to bool, an integer or float type of up to 64 bits first, for "
            "example with image.astype(float) or abs(image)."
        )
    if image.size == 0:
        raise ValueError(
            f"image has the shape {image.shape}, so it has no pixels: give an image "
            "with at least one."
        )


def channel_layout(
    image: Any, channel_axis: int | None, alpha: bool | None
) -> tuple[int | None, int, bool]:
    """Return the channel axis from 0, the number of channels, and if alpha follows."""
    axis = find_channel_axis(image, channel_axis)
    if axis is None:
        if alpha:
            raise ValueError(
                "alpha is True, but channel_axis is None: give the axis of the "
                "channels, of which the last is alpha."
            )
        return None, 1, False
    n_channels = int(image.shape[axis])
    if alpha is None:
        alpha = image.dtype == np.uint8 and n_channels == 4
    elif alpha and n_channels < 2:
        raise ValueError(
            "alpha is True, but the image has one channel only: pass alpha=False."
        )
    return axis, n_channels - bool(alpha), bool(alpha)


def find_channel_axis(image: Any, channel_axis: int | None) -> int | None:
    """Return the channel axis counted from 0, or None."""
    if channel_axis is None:
        return None
    wanted = (
        f"; the image's shape is {image.shape}: give an axis from {-image.ndim} to "
        f"{image.ndim - 1}, or None for one channel."
    )
    return check_axis("channel_axis", channel_axis, image.ndim, wanted)


def check_axis(name: str, value: Any, n_axes: int, wanted: str) -> int:
    """Return the axis counted from 0; raise if it is invalid."""
    number: Any = None if isinstance(value, bool) else value
    try:
        axis = operator.index(number)
    except TypeError:
        raise TypeError(f"{name} is {value!r}{wanted}") from None
    if not -n_axes <= axis < n_axes:
        raise ValueError(f"{name} is {value}{wanted}")
    return axis % n_axes


def _native(array: Array) -> Array:
    """Return the array in this machine's byte order."""
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _inside(values: Array, opacity: Array | None) -> Flags | None:
    """Find the pixels that can belong to a segment; None if all can."""
    inside = np.ones(len(values), np.bool_) if opacity is None else opacity > 0
    if values.dtype.kind == "f":
        finite = np.isfinite(values)
        if not finite.all():  # looking pixel by pixel takes many times longer
            inside &= finite.all(axis=1)
    return None if inside.all() else inside
