"""A small picture of an image: the pixels at some of its places."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_kmeans.core.lazy.pixels import LazyPixels
from napari_kmeans.core.pixels import Pixels, read_pixels
from napari_kmeans.core.types import Array, Flags, Indices


@dataclass(frozen=True, eq=False)
class Glimpse:
    """Pixels on the crossings of some lines of an image."""

    values: Array  # (M, C + D): of those that can belong to a segment
    inside: Flags  # which of all of them those are, of as many axes as the image


def glimpse(pixels: Pixels | LazyPixels, places: Sequence[Indices]) -> Glimpse:
    """Look at the pixels whose index along each axis is one of those given."""
    shape = tuple(map(len, places))
    if isinstance(pixels, Pixels):
        rows = pixels.values.reshape(*pixels.shape, pixels.n_channels)
        values, inside = take(rows, places), pixels.inside
        if inside is not None:
            inside = take(inside.reshape(pixels.shape), places)
    else:
        part = _read(pixels, places)
        values, inside = part.values, part.inside
    values = values.reshape(-1, pixels.n_channels)
    if pixels.origin is not None:
        grid = np.meshgrid(*places, indexing="ij")
        columns = [axis.reshape(-1) for axis in grid]
        values = np.column_stack([values, np.stack(columns, axis=1) + pixels.origin])
    if inside is None:
        return Glimpse(values, np.ones(shape, np.bool_))
    inside = inside.reshape(-1)
    return Glimpse(values[inside], inside.reshape(shape))


def _read(pixels: LazyPixels, places: Sequence[Indices]) -> Pixels:
    """Read the chunks that the places are in."""
    image, axis = pixels.image, pixels.channel_axis
    if axis is not None:
        image, axis = np.moveaxis(image, axis, -1), -1
    part = np.asarray(take(image, places))
    mask = None if pixels.mask is None else np.asarray(take(pixels.mask, places))
    return read_pixels(part, channel_axis=axis, alpha=pixels.has_alpha).masked(mask)


def take(array: Any, places: Sequence[Indices]) -> Any:
    """Return the entries of an array, lazy or not, at places along its first axes."""
    for axis, index in enumerate(places):
        array = array[(slice(None),) * axis + (index,)]
    return array
