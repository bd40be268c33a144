"""The memory that clustering needs, and that this process can still use.

The constants are bytes per pixel, measured on images in which every pixel has a
different value; the tests check them.
"""

from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from napari_kmeans.core.clustering import COMPACT
from napari_kmeans.core.histogram import key_bits
from napari_kmeans.core.labelling import label_dtype
from napari_kmeans.core.lazy.pixels import LazyPixels
from napari_kmeans.core.progress import thread_count
from napari_kmeans.core.settings import Settings

ALWAYS = 48 << 20
"""Bytes that any clustering needs."""
COUNTED = 75
"""Per distinct value, if they are counted."""
CUT = 100
"""Per pixel, for one axis without counting."""
GROUPED = 28
"""Per pixel in addition to its features, for several axes."""
OF_COLOR = 8
OF_PERCENTILE = 24
"""In addition, per channel in another colour space, and for percentiles."""
OF_INDEX = 8
"""Per pixel, the index of its cluster while the results are drawn."""
LAZY_ALWAYS = 200 << 20
OF_WORKER = 48 << 20
"""Bytes that clustering block by block needs besides the blocks: for the table of
counts or cells, and for what each thread sorts."""
OF_PIXEL = 8
"""Bytes for each pixel of a block besides its values, such as its label."""
CONTROL_GROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")
FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""A control group's limit, usage and reclaimable file cache, in versions 2 and 1."""


def estimate_memory(
    shape: Sequence[int],
    dtype: DTypeLike,
    settings: Settings,
    *,
    n_channels: int = 1,
    alpha: bool = False,
    channels_last: bool = True,
    n_inside: int | None = None,
    draw: bool = True,
) -> int:
    """Estimate the memory needed to segment an image that is in memory.

    Parameters
    ----------
    shape : sequence of int
        The shape of the image without its channel axis.
    dtype : dtype
        The dtype of the image.
    settings : Settings
        The settings of the fit.
    n_channels : int
        The number of channels, not counting alpha.
    alpha : bool
        Whether there is an alpha channel, too.
    channels_last : bool
        Whether the channel axis is the last; if not, the channels are copied there.
    n_inside : int, optional
        The number of pixels to cluster. None: all.
    draw : bool
        Whether the recoloured image is made, too.

    Returns
    -------
    int
        Peak memory in bytes, including the labels and the recoloured image but not the
        image itself, if every pixel has a different value. Images with few distinct
        values, such as 8-bit photographs, may need several times less.
    """
    dtype, n_pixels = np.dtype(dtype), prod(shape)
    n_inside = n_pixels if n_inside is None else n_inside
    of_value = n_channels * dtype.itemsize
    of_label = label_dtype(settings.n_clusters).itemsize
    drawn = (n_channels + alpha) * dtype.itemsize * (1 if channels_last else 2)
    drawing = n_pixels * (of_label + (drawn if draw else 0))
    n_positions = len(settings.position_weights(len(shape)))
    bits = None if n_positions else key_bits(dtype, n_channels)
    if bits is None:
        drawing += n_inside * OF_INDEX
        of_pixel = _of_pixel(dtype, n_channels, settings, n_positions)
        finding = n_inside * (of_pixel + _of_axes(n_channels, settings))
    else:
        of_table = 5 << bits  # counts of 4 bytes, and labels
        of_count = COUNTED + _of_axes(n_channels, settings)
        finding = of_table + min(n_inside, 1 << bits) * of_count
    if alpha or n_inside < n_pixels or dtype.kind == "f":  # of which some may be NaN
        finding += n_inside * of_value + n_pixels
    n_copies = int(alpha or not channels_last) + bool(settings.sigmas(len(shape)))
    return ALWAYS + n_copies * n_pixels * of_value + max(finding, drawing)


def _of_axes(n_channels: int, settings: Settings) -> int:
    """Return the memory per value to convert colours and to find percentiles."""
    is_converted = settings.color_space != "rgb" or settings.channel_weights is not None
    has_percentile = np.any(np.array(settings.scaling) == "percentile")
    return OF_COLOR * n_channels * is_converted + OF_PERCENTILE * bool(has_percentile)


def _of_pixel(
    dtype: np.dtype[Any], n_channels: int, settings: Settings, n_positions: int
) -> int:
    """Return the memory per pixel to find the centroids without counting."""
    n_axes = n_positions + (1 if settings.color_space == "grey" else n_channels)
    if n_axes == 1:
        return CUT
    placed = np.result_type(dtype, np.float32) if n_positions else dtype
    of_feature = 4 if placed in COMPACT else 8
    of_place = (n_channels + n_positions) * of_feature if n_positions else 0
    return GROUPED + n_axes * of_feature + of_place


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
    return LAZY_ALWAYS + n_workers * of_worker


def free_memory() -> int:
    """Return how much more memory this process can use without swapping.

    Returns
    -------
    int
        Bytes: the memory available in the system, or less if a container or a batch
        system limits this process.
    """
    import psutil  # noqa: PLC0415

    available = int(psutil.virtual_memory().available)
    return max(0, min([available, *_left_in_groups()]))


def _left_in_groups() -> Iterator[int]:
    """Yield what is left in each Linux control group of this process."""
    if not OWN_GROUPS.exists():
        return
    for line in OWN_GROUPS.read_text(encoding="utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = CONTROL_GROUPS / "memory" if controllers else CONTROL_GROUPS
        # A limit of any group above holds, too. In a container, where the group's own
        # path is not seen, the root is the container's.
        own = root / path.lstrip("/")
        for group in (own, *own.parents):
            yield from _left_in(group)


def _left_in(group: Path) -> Iterator[int]:
    """Yield what is left in one control group, if it has a limit."""
    for limit_name, used_name, cache_name in FILES:
        try:
            limit = (group / limit_name).read_text(encoding="ascii").strip()
            used = int((group / used_name).read_text(encoding="ascii"))
            numbers = (group / "memory.stat").read_text(encoding="ascii").split()
        except OSError:  # not of this version, or not to be seen from here
            continue
        if limit != "max":
            of_files = dict(zip(numbers[::2], numbers[1::2], strict=False))
            yield int(limit) - used + int(of_files.get(cache_name, 0))
