"""The one drawer of the recoloured picture: a function of labels, styles and image."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import Steps, finish, for_each_block
from napari_kmeans.core.types import Array, Flags, Floats

PHASE = "Colouring the segments"
BLOCK = 1 << 18
"""Pixels drawn at once: looking up colours is so fast that small blocks cost more."""
FEW = 3
"""Up to this many labels are found one by one sooner than all are drawn."""
MANY = 1 << 18
"""From this many pixels on, a table of the colours of all label pairs pays off."""
LARGEST_COLOR = 8
"""The maximum size of a colour, in bytes, for that table to stay in the cache."""


@dataclass(frozen=True, eq=False)
class LabelStyle:
    """How the pixels of each label look."""

    colors: Array  # (n + 1, C): of each label, in the type of the picture
    own: Flags  # (n + 1,): which labels show the image's own pixels instead
    opaque: Flags | None = None  # (n + 1,); None: there is no alpha
    is_flat: bool = False  # whether the picture has no channel axis
    keeps_alpha: bool = False  # whether the image's last channel is alpha

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the picture."""
        return self.colors.dtype

    @property
    def n_channels(self) -> int:
        """How many channels the picture has, with alpha."""
        return int(self.colors.shape[1]) + (self.opaque is not None)

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of a picture of labels of some shape."""
        return shape if self.is_flat else (*shape, self.n_channels)

    def is_like(self, other: "LabelStyle") -> bool:
        """Return whether two styles give the same picture."""
        ours, theirs = (
            (one.dtype, one.n_channels, one.is_flat, one.keeps_alpha)
            for one in (self, other)
        )
        return ours == theirs and not self.differing(other)

    def differing(self, other: "LabelStyle") -> tuple[int, ...]:
        """Return which labels look different in a picture of the same kind."""
        shared = min(len(self.own), len(other.own))
        differs = np.ones(len(self.own), np.bool_)
        differs[:shared] = (self.colors[:shared] != other.colors[:shared]).any(axis=1)
        differs[:shared] |= self.own[:shared] != other.own[:shared]
        if self.opaque is not None and other.opaque is not None:
            differs[:shared] |= self.opaque[:shared] != other.opaque[:shared]
        return tuple(np.flatnonzero(differs).tolist())

    def draw(
        self, labels: Array, image: Array | None, out: Array | None = None
    ) -> Array:
        """Draw labels of an image, which has its channels last."""
        if out is None:
            out = np.empty(self.shape(labels.shape), self.dtype)
        values, alpha = None, None
        if image is not None:
            values = image.reshape(labels.size, -1)
            if self.keeps_alpha:
                values, alpha = values[:, :-1], values[:, -1]
        flat = out.reshape(labels.size, -1)
        finish(self.draw_steps(labels.reshape(-1), values, alpha, flat))
        return out

    def draw_only(
        self, chosen: Collection[int], labels: Array, image: Array, out: Array
    ) -> None:
        """Redraw only these labels in a picture."""
        if len(chosen) > FEW or self.opaque is not None:
            self.draw(labels, image, out)
            return
        numbers = labels.reshape(-1)
        values = image.reshape(labels.size, -1)
        picture, colors = out.reshape(labels.size, -1), _as_items(self.colors)

        def draw_block(block: slice) -> None:
            items = _as_items(picture[block])
            for label in chosen:
                own = self.own[label]
                source = _as_items(values[block]) if own else colors[label]
                np.copyto(items, source, where=numbers[block] == label)

        finish(for_each_block(draw_block, labels.size, PHASE, BLOCK))

    def draw_steps(
        self, labels: Array, values: Array | None, alpha: Array | None, out: Array
    ) -> Steps[None]:
        """Draw labels (N,) of values (N, C) and alpha (N,) into (N, C') in steps."""
        write_colors = self._writer(labels, out)

        def draw_block(block: slice) -> None:
            part, picture = labels[block], out[block]
            write_colors(part, picture)
            if values is not None:
                self._keep_own(part, values[block], picture)
            if self.opaque is not None:
                shown = np.take(self.opaque, part, mode="clip")
                full = full_brightness(self.dtype) if alpha is None else alpha[block]
                picture[:, -1] = np.where(shown, full, 0)

        yield from for_each_block(draw_block, len(labels), PHASE, BLOCK)

    def _writer(self, labels: Array, out: Array) -> Callable[[Array, Array], None]:
        """Return what writes the colours of labels (M,) into a picture (M, C')."""
        colors, n_channels = self.colors, self.colors.shape[1]

        def write(part: Array, picture: Array) -> None:
            picture[:, :n_channels] = np.take(colors, part, axis=0, mode="clip")

        is_small = out.itemsize * n_channels <= LARGEST_COLOR
        is_long = len(labels) >= MANY and labels.dtype == np.uint8
        if self.opaque is not None or not is_small or not is_long:
            return write
        colors_of_pairs = _colors_of_pairs(colors)

        def write_pairs(part: Array, picture: Array) -> None:
            n_even = len(part) // 2 * 2
            pairs = np.ascontiguousarray(part[:n_even]).view(np.uint16)
            items = _as_items(picture[:n_even].reshape(len(pairs), 2 * n_channels))
            np.take(colors_of_pairs, pairs, out=items, mode="clip")
            write(part[n_even:], picture[n_even:])  # one without a partner

        return write_pairs

    def _keep_own(self, labels: Array, values: Array, picture: Array) -> None:
        """Copy the pixels of the labels that show the image itself."""
        if not self.own.any():
            return
        if self.own[1:].any():
            shows_own = np.take(self.own, labels, mode="clip")
        else:
            shows_own = labels == 0  # many times faster
        if not shows_own.any():
            return
        n_channels = self.colors.shape[1]
        if values.dtype == picture.dtype and n_channels == picture.shape[1]:
            np.copyto(_as_items(picture), _as_items(values), where=shows_own)
        else:  # beside alpha, or in another byte order
            picture[shows_own, :n_channels] = values[shows_own]


def recolor_pixels(
    labels: Array,
    style: LabelStyle,
    pixels: Pixels | None = None,
    channel_axis: int | None = None,
) -> Steps[Array]:
    """Draw labels, of some pixels if given, step by step."""
    values = alpha = None
    if pixels is not None:
        values, alpha = pixels.values, pixels.alpha
    flat = np.empty((labels.size, style.n_channels), style.dtype)
    yield from style.draw_steps(labels.reshape(-1), values, alpha, flat)
    if channel_axis is None:
        return flat.reshape(labels.shape)
    channels_last = flat.reshape(style.shape(labels.shape))
    return np.ascontiguousarray(np.moveaxis(channels_last, -1, channel_axis))


def palette(centroids: Floats, dtype: np.dtype[Any]) -> Array:
    """Return the colours (1 + k, C) of labels from centroids, in the image's type."""
    colors = np.zeros((len(centroids) + 1, centroids.shape[1]), dtype)
    if dtype.kind == "f":
        colors[0] = np.nan
        colors[1:] = centroids
    elif dtype.kind == "b":
        colors[1:] = np.rint(centroids)
    else:
        limits = np.iinfo(dtype)
        # Python's integers: floats next to the limits of 64 bits lie beyond them.
        rounded = (int(channel) for channel in np.rint(centroids).flat)
        clipped = [min(max(one, limits.min), limits.max) for one in rounded]
        colors[1:] = np.array(clipped, dtype).reshape(centroids.shape)
    return colors


def _colors_of_pairs(colors: Array) -> Array:
    """Return a table of the colours of all label pairs, by the pair's 16 bits."""
    pairs = np.indices((len(colors),) * 2, np.uint8).reshape(2, -1).T
    items = _as_items(colors[pairs].reshape(len(pairs), -1))
    table = np.zeros(1 << 16, items.dtype)
    table[np.ascontiguousarray(pairs).view(np.uint16)[:, 0]] = items
    return table


def full_brightness(dtype: np.dtype[Any]) -> int:
    """Return the value of a channel at full brightness."""
    return 1 if dtype.kind in "bf" else int(np.iinfo(dtype).max)


def _as_items(pixels: Array) -> Array:
    """View contiguous pixels as one item each, copied faster than channels."""
    pixels = np.ascontiguousarray(pixels)
    items: Array = pixels.view(f"V{pixels.itemsize * pixels.shape[1]}")[:, 0]
    return items


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
