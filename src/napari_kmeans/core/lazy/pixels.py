"""A lazy image, its channels, alpha and mask told apart: `read_pixels` for dask."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from napari_kmeans.core.lazy.arrays import (
    as_blocks,
    channels_of,
    drop_axis,
    is_lazy,
    mask_blocks,
    whole_pixels,
)
from napari_kmeans.core.lazy.block_reader import BlockReader
from napari_kmeans.core.lazy.chunks import ChunkTasks, chunks_of
from napari_kmeans.core.settings import Settings


@dataclass(frozen=True, eq=False)
class LazyPixels:
    """The pixels of a lazy image."""

    image: Any  # the image, all channels of a pixel in one chunk
    mask: Any  # of bool, in the image's spatial chunks
    channel_axis: int | None  # the axis of the channels, as it was given
    n_channels: int  # how many channels a pixel has, alpha not counted
    alpha: bool  # whether the last channel is alpha
    # which chunks have a pixel in the mask, where that is known. The others are not
    # read
    chosen: list[bool] | None = None

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
        """What is done with every chunk."""
        return ChunkTasks([self.image, self.mask], self.channel_axis, self.chosen)

    @cached_property
    def n_skipped(self) -> int:
        """How many pixels are in chunks that are not read."""
        read = (
            drop_axis(chunk.ranges, self.channel_axis) for chunk in self.tasks.chunks
        )
        sizes = (np.prod([part.stop - part.start for part in parts]) for parts in read)
        return self.n_pixels - int(sum(sizes))

    def reader(self, settings: Settings) -> BlockReader:
        """Give what makes pixels of the blocks of image and mask."""
        return BlockReader(self.channel_axis, self.alpha, settings)


def read_lazy(
    image: Any,
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    mask: Any = None,
) -> LazyPixels:
    """Tell a lazy image's channels, alpha and mask apart; nothing is read yet."""
    image = whole_pixels(as_blocks(image), channel_axis)
    n_channels, has_alpha = channels_of(image, channel_axis, alpha)
    chosen = None
    if mask is not None and not is_lazy(mask):
        mask = np.asarray(mask)
        blocks = mask_blocks(mask, image, channel_axis)
        chosen = [bool(mask[chunk.ranges].any()) for chunk in chunks_of(blocks)]
    else:
        blocks = mask_blocks(mask, image, channel_axis)
    return LazyPixels(image, blocks, channel_axis, n_channels, has_alpha, chosen)
