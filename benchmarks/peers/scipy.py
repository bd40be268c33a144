"""SciPy: kmeans2, with k-means++ and its default of 10 iterations."""

from scipy.cluster.vq import kmeans2

from benchmarks.peer import Array, Peer, Result, as_points, recolored


def run(image: Array, k: int, seed: int) -> Result:
    """Cluster all pixels."""
    centers, labels = kmeans2(as_points(image), k, minit="++", rng=seed)
    return labels, recolored(image, centers, labels)


PEERS = [Peer("scipy kmeans2", run)]
