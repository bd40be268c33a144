"""Count the values of a lazy image along the only axis of a model."""

from dataclasses import replace

import numpy as np

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.histogram import Histogram, key_bits
from napari_kmeans.core.lazy.cells import Grid, group_into_cells
from napari_kmeans.core.lazy.histogram import count_chunks
from napari_kmeans.core.lazy.passes import measure_axes
from napari_kmeans.core.lazy.pixels import LazyPixels
from napari_kmeans.core.progress import Steps, subprogress
from napari_kmeans.core.settings import Settings


def count_lazily(
    pixels: LazyPixels, space: FeatureSpace, settings: Settings
) -> Steps[Histogram]:
    """Count prepared pixels, step by step: each value, or in cells if of many bits.

    A cell is a few of the values; its value is their mean.
    """
    if key_bits(pixels.dtype, pixels.n_channels) is not None:
        return (yield from count_chunks(pixels))[0]
    if space.n_channels > 1:
        raise ValueError(
            "The luminance of a picture that is read block by block can be counted "
            "for 8-bit channels only."
        )
    plain = replace(space, offset=(0.0,), weight=(1.0,))
    moments = yield from subprogress(measure_axes(pixels, plain, settings), 0, 0.4)
    grouping = group_into_cells(pixels, plain, [Grid.of(moments, np.ones(1))])
    points = (yield from subprogress(grouping, 0.4, 1))[0]
    order = np.argsort(points.features[0])
    values = space.unscaled(points.features[0, order])
    counts = np.rint(points.counts[order]).astype(np.int64)
    return Histogram(values[:, np.newaxis], counts)
