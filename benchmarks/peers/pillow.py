"""Pillow: median cut to k colours, then k-means."""

import numpy as np
from PIL import Image

from benchmarks.peer import Array, Peer, Result


def is_rgb(image: Array, k: int) -> bool:
    """Return whether an image is 8-bit RGB and k fits a palette."""
    return image.dtype == np.uint8 and image.shape[2:] == (3,) and k <= 256


def run(image: Array, k: int, _seed: int) -> Result:
    """Quantize; the seed has no effect."""
    picture = Image.fromarray(image).quantize(k, kmeans=1)
    return np.asarray(picture), np.asarray(picture.convert("RGB"))


PEERS = [Peer("Pillow kmeans=1", run, is_rgb)]
