"""Images of many megapixels, made of scikit-image's photographs."""

import numpy as np
import skimage.data
from skimage.transform import resize

from benchmarks.peer import Array

SOURCES = (
    "astronaut",
    "coffee",
    "chelsea",
    "rocket",
    "retina",
    "immunohistochemistry",
    "hubble_deep_field",
)
TILE = 816
"""Side of a tile in pixels."""
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue, ITU-R BT.601."""
CHROMA = np.array([1.772, 1.402], np.float32)
"""Divisors of the differences of blue and red from luma."""


def collage(rows: int, columns: int, seed: int) -> Array:
    """Tile crops of photographs at various scales: float32, 0 to 255, not rounded."""
    rng = np.random.default_rng(seed)
    photographs = [getattr(skimage.data, name)() for name in SOURCES]
    canvas = np.empty((rows, columns, 3), np.float32)
    corners = [(r, c) for r in range(0, rows, TILE) for c in range(0, columns, TILE)]
    for number, (row, column) in enumerate(corners):
        place = canvas[row : row + TILE, column : column + TILE]
        place[:] = _tile(photographs[number % len(photographs)], rng)[
            : place.shape[0], : place.shape[1]
        ]
    return canvas.clip(0, 255, out=canvas)


def as_camera_stores(colors: Array) -> Array:
    """Round colours as JPEG does, in YCbCr with chroma at half the resolution.

    This leaves as many distinct colours as photographs have: 50,000 to 500,000. The
    numbers of rows and columns are even; the result is uint8.
    """
    luma = colors @ LUMA
    chroma = (colors[..., [2, 0]] - luma[..., np.newaxis]) / CHROMA
    rows, columns = luma.shape
    chroma = chroma.reshape(rows // 2, 2, columns // 2, 2, 2).mean(axis=(1, 3))
    chroma = np.rint(chroma).repeat(2, axis=0).repeat(2, axis=1) * CHROMA
    luma = np.rint(luma)
    blue, red = (luma + chroma[..., i] for i in (0, 1))
    green = (luma - LUMA[0] * red - LUMA[2] * blue) / LUMA[1]
    stored: Array = np.rint(np.stack([red, green, blue], axis=2)).clip(0, 255)
    return stored.astype(np.uint8)


def _tile(photograph: Array, rng: np.random.Generator) -> Array:
    """Crop, rotate and scale a photograph, and add camera noise."""
    side = int(rng.uniform(0.5, 0.9) * min(photograph.shape[:2]))
    row, column = (int(rng.integers(size - side)) for size in photograph.shape[:2])
    crop = photograph[row : row + side, column : column + side].astype(np.float32)
    crop = np.rot90(crop, int(rng.integers(4)))
    tile = resize(crop, (TILE, TILE), order=1, preserve_range=True)
    noise = rng.normal(0, rng.uniform(0.3, 1), (TILE, TILE, 1))  # of brightness alone
    noisy: Array = (tile + noise).astype(np.float32)
    return noisy
