"""The pixels of a lazy image: what `core.pixels` is in memory."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from napari_kmeans.core.lazy.arrays import (
    as_blocks,
    drop_axis,
    is_lazy,
    mask_blocks,
    whole_pixels,
)
from napari_kmeans.core.lazy.block_reader import BlockReader
from napari_kmeans.core.lazy.chunks import ChunkTasks, chunks_of
from napari_kmeans.core.pixels import channel_layout


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
    # the position of the first pixel along each spatial axis, if positions count
    origin: tuple[int, ...] | None = None

    def masked(self, mask: Any) -> "LazyPixels":
        """Return the same pixels, of which those outside a mask are outside."""
        if mask is None:
            return self
        if not is_lazy(mask):
            mask = np.asarray(mask)
        blocks = mask_blocks(mask, self.image, self.channel_axis)
        chosen = None
        if isinstance(mask, np.ndarray):
            chosen = [bool(mask[chunk.ranges].any()) for chunk in chunks_of(blocks)]
        return replace(self, mask=blocks, chosen=chosen)

    @property
    def shape(self) -> tuple[int, ...]:
        """The image's shape without its channels."""
        return drop_axis(self.image.shape, self.channel_axis)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The image's type, in this machine's byte order."""
        dtype: np.dtype[Any] = self.image.dtype.newbyteorder("=")
        return dtype

    @property
    def n_pixels(self) -> int:
        """How many pixels the image has."""
        return int(np.prod(self.shape))

    @cached_property
    def tasks(self) -> ChunkTasks:
        """Runs work on every chunk."""
        return ChunkTasks([self.image, self.mask], self.channel_axis, self.chosen)

    @cached_property
    def n_skipped(self) -> int:
        """How many pixels are in chunks that are not read."""
        axis, chunks = self.channel_axis, self.tasks.chunks
        read = (drop_axis(chunk.ranges, axis) for chunk in chunks)
        sizes = (np.prod([part.stop - part.start for part in parts]) for parts in read)
        return self.n_pixels - int(sum(sizes))

    @property
    def reader(self) -> BlockReader:
        """What makes pixels of the blocks of image and mask."""
        return BlockReader(self.channel_axis, self.has_alpha, self.origin)


def read_lazy(
    image: Any,
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
) -> LazyPixels:
    """Find the channels and the alpha of a lazy image; nothing is read yet."""
    image = whole_pixels(as_blocks(image), channel_axis)
    _, n_channels, has_alpha = channel_layout(image, channel_axis, alpha)
    return LazyPixels(image, channel_axis, n_channels, has_alpha)
