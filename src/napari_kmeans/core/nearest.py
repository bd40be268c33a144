"""The nearest centroid of each point, the same in whatever company the point comes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float64]


def nearest(features: Features, centroids: Features) -> NDArray[np.intp]:
    """Find the nearest centroid of each point.

    Parameters
    ----------
    features : ndarray of float64 and shape (C, M)
        The points.
    centroids : ndarray of float64 and shape (k, C)
        The centroids.

    Returns
    -------
    ndarray of intp and shape (M,)
        Index of the nearest centroid; of two that are equally near, the lower one.
    """
    best = np.full(features.shape[1], np.inf)
    index = np.zeros(features.shape[1], np.intp)
    for cluster, centroid in enumerate(centroids):
        distance = ((features - centroid[:, np.newaxis]) ** 2).sum(axis=0)
        nearer = distance < best
        index[nearer] = cluster
        best[nearer] = distance[nearer]
    return index
