"""What the recoloured layer shows: a function of the segments and the image."""

from typing import Any

import numpy as np
from napari.layers import Image
from numpy.typing import NDArray

from napari_kmeans.segments.pixel_change import Region, whole
from napari_kmeans.segments.recoloring import Hidden, Show, recolor
from napari_kmeans.segments.state import Segments


class Picture:
    """Draws the segments of an image.

    Parameters
    ----------
    segments : Segments
        The segments.
    image : array-like
        The image, with its channels last.

    Attributes
    ----------
    show_as : {"mean", "original", "palette"}
        Mean values, the image's own pixels, or the segments' colours.
    hidden_as : {"black", "transparent"}
        How hidden segments look.
    """

    def __init__(self, segments: Segments, image: Any) -> None:
        self.image = image
        self.show_as: Show = "mean"
        self.hidden_as: Hidden = "black"
        self._segments = segments

    def draw(self, region: Region | None = None) -> NDArray[Any]:
        """Draw a region.

        Parameters
        ----------
        region : tuple of slice, optional
            Along the axes of the labels; by default all of the image.

        Returns
        -------
        ndarray
            With the channels last if they are colours.
        """
        labels = self._segments.labels
        region = whole(labels) if region is None else region
        return recolor(
            labels[region],
            np.asarray(self.image[region]),
            self._segments.map,
            self._segments.recipe.means(),
            show=self.show_as,
            hidden=self.hidden_as,
        )

    def draw_in(self, layer: Image, region: Region) -> bool:
        """Draw a region in a layer; all, if it held something of another kind.

        Parameters
        ----------
        layer : napari.layers.Image
            The layer.
        region : tuple of slice
            What has changed.

        Returns
        -------
        bool
            False if the layer cannot hold the picture: one of them has colours.
        """
        part = self.draw(region)
        shape = self._segments.labels.shape
        channels = part.shape[len(shape) :]
        data = layer.data
        if data.dtype == part.dtype and data.shape == (*shape, *channels):
            data[region] = part
            layer.refresh()
            return True
        if layer.rgb == bool(channels):
            layer.data = self.draw()
            return True
        return False
