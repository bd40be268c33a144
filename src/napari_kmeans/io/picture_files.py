"""Save pictures: a PNG file for each, all on one sheet, or a GIF that shows them."""

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from napari_kmeans.core.types import Array
from napari_kmeans.core.whole_file import whole_file
from napari_kmeans.io.captions import captioned, sheet, sized
from napari_kmeans.io.pictures import Picture

SECONDS = 0.02, 600.0
"""How long a picture of a GIF can be seen: programs show shorter ones for longer."""
MOST_COLORS = 256
LONGEST = 65_535
"""What a GIF can hold."""


def save_pictures(
    folder: str | PathLike[str],
    pictures: Iterable[Picture],
    *,
    name: str = "",
    width: int | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """Save each picture as a PNG file, with its caption written above it.

    Parameters
    ----------
    folder : str or Path
        Where to save them. It is made if it does not exist.
    pictures : iterable of Picture
        What `pictures` gave.
    name : str
        What the names of the files begin with: "tissue" gives tissue_k02.png and so on.
    width : int, optional
        The width of the pictures in pixels, whose colours are not mixed. None: each
        pixel of the image is one pixel of its picture.
    overwrite : bool
        Whether files that exist are replaced.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    FileExistsError
        A file exists, and `overwrite` is False. It is left as it is.
    OSError
        A file cannot be written. Nothing of it is left.
    ValueError
        The width is not a positive number.
    """
    _check_width(width)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number, picture in enumerate(pictures, 1):
        ending = picture.name or f"{number:02d}"
        path = folder / (f"{name}_{ending}.png" if name else f"{ending}.png")
        (drawn,) = captioned([sized(picture, width)])
        files.append(_save_png(path, drawn, overwrite=overwrite))
    return files


def save_sheet(
    path: str | PathLike[str],
    pictures: Iterable[Picture],
    *,
    title: str = "",
    columns: int | None = None,
    width: int = 1600,
    overwrite: bool = False,
) -> Path:
    """Save pictures side by side in one PNG file, each under its caption.

    Parameters
    ----------
    path : str or Path
        The file.
    pictures : iterable of Picture
        What `pictures` gave.
    title : str
        What is written at the top.
    columns : int, optional
        How many pictures are side by side. None: so many that the sheet is well filled.
    width : int
        The width of the sheet in pixels.
    overwrite : bool
        Whether a file that exists is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FileExistsError
        The file exists, and `overwrite` is False. It is left as it is.
    OSError
        The file cannot be written. Nothing of it is left.
    ValueError
        There is no picture, they differ in shape, or a number is not positive.
    """
    _check_width(width)
    if columns is not None and columns < 1:
        raise ValueError(f"columns is {columns}: give 1 or more, or None.")
    every = list(pictures)
    _check_together(every)
    drawn = sheet(every, title, columns, width)
    return _save_png(Path(path), drawn, overwrite=overwrite)


def save_gif(
    path: str | PathLike[str],
    pictures: Iterable[Picture],
    *,
    seconds: float = 1.0,
    loop: bool = True,
    width: int | None = 480,
    overwrite: bool = False,
) -> Path:
    """Save pictures as an animated GIF, each with its caption written above it.

    Parameters
    ----------
    path : str or Path
        The file.
    pictures : iterable of Picture
        What `pictures` gave.
    seconds : float
        How long each can be seen, 0.02 to 600.
    loop : bool
        Whether the first comes again after the last, for ever.
    width : int, optional
        The width of the pictures in pixels, whose colours are not mixed. None: each
        pixel of the image is one pixel of its picture.
    overwrite : bool
        Whether a file that exists is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FileExistsError
        The file exists, and `overwrite` is False. It is left as it is.
    OSError
        The file cannot be written. Nothing of it is left.
    ValueError
        There is no picture, they differ in shape, or a number is out of range.

    Notes
    -----
    Each picture has a palette of its own. Colours are exact for up to 240 segments, as
    long as every pixel is in one.
    """
    _check_width(width)
    if not SECONDS[0] <= seconds <= SECONDS[1]:
        raise ValueError(
            f"seconds is {seconds}: give how long each picture can be seen, "
            f"{SECONDS[0]:g} to {SECONDS[1]:g}."
        )
    path = _free(Path(path), overwrite=overwrite)
    every = [sized(picture, width) for picture in pictures]
    _check_together(every)
    drawn = captioned(every)
    rows, columns = drawn[0].shape[:2]
    if max(rows, columns) > LONGEST:
        raise ValueError(
            f"The animation would have {columns:,} × {rows:,} pixels, and a GIF has at "
            f"most {LONGEST:,} along each side: give a smaller width."
        )
    frames = list(map(_with_palette, drawn))
    repeats = {"loop": 0} if loop else {}
    with whole_file(path) as partial:
        frames[0].save(
            partial,
            "GIF",
            save_all=True,
            append_images=frames[1:],
            duration=round(1000 * seconds),
            **repeats,
        )
    return path


def _save_png(path: Path, pixels: Array, *, overwrite: bool) -> Path:
    """Save a picture (H, W, 3)."""
    path = _free(path, overwrite=overwrite)
    with whole_file(path) as partial:
        _as_image(pixels).save(partial, "PNG")
    return path


def _free(path: Path, *, overwrite: bool) -> Path:
    """Return a path to write to; raise if there is a file that is to stay."""
    if path.exists() and not overwrite:
        raise FileExistsError(
            f"'{path}' exists: give another name, or overwrite=True to replace it."
        )
    return path


def _check_width(width: int | None) -> None:
    if width is not None and width < 1:
        raise ValueError(f"width is {width}: give a number of pixels, 1 or more.")


def _check_together(pictures: list[Picture]) -> None:
    """Raise ValueError if there are no pictures, or some of different shapes."""
    if not pictures:
        raise ValueError(
            "There is no picture: an iterator gives each only once, so make a list of "
            "them to save them twice."
        )
    if len({picture.pixels.shape for picture in pictures}) > 1:
        raise ValueError("The pictures differ in shape: give those of one image.")


def _as_image(pixels: Array) -> Any:
    """Return pixels (H, W, 3) as an image of Pillow."""
    from PIL import Image  # noqa: PLC0415 (it takes a while)

    height, width = pixels.shape[:2]
    return Image.frombytes("RGB", (width, height), pixels.tobytes())


def _with_palette(pixels: Array) -> Any:
    """Return pixels (H, W, 3) with a palette: exact if they have few enough colours."""
    from PIL import Image  # noqa: PLC0415

    red, green, blue = (pixels[..., channel].astype(np.uint32) for channel in range(3))
    keys, index = np.unique(red << 16 | green << 8 | blue, return_inverse=True)
    if len(keys) > MOST_COLORS:
        return _as_image(pixels).quantize(MOST_COLORS)
    height, width = pixels.shape[:2]
    image = Image.frombytes("P", (width, height), index.astype(np.uint8).tobytes())
    image.putpalette(keys.astype(">u4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes())
    return image
