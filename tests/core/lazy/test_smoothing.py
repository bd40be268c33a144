"""Smoothing and positions: blocks come out as they do in the whole."""

import dask.array as da
import numpy as np
import pytest
from skimage import data

from napari_kmeans import KMeansModel, segment


@pytest.fixture(scope="module")
def image():
    return data.immunohistochemistry()[:200, :180].copy()


def masked(image):
    mask = np.ones(image.shape[:2], bool)
    mask[40:70, 20:90] = False
    return mask


@pytest.mark.parametrize("sigma", [1.5, (0, 3), 12.0])
@pytest.mark.parametrize("smoothing", ["gaussian", "median"])
@pytest.mark.parametrize("chunks", [(64, 50, 3), (7, 180, 2), (200, 180, 1)])
def test_integers_are_smoothed_as_in_memory(image, sigma, smoothing, chunks):
    if smoothing == "median" and sigma == 12:
        sigma = 2
    choices = {"channel_axis": -1, "sigma": sigma, "smoothing": smoothing}
    memory = segment(image, 4, **choices)
    lazy = segment(da.from_array(image, chunks=chunks), 4, **choices)
    assert lazy.model == memory.model
    np.testing.assert_array_equal(lazy.labels.compute(), memory.labels)
    np.testing.assert_array_equal(lazy.recolored.compute(), memory.recolored)


@pytest.mark.parametrize("label_all", [False, True])
def test_what_is_left_out_takes_no_part(image, label_all):
    choices = {"channel_axis": -1, "sigma": 3, "label_all": label_all}
    choices["mask"] = masked(image)
    memory = segment(image, 4, **choices)
    lazy = segment(da.from_array(image, chunks=(64, 50, 3)), 4, **choices)
    assert lazy.model == memory.model
    np.testing.assert_array_equal(lazy.labels.compute(), memory.labels)
    np.testing.assert_array_equal(lazy.recolored.compute(), memory.recolored)


def test_floats_are_smoothed_alike(image):
    image = image[..., 0] / 255
    image[30:40] = np.nan
    memory = KMeansModel.fit(image, 4, sigma=2)
    lazy = segment(da.from_array(image, chunks=37), 4, sigma=2)
    assert lazy.model.inertia <= 1.001 * memory.inertia
    np.testing.assert_array_equal(lazy.labels.compute(), lazy.model.predict(image))


def test_sigma_must_suit_the_axes(image):
    with pytest.raises(ValueError, match="sigma"):
        segment(da.from_array(image), 3, channel_axis=-1, sigma=(1, 2, 3))


@pytest.mark.parametrize("weight", [0.5, (0.0, 2.0)])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_positions_are_those_of_the_whole_image(image, weight, dtype):
    image = image.astype(dtype)
    choices = {"channel_axis": -1, "position_weight": weight}
    memory = KMeansModel.fit(image, 5, **choices)
    lazy = segment(da.from_array(image, chunks=(64, 50, 3)), 5, **choices)
    assert lazy.model.inertia <= 1.001 * memory.inertia
    assert lazy.model.positions.shape == (5, 2)
    labels = lazy.labels.compute()
    np.testing.assert_array_equal(labels, lazy.model.predict(image))
    rows, columns = np.nonzero(labels == 2)
    np.testing.assert_allclose(
        lazy.model.positions[1], [rows.mean(), columns.mean()], rtol=1e-9
    )
    part = lazy.model.predict(da.from_array(image[50:, 20:]), origin=(50, 20))
    np.testing.assert_array_equal(part.compute(), labels[50:, 20:])


def test_positions_need_the_axes_of_the_image_fitted(image):
    model = KMeansModel.fit(image, 3, channel_axis=-1, position_weight=1)
    with pytest.raises(ValueError, match="spatial axes"):
        model.predict(da.from_array(image[0]))
