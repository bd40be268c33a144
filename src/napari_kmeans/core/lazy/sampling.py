"""The values of a lazy image, or of a sample of its pixels."""

from functools import partial
from math import ceil

import numpy as np

from napari_kmeans.core.choosing.sampling import (
    SAMPLE_SIZE,
    Sample,
    draw,
    each_one,
    thin_out,
)
from napari_kmeans.core.histogram import key_bits
from napari_kmeans.core.kept import Kept, once
from napari_kmeans.core.lazy.histogram import count_chunks
from napari_kmeans.core.lazy.pixels import LazyPixels
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.types import Array

Part = tuple[Array, int]
"""Values (M, C + D) that were drawn, and from how many pixels."""


def sample_chunks(pixels: LazyPixels, kept: Kept | None = None) -> Steps[Sample]:
    """Count the values of pixels of up to 24 bits; of others, draw from each chunk."""
    bits = key_bits(pixels.dtype, pixels.n_channels)
    if bits is not None and pixels.origin is None:
        counting = once(kept, "histogram", (pixels,), count_chunks(pixels))
        return thin_out((yield from counting)[0])
    share = min(1.0, SAMPLE_SIZE / max(1, pixels.n_pixels - pixels.n_skipped))
    parts: list[Part] = []
    work = partial(_draw, share=share)
    phase = "Reading a sample of the image"
    yield from pixels.for_each_chunk(work, _join, parts.append, phase)
    values, n_pixels = _join(parts)
    return Sample(each_one(values), n_pixels)


def _draw(pixels: Pixels, *, share: float) -> Part:
    """Draw a share of the pixels of one chunk that count."""
    values = pixels.inside_values(slice(None))
    size = ceil(share * len(values))
    if size < len(values):
        return values[draw(np.ones(len(values)), size)], len(values)
    return values, len(values)


def _join(parts: list[Part]) -> Part:
    """Join what was drawn from several parts of the image, in their order."""
    values, numbers = zip(*parts, strict=True)
    return np.concatenate(values), sum(numbers)
