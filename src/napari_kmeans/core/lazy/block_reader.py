"""From the blocks of a lazy image to pixels, in whatever process."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from napari_kmeans.core.lazy.arrays import drop_axis
from napari_kmeans.core.lazy.chunks import Chunk
from napari_kmeans.core.pixels import Pixels, read_pixels
from napari_kmeans.core.preparing import place
from napari_kmeans.core.settings import Settings

Array = NDArray[Any]

WINDOW = 1 << 16
"""Pixels looked at at once."""


@dataclass(frozen=True)
class BlockReader:
    """Makes pixels of the blocks of an image and of a mask."""

    channel_axis: int | None  # the axis of the image's channels
    alpha: bool  # whether the last channel is alpha
    settings: Settings  # of these: position_weight, which tells whether positions count

    def read(self, image: Array, mask: Array | None, origin: Sequence[int]) -> Pixels:
        """Give the pixels of a chunk."""
        pixels = read_pixels(
            image, channel_axis=self.channel_axis, alpha=self.alpha, mask=mask
        )
        return place(pixels, self.settings, origin)

    def read_chunk(self, chunk: Chunk, image: Array, mask: Array | None) -> Pixels:
        """Give the pixels of a chunk."""
        ranges = drop_axis(chunk.ranges, self.channel_axis)
        return self.read(image, mask, [part.start for part in ranges])


def windows(pixels: Pixels, size: int = WINDOW) -> Iterator[Array]:
    """Give the values of the pixels that count, window by window."""
    for start in range(0, len(pixels.values), size):
        yield pixels.inside_values(slice(start, start + size))
