"""The pixels of image layers on which numbers of segments are compared."""

from math import prod

import numpy as np

from napari_kmeans.core.choosing.suggestion import Compared, Fit, gather
from napari_kmeans.core.kept import Kept, once
from napari_kmeans.core.nearest import nearest
from napari_kmeans.core.progress import Progress, Steps
from napari_kmeans.core.pyramid import level_to_fit, mask_at_level, settings_at
from napari_kmeans.core.segmentation import read_chosen
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.thumbnail import glimpse
from napari_kmeans.core.types import Array, Flags, Floats
from napari_kmeans.layers.channels import mix_colors, shown_colors
from napari_kmeans.layers.source_pixels import SourcePixels
from napari_kmeans.layers.view import View

MOST_KEPT = 1 << 24
"""Pixels of which a copy is kept, by which changes are noticed."""
LARGEST = (150, 200)
"""The most rows and columns of a small picture."""
SHARPNESS = 2
"""Pixels along each axis that are averaged to one of a small picture."""


def gather_layers(
    pixels: SourcePixels, settings: Settings, kept: Kept
) -> Steps[tuple[Compared, Settings]]:
    """Find the pixels on which numbers are compared; those of one level of a pyramid.

    The settings are returned in the units of that level. What is kept is used if the
    pixels are equal, as by a run.
    """
    yield Progress("Reading the image", 0.0)
    shapes = pixels.shapes
    level = level_to_fit(shapes)
    if len(shapes) == 1 and not pixels.is_lazy and prod(shapes[0]) <= MOST_KEPT:
        pixels.take_over(kept)
    else:
        vars(pixels)["levels"] = pixels.as_stored()  # not a copy of it
        kept = Kept()
    image, mask = pixels.levels[level], pixels.mask
    if level:
        mask = mask_at_level(mask, shapes[0], shapes[level])
        settings = settings_at(settings, np.divide(shapes[0], shapes[level]))
    made_of = image, mask, pixels.channel_axis, pixels.alpha
    _, chosen = yield from once(kept, "pixels", made_of, read_chosen(*made_of))
    return (yield from gather(chosen, settings, kept)), settings


class Scene:
    """Draws clusterings of what a view shows of an image, as small pictures."""

    def __init__(self, compared: Compared, view: View, pixels: SourcePixels) -> None:
        rows, columns = LARGEST
        self._size = (
            max(1, round(min(rows, columns / view.aspect))),
            max(1, round(min(columns, rows * view.aspect))),
        )
        finer = (SHARPNESS * self._size[0], SHARPNESS * self._size[1])
        prepared = compared.prepared
        seen = glimpse(prepared, view.places(prepared.shape, finer))
        self._values = seen.values
        self._inside: Flags = np.moveaxis(seen.inside, view.axes, (0, 1)).reshape(finer)
        # Where each of the values lies, once the axes are in the order they are shown.
        places = np.zeros(seen.inside.shape, np.intp)
        places[seen.inside] = np.arange(len(seen.values))
        self._places = np.moveaxis(places, view.axes, (0, 1)).reshape(finer)
        self._features: Floats | None = None
        self._pixels = pixels

    def draw(self, fit: Fit) -> tuple[Array, Floats]:
        """Return a picture (rows, columns, 4) of bytes, and the clusters' colours."""
        colors = self.colors(fit)
        if self._features is None:  # which are the same for all numbers
            self._features = fit.space.features(self._values)
        picture = np.zeros((*self._inside.shape, 4))
        if len(self._values):
            index = nearest(self._features, fit.feature_centroids)
            picture[..., :3] = colors[index[self._places]]
            picture[..., 3] = 1
            picture[~self._inside] = 0
        rows, columns = self._size
        blocks = picture.reshape(rows, SHARPNESS, columns, SHARPNESS, 4)
        small = blocks.mean(axis=(1, 3))
        small[..., :3] /= np.maximum(small[..., 3:], 1e-9)
        return np.rint(255 * small).astype(np.uint8), colors

    def colors(self, fit: Fit) -> Floats:
        """Return the colours (k, 3) in which napari shows the means of clusters."""
        sources = self._pixels.sources
        if sources.is_multichannel:
            return mix_colors(fit.centroids, self._pixels.styles).astype(np.float64)
        return shown_colors(fit.centroids, sources)
