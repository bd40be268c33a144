"""Draw a slice of an image, or of a recoloured one, in colours of 8 bits."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from napari_kmeans.core.dispatch import as_array
from napari_kmeans.core.display import display_of
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.pixels import Pixels, find_channel_axis, read_pixels
from napari_kmeans.core.types import Array


class Easel:
    """Draws one slice of an image, and what is made of it, in the same colours."""

    def __init__(self, image: Any, model: KMeansModel, at: Sequence[int] = ()) -> None:
        self._at = tuple(at)
        self._axis = find_channel_axis(as_array(image), model.channel_axis)
        self._has_alpha = model.has_alpha
        self.pixels = self._read(image)
        self.display = display_of(self.pixels)

    def draw(self, picture: Any) -> Array:
        """Return the slice of an image like the first one as colours (H, W, 3)."""
        pixels = self._read(picture)
        colors = self.display.colors(pixels.values)
        if pixels.alpha is not None:
            colors[pixels.alpha == 0] = 0  # what cannot be seen is as dark as a canvas
        return colors.reshape(*pixels.shape, 3)

    def labels(self, labels: Any) -> Array:
        """Return the slice of the labels of the image."""
        return np.asarray(as_array(labels)[self._at])

    def _read(self, image: Any) -> Pixels:
        """Return the pixels of the slice of an image, in memory."""
        image = as_array(image)
        if self._axis is not None:
            image = np.moveaxis(image, self._axis, -1)
        n_axes = image.ndim - (self._axis is not None)
        if n_axes - len(self._at) != 2:
            raise ValueError(
                f"The image has {n_axes} axes without its channels, and at is "
                f"{self._at}: give one index for each but the last two, such as "
                f"at={(0,) * max(n_axes - 2, 0)}, to draw one slice."
            )
        plane = np.asarray(image[self._at])
        axis = None if self._axis is None else -1
        return read_pixels(plane, channel_axis=axis, alpha=self._has_alpha)
