"""What the recoloured layer shows: a function of the segments and the image."""

from typing import Any
from weakref import ref

import numpy as np
from napari.layers import Image
from numpy.typing import NDArray

from napari_kmeans.segments.pixel_change import Region, whole
from napari_kmeans.segments.recoloring import Hidden, Look, Show, look_of
from napari_kmeans.segments.state import Segments


class Picture:
    """Draws the segments of an image, and in a layer only what has changed.

    Parameters
    ----------
    segments : Segments
        The segments.
    image : array-like
        The image, with its channels last.

    Attributes
    ----------
    image : array-like
        May be set.
    show_as : {"mean", "original", "palette"}
        Mean values, the image's own pixels, or the segments' colours.
    hidden_as : {"black", "transparent"}
        How hidden segments look.
    """

    def __init__(self, segments: Segments, image: Any) -> None:
        self.show_as: Show = "mean"
        self.hidden_as: Hidden = "black"
        self._segments = segments
        self.image = image

    @property
    def image(self) -> Any:
        """The image, with its channels last."""
        return self._image

    @image.setter
    def image(self, image: Any) -> None:
        self._image = image
        # What was drawn in last, and how its labels look; None: nothing that is right.
        self._drawn: tuple[ref[NDArray[Any]], Look] | None = None

    def draw(self) -> NDArray[Any]:
        """Draw all of the image.

        Returns
        -------
        ndarray
            With the channels last if they are colours.
        """
        look = self._look()
        labels = self._segments.labels
        picture = np.empty(look.shape(labels.shape), look.table.dtype)
        look.draw(labels, np.asarray(self.image), picture)
        return picture

    def adopt(self, layer: Image) -> None:
        """Draw in a layer from now on.

        Parameters
        ----------
        layer : napari.layers.Image
            The layer, whose data are what `draw` just gave.
        """
        self._drawn = ref(layer.data), self._look()

    def draw_in(self, layer: Image, region: Region | None = None) -> bool:
        """Draw again what has changed in a layer; all, if it is not the one drawn in.

        Parameters
        ----------
        layer : napari.layers.Image
            The layer.
        region : tuple of slice, optional
            Where the labels have changed; None: nowhere, only how they look has.

        Returns
        -------
        bool
            False if the layer cannot hold the picture: one of them has colours.
        """
        look = self._look()
        if layer.rgb == look.is_flat:
            return False
        is_old = self._drawn is not None and self._drawn[0]() is layer.data
        shape = look.shape(self._segments.labels.shape)
        if not is_old or layer.data.shape != shape or layer.dtype != look.table.dtype:
            layer.data = self.draw()
            self.adopt(layer)
        elif region is not None:
            self._draw_region(layer, look, region)
        else:
            self._draw_looks(layer, look)
        return True

    def _draw_region(self, layer: Image, look: Look, region: Region) -> None:
        """Draw a region, whose labels have changed."""
        labels = self._segments.labels
        part = labels[region]
        picture = np.empty(look.shape(part.shape), look.table.dtype)
        look.draw(part, np.asarray(self.image[region]), picture)
        layer.data[region] = picture
        if region == whole(labels):
            self._drawn = ref(layer.data), look
        layer.refresh(extent=False, highlight=False)

    def _draw_looks(self, layer: Image, look: Look) -> None:
        """Draw the labels that look otherwise than when they were drawn."""
        assert self._drawn is not None
        differing = look.differing(self._drawn[1])
        self._drawn = ref(layer.data), look
        if differing:
            image = np.asarray(self.image)
            look.draw_only(differing, self._segments.labels, image, layer.data)
            layer.refresh(extent=False, highlight=False)

    def _look(self) -> Look:
        """Tell how the labels look now."""
        segments = self._segments
        return look_of(
            self.image,
            segments.labels.ndim,
            segments.map,
            segments.recipe.means(),
            show=self.show_as,
            hidden=self.hidden_as,
        )
