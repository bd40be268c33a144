"""Few enough values to cluster again and again: the distinct ones, or a sample."""

from dataclasses import dataclass

import numpy as np

from napari_kmeans.core.clustering import count_pixels
from napari_kmeans.core.grid import Points
from napari_kmeans.core.histogram import Histogram
from napari_kmeans.core.kept import Kept, once
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.types import Array, Indices

MOST_VALUES = 1 << 19
"""With more distinct values than this, a sample of the pixels is taken."""
SAMPLE_SIZE = 1 << 18
"""Pixels of a sample."""
SEED = 0


@dataclass(frozen=True, eq=False)
class Sample:
    """The pixels that are clustered for each k: all of an image, or some of them."""

    histogram: Histogram  # of these pixels
    n_pixels: int  # of the whole image, those left out not counted

    @property
    def size(self) -> int:
        """The number of pixels that are clustered."""
        return int(self.histogram.counts.sum())


def sample_pixels(pixels: Pixels, kept: Kept | None = None) -> Steps[Sample]:
    """Count the values of prepared pixels, or of a sample if there are too many."""
    counting = once(kept, "histogram", (pixels,), count_pixels(pixels))
    return thin_out((yield from counting))


def thin_out(histogram: Histogram) -> Sample:
    """Return counted values, or those of a sample of the pixels if they are many."""
    n_pixels = int(histogram.counts.sum())
    if len(histogram.values) <= MOST_VALUES:
        return Sample(histogram, n_pixels)
    drawn = draw(histogram.counts, SAMPLE_SIZE)
    return Sample(each_one(histogram.values[drawn]), n_pixels)


def each_one(values: Array) -> Histogram:
    """Count values (M, C) of which each is that of one pixel."""
    if values.shape[1] == 1:  # those of one channel have to be sorted and distinct
        distinct, counts = np.unique(values[:, 0], return_counts=True)
        return Histogram(distinct[:, np.newaxis], counts)
    return Histogram(values, np.ones(len(values)))


def thinned(points: Points, most: int) -> Points:
    """Return points, or as many pixels of them as `most` if they are more."""
    if len(points) <= most:
        return points
    drawn = draw(points.counts, most)
    return Points(points.features.take(drawn, axis=1), np.ones(most))


def draw(counts: Array, size: int) -> Indices:
    """Draw pixels, given how many have each value; return the index of their values.

    One pixel comes from each of as many equal shares of them: always the same ones, and
    closer to the whole than pixels that are drawn independently.
    """
    reached = np.cumsum(counts, dtype=np.float64)
    places = np.arange(size) + np.random.default_rng(SEED).random(size)
    drawn: Indices = np.searchsorted(
        reached, places * (reached[-1] / size), side="right"
    )
    np.minimum(drawn, len(counts) - 1, out=drawn)
    return drawn
