import numpy as np
import pytest
from napari.layers import Layer

from napari_kmeans import sample_data


@pytest.mark.parametrize("key", sample_data.SAMPLES)
def test_sample_is_a_layer_that_tells_where_it_is_from(key):
    ((data, arguments, kind),) = getattr(sample_data, key)()
    layer = Layer.create(data, arguments, kind)
    assert layer.rgb == sample_data.SAMPLES[key].rgb
    assert layer.data.dtype == np.uint8
    assert layer.metadata["attribution"]
    assert layer.metadata["reference"]
    assert layer.metadata["pixel_size"]


def test_pixel_size_is_the_scale_where_it_is_known():
    ((data, arguments, kind),) = sample_data.cell()
    layer = Layer.create(data, arguments, kind)
    assert tuple(layer.scale) == (0.107, 0.107)
    assert {str(unit) for unit in layer.units} == {"micrometer"}
