"""Where a layer lies in the world."""

from typing import Any

import numpy as np
from napari.layers import Layer


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
