"""The objects of a segment: its connected components and their properties."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label, regionprops_table

Array = NDArray[Any]


def find_objects(labels: Array, value: int) -> NDArray[np.int32]:
    """Label the objects of a segment."""
    objects: NDArray[np.int32] = label(labels == value).astype(np.int32, copy=False)
    return objects


def measure_objects(
    objects: NDArray[np.int32],
    image: Array | None = None,
    spacing: Sequence[float] | None = None,
) -> dict[str, Array]:
    """Measure every object."""
    sizes = tuple(float(size) for size in spacing or (1.0,) * objects.ndim)
    properties = ["label", "area", "centroid"]
    if objects.ndim == 2 and sizes[0] == sizes[1]:
        properties.append("perimeter")
    if image is not None:
        properties.append("intensity_mean")
    table: dict[str, Array] = regionprops_table(
        objects, image, properties=properties, spacing=sizes
    )
    return table
