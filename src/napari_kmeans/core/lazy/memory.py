"""The memory needed to cluster a lazy image block by block."""

from math import prod

from napari_kmeans.core.blocks import thread_count
from napari_kmeans.core.lazy.pixels import LazyPixels
from napari_kmeans.core.settings import Settings

BEYOND = 200 << 20
OF_WORKER = 48 << 20
"""Bytes in addition to the blocks: the table of counts or cells, and what each thread
sorts."""
OF_PIXEL = 8
"""Bytes for each pixel of a block besides its values, such as its label."""


def estimate_lazy_memory(pixels: LazyPixels, settings: Settings) -> int:
    """Estimate the memory to cluster or label a lazy image (bytes)."""
    import dask  # noqa: PLC0415

    n_workers = int(dask.config.get("num_workers", None) or thread_count())
    of_block = prod(int(max(sizes)) for sizes in pixels.image.chunks)
    n_copies = 2  # as it is stored, and as its pixels are taken or recoloured
    if settings.sigmas(len(pixels.shape)):
        n_copies += 2  # with its surroundings, and smoothed
    of_values = n_copies * of_block * int(pixels.dtype.itemsize)
    n_pixels = of_block // (pixels.n_channels + pixels.has_alpha)
    of_worker = OF_WORKER + of_values + n_pixels * OF_PIXEL
    return BEYOND + n_workers * of_worker
