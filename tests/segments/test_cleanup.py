"""Clean-up gives every pixel a label that is next to it, and leaves no gap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from napari_kmeans.segments.cleanup import drop_small, fill_holes, smooth

IMAGES = arrays(
    np.uint8,
    array_shapes(min_dims=1, max_dims=3, min_side=2, max_side=6),
    elements=st.integers(0, 3),
)


def islands():
    labels = np.full((12, 12), 1, np.uint8)
    labels[:, 6:] = 2
    labels[4:6, 5:7] = 3  # half of its border in each
    labels[3, 5] = 3  # and a little more in 1
    labels[9:11, 8:11] = 0
    return labels


def test_small_objects_go_to_the_longest_border():
    clean = drop_small(islands(), [3], 6)
    expected = islands()
    expected[expected == 3] = 1
    np.testing.assert_array_equal(clean, expected)


def test_small_objects_go_to_nothing():
    clean = drop_small(islands(), [3], 6, to="nothing")
    np.testing.assert_array_equal(clean, np.where(islands() == 3, 0, islands()))


def test_only_what_is_small_and_chosen():
    np.testing.assert_array_equal(drop_small(islands(), [3], 5), islands())
    np.testing.assert_array_equal(drop_small(islands(), [1, 2], 6), islands())
    np.testing.assert_array_equal(drop_small(islands(), [], 500), islands())


def test_specks_in_specks_go_in_the_end():
    labels = np.full((9, 9), 1, np.uint8)
    labels[3:6, 3:6] = 2
    labels[4, 4] = 3
    np.testing.assert_array_equal(drop_small(labels, [1, 2, 3], 10), 1)


@settings(max_examples=40)
@given(IMAGES, st.integers(1, 20))
def test_no_small_object_is_left_that_has_a_large_neighbour(labels, size):
    before = labels.copy()
    clean = drop_small(labels, [1, 2, 3], size)
    np.testing.assert_array_equal(labels, before)
    assert clean.dtype == labels.dtype
    again = drop_small(clean, [1, 2, 3], size)
    np.testing.assert_array_equal(again, clean)


def test_holes():
    labels = np.full((10, 10), 1, np.uint8)
    labels[2:8, 2:8] = 2
    labels[3, 3] = 0
    labels[5:7, 5:7] = 3
    labels[0, 0] = 3
    expected = labels.copy()
    expected[2:8, 2:8] = 2
    np.testing.assert_array_equal(fill_holes(labels, [2]), expected)
    small = labels.copy()
    small[3, 3] = 2
    np.testing.assert_array_equal(fill_holes(labels, [2], max_size=3), small)
    np.testing.assert_array_equal(fill_holes(labels, [3]), labels)


@settings(max_examples=40)
@given(IMAGES)
def test_filled_holes_stay_filled(labels):
    clean = fill_holes(labels, [2])
    assert ((clean == 2) | (clean == labels)).all()
    np.testing.assert_array_equal(fill_holes(clean, [2]), clean)


@settings(max_examples=40)
@given(IMAGES, st.floats(0.3, 3))
def test_smoothing_opens_no_gap(labels, sigma):
    clean = smooth(labels, [1, 2, 3], sigma)
    np.testing.assert_array_equal(clean == 0, labels == 0)
    assert set(np.unique(clean)) <= set(np.unique(labels))


def test_smoothing_rounds_corners_and_leaves_straight_borders():
    labels = np.ones((20, 20), np.uint8)
    labels[:, 10:] = 2
    np.testing.assert_array_equal(smooth(labels, [1, 2], 2), labels)
    labels[5, 5] = 2
    assert smooth(labels, [1, 2], 1)[5, 5] == 1


def test_smoothing_touches_chosen_segments_only():
    labels = np.random.default_rng(0).integers(1, 5, (20, 20)).astype(np.uint8)
    clean = smooth(labels, [1, 300], 1)
    changed = clean != labels
    assert changed.any()
    assert ((labels == 1) | (clean == 1))[changed].all()


@pytest.mark.parametrize("sigma", [0, -1, float("nan")])
def test_sigma_is_checked(sigma):
    with pytest.raises(ValueError, match="above 0"):
        smooth(islands(), [1], sigma)
