import dask.array
import numpy as np
import pytest
from napari.layers import Image

from napari_kmeans.core.progress import finish
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.source import read_source


@pytest.mark.parametrize(
    ("shape", "rgb", "channel_axis", "alpha"),
    [
        ((6, 5), False, None, False),
        ((6, 5, 3), True, -1, False),
        ((6, 5, 4), True, -1, True),
        ((6, 5, 3), False, None, False),
        ((6, 5, 4), False, None, False),
        ((4, 6, 5, 3), True, -1, False),
    ],
)
def test_rgb_flag_of_the_layer_tells_the_channels(shape, rgb, channel_axis, alpha):
    layer = Image(np.zeros(shape, np.uint8), rgb=rgb)
    source = read_source(layer)
    assert (source.channel_axis, source.alpha) == (channel_axis, alpha)


@pytest.mark.parametrize("lazy", [False, True])
def test_segments_have_the_spatial_shape(lazy):
    pixels = np.random.default_rng(0).integers(0, 255, (4, 6, 5, 3)).astype(np.uint8)
    data = dask.array.from_array(pixels, chunks=2) if lazy else pixels
    source = read_source(Image(data, rgb=True))
    segmentation = finish(source.segment_steps(Settings(n_clusters=3)))
    assert segmentation.labels.shape == (4, 6, 5)
    assert segmentation.recolored.shape == pixels.shape


def test_finest_level_of_a_pyramid_is_read():
    fine = np.arange(64, dtype=np.uint8).reshape(8, 8)
    source = read_source(Image([fine, fine[::2, ::2]], multiscale=True))
    assert np.asarray(source.image).shape == (8, 8)
