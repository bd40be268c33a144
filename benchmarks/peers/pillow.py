"""Pillow: reduce to k colours by median cut, then k-means."""

import numpy as np
from PIL import Image

from benchmarks.peer import Array, Peer, Result


def is_rgb(image: Array, k: int) -> bool:
    """Tell whether an image is RGB of 8 bits, and k fits a palette."""
    return image.dtype == np.uint8 and image.shape[2:] == (3,) and k <= 256


def run(image: Array, k: int, _seed: int) -> Result:
    """Quantize; it is the same for every seed."""
    picture = Image.fromarray(image).quantize(k, kmeans=1)
    return np.asarray(picture), np.asarray(picture.convert("RGB"))


PEERS = [Peer("Pillow kmeans=1", run, is_rgb)]
