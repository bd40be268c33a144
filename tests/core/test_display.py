"""Values as colours: bytes as they are, all else from the least to the largest."""

import numpy as np
import numpy.testing as npt
import pytest

from napari_kmeans.core.display import display_of
from napari_kmeans.core.pixels import read_pixels


def colors(image, channel_axis=None):
    pixels = read_pixels(np.asarray(image), channel_axis=channel_axis)
    return display_of(pixels).colors(pixels.values)


def test_bytes_are_shown_as_they_are():
    grey = np.array([[0, 7, 255]], np.uint8)
    assert colors(grey).tolist() == [[0] * 3, [7] * 3, [255] * 3]
    rgb = np.arange(30, dtype=np.uint8).reshape(2, 5, 3) + 100
    npt.assert_array_equal(colors(rgb, -1), rgb.reshape(-1, 3))


@pytest.mark.parametrize("dtype", ["u2", ">u2", "i4", "u8", "f2", "f4", "f8"])
def test_one_channel_is_scaled_from_its_least_to_its_largest_value(dtype):
    assert colors(np.array([[1000, 2000, 1400]], dtype))[:, 0].tolist() == [0, 255, 102]


def test_nan_and_infinite_values_do_not_count_and_are_dark_or_bright():
    image = np.array([[np.nan, 2.0, 4.0, np.inf, -np.inf]])
    assert colors(image)[:, 0].tolist() == [0, 0, 255, 255, 0]


def test_a_constant_image_and_one_without_a_value_are_dark():
    assert colors(np.full((1, 2), 900, "u2")).tolist() == [[0] * 3] * 2
    assert colors(np.full((1, 2), np.nan)).tolist() == [[0] * 3] * 2


def test_bool_is_black_and_white():
    assert colors(np.array([[False, True]])).tolist() == [[0] * 3, [255] * 3]


def test_colors_of_floats_from_0_to_1_are_not_stretched():
    assert colors([[[0.2, 0.4, 0.6]]], -1).tolist() == [[51, 102, 153]]


def test_other_colors_are_scaled_together():
    image = np.array([[[1000, 2000, 3000]]], "u2")
    assert colors(image, -1).tolist() == [[0, 128, 255]]


def test_channels_are_mixed_each_in_a_color_of_its_own():
    two = np.array([[[0, 0], [500, 0], [0, 9], [500, 9]]], "u2")
    assert colors(two, -1).tolist() == [
        [0, 0, 0],
        [255, 0, 255],
        [0, 255, 0],
        [255, 255, 255],
    ]
    four = np.zeros((1, 5, 5), "u2")
    four[0, range(5), range(5)] = 100
    assert colors(four, -1).tolist() == [
        [0, 255, 255],
        [255, 255, 0],
        [255, 0, 255],
        [255, 0, 0],
        [0, 255, 0],
    ]
