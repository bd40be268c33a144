"""Changes of pixels are small, and come undone bit for bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from napari_kmeans.segments.pixel_change import (
    BLOCK,
    PixelChange,
    bounding_box,
    full_region,
)

SHAPES = array_shapes(min_dims=1, max_dims=4, max_side=4)


def difference(old, new):
    region = bounding_box(old != new)
    return region and PixelChange(region, old[region] ^ new[region])


@settings(max_examples=50)
@given(st.data(), SHAPES, st.sampled_from([np.uint8, np.uint16]), st.booleans())
def test_toggling_does_and_undoes(data, shape, dtype, pack):
    old, new = data.draw(arrays(dtype, shape)), data.draw(arrays(dtype, shape))
    change = difference(old, new)
    if change is None:
        np.testing.assert_array_equal(old, new)
        return
    array = old.copy()
    change.toggle(array[change.region])
    np.testing.assert_array_equal(array, new)
    if pack:
        change.pack()
    change.toggle(array[change.region])
    np.testing.assert_array_equal(array, old)


@settings(max_examples=50)
@given(st.data(), SHAPES)
def test_bounding_box(data, shape):
    mask = data.draw(arrays(np.bool_, shape))
    region = bounding_box(mask)
    if region is None:
        assert not mask.any()
        return
    where = np.nonzero(mask)
    for axis, found in zip(region, where, strict=True):
        assert (axis.start, axis.stop) == (found.min(), found.max() + 1)


def test_a_stroke_is_small():
    old = np.random.default_rng(0).integers(0, 4, (2000, 2000), np.uint8)
    new = old.copy()
    new[500:520, 100:1900] = 9
    change = difference(old, new)
    assert change.region == (slice(500, 520), slice(100, 1900))
    change.pack()
    assert change.nbytes < new[change.region].size / 2


def test_more_than_one_block():
    old = np.zeros(2 * BLOCK + 3, np.uint16)
    new = np.arange(old.size).astype(np.uint16)
    change = difference(old, new)
    change.toggle(old[change.region])
    np.testing.assert_array_equal(old, new)


def test_a_narrow_change_of_a_wider_array():
    change = difference(np.zeros(4, np.uint8), np.arange(4, dtype=np.uint8))
    wide = np.full(4, 256, np.uint16)
    change.toggle(wide[change.region])
    np.testing.assert_array_equal(wide, [256, 257, 258, 259])


@pytest.mark.parametrize("shape", [(3,), (3, 4), (2, 3, 4)])
def test_full_region(shape):
    array = np.ones(shape, np.uint8)
    assert array[full_region(array)].shape == shape
