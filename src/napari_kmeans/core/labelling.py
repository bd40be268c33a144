"""From pixels to labels, given the centroids."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.nearest import Features, nearest
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import Progress, Steps

Array = NDArray[Any]

BLOCK = 1 << 16
"""Pixels labelled at once."""


class Labeller:
    """Finds the label of pixels: 1 + the index of the nearest centroid.

    Parameters
    ----------
    space : FeatureSpace
        What distances are measured in.
    centroids : ndarray of float64 and shape (k, C)
        The centroids, in the feature space.
    """

    def __init__(self, space: FeatureSpace, centroids: Features) -> None:
        self._space = space
        self._centroids = centroids
        self.dtype = np.dtype(np.uint8 if len(centroids) <= 255 else np.uint16)

    def label_values(self, values: Array) -> Array:
        """Give the label of each value.

        Parameters
        ----------
        values : ndarray of shape (M, C)
            In the image's own units, all of them finite.

        Returns
        -------
        ndarray of uint8 or uint16 and shape (M,)
            The labels, from 1.
        """
        index = nearest(self._space.features(values), self._centroids)
        return (index + 1).astype(self.dtype)

    def label_pixels(self, pixels: Pixels) -> Steps[Array]:
        """Give the label of each pixel, step by step.

        Parameters
        ----------
        pixels : Pixels
            The pixels.

        Yields
        ------
        Progress
            Between the steps.

        Returns
        -------
        ndarray of uint8 or uint16
            The labels, in the image's shape without the channels; 0 for the pixels
            that belong to no segment.
        """
        labels = np.zeros(len(pixels.values), self.dtype)
        for start in range(0, len(labels), BLOCK):
            yield Progress("Labelling the pixels", start / len(labels))
            block = slice(start, start + BLOCK)
            if pixels.inside is None:
                labels[block] = self.label_values(pixels.values[block])
            else:
                inside = pixels.inside[block]
                labels[block][inside] = self.label_values(pixels.values[block][inside])
        return labels.reshape(pixels.shape)
