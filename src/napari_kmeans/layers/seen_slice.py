"""The slice of an image that napari shows, whole, in the colours that it has there."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from napari_kmeans.core.levels import levels_of
from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.core.thumbnail import take
from napari_kmeans.core.types import Array, Floats, Indices
from napari_kmeans.layers.channels import mix_colors, shown_colors
from napari_kmeans.layers.source_pixels import SourcePixels
from napari_kmeans.layers.view import View

LONGEST = 8192
"""The most pixels along a side; of larger images some are left out."""
ALIKE = 2e-3
"""Up to this relative difference, pixels are taken for squares."""


class SeenSlice:
    """Draws the slice of an image, with a pixel for each of its own, or at a width.

    Whatever the width, each pixel is one of the image's: colours are never mixed.
    """

    def __init__(
        self, pixels: SourcePixels, view: View, width: int | None = None
    ) -> None:
        self._pixels = pixels
        (top, bottom), (left, right) = view.spans
        aspect = view.aspect * (bottom - top) / (right - left)
        self._view = replace(view, spans=((0.0, 1.0), (0.0, 1.0)), aspect=aspect)
        row, column = view.axes
        sides = [(level.shape[row], level.shape[column]) for level in self._levels]
        fits = [max(side) <= LONGEST for side in sides]
        self.level = fits.index(True) if any(fits) else len(fits) - 1
        self.size = rows, columns = _size(sides[self.level], aspect)
        if width is not None:
            self.size = max(1, round(rows * width / columns)), width

    @property
    def _levels(self) -> Sequence[Any]:
        """The levels of the image, channels last."""
        return self._pixels.levels

    def places(self, shape: tuple[int, ...]) -> list[Indices]:
        """Return the indices along each axis of labels that are drawn."""
        return self._view.places(shape, self.size)

    def upright(self, part: Any) -> Array:
        """Return what is at these places with rows and columns as its first axes."""
        return np.moveaxis(np.asarray(part), self._view.axes, (0, 1))

    def draw(self, segmentation: Segmentation) -> Array:
        """Draw each segment in its mean colour: (rows, columns, 3), uint8."""
        labels = levels_of(segmentation.labels)[self.level]
        places = self.places(labels.shape)
        model = segmentation.model
        axis = self._pixels.selection.slice_axis
        if segmentation.slice_models is not None and axis is not None:
            number = axis % labels.ndim
            own = segmentation.slice_models[int(places[number][0])]
            model = model if own is None else own
        return self.paint(self.upright(take(labels, places)), model.centroids)

    def paint(self, labels: Array, centroids: Floats) -> Array:
        """Draw upright labels; where they are 0, the image itself."""
        table = np.zeros((len(centroids) + 1, 3), np.uint8)
        table[1:] = self._colors(centroids)
        labels = labels.reshape(self.size)
        picture: Array = table[labels]
        nowhere = labels == 0
        if nowhere.any():
            picture[nowhere] = self.original[nowhere]
        return picture

    @cached_property
    def original(self) -> Array:
        """The image: (rows, columns, 3), uint8; black where it is transparent."""
        image, pixels = self._levels[self.level], self._pixels
        places = self.places(image.shape[: len(self._view.at)])
        rows, columns = self.size
        values = self.upright(take(image, places)).reshape(rows * columns, -1)
        colors = self._colors(values[:, : pixels.n_channels])
        if pixels.alpha:
            colors[values[:, -1] == 0] = 0
        return colors.reshape(*self.size, 3)

    def _colors(self, values: Array) -> Array:
        """Return the colours (n, 3), uint8, in which napari shows values (n, C)."""
        sources = self._pixels.sources
        if sources.is_colors and values.dtype == np.uint8:  # a hundred times faster
            return values
        if sources.is_multichannel:
            shares: Any = mix_colors(values, self._pixels.styles)
        else:
            shares = shown_colors(np.nan_to_num(values), sources)
        colors: Array = np.rint(255 * shares).astype(np.uint8)
        return colors


def _size(sides: tuple[int, int], aspect: float) -> tuple[int, int]:
    """Return how many rows and columns show every pixel in the right proportions."""
    rows, columns = sides
    if abs(columns / rows - aspect) > ALIKE * aspect:
        rows, columns = (
            max(rows, round(columns / aspect)),
            max(columns, round(rows * aspect)),
        )
    shrink = min(1, LONGEST / max(rows, columns))
    return max(1, round(rows * shrink)), max(1, round(columns * shrink))
