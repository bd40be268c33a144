"""Where a layer lies in the world."""

from typing import Any

import numpy as np
from napari.layers import Layer

SHORT_UNITS = {
    "angstrom": "Å",
    "centimeter": "cm",
    "meter": "m",
    "micrometer": "µm",
    "millimeter": "mm",
    "nanometer": "nm",
}
POWERS = {1: "", 2: "²", 3: "³"}


def placement(source: Layer) -> dict[str, Any]:
    """Give the attributes that lay another layer exactly over a source.

    Parameters
    ----------
    source : napari.layers.Layer
        The layer to lie over.

    Returns
    -------
    dict
        scale, translate, rotate, shear, affine, units and axis labels: arguments of a
        new layer, or attributes of an existing one of as many dimensions.
    """
    return {
        "scale": source.scale,
        "translate": source.translate,
        "rotate": source.rotate,
        "shear": source.shear,
        # The matrix: passing the Affine object would share it between the layers.
        "affine": np.array(source.affine.affine_matrix),
        "units": source.units,
        "axis_labels": source.axis_labels,
    }


def pixel_size(layer: Layer) -> tuple[float, str]:
    """Give the area of a pixel of a layer, or its volume.

    Parameters
    ----------
    layer : napari.layers.Layer
        The layer.

    Returns
    -------
    size : float
        In the layer's units.
    unit : str
        Such as "µm²"; "px" if the layer has no physical units.
    """
    units = {str(unit) for unit in layer.units}
    if len(units) > 1 or units == {"pixel"}:
        return 1.0, "px"
    (unit,) = units
    size = abs(float(np.prod(layer.scale)))
    return size, SHORT_UNITS.get(unit, unit) + POWERS.get(layer.ndim, f"^{layer.ndim}")
