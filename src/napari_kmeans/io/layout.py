"""The levels of an image, with the axes and blocks of a file."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from napari_kmeans.core.lazy.arrays import UncopiedArray, as_blocks, drop_axis
from napari_kmeans.core.lazy.chunks import Chunk, chunks_of
from napari_kmeans.core.pixels import find_channel_axis

SMALLEST = 64
"""Pixels along an axis below which a block counts as small."""
SMALLEST_PIXELS = 1 << 16
LARGEST_PIXELS = 1 << 24
"""The numbers of pixels below and above which blocks are enlarged and split."""


@dataclass(frozen=True, eq=False)
class Level:
    """One level, with the blocks and axes of the file."""

    number: int
    labels: Any  # in equal blocks along each axis, all channels in one
    recolored: Any
    place: int | None  # the axis on which the file has the channels

    def plan(self) -> dict[str, Any]:
        """Return shape, dtype and chunks of both arrays."""
        return {
            kind: [list(array.shape), str(array.dtype), list(array.chunksize)]
            for kind, array in (("labels", self.labels), ("recolored", self.recolored))
        }

    @property
    def chunks(self) -> list[Chunk]:
        """The blocks, by the axes of the recoloured image."""
        return chunks_of(self.recolored)

    def block(self, chunk: Chunk) -> tuple[int, ...]:
        """Return the key of a block: the number of the level, and its index."""
        return (self.number, *chunk.index)

    def ranges_of_labels(self, chunk: Chunk) -> tuple[slice, ...]:
        """Return where the labels of a block lie."""
        return drop_axis(chunk.ranges, self.place)

    @cached_property
    def source(self) -> str | None:
        """Dask's name for the pixels; None if they are in memory, and may change."""
        for array in (self.labels, self.recolored):
            for node in dict(array.__dask_graph__()).values():
                source = getattr(node, "value", node)
                in_memory = isinstance(source, UncopiedArray | np.ndarray)
                if in_memory and not isinstance(source, np.memmap):
                    return None
        return f"{self.labels.name} {self.recolored.name}"


def file_levels(
    labels: Any, recolored: Any, channel_axis: int | None, place: int | None
) -> list[Level]:
    """Return levels as they are in a file."""
    all_labels = labels if isinstance(labels, list | tuple) else [labels]
    pictures = recolored if isinstance(recolored, list | tuple) else [recolored]
    if len(all_labels) != len(pictures) or not all_labels:
        raise ValueError(
            f"labels has {len(all_labels)} levels and recolored {len(pictures)}: give "
            "both with the same levels."
        )
    return [
        _level(number, one, picture, channel_axis, place)
        for number, (one, picture) in enumerate(zip(all_labels, pictures, strict=True))
    ]


def _level(
    number: int,
    labels: Any,
    recolored: Any,
    channel_axis: int | None,
    place: int | None,
) -> Level:
    """Rechunk one level into equal blocks, with channels before the spatial axes."""
    labels, recolored = map(_native, (as_blocks(labels), as_blocks(recolored)))
    if channel_axis is not None and place is not None:
        axis = find_channel_axis(recolored, channel_axis)
        recolored = np.moveaxis(recolored, axis or 0, place)
    shape = drop_axis(recolored.shape, place)
    if shape != labels.shape:
        raise ValueError(
            f"labels has the shape {labels.shape}, and recolored, without its "
            f"channels, {shape}: give those of one image, and its channel_axis."
        )
    sizes = _block_shape(labels)
    of_picture = list(sizes)
    if place is not None:
        of_picture.insert(place, recolored.shape[place])
    recolored = recolored.rechunk(tuple(of_picture))
    return Level(number, labels.rechunk(sizes), recolored, place)


def _native(array: Any) -> Any:
    """Return the same numbers in this machine's order of bytes, as files give them."""
    native = array.dtype.newbyteorder("=")
    return array if array.dtype == native else array.astype(native)


def _block_shape(labels: Any) -> tuple[int, ...]:
    """Return the shape of the blocks: the present one, unless very small or large."""
    sizes = [max(parts) for parts in labels.chunks]
    # Slices stay thin, if they can: who looks at one, or paints on it, needs no other.
    for axis in reversed(range(labels.ndim)):
        if np.prod(sizes) < SMALLEST_PIXELS:
            sizes[axis] = min(max(sizes[axis], SMALLEST), labels.shape[axis])
    while np.prod(sizes) > LARGEST_PIXELS:
        longest = int(np.argmax(sizes))
        sizes[longest] = -(-sizes[longest] // 2)
    return tuple(sizes)
