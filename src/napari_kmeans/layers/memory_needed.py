"""Estimate the memory needed to segment image layers."""

from math import prod

import numpy as np

from napari_kmeans.core.labelling import label_dtype
from napari_kmeans.core.lazy.arrays import as_blocks
from napari_kmeans.core.lazy.memory import estimate_lazy_memory
from napari_kmeans.core.lazy.pixels import read_lazy
from napari_kmeans.core.lazy.scheduling import is_on_cluster
from napari_kmeans.core.memory import estimate_memory
from napari_kmeans.core.pyramid import level_to_fit
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.source_pixels import SourcePixels

SHOWN_LABELS = 2
"""Further copies of the labels: those of the layer, and those predicted."""


def memory_to_segment(pixels: SourcePixels, settings: Settings) -> int:
    """Return how much memory segmenting layers and showing the result needs."""
    if pixels.is_lazy:
        return 0 if is_on_cluster() else _of_blocks(pixels, settings)
    sources, selection = pixels.sources, pixels.selection
    n_channels, dtype = pixels.n_channels, pixels.dtype
    shape = list(pixels.shapes[level_to_fit(pixels.shapes)])
    if selection.slice_axis is not None:
        shape[selection.slice_axis] = 1
    fitting = estimate_memory(
        shape,
        dtype,
        settings,
        n_channels=n_channels,
        alpha=pixels.alpha,
        channels_last=not sources.is_multichannel,
    )
    of_label = label_dtype(settings.n_clusters).itemsize
    of_pixel = (n_channels + pixels.alpha) * np.dtype(dtype).itemsize
    of_all = SHOWN_LABELS * of_label + of_pixel
    if not sources.is_multiscale and len(sources.layers) == 1:
        of_all += of_pixel  # the pixels of the run are copied
    if prod(shape) < prod(pixels.shapes[0]):  # the others are labelled and drawn, too
        of_all += of_label + of_pixel
    return fitting + of_all * prod(pixels.shapes[0])


def _of_blocks(pixels: SourcePixels, settings: Settings) -> int:
    """Return how much memory the blocks of the fitted level need."""
    image = as_blocks(pixels.levels[level_to_fit(pixels.shapes)])
    blocks = read_lazy(image, channel_axis=pixels.channel_axis, alpha=pixels.alpha)
    return estimate_lazy_memory(blocks, settings)
