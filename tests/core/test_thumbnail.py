"""The pixels at some places of an image, in memory and lazy."""

import dask.array as da
import numpy as np
import pytest

from napari_kmeans import Settings
from napari_kmeans.core.dispatch import prepare, read
from napari_kmeans.core.progress import finish
from napari_kmeans.core.thumbnail import glimpse

PLACES = [np.array([2, 4, 5]), np.array([0, 7])]


@pytest.fixture
def image():
    image = np.random.default_rng(0).random((8, 9, 2))
    image[4, 7] = np.nan
    return image


@pytest.mark.parametrize("is_lazy", [False, True])
def test_it_has_the_values_of_the_pixels_that_count(image, is_lazy):
    mask = np.ones((8, 9), bool)
    mask[5] = False
    given = da.from_array(image, chunks=(3, 4, 2)) if is_lazy else image
    seen = glimpse(read(given, channel_axis=-1).masked(mask), PLACES)
    assert seen.inside.tolist() == [[True, True], [True, False], [False, False]]
    assert (seen.values == image[[2, 2, 4], [0, 7, 0]]).all()


@pytest.mark.parametrize("is_lazy", [False, True])
def test_positions_follow_the_values(image, is_lazy):
    given = da.from_array(image, chunks=(3, 4, 2)) if is_lazy else image
    settings = Settings(2, position_weight=1)
    prepared = finish(prepare(read(given, channel_axis=-1), settings))
    seen = glimpse(prepared, PLACES)
    assert seen.values[:, 2:].tolist() == [[2, 0], [2, 7], [4, 0], [5, 0], [5, 7]]
