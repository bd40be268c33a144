"""OpenCV: as in its tutorials, and with k-means++."""

from functools import partial

import cv2
import numpy as np

from benchmarks.peer import Array, Peer, Result, as_points, recolored


def run(image: Array, k: int, seed: int, attempts: int, flags: int) -> Result:
    """Iterate until centroids move by less than 0.2 grey levels, at most 100 times."""
    whole = np.iinfo(image.dtype).max if image.dtype.kind in "iu" else 1
    epsilon = 0.2 * whole / 255
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 100, epsilon)
    cv2.setRNGSeed(seed)
    points = as_points(image)
    _, labels, centers = cv2.kmeans(points, k, None, stop, attempts, flags)
    return labels, recolored(image, centers, labels)


PEERS = [
    Peer(
        "OpenCV, tutorial (10 attempts)",
        partial(run, attempts=10, flags=cv2.KMEANS_RANDOM_CENTERS),
    ),
    Peer(
        "OpenCV, ++ (1 attempt)", partial(run, attempts=1, flags=cv2.KMEANS_PP_CENTERS)
    ),
]
