"""Inertia, from the delivered labels and the pixels, the same for every tool."""

import numpy as np

from benchmarks.peer import Array, n_channels

BLOCK = 1 << 18


def inertia_of(image: Array, labels: Array) -> float:
    """Sum the squared distances of the pixels to the mean of their cluster.

    Parameters
    ----------
    image : ndarray
        Of shape (rows, columns) or (rows, columns, channels).
    labels : ndarray of integers
        One for each pixel, in any shape.

    Returns
    -------
    float
        Computed in float64. The mean of a cluster is the best centroid it can have, so
        no tool is the worse for rounding its own.
    """
    pixels = image.reshape(-1, n_channels(image))
    labels = labels.reshape(-1)
    if len(labels) != len(pixels):
        raise ValueError(f"{len(labels)} labels for {len(pixels)} pixels")
    k = int(labels.max()) + 1
    origin = pixels[:: max(len(pixels) // 1000, 1)].mean(axis=0, dtype=np.float64)
    counts = np.zeros(k)
    sums = np.zeros((pixels.shape[1], k))
    squares = 0.0
    for start in range(0, len(pixels), BLOCK):
        index = labels[start : start + BLOCK]
        block = np.asarray(pixels[start : start + BLOCK] - origin, np.float64)
        squares += float(np.vdot(block, block))
        counts += np.bincount(index, minlength=k)
        sums += [np.bincount(index, channel, k) for channel in block.T]
    return squares - float((sums**2).sum(axis=0) @ (1 / np.maximum(counts, 1)))
