"""scikit-learn: KMeans, KMeans on the distinct colours, MiniBatchKMeans."""

from functools import partial

import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans

from benchmarks.peer import Array, Peer, Result, as_points, n_channels, recolored


def run(image: Array, k: int, seed: int, n_init: int) -> Result:
    """Cluster all pixels as float32, which is faster than float64."""
    model = KMeans(k, n_init=n_init, random_state=seed).fit(as_points(image))
    return model.labels_, recolored(image, model.cluster_centers_, model.labels_)


def run_distinct(image: Array, k: int, seed: int) -> Result:
    """Cluster the distinct colours, weighted by their counts."""
    red, green, blue = image.reshape(-1, 3).astype(np.uint32).T
    keys, inverse, counts = np.unique(
        red << 16 | green << 8 | blue, return_inverse=True, return_counts=True
    )
    colors = np.stack([keys >> 16, keys >> 8 & 255, keys & 255], axis=1)
    model = KMeans(k, n_init=10, random_state=seed)
    model.fit(colors.astype(np.float32), sample_weight=counts)
    labels = model.labels_[inverse.reshape(-1)]
    return labels, recolored(image, model.cluster_centers_, labels)


def run_batches(image: Array, k: int, seed: int) -> Result:
    """Cluster in mini-batches, with the defaults."""
    model = MiniBatchKMeans(k, n_init="auto", random_state=seed).fit(as_points(image))
    return model.labels_, recolored(image, model.cluster_centers_, model.labels_)


def is_rgb_photograph(image: Array, _k: int) -> bool:
    """Return whether an image is 8-bit RGB with far fewer colours than pixels."""
    large = image.size >= 3_000_000
    return image.dtype == np.uint8 and n_channels(image) == 3 and large


PEERS = [
    Peer("scikit-learn n_init=1", partial(run, n_init=1)),
    Peer("scikit-learn n_init=10", partial(run, n_init=10)),
    Peer("scikit-learn n_init=10, distinct", run_distinct, is_rgb_photograph),
    Peer("MiniBatchKMeans", run_batches),
]
