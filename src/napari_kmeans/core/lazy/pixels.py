"""The pixels of a lazy image: what `core.pixels` is in memory."""

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import prod
from typing import Any, TypeVar

import numpy as np

from napari_kmeans.core.lazy.arrays import (
    as_blocks,
    drop_axis,
    is_lazy,
    mask_blocks,
    whole_pixels,
)
from napari_kmeans.core.lazy.chunks import Chunk, ChunkTasks, chunks_of
from napari_kmeans.core.pixels import Pixels, channel_layout, read_pixels
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.types import Array

Part = TypeVar("Part")
Merged = TypeVar("Merged")
Reader = partial[Pixels]
"""Returns the pixels of a block of an image, of its mask, and of where it starts."""

WINDOW = 1 << 16
"""Pixels worked on at once."""


def _read_block(
    image: Array,
    mask: Array | None,
    start: Sequence[int],
    *,
    channel_axis: int | None,
    alpha: bool,
    origin: tuple[int, ...] | None,
) -> Pixels:
    """Return the pixels of a block that starts somewhere in an image."""
    pixels = read_pixels(image, channel_axis=channel_axis, alpha=alpha).masked(mask)
    if origin is None:
        return pixels
    return replace(pixels, origin=tuple(map(operator.add, origin, start)))


def _work_on_chunk(
    work: Callable[[Pixels], Part],
    read: Reader,
    chunk: Chunk,
    image: Array,
    mask: Array | None = None,
) -> Part:
    """Read the pixels of a chunk and work on them."""
    ranges = drop_axis(chunk.ranges, read.keywords["channel_axis"])
    return work(read(image, mask, [axis.start for axis in ranges]))


def windows(pixels: Pixels, size: int = WINDOW) -> Iterator[Array]:
    """Yield the values (M, C + D) of the pixels that count, window by window."""
    for start in range(0, len(pixels.values), size):
        yield pixels.inside_values(slice(start, start + size))


@dataclass(frozen=True, eq=False)
class LazyPixels:
    """The pixels of a lazy image."""

    image: Any  # all channels of a pixel in one chunk
    channel_axis: int | None  # as it was given
    n_channels: int  # alpha not counted
    has_alpha: bool
    mask: Any = None  # of bool, in the image's spatial chunks
    # which chunks have a pixel in the mask, where that is known: others are not read
    chosen: list[bool] | None = None
    n_skipped: int = 0  # how many pixels are in those others
    # the position of the first pixel along each spatial axis, if positions count
    origin: tuple[int, ...] | None = None

    def masked(self, mask: Any) -> "LazyPixels":
        """Return the same pixels, of which those outside a mask are outside."""
        if mask is None:
            return self
        if is_lazy(mask):
            return replace(self, mask=mask_blocks(mask, self.image, self.channel_axis))
        mask = np.asarray(mask)
        blocks = mask_blocks(mask, self.image, self.channel_axis)
        in_memory = [mask[chunk.ranges] for chunk in chunks_of(blocks)]
        chosen = [bool(block.any()) for block in in_memory]
        n_skipped = sum(block.size for block in in_memory if not block.any())
        return replace(self, mask=blocks, chosen=chosen, n_skipped=n_skipped)

    @property
    def shape(self) -> tuple[int, ...]:
        """The image's shape without its channels."""
        return drop_axis(self.image.shape, self.channel_axis)

    @property
    def stored_dtype(self) -> np.dtype[Any]:
        """The image's type, in its own byte order."""
        dtype: np.dtype[Any] = self.image.dtype
        return dtype

    @property
    def dtype(self) -> np.dtype[Any]:
        """The image's type, in this machine's byte order."""
        return self.stored_dtype.newbyteorder("=")

    @property
    def n_pixels(self) -> int:
        """How many pixels the image has."""
        return prod(self.shape)

    @property
    def reader(self) -> Reader:
        """What makes pixels of the blocks of image and mask, in any process."""
        axis, alpha, origin = self.channel_axis, self.has_alpha, self.origin
        return partial(_read_block, channel_axis=axis, alpha=alpha, origin=origin)

    @cached_property
    def _tasks(self) -> ChunkTasks:
        arrays = [self.image] if self.mask is None else [self.image, self.mask]
        return ChunkTasks(arrays, self.channel_axis, self.chosen)

    def for_each_chunk(
        self,
        work: Callable[[Pixels], Part],
        merge: Callable[[list[Part]], Merged],
        take: Callable[[Merged], object],
        phase: str,
    ) -> Steps[None]:
        """Work on the pixels of each chunk, and take the merged results in order."""
        on_chunk = partial(_work_on_chunk, work, self.reader)
        yield from self._tasks.run(on_chunk, merge, take, phase)


def read_lazy(
    image: Any, *, channel_axis: int | None = None, alpha: bool | None = None
) -> LazyPixels:
    """Find the channels and the alpha of a lazy image; nothing is read yet."""
    image = whole_pixels(as_blocks(image), channel_axis)
    _, n_channels, has_alpha = channel_layout(image, channel_axis, alpha)
    return LazyPixels(image, channel_axis, n_channels, has_alpha)
