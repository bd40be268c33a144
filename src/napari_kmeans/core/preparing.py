"""From the pixels of an image to those that are clustered: smoothed, and placed."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.smoothing import smooth_pixels


def prepare(
    pixels: Pixels, settings: Settings, origin: Sequence[int] | None = None
) -> Steps[Pixels]:
    """Smooth pixels and give them a position, as far as the settings ask for it."""
    pixels = place(pixels, settings, origin)
    return (yield from smooth_pixels(pixels, settings))


def place(
    pixels: Pixels, settings: Settings, origin: Sequence[int] | None = None
) -> Pixels:
    """Give pixels a position if it counts."""
    n_axes = len(pixels.shape)
    if not settings.position_weights(n_axes):
        return pixels
    origin = (0,) * n_axes if origin is None else tuple(map(int, origin))
    if len(origin) != n_axes:
        raise ValueError(
            f"origin is {origin}, but the image has {n_axes} spatial axes: give one "
            "whole number for each."
        )
    return replace(pixels, origin=origin)


def smoothing_share(settings: Settings, most: float) -> float:
    """Give the share of a computation that smoothing takes, or 0 if there is none."""
    return most if np.any(settings.sigma) else 0.0
