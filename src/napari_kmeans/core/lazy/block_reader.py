"""From the blocks of a lazy image to pixels, in any process."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from napari_kmeans.core.lazy.arrays import drop_axis
from napari_kmeans.core.lazy.chunks import Chunk
from napari_kmeans.core.pixels import Pixels, read_pixels

Array = NDArray[Any]

WINDOW = 1 << 16
"""Pixels worked on at once."""


@dataclass(frozen=True)
class BlockReader:
    """Makes pixels of the blocks of an image and of a mask."""

    channel_axis: int | None
    has_alpha: bool
    origin: tuple[int, ...] | None  # of the image, if positions count

    def read(self, image: Array, mask: Array | None, start: Sequence[int]) -> Pixels:
        """Return the pixels of a block that starts somewhere in the image."""
        pixels = read_pixels(
            image, channel_axis=self.channel_axis, alpha=self.has_alpha
        ).masked(mask)
        if self.origin is None:
            return pixels
        pairs = zip(self.origin, start, strict=True)
        return replace(pixels, origin=tuple(first + here for first, here in pairs))

    def read_chunk(self, chunk: Chunk, image: Array, mask: Array | None) -> Pixels:
        """Return the pixels of a chunk."""
        ranges = drop_axis(chunk.ranges, self.channel_axis)
        return self.read(image, mask, [axis.start for axis in ranges])


def windows(pixels: Pixels, size: int = WINDOW) -> Iterator[Array]:
    """Yield the values (M, C + D) of the pixels that count, window by window."""
    for start in range(0, len(pixels.values), size):
        yield pixels.inside_values(slice(start, start + size))
