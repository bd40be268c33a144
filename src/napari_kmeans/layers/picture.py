"""What a recoloured layer shows: a function of the segments and the image."""

from typing import Any
from weakref import ref

import numpy as np
from napari.layers import Image
from numpy.typing import NDArray

from napari_kmeans.layers.channels import Mix, mix_colors
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
        look.draw(labels, np.asarray(self._shown_image()), picture)
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
        look.draw(part, np.asarray(self._shown_image()[region]), picture)
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
            image = np.asarray(self._shown_image())
            look.draw_only(differing, self._segments.labels, image, layer.data)
            layer.refresh(extent=False, highlight=False)

    def _look(self) -> Look:
        """Tell how the labels look now."""
        segments = self._segments
        return look_of(
            self._shown_image(),
            segments.labels.ndim,
            segments.map,
            self._shown_means(),
            show=self.show_as,
            hidden=self.hidden_as,
        )

    def _shown_image(self) -> Any:
        """Give the image as it is shown."""
        return self.image

    def _shown_means(self) -> NDArray[np.float64]:
        """Give the mean of each segment as it is shown."""
        return self._segments.recipe.means()


class MixedPicture(Picture):
    """Draws the segments of several channels in the mix of their colours.

    Parameters
    ----------
    segments : Segments
        The segments.
    mix : Mix
        The channels.
    """

    def __init__(self, segments: Segments, mix: Mix) -> None:
        self._mix = mix
        super().__init__(segments, mix.image)

    def _shown_image(self) -> Any:
        if self.show_as == "palette":  # channels are no colours, even if they are three
            return np.broadcast_to(np.uint8(0), self._segments.labels.shape)
        return self._mix.picture

    def _shown_means(self) -> NDArray[np.float64]:
        means = super()._shown_means()
        if self.show_as == "palette":
            return means[:, :1]
        mixed = mix_colors(means, self._mix.looks) * np.float64(255)
        mixed[np.isnan(means).any(axis=1)] = np.nan
        return mixed


class ChannelPicture(Picture):
    """Draws the segments in one of several channels.

    Parameters
    ----------
    segments : Segments
        The segments.
    image : array-like
        The image, with its channels last.
    channel : int
        Which of them.
    """

    def __init__(self, segments: Segments, image: Any, channel: int) -> None:
        self.channel = channel
        super().__init__(segments, image)

    def _shown_image(self) -> Any:
        return self.image[..., self.channel]

    def _shown_means(self) -> NDArray[np.float64]:
        return super()._shown_means()[:, [self.channel]]
