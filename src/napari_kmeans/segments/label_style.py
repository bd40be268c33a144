"""Draw the recoloured picture: a pure function of labels, image and segments."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.blocks import for_each_block
from napari_kmeans.core.progress import finish
from napari_kmeans.core.recoloring import palette
from napari_kmeans.segments.segment_map import SegmentMap

Array = NDArray[Any]
BLOCK = 1 << 18
"""Pixels drawn at once: looking up colours is so fast that small blocks cost more."""
FEW = 3
"""Up to this many labels are found one by one sooner than all are drawn."""
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
    """Draw pixels by their segments, whose means are (n, C); any region of an image."""
    style = label_style(
        image, labels.ndim, segment_map, means, show=show, hidden=hidden
    )
    out = np.empty(style.shape(labels.shape), style.table.dtype)
    style.draw(labels, image, out)
    return out


@dataclass(frozen=True)
class LabelStyle:
    """How the pixels of each label look."""

    table: Array  # (n + 1, C): of each label, with opacity last if the picture has any
    own: NDArray[np.bool_]  # (n + 1,): which labels show the image's own pixels instead
    is_flat: bool  # no axis of channels
    has_alpha: bool  # the image's last channel is alpha, which the picture keeps

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of a picture of labels of some shape."""
        return shape if self.is_flat else (*shape, self.table.shape[1])

    def is_like(self, other: "LabelStyle") -> bool:
        """Whether two styles give the same picture."""
        tables = self.table, other.table
        return (
            len({(table.dtype, table.shape) for table in tables}) == 1
            and (self.is_flat, self.has_alpha) == (other.is_flat, other.has_alpha)
            and not self.differing(other)
        )

    def differing(self, other: "LabelStyle") -> tuple[int, ...]:
        """Return which labels look different in a picture of the same kind."""
        shared = min(len(self.own), len(other.own))
        differs = np.ones(len(self.own), np.bool_)
        differs[:shared] = (self.table[:shared] != other.table[:shared]).any(axis=1)
        differs[:shared] |= self.own[:shared] != other.own[:shared]
        return tuple(np.flatnonzero(differs).tolist())

    def draw(self, labels: Array, image: Array, out: Array) -> None:
        """Draw a region, in blocks, on threads."""
        _draw_blocks(self._draw_pixels, labels, image, out)

    def draw_only(
        self, chosen: Collection[int], labels: Array, image: Array, out: Array
    ) -> None:
        """Redraw only these labels in a picture."""
        is_padded = not self.is_flat and image.shape[-1] != self.table.shape[1]
        is_plain = not self.has_alpha and not (is_padded and self.own.any())
        if len(chosen) > FEW or not is_plain:
            self.draw(labels, image, out)
            return
        colors = _as_items(self.table)

        def draw_chosen(labels: Array, values: Array, picture: Array) -> None:
            items = _as_items(picture)
            for label in chosen:
                source = _as_items(values) if self.own[label] else colors[label]
                np.copyto(items, source, where=labels == label)

        _draw_blocks(draw_chosen, labels, image, out)

    def _draw_pixels(self, labels: Array, values: Array, picture: Array) -> None:
        """Draw flat, contiguous pixels."""
        np.take(self.table, labels, axis=0, out=picture, mode="clip")
        shows_own = np.take(self.own, labels, mode="clip")
        if shows_own.any():
            own, n_channels = values, picture.shape[1]
            if own.shape[1] < n_channels:
                own = np.insert(own, n_channels - 1, _full(picture.dtype), axis=1)
            np.copyto(_as_items(picture), _as_items(own), where=shows_own)
        if self.has_alpha:
            picture[:, -1] = np.minimum(picture[:, -1], values[:, -1])


def _draw_blocks(
    draw: Callable[[Array, Array, Array], None], labels: Array, image: Array, out: Array
) -> None:
    """Call a function of flat labels, values and picture for each block, on threads."""
    flat = labels.reshape(-1)
    values = image.reshape(labels.size, -1)
    picture = out.reshape(labels.size, -1)
    finish(
        for_each_block(
            lambda block: draw(flat[block], values[block], picture[block]),
            labels.size,
            "Colouring the segments",
            BLOCK,
        )
    )


def label_style(
    image: Array,
    ndim: int,
    segment_map: SegmentMap,
    means: NDArray[np.float64],
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
    table, own = _opaque(segment_map, means, dtype, show)
    if has_alpha or (hidden == "transparent" and n_channels == 3 and not is_flat):
        opacity = np.full((len(table), 1), _full(dtype), dtype)
        if hidden == "transparent":
            opacity[[s.value for s in segment_map if not s.visible]] = 0
        table = np.hstack([table, opacity])
    return LabelStyle(table, own & can_show_image, is_flat, has_alpha)


def _opaque(
    segment_map: SegmentMap,
    means: NDArray[np.float64],
    dtype: np.dtype[Any],
    show: Show,
) -> tuple[Array, NDArray[np.bool_]]:
    """Return the colours of the labels without alpha, and which show the image."""
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
    return table, own


def _full(dtype: np.dtype[Any]) -> int:
    """Return the value of a channel at full brightness."""
    return 1 if dtype.kind in "bf" else int(np.iinfo(dtype).max)


def _as_items(pixels: Array) -> Array:
    """View each pixel as one item, which is copied several times faster than channels.

    The result is a view if the pixels are contiguous.
    """
    pixels = np.ascontiguousarray(pixels)
    items: Array = pixels.view(f"V{pixels.itemsize * pixels.shape[1]}")[:, 0]
    return items
