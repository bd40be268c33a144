"""Background and saturated pixels, told by their value."""

import dask.array
import numpy as np
import pytest

from napari_kmeans import segment
from napari_kmeans.core.value_mask import value_mask


def test_background_is_where_all_channels_have_it():
    image = np.array([[[0, 0], [0, 5]], [[5, 0], [7, 9]]], np.uint16)
    mask = value_mask(image, channel_axis=-1, background=0)
    assert mask.tolist() == [[False, True], [True, True]]
    mask = value_mask(image, channel_axis=-1, background=(7, 9))
    assert mask.tolist() == [[True, True], [True, False]]
    moved = np.moveaxis(image, -1, 0)
    mask = value_mask(moved, channel_axis=0, background=[0, 5])
    assert mask.tolist() == [[True, False], [True, True]]
    assert value_mask(image[..., 0], background=5).tolist() == [[1, 1], [0, 1]]


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i8", "u8"])
def test_saturated_is_where_any_channel_is_at_its_limit(dtype):
    largest = np.iinfo(dtype).max
    image = np.array([[1, 2], [largest, 2], [largest - 1, largest]], dtype)
    mask = value_mask(image, channel_axis=-1, saturated=True)
    assert mask.tolist() == [True, False, False]
    both = value_mask(image, channel_axis=-1, saturated=True, background=(1, 2))
    assert not both.any()


def test_alpha_is_no_value():
    image = np.full((2, 2, 4), 255, np.uint8)
    image[0, :, :3] = 0
    mask = value_mask(image, channel_axis=-1, background=0)
    assert mask.tolist() == [[False, False], [True, True]]
    mask = value_mask(image, channel_axis=-1, saturated=True)
    assert mask.tolist() == [[True, True], [False, False]]
    mask = value_mask(image, channel_axis=-1, saturated=True, alpha=False)
    assert not mask.any()


@pytest.mark.parametrize("options", [{}, {"background": 3}, {"saturated": True}])
def test_of_a_lazy_image_it_is_lazy(options):
    image = np.random.default_rng(0).integers(0, 5, (9, 8, 2), np.uint8) * 85
    lazy = dask.array.from_array(image, chunks=(4, 3, 1))
    mask = value_mask(lazy, channel_axis=-1, **options)
    assert isinstance(mask, dask.array.Array)
    assert mask.dtype == bool
    expected = value_mask(image, channel_axis=-1, **options)
    np.testing.assert_array_equal(mask.compute(), expected)
    assert expected.all() != bool(options.get("saturated"))


def test_it_is_a_mask_to_segment_with():
    image = np.random.default_rng(0).integers(0, 256, (30, 30), np.uint8)
    mask = value_mask(image, background=0, saturated=True)
    labels = segment(image, 3, mask=mask).labels
    np.testing.assert_array_equal(labels == 0, (image == 0) | (image == 255))


def test_lists_are_images_too():
    assert value_mask([1, 2, 3], background=2).tolist() == [True, False, True]
    assert value_mask([1, 2, 3]).tolist() == [True, True, True]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"background": np.nan}, ValueError, "background is nan"),
        ({"background": (1, 2)}, ValueError, "each of the 3 channels"),
        ({"background": "black"}, TypeError, "background is 'black'"),
        ({"saturated": True}, TypeError, "float64, in which no value means saturated"),
    ],
)
def test_what_cannot_be_used(options, error, words):
    with pytest.raises(error, match=words):
        value_mask(np.zeros((4, 5, 3)), channel_axis=-1, **options)
