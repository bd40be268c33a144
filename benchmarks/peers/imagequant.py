"""libimagequant, which computes palettes for PNG files."""

import imagequant
import numpy as np
from PIL import Image

from benchmarks.peer import Array, Peer, Result
from benchmarks.peers.pillow import is_rgb


def run(image: Array, k: int, _seed: int) -> Result:
    """Quantize without dithering; the seed has no effect."""
    picture = imagequant.quantize_pil_image(
        Image.fromarray(image), dithering_level=0, max_colors=k
    )
    return np.asarray(picture), np.asarray(picture.convert("RGB"))


PEERS = [Peer("imagequant", run, is_rgb)]
