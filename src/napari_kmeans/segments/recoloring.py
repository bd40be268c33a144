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
    is_flat = image.ndim == labels.ndim
    values = image.reshape(labels.size, -1)
    n_channels = means.shape[1]
    if show == "palette" and (is_flat or n_channels != 3):
        values = np.broadcast_to(np.uint8(0), (labels.size, 3))
        is_flat, n_channels = False, 3
    look = _look(segment_map, means, values.dtype, show)
    has_alpha = values.shape[1] > n_channels
    if has_alpha or (hidden == "transparent" and n_channels == 3 and not is_flat):
        look = _with_opacity(look, segment_map, hidden)
    out = _draw(labels.reshape(-1), values, look, has_alpha)
    return out.reshape(labels.shape if is_flat else (*labels.shape, out.shape[1]))


@dataclass(frozen=True)
class _Look:
    """How the labels look.

    Attributes
    ----------
    table : ndarray of shape (n + 1, C) or (n + 1, C + 1)
        The colour of each label, with opacity last if the picture has any.
    own : ndarray of bool and shape (n + 1,)
        Which labels show the image's own pixels instead.
    """

    table: Array
    own: NDArray[np.bool_]


def _look(
    segment_map: SegmentMap,
    means: NDArray[np.float64],
    dtype: np.dtype[Any],
    show: Show,
) -> _Look:
    """Tell how the labels look without opacity."""
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
    return _Look(table, own)


def _with_opacity(look: _Look, segment_map: SegmentMap, hidden: Hidden) -> _Look:
    """Add the opacity of each label."""
    dtype = look.table.dtype
    opacity = np.full((len(look.table), 1), _full(dtype), dtype)
    for segment in segment_map:
        if hidden == "transparent" and not segment.visible:
            opacity[segment.value] = 0
    return replace(look, table=np.hstack([look.table, opacity]))


def _full(dtype: np.dtype[Any]) -> int:
    """Give the value of a channel at full brightness."""
    return 1 if dtype.kind in "bf" else int(np.iinfo(dtype).max)


def _draw(labels: Array, values: Array, look: _Look, has_alpha: bool) -> Array:
    """Draw pixels one after the other, in blocks, on threads."""
    n_channels = look.table.shape[1]
    out = np.empty((len(labels), n_channels), values.dtype)

    def draw_block(block: slice) -> None:
        picture, numbers = out[block], labels[block]
        np.take(look.table, numbers, axis=0, out=picture, mode="clip")
        shows_own = np.take(look.own, numbers, mode="clip")
        if shows_own.any():
            own = values[block]
            if own.shape[1] < n_channels:
                own = np.insert(own, n_channels - 1, _full(out.dtype), axis=1)
            np.copyto(_as_items(picture), _as_items(own), where=shows_own)
        if has_alpha:
            alpha = values[block, -1]
            picture[:, -1] = np.minimum(picture[:, -1], alpha)

    finish(for_each_block(draw_block, len(labels), "Colouring the segments"))
    return out


def _as_items(pixels: Array) -> Array:
    """View each pixel as one item, which is copied several times faster than channels.

    The result is a view if the pixels lie one after the other.
    """
    pixels = np.ascontiguousarray(pixels)
    items: Array = pixels.view(f"V{pixels.itemsize * pixels.shape[1]}")[:, 0]
    return items
