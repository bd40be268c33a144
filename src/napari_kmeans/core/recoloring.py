"""From labels to an image in which every segment has the mean colour of its pixels."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_kmeans.core.blocks import for_each_block
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import Steps

Array = NDArray[Any]

MANY = 1 << 18
"""From this many pixels on, a table of the colours of all label pairs pays off."""
LARGEST_COLOR = 8
"""The maximum size of a colour, in bytes, for that table to stay in the cache."""


@dataclass(frozen=True, eq=False)
class MeanColors:
    """What a model says of the colours of its labels."""

    centroids: NDArray[np.float64]  # (k, C), in the image's own units
    dtype: str  # name of the type of the image fitted
    has_alpha: bool  # whether its last channel was alpha


def recolor_pixels(
    labels: Array,
    colors: MeanColors,
    pixels: Pixels | None = None,
    channel_axis: int | None = None,
) -> Steps[Array]:
    """Draw the mean colour of each label, step by step.

    Pixels of label 0, and alpha, are those of the pixels that are labelled, if given.
    """
    dtype, alpha = np.dtype(colors.dtype), None
    if pixels is not None:
        check_shape(labels.shape, pixels.shape)
        dtype, alpha = pixels.stored_dtype, pixels.alpha
    elif colors.has_alpha:
        alpha = full_alpha(labels, dtype)
    table = palette(colors.centroids, dtype)
    flat = yield from paint(labels.reshape(-1), table, alpha, pixels)
    if channel_axis is None:
        return flat.reshape(labels.shape)
    channels_last = flat.reshape(*labels.shape, flat.shape[1])
    return np.ascontiguousarray(np.moveaxis(channels_last, -1, channel_axis))


def palette(centroids: NDArray[np.float64], dtype: np.dtype[Any]) -> Array:
    """Return the colour of each label in the image's type.

    Shapes: centroids (k, C); returns (1 + k, C).
    """
    colors = np.zeros((len(centroids) + 1, centroids.shape[1]), dtype)
    if dtype.kind == "f":
        colors[0] = np.nan
        colors[1:] = centroids
    elif dtype.kind == "b":
        colors[1:] = np.rint(centroids)
    else:
        limits = np.iinfo(dtype)
        for color, centroid in zip(colors[1:], centroids, strict=True):
            # Python's integers: floats next to the limits of 64 bits lie beyond them.
            rounded = [int(channel) for channel in np.rint(centroid)]
            color[:] = [min(max(one, limits.min), limits.max) for one in rounded]
    return colors


def paint(
    labels: Array, colors: Array, alpha: Array | None, pixels: Pixels | None
) -> Steps[Array]:
    """Draw the colour of each label, step by step.

    Shapes: labels (N,), colors (1 + k, C), alpha (N,); returns (N, C).
    """
    n_channels = colors.shape[1]
    out = np.empty((len(labels), n_channels + (alpha is not None)), colors.dtype)

    pairs = None
    if alpha is None and _suit_pairs(labels, out):
        pairs = _colors_of_pairs(colors)

    def paint_block(block: slice) -> None:
        painted = out[block]
        if pairs is None:
            found = np.take(colors, labels[block], axis=0, mode="clip")
            painted[:, :n_channels] = found
        else:
            _paint_pairs(labels[block], pairs, painted)
        if pixels is not None and not labels[block].all():
            outside = np.flatnonzero(labels[block] == 0)
            painted[outside, :n_channels] = pixels.values[block][outside]
        if alpha is not None:
            painted[:, -1] = alpha[block]

    yield from for_each_block(paint_block, len(labels), "Colouring the segments")
    return out


def _suit_pairs(labels: Array, out: Array) -> bool:
    """Return whether the table of all pairs pays off."""
    small = out.itemsize * out.shape[1] <= LARGEST_COLOR
    return small and labels.dtype == np.uint8 and len(labels) >= MANY


def _colors_of_pairs(colors: Array) -> Array:
    """Return a table of the colours of all label pairs.

    numpy takes items of 8 or 16 bytes several times faster than those of 6, so items
    are padded.
    """
    n_labels, n_channels = colors.shape
    pairs = np.indices((n_labels, n_labels), np.uint8).reshape(2, -1).T
    codes = np.ascontiguousarray(pairs).view(np.uint16)[:, 0]
    size = 2 * n_channels * colors.itemsize
    table = np.zeros((1 << 16, 8 if size <= 8 else 16), np.uint8)
    found = np.ascontiguousarray(colors[pairs]).view(np.uint8)
    table[codes, :size] = found.reshape(len(codes), -1)
    return table.view(f"V{table.shape[1]}")[:, 0]


def _paint_pairs(labels: Array, table: Array, out: Array) -> None:
    """Write the colour of each label, looking up two at a time."""
    n_pairs, rest = divmod(len(labels), 2)
    pairs = np.ascontiguousarray(labels[: 2 * n_pairs]).view(np.uint16)
    found = np.take(table, pairs, mode="clip")
    size = 2 * out.shape[1] * out.itemsize
    unit = f"u{min(8, math.gcd(size, table.itemsize))}"
    source = found.view(unit).reshape(n_pairs, -1)
    target = out[: 2 * n_pairs].reshape(n_pairs, -1).view(unit)
    for column in range(target.shape[1]):  # so narrow, rows are copied more slowly
        target[:, column] = source[:, column]
    if rest:  # the last label has no partner
        pair = table[int(labels[-1]) * 0x0101]
        out[-1] = np.frombuffer(pair, out.dtype, out.shape[1])


def full_alpha(labels: Array, dtype: np.dtype[Any]) -> Array:
    """Return full alpha for pixels in segments, and 0 for others."""
    full = 1 if dtype.kind in "bf" else np.iinfo(dtype).max
    return np.where(labels.reshape(-1) > 0, full, 0).astype(dtype)


def check_shape(labels: tuple[int, ...], pixels: tuple[int, ...]) -> None:
    """Raise ValueError if labels are not of the shape of the pixels."""
    if labels != pixels:
        raise ValueError(
            f"labels has the shape {labels}, but the image without its channels has "
            f"{pixels}: give the labels of this image, or set channel_axis."
        )


def check_labels(labels: ArrayLike, n_clusters: int) -> Array:
    """Return the labels as an array; raise if they are invalid."""
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(
            f"labels has the type {labels.dtype}: give integers, as predict returns."
        )
    if labels.size and not 0 <= labels.min() <= labels.max() <= n_clusters:
        raise ValueError(
            f"labels go from {labels.min()} to {labels.max()}, but the model has "
            f"labels from 0 to {n_clusters}: give what predict returned."
        )
    return labels
