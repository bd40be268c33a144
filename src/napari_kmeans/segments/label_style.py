"""How the labels look, by what the user says of the segments."""

from typing import Any, Literal

import numpy as np

from napari_kmeans.core.recoloring import LabelStyle, full_brightness, palette
from napari_kmeans.core.types import Array, Flags, Floats
from napari_kmeans.segments.segment_map import SegmentMap

Show = Literal["mean", "original", "palette"]
Hidden = Literal["black", "transparent"]


def label_style(
    image: Array,
    ndim: int,
    segment_map: SegmentMap,
    means: Floats,
    *,
    show: Show = "mean",
    hidden: Hidden = "black",
) -> LabelStyle:
    """Return the style of the labels of an image."""
    is_flat = image.ndim == ndim
    n_channels, dtype = means.shape[1], image.dtype
    has_alpha = not is_flat and image.shape[-1] > n_channels
    can_show_image = show != "palette" or (n_channels == 3 and not is_flat)
    if not can_show_image:
        is_flat, has_alpha, n_channels, dtype = False, False, 3, np.dtype(np.uint8)
    colors, own = _colors(segment_map, means, dtype, show)
    opaque = None
    if has_alpha or (hidden == "transparent" and n_channels == 3 and not is_flat):
        opaque = np.ones(len(own), np.bool_)
        if hidden == "transparent":
            opaque[[one.value for one in segment_map if not one.visible]] = False
    return LabelStyle(colors, own & can_show_image, opaque, is_flat, has_alpha)


def _colors(
    segment_map: SegmentMap, means: Floats, dtype: np.dtype[Any], show: Show
) -> tuple[Array, Flags]:
    """Return the colours of the labels without alpha, and which show the image."""
    if show == "palette":
        means = np.array([one.color for one in segment_map]) * full_brightness(dtype)
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
    return table, own
