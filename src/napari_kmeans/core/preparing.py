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
    """Smooth pixels and give them a position, as far as the settings ask for it.

    Parameters
    ----------
    pixels : Pixels
        The pixels of an image.
    settings : Settings
        Of these: sigma, smoothing and position_weight.
    origin : sequence of int, optional
        As for `place`.

    Yields
    ------
    Progress
        Between the steps; nothing if there is nothing to smooth.

    Returns
    -------
    Pixels
        The pixels to cluster or to label; those given if nothing is asked for.

    Raises
    ------
    ValueError
        `sigma`, `position_weight` or `origin` has not one number for each of the
        image's spatial axes.
    """
    pixels = place(pixels, settings, origin)
    return (yield from smooth_pixels(pixels, settings))


def place(
    pixels: Pixels, settings: Settings, origin: Sequence[int] | None = None
) -> Pixels:
    """Give pixels a position if it counts.

    Parameters
    ----------
    pixels : Pixels
        The pixels of an image, or of a block of a larger one.
    settings : Settings
        Of these: position_weight.
    origin : sequence of int, optional
        The position of the first pixel along each spatial axis. None: 0 everywhere.

    Returns
    -------
    Pixels
        With an `origin` if positions count, otherwise as they are.

    Raises
    ------
    ValueError
        There is not one number for each of the image's spatial axes.
    """
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
