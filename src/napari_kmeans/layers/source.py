"""Read an image layer in the words of the core: pixels, channel axis, alpha."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.layers import Image

from napari_kmeans.core.progress import Progress, Steps
from napari_kmeans.core.segmentation import Segmentation, segment_steps
from napari_kmeans.core.settings import Settings


@dataclass(frozen=True)
class SourcePixels:
    """What there is to cluster in an image layer.

    Attributes
    ----------
    image : array-like
        The layer's data at full resolution; not yet computed if it is a lazy array.
    channel_axis : int or None
        -1 for a colour layer, None for one channel.
    alpha : bool
        Whether the last channel is alpha.
    """

    image: Any
    channel_axis: int | None
    alpha: bool

    def segment_steps(self, settings: Settings) -> Steps[Segmentation]:
        """Cluster the pixels, in steps.

        Parameters
        ----------
        settings : Settings
            How to cluster.

        Returns
        -------
        generator of Progress
            Returns a `Segmentation`.
        """
        yield Progress("Reading the image", 0.0)
        image = np.asarray(self.image)
        return (
            yield from segment_steps(
                image, settings, channel_axis=self.channel_axis, alpha=self.alpha
            )
        )


def read_source(layer: Image) -> SourcePixels:
    """Tell what there is to cluster in an image layer.

    `Image.rgb` is the truth about colour: the shape of the data is not.

    Parameters
    ----------
    layer : napari.layers.Image
        The layer to cluster.

    Returns
    -------
    SourcePixels
        The layer's data, of its finest level if it has several.
    """
    image = layer.data[0] if layer.multiscale else layer.data
    if not layer.rgb:
        return SourcePixels(image, channel_axis=None, alpha=False)
    return SourcePixels(image, channel_axis=-1, alpha=image.shape[-1] == 4)
