"""napari-kmeans: `segment` with its defaults."""

import napari_kmeans
from benchmarks.peer import OURS, Array, Peer, Result


def run(image: Array, k: int, seed: int) -> Result:
    """Cluster as a user of the Python API would."""
    axis = -1 if image.ndim == 3 else None
    done = napari_kmeans.segment(
        image, k, channel_axis=axis, alpha=False, random_state=seed
    )
    return done.labels, done.recolored


PEERS = [Peer(OURS, run)]
