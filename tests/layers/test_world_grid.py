import numpy as np
import pytest
from napari.layers import Image

from napari_kmeans.layers.world_grid import pixel_size


@pytest.mark.parametrize(
    ("shape", "scale", "units", "size", "unit"),
    [
        ((5, 5), (2, 3), None, 1, "px"),
        ((5, 5), (2, 3), ("um", "um"), 6, "µm²"),
        ((5, 5, 5), (2, 3, -0.5), ("nm",) * 3, 3, "nm³"),
        ((5, 5, 5), (2, 3, 4), ("s", "um", "um"), 1, "px"),
        ((5, 5, 5, 5), (1, 1, 2, 2), ("angstrom",) * 4, 4, "Å⁴"),
        ((5, 5), (2, 3), ("inch", "inch"), 6, "in²"),
    ],
)
def test_pixel_size(shape, scale, units, size, unit):
    layer = Image(np.zeros(shape), scale=scale, units=units)
    assert pixel_size(layer) == (size, unit)
