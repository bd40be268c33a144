"""faiss, with its defaults: it trains on at most 256 pixels per cluster."""

import faiss
import numpy as np

from benchmarks.peer import Array, Peer, Result, as_points, recolored


def run(image: Array, k: int, seed: int) -> Result:
    """Train, then assign every pixel."""
    points = as_points(image)
    model = faiss.Kmeans(points.shape[1], k, seed=seed)
    model.train(points)
    _, labels = model.index.search(points, 1)
    return labels, recolored(image, np.asarray(model.centroids), labels)


PEERS = [Peer("faiss (samples)", run)]
