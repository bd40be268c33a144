"""Smooth the values of an image along its spatial axes, never across its channels.

Pixels outside (NaN, alpha 0, not in the mask) do not affect others and keep their
values. Images are reflected at their edges.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.filters import gaussian, median
from napari_kmeans.core.pixels import Pixels, read_pixels
from napari_kmeans.core.progress import Steps, finish, for_each, thread_count
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.types import Array

PHASE = "Smoothing the image"
SLAB = 1 << 18
"""Pixels smoothed at once: tenths of a second for a large median."""
TRUNCATE = 4.0
"""Standard deviations at which a Gaussian is truncated, as in scipy.ndimage."""


def reach(settings: Settings, n_axes: int) -> tuple[int, ...]:
    """Return how far the neighbours of a pixel that its smoothed value depends on are.

    Parameters
    ----------
    settings : Settings
        The settings, of which `sigma` and `smoothing` are used.
    n_axes : int
        The number of spatial axes of the image.

    Returns
    -------
    tuple of int
        Pixels to each side along each spatial axis: four standard deviations of a
        Gaussian, half the box of a median, 0 without smoothing.

    Raises
    ------
    ValueError
        `sigma` does not have one number for each axis.
    """
    sigmas = settings.sigmas(n_axes) or (0.0,) * n_axes
    if settings.smoothing == "gaussian":
        return tuple(int(TRUNCATE * sigma + 0.5) for sigma in sigmas)
    return tuple(math.ceil(sigma) for sigma in sigmas)


def smooth(
    image: ArrayLike,
    settings: Settings,
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    mask: ArrayLike | None = None,
) -> Array:
    """Smooth an image, or a block extended by `reach`: bit for bit the same inside."""
    pixels = read_pixels(image, channel_axis=channel_axis, alpha=alpha).masked(mask)
    smoothed = finish(smooth_pixels(pixels, settings))
    if smoothed is pixels:
        return np.asarray(image)
    values = smoothed.values
    if pixels.alpha is not None:
        values = np.concatenate([values, pixels.alpha[:, np.newaxis]], axis=1)
    if channel_axis is None:
        return values.reshape(pixels.shape)
    channels_last = values.reshape(*pixels.shape, -1)
    return np.ascontiguousarray(np.moveaxis(channels_last, -1, channel_axis))


def smooth_pixels(pixels: Pixels, settings: Settings) -> Steps[Pixels]:
    """Smooth pixels, step by step."""
    n_axes = len(pixels.shape)
    sigmas = settings.sigmas(n_axes)
    if not sigmas:
        return pixels
    # Along an axis of one pixel there is nothing to smooth.
    sizes = zip(sigmas, reach(settings, n_axes), pixels.shape, strict=True)
    sigmas, radii = zip(
        *((s, r) if n > 1 else (0, 0) for s, r, n in sizes), strict=True
    )
    values = pixels.values.reshape(*pixels.shape, pixels.n_channels)
    outside = None if pixels.inside is None else ~pixels.inside.reshape(pixels.shape)
    smoothed = np.empty_like(values, order="C")
    axis = int(np.argmax(pixels.shape))
    length, radius = pixels.shape[axis], radii[axis]
    # Thick enough for the surroundings not to be most of the work.
    thickness = max(8 * radius, SLAB * length // math.prod(pixels.shape), 1)

    def smooth_slab(start: int) -> None:
        stop = min(start + thickness, length)
        first, last = max(start - radius, 0), min(stop + radius, length)
        ends = (start, stop), (first, last), (start - first, stop - first)
        slab, wide, trim = ((slice(None),) * axis + (slice(*pair),) for pair in ends)
        out_of_it = None if outside is None else outside[wide]
        for channel in range(pixels.n_channels):
            block = values[..., channel][wide]
            if settings.smoothing == "gaussian":
                done = gaussian(block, out_of_it, sigmas, radii)
            else:
                done = median(block, out_of_it, radii)
            smoothed[..., channel][slab] = done[trim]

    slabs = range(0, length, thickness)
    yield from for_each(smooth_slab, slabs, PHASE, thread_count(), 1)
    if outside is not None:
        smoothed[outside] = values[outside]
    return replace(pixels, values=smoothed.reshape(pixels.values.shape))
