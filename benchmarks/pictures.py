"""The images that are clustered, and their files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import skimage.data
from skimage.io import imread

from benchmarks.collage import as_camera_stores, collage
from benchmarks.peer import Array, n_channels


@dataclass(frozen=True)
class Picture:
    """An image in a file that other processes can read."""

    name: str  # in the tables
    group: str  # of `PLANS`
    path: Path  # a `.npy` file

    @property
    def pixels(self) -> Array:
        """The pixels, of shape (rows, columns) or (rows, columns, channels)."""
        pixels: Array = np.load(self.path)
        return pixels

    @property
    def title(self) -> str:
        """The name, size, channels and type."""
        pixels = np.load(self.path, mmap_mode="r")
        megapixels = pixels.shape[0] * pixels.shape[1] / 1e6
        channels = n_channels(pixels)
        kind = {1: "one channel", 3: "RGB"}.get(channels, f"{channels} channels")
        return f"{self.name}, {megapixels:.2g} MP {kind} {pixels.dtype}"


def photograph(rows: int, columns: int, seed: int) -> Array:
    """Return an 8-bit RGB image."""
    return as_camera_stores(collage(rows, columns, seed))


def float_photograph(rows: int, columns: int, seed: int) -> Array:
    """Return an RGB image of float32 from 0 to 1, with nearly all values distinct."""
    pixels: Array = collage(rows, columns, seed) / np.float32(255)
    return pixels


def four_channels(rows: int, columns: int, seed: int) -> Array:
    """Return an image like that of a 16-bit camera with four filters."""
    colors = collage(rows, columns, seed)
    fourth = collage(rows, columns, seed + 1).mean(axis=2, keepdims=True)
    return _as_camera_counts(np.concatenate([colors, fourth], axis=2))


def one_channel(rows: int, columns: int, seed: int) -> Array:
    """Return an image like that of a monochrome 16-bit camera."""
    return _as_camera_counts(collage(rows, columns, seed).mean(axis=2))


def _as_camera_counts(pixels: Array) -> Array:
    """Convert 0 to 255 to 16-bit values."""
    counts: Array = np.rint(pixels * 200).astype(np.uint16)
    return counts


def sample(name: str) -> Array:
    """Return one of scikit-image's images."""
    pixels: Array = getattr(skimage.data, name)()
    return pixels


GROUPS: dict[str, dict[str, Callable[[], Array]]] = {
    "rgb-small": {
        "astronaut": partial(sample, "astronaut"),
        "coffee": partial(sample, "coffee"),
        "tissue": partial(sample, "immunohistochemistry"),
    },
    "rgb-2": {
        "retina": partial(sample, "retina"),
        "collage": partial(photograph, 1200, 1750, 2),
    },
    "rgb-8": {"collage": partial(photograph, 2448, 3264, 8)},
    "gray-8": {
        "camera": partial(sample, "camera"),
        "moon": partial(sample, "moon"),
    },
    "gray-16": {"collage": partial(one_channel, 1700, 2400, 4)},
    "four-16": {"collage": partial(four_channels, 1200, 1750, 5)},
    "rgb-float": {"collage": partial(float_photograph, 1200, 1750, 6)},
}


def write_group(group: str, folder: Path) -> list[Picture]:
    """Write the images of a group."""
    return [
        write_picture(make(), name, group, folder)
        for name, make in GROUPS[group].items()
    ]


def write_picture(pixels: Array, name: str, group: str, folder: Path) -> Picture:
    """Write an image where other processes can read it."""
    path = folder / f"{group}-{name}.npy"
    np.save(path, np.ascontiguousarray(pixels))
    return Picture(name, group, path)


def write_files(paths: list[Path], folder: Path) -> list[Picture]:
    """Read the user's image files and all files in the user's folders."""
    pictures = []
    for number, path in enumerate(_files(paths)):
        pixels = imread(path)
        if pixels.ndim not in (2, 3):
            raise ValueError(f"{path} has {pixels.ndim} axes: give images of 2 or 3.")
        if pixels.shape[2:] == (4,) and pixels.dtype == np.uint8:
            pixels = pixels[..., :3]  # the other tools do not know alpha
        pictures.append(write_picture(pixels, path.name, f"own-{number}", folder))
    return pictures


def _files(paths: list[Path]) -> Iterator[Path]:
    """Yield the files, and those in the folders."""
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.is_file())
        else:
            yield path
