"""Pictures with something written above them, alone or on a sheet."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, floor, sqrt

import numpy as np

from napari_kmeans.core.types import Array
from napari_kmeans.io.pictures import Picture

PAPER, INK = 255, 20
GREYS = 16
"""Shades from ink to paper: they and the segments fit into the palette of a GIF."""
LINE = 22
"""How many times the height of its letters a caption's picture is wide."""
MOST_TIMES = 3
"""... or, if it is wider than so many times its height, as if it was that wide."""
SMALLEST = 11
"""The height of letters, in pixels, that can be read."""
SHEET_RATIO = 1.4
"""About how wide a sheet is for its height, where the number of pictures leaves a
choice."""


def captioned(pictures: Sequence[Picture]) -> list[Array]:
    """Return pictures (H, W, 3) of one size under captions of one size."""
    height, width = pictures[0].pixels.shape[:2]
    captions = [picture.caption for picture in pictures]
    if not any(captions):
        return [picture.pixels for picture in pictures]
    strips = _written(captions, width, min(width, MOST_TIMES * height) / LINE)
    missing = strips[0].shape[1] - width
    sides = (0, 0), (missing // 2, missing - missing // 2), (0, 0)
    return [
        np.vstack([strip, np.pad(picture.pixels, sides, constant_values=PAPER)])
        for strip, picture in zip(strips, pictures, strict=True)
    ]


def sheet(
    pictures: Sequence[Picture], title: str, columns: int | None, width: int
) -> Array:
    """Return pictures side by side in rows, each under its caption, below a title."""
    gap = _gap(width)
    height, breadth = pictures[0].pixels.shape[:2]
    columns = columns or _columns(len(pictures), breadth / height)
    tile_width = _tile_width(columns, width)
    tiles = captioned([sized(picture, tile_width) for picture in pictures])
    tile_height, tile_width = tiles[0].shape[:2]
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
    (strip,) = _written([title], drawn.shape[1], width / (2 * LINE))
    return np.vstack([strip, drawn])


def width_on_sheet(n: int, ratio: float, width: int) -> int:
    """Return how wide each of so many pictures of a shape is on a sheet."""
    return _tile_width(_columns(n, ratio), width)


def _gap(width: int) -> int:
    """Return how far pictures on a sheet are apart."""
    return max(4, width // 120)


def _tile_width(columns: int, width: int) -> int:
    return max(1, (width - _gap(width)) // columns - _gap(width))


def sized(picture: Picture, width: int | None) -> Picture:
    """Return a picture of another width, or the same if None."""
    if width is None:
        return picture
    return replace(picture, pixels=resized(picture.pixels, width))


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


def _written(texts: Sequence[str], width: int, size: float) -> list[Array]:
    """Return strips (H, W, 3) with a text in the middle of each, all of one size.

    The letters are smaller where a text would not fit, or else the strips are wider.
    """
    # Imported when something is written: it takes a while.
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    size = max(size, SMALLEST)
    while True:
        font = ImageFont.load_default(size)
        needed = max(ceil(font.getlength(text)) + 4 for text in texts)
        if needed <= width or size <= SMALLEST:
            break
        size = max(SMALLEST, 0.95 * size * width / needed)
    strips = []
    step = PAPER / (GREYS - 1)
    for text in texts:
        strip = Image.new("L", (max(width, needed), round(1.7 * size)), PAPER)
        middle = strip.width / 2, strip.height / 2
        ImageDraw.Draw(strip).text(middle, text, fill=INK, font=font, anchor="mm")
        grey = (np.rint(np.asarray(strip) / step) * step).astype(np.uint8)
        strips.append(np.repeat(grey[..., np.newaxis], 3, axis=2))
    return strips
