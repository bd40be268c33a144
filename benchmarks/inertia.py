"""Inertia, computed from the labels and the pixels in the same way for all tools."""

import numpy as np

from benchmarks.peer import Array, n_channels

BLOCK = 1 << 18


def inertia_of(image: Array, labels: Array) -> float:
    """Return the sum of the squared distances of the pixels to their cluster means.

    The mean is the best possible centroid, so tools that round theirs are not at a
    disadvantage. Image: (rows, columns) or (rows, columns, C); labels: any shape.
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
