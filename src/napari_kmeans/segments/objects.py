"""The objects of a segment: its connected pieces, and what can be measured of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label, regionprops_table

Array = NDArray[Any]


def find_objects(labels: Array, value: int) -> NDArray[np.int32]:
    """Tell the objects of a segment apart.

    Parameters
    ----------
    labels : ndarray of int
        Of any number of dimensions.
    value : int
        The label value of the segment.

    Returns
    -------
    ndarray of int32
        1 to n in the objects, 0 elsewhere. Pixels that touch at a corner belong to one
        object.
    """
    objects: NDArray[np.int32] = label(labels == value).astype(np.int32, copy=False)
    return objects


def measure_objects(
    objects: NDArray[np.int32],
    image: Array | None = None,
    spacing: Sequence[float] | None = None,
) -> dict[str, Array]:
    """Measure every object.

    Parameters
    ----------
    objects : ndarray of int
        As `find_objects` gives them.
    image : ndarray of the same shape, or with the channels as one more, last axis
        Whose mean in each object is wanted.
    spacing : sequence of float, optional
        The size of a pixel along each axis; 1 by default.

    Returns
    -------
    dict of str to ndarray
        The columns "label", "area" (or volume), "centroid-0" and so on, "perimeter" (of
        two dimensions with square pixels only) and "intensity_mean", as scikit-image
        names them; a row for each object.
    """
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
