"""Pictures with something written above them, alone or on a sheet."""

from collections.abc import Sequence
from math import ceil, floor, sqrt
from typing import Any

import numpy as np

from napari_kmeans.core.types import Array
from napari_kmeans.io.pictures import Picture

PAPER, INK = 255, 20
GREYS = 16
"""Shades from ink to paper: they and the segments fit into the palette of a GIF."""
LINE = 22
"""How many times the height of its letters a caption's picture is wide."""
SMALLEST = 11
"""The height of letters, in pixels, that can be read."""
SHEET_RATIO = 1.4
"""About how wide a sheet is for its height, where the number of pictures leaves a
choice."""


def captioned(picture: Picture, width: int | None = None) -> Array:
    """Return a picture (H, W, 3) under its caption, at some width in pixels.

    It is made smaller or larger without mixing colours: they stay those of segments.
    """
    pixels = picture.pixels if width is None else resized(picture.pixels, width)
    if not picture.caption:
        return pixels
    strip = _written(picture.caption, pixels.shape[1], pixels.shape[1] / LINE)
    missing = strip.shape[1] - pixels.shape[1]
    sides = (0, 0), (missing // 2, missing - missing // 2), (0, 0)
    return np.vstack([strip, np.pad(pixels, sides, constant_values=PAPER)])


def sheet(
    pictures: Sequence[Picture], title: str, columns: int | None, width: int
) -> Array:
    """Return pictures side by side in rows, each under its caption, below a title."""
    gap = max(4, width // 120)
    height, breadth = pictures[0].pixels.shape[:2]
    columns = columns or _columns(len(pictures), breadth / height)
    tile_width = max(1, (width - gap) // columns - gap)
    tiles = [captioned(picture, tile_width) for picture in pictures]
    tile_height, tile_width = (max(t.shape[axis] for t in tiles) for axis in (0, 1))
    n_rows = ceil(len(tiles) / columns)
    needed = columns * (tile_width + gap) - gap
    start = max(gap, (width - needed) // 2)  # where the first column begins
    shape = gap + n_rows * (tile_height + gap), max(width, needed + 2 * gap), 3
    drawn = np.full(shape, PAPER, np.uint8)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        top = gap + row * (tile_height + gap)
        left = start + column * (tile_width + gap)
        drawn[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    if not title:
        return drawn
    strip = _written(title, drawn.shape[1], width / (2 * LINE))
    return np.vstack([strip, drawn])


def resized(pixels: Array, width: int) -> Array:
    """Return a picture (H, W, 3) of another width, each pixel that of the old one."""
    height = max(1, round(pixels.shape[0] * width / pixels.shape[1]))
    rows, columns = (
        ((np.arange(new) + 0.5) * (old / new)).astype(np.intp)
        for new, old in zip((height, width), pixels.shape[:2], strict=True)
    )
    taken: Array = pixels[rows[:, np.newaxis], columns]
    return taken


def _columns(n: int, ratio: float) -> int:
    """Return in how many columns so many pictures of a shape fill a sheet best."""
    wished = sqrt(n * SHEET_RATIO / ratio)
    tried = {min(max(1, whole), n) for whole in (floor(wished), ceil(wished))}
    return min(tried, key=lambda each: (-n % each, abs(each - wished)))


def _written(text: str, width: int, size: float) -> Array:
    """Return a strip (H, W, 3) with text in its middle, smaller to fit; or wider."""
    # Imported when something is written: it takes a while.
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    font: Any = None
    size = max(size, SMALLEST)
    while True:
        font = ImageFont.load_default(size)
        needed = ceil(font.getlength(text)) + 4
        if needed <= width or size <= SMALLEST:
            break
        size = max(SMALLEST, 0.95 * size * width / needed)
    strip = Image.new("L", (max(width, needed), round(1.7 * size)), PAPER)
    middle = strip.width / 2, strip.height / 2
    ImageDraw.Draw(strip).text(middle, text, fill=INK, font=font, anchor="mm")
    step = PAPER / (GREYS - 1)
    grey = (np.rint(np.asarray(strip) / step) * step).astype(np.uint8)
    return np.repeat(grey[..., np.newaxis], 3, axis=2)
