"""The recoloured picture: a pure function of labels, image and segments."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.blocks import for_each_block
from napari_kmeans.core.progress import finish
from napari_kmeans.core.recoloring import palette
from napari_kmeans.segments.segment_map import SegmentMap

Array = NDArray[Any]
Show = Literal["mean", "original", "palette"]
Hidden = Literal["black", "transparent"]


def recolor(
    labels: Array,
    image: Array,
    segment_map: SegmentMap,
    means: NDArray[np.float64],
    *,
    show: Show = "mean",
    hidden: Hidden = "black",
) -> Array:
    """Draw the pixels of a region of an image by their segments.

    A pixel depends on its own label and value only, so the parts of an image may be
    drawn one by one.

    Parameters
    ----------
    labels : ndarray of int
        The labels of the region.
    image : ndarray of the shape of labels, or with the channels as one more, last axis
        The same region of the image. A channel more than `means` has is alpha.
    segment_map : SegmentMap
        The segments.
    means : ndarray of shape (n, C)
        The mean value of each segment; `Recipe.means` gives it.
    show : {"mean", "original", "palette"}
        Visible segments show their mean value, the image's own pixels, or their colour.
        A segment without a mean, which was painted new, and pixels in no segment show
        the image's own pixels.
    hidden : {"black", "transparent"}
        How hidden segments look. Images that are not RGB have no transparency: 0 there.

    Returns
    -------
    ndarray
        Of the type and channels of the image, with alpha as one more if hidden segments
        are transparent. By "palette", an image that is not RGB becomes RGB of uint8, in
        which pixels in no segment are black.
    """
    n_channels = means.shape[1]
    is_flat = image.ndim == labels.ndim
    values = image.reshape(labels.size, -1)
    alpha = values[:, n_channels] if values.shape[1] > n_channels else None
    values = values[:, :n_channels]
    is_rgb = n_channels == 3 and not is_flat
    if show == "palette" and not is_rgb:
        values = np.zeros((labels.size, 3), np.uint8)
        alpha, is_rgb, is_flat = None, True, False
    look = _look(segment_map, means, values.dtype, show)
    if alpha is not None or (is_rgb and hidden == "transparent"):
        opacity = _opacity(segment_map, hidden, values.dtype)
        look = replace(look, opacity=opacity)
    out = _draw(labels.reshape(-1), values, alpha, look)
    return out.reshape(labels.shape if is_flat else (*labels.shape, out.shape[1]))


@dataclass(frozen=True)
class _Look:
    """How the labels look.

    Attributes
    ----------
    table : ndarray of shape (n + 1, C)
        The colour of each label.
    own : ndarray of bool
        Which labels show the image's own pixels instead.
    opacity : ndarray, or None
        The alpha of each label, where the image has none; None: no alpha.
    """

    table: Array
    own: NDArray[np.bool_]
    opacity: Array | None


def _look(
    segment_map: SegmentMap,
    means: NDArray[np.float64],
    dtype: np.dtype[Any],
    show: Show,
) -> _Look:
    """Tell how the labels look without transparency."""
    if show == "palette":
        means = np.array([segment.color for segment in segment_map]) * _full(dtype)
    size = max(segment_map.values) + 1
    table = np.zeros((size, means.shape[1]), dtype)
    own = np.zeros(size, np.bool_)
    own[0] = True
    for segment, mean in zip(segment_map, means, strict=True):
        if not segment.visible:
            continue
        if show == "original" or np.isnan(mean).any():
            own[segment.value] = True
        else:
            table[segment.value] = palette(mean[np.newaxis], dtype)[1]
    return _Look(table, own, None)


def _opacity(segment_map: SegmentMap, hidden: Hidden, dtype: np.dtype[Any]) -> Array:
    """Give the alpha of each label, where the image itself has none."""
    opacity = np.full(max(segment_map.values) + 1, _full(dtype), dtype)
    for segment in segment_map:
        if hidden == "transparent" and not segment.visible:
            opacity[segment.value] = 0
    return opacity


def _full(dtype: np.dtype[Any]) -> int:
    """Give the value of a channel at full brightness."""
    return 1 if dtype.kind in "bf" else int(np.iinfo(dtype).max)


def _draw(labels: Array, values: Array, alpha: Array | None, look: _Look) -> Array:
    """Draw pixels one after the other, in blocks, on threads."""
    n_channels = look.table.shape[1]
    out = np.empty((len(labels), n_channels + (look.opacity is not None)), values.dtype)

    def draw_block(block: slice) -> None:
        numbers = labels[block]
        picture = out[block, :n_channels]
        picture[:] = np.take(look.table, numbers, axis=0, mode="clip")
        shows_own = np.take(look.own, numbers, mode="clip")
        if shows_own.any():
            np.copyto(picture, values[block], where=shows_own[:, np.newaxis])
        if look.opacity is not None:
            opacity = np.take(look.opacity, numbers, mode="clip")
            given = opacity if alpha is None else alpha[block]
            out[block, n_channels] = np.minimum(opacity, given)

    finish(for_each_block(draw_block, len(labels), "Colouring the segments"))
    return out
