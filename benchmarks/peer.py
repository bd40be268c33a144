"""The interface of a tool to be measured."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Result = tuple[Array, Array]
"""Labels, in any numbering and shape, and the recoloured image."""

OURS = "napari-kmeans"


def any_image(_image: Array, _k: int) -> bool:
    """Return True: the tool takes every image."""
    return True


def n_channels(image: Array) -> int:
    """Return the number of channels, the third axis."""
    return image.shape[2] if image.ndim == 3 else 1


def as_points(image: Array) -> Array:
    """Return the pixels as rows of float32, the input of most tools."""
    return image.reshape(-1, n_channels(image)).astype(np.float32)


def recolored(image: Array, centers: Array, labels: Array) -> Array:
    """Return the image with every pixel in the colour of its cluster."""
    if image.dtype.kind in "iu":
        centers = np.rint(centers)
    return centers.astype(image.dtype)[labels.reshape(-1)].reshape(image.shape)


@dataclass(frozen=True)
class Peer:
    """A tool with certain options."""

    name: str  # in the tables
    run: Callable[[Array, int, int], Result]  # (image, k, seed); must be picklable
    can: Callable[[Array, int], bool] = any_image  # whether it takes (image, k)
