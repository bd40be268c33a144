"""Masks as image files of 8 bits: 255 in a segment, 0 elsewhere."""

from pathlib import Path

import numpy as np
from skimage.io import imsave
from tifffile import imwrite

from napari_kmeans.core.types import Array
from napari_kmeans.core.whole_file import whole_file

FORMATS = {"TIFF": ".tif", "PNG, of one plane": ".png"}
"""What the save dialog offers, with the suffix of each."""


def write_mask(path: Path, mask: Array) -> Path:
    """Write a mask to a file, in the format of its suffix, and return its path."""
    suffix = path.suffix.lower()
    if suffix not in (".tif", ".tiff", ".png"):
        raise ValueError(f"'{path.name}' is no mask: choose a name that ends in .tif.")
    if suffix == ".png" and mask.ndim != 2:
        raise ValueError("A PNG file has one plane only: save the mask as TIFF.")
    pixels = np.where(mask, np.uint8(255), np.uint8(0))
    with whole_file(path) as partial:
        if suffix == ".png":
            imsave(partial, pixels, check_contrast=False)
        else:  # scikit-image takes three or four planes for colours
            imwrite(partial, pixels, photometric="minisblack")
    return path
