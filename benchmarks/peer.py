"""What every tool that is measured has in common."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Result = tuple[Array, Array]
"""The label of each pixel, in any order and shape, and the recoloured image."""

OURS = "napari-kmeans"


def any_image(_image: Array, _k: int) -> bool:
    """Say that a tool can do every image."""
    return True


def n_channels(image: Array) -> int:
    """Give how many channels an image has: they are its third axis."""
    return image.shape[2] if image.ndim == 3 else 1


def as_points(image: Array) -> Array:
    """Give the pixels as rows of float32, which is what most tools want."""
    return image.reshape(-1, n_channels(image)).astype(np.float32)


def recolored(image: Array, centers: Array, labels: Array) -> Array:
    """Give the image with every pixel in the colour of its cluster."""
    if image.dtype.kind in "iu":
        centers = np.rint(centers)
    return centers.astype(image.dtype)[labels.reshape(-1)].reshape(image.shape)


@dataclass(frozen=True)
class Peer:
    """A tool, called in one way.

    Attributes
    ----------
    name : str
        What the tables call it.
    run : callable
        Takes image, k and seed; gives labels and recoloured image. A function of a
        module, so that it can be sent to another process by its name.
    can : callable
        Takes image and k; tells whether the tool can do that.
    """

    name: str
    run: Callable[[Array, int, int], Result]
    can: Callable[[Array, int], bool] = any_image
