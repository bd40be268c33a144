"""Sample images from scikit-image that load without a network."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import skimage.data

LayerData = tuple[np.ndarray, dict[str, Any], str]


@dataclass(frozen=True)
class Sample:
    """A sample image and where it comes from."""

    title: str  # what it shows, in a word or two, for a button
    attribution: str  # who made it, and under which terms it may be used
    reference: str  # the page or paper that describes it
    rgb: bool  # whether it has the three channels of a colour image
    # the side of a pixel in micrometres; None where the source does not say
    pixel_size: float | None = None


SAMPLES = {  # by the key in the manifest, a function of `skimage.data`
    "immunohistochemistry": Sample(
        title="Stained tissue",
        attribution=(
            "Colonic glands, FHL2 protein revealed with DAB, hematoxylin "
            "counterstain. Acquired at the Center for Microscopy and Molecular "
            "Imaging (CMMI). No known copyright restrictions."
        ),
        reference="skimage.data.immunohistochemistry",
        rgb=True,
    ),
    "retina": Sample(
        title="Retina",
        attribution="Mikael Häggström, CC0 1.0 (public domain).",
        reference="https://doi.org/10.15347/wjm/2014.008",
        rgb=True,
    ),
    "cell": Sample(
        title="Cell",
        attribution=(
            "Paul Müller and others, CC0 (public domain). Quantitative phase image "
            "of a cell floating in saline."
        ),
        reference="https://doi.org/10.1364/OE.26.010729",
        rgb=False,
        pixel_size=0.107,
    ),
    "microaneurysms": Sample(
        title="Microaneurysms",
        attribution=(
            "High-Resolution Fundus (HRF) Image Database, green channel of "
            "07_dr.JPG, CC0 given by its owner, Andreas Maier."
        ),
        reference="https://doi.org/10.1155/2013/154860",
        rgb=False,
    ),
}


def load(key: str) -> list[LayerData]:
    """Load a sample image as a napari layer."""
    sample = SAMPLES[key]
    size = sample.pixel_size
    arguments: dict[str, Any] = {
        "name": key,
        "rgb": sample.rgb,
        "metadata": {
            "attribution": sample.attribution,
            "reference": sample.reference,
            "pixel_size": "not stated by the source" if size is None else f"{size} µm",
        },
    }
    if size is not None:
        arguments |= {"scale": (size, size), "units": ("um", "um")}
    return [(getattr(skimage.data, key)(), arguments, "image")]


# What the manifest names.
immunohistochemistry = partial(load, "immunohistochemistry")
retina = partial(load, "retina")
cell = partial(load, "cell")
microaneurysms = partial(load, "microaneurysms")
