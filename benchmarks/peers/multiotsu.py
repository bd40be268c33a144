"""scikit-image: multi-Otsu thresholds, the optimum of one channel for small k."""

import numpy as np
from skimage.filters import threshold_multiotsu

from benchmarks.peer import Array, Peer, Result, recolored


def can(image: Array, k: int) -> bool:
    """Return whether it finishes in time: it takes O(levels ** (k - 1))."""
    return image.ndim == 2 and image.dtype == np.uint8 and k <= 5


def run(image: Array, k: int, _seed: int) -> Result:
    """Cut at the thresholds; the seed has no effect."""
    labels = np.digitize(image, threshold_multiotsu(image, classes=k))
    counts = np.bincount(labels.reshape(-1), minlength=k)
    sums = np.bincount(labels.reshape(-1), image.reshape(-1), k)
    return labels, recolored(image, sums / np.maximum(counts, 1), labels)


PEERS = [Peer("multi-Otsu", run, can)]
