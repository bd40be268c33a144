"""Medians by minima and maxima: those that sorting gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from napari_kmeans.core.filters import box_medians, box_shape


def by_sorting(values, radii):
    padded = np.pad(values, [(r, r) for r in radii], mode="symmetric")
    size = tuple(2 * r + 1 for r in radii)
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)
    boxes = np.sort(windows.reshape(*values.shape, -1), axis=-1)
    return boxes[..., boxes.shape[-1] // 2]


@settings(deadline=None, max_examples=60)
@given(
    values=stn.arrays("i1", st.tuples(st.integers(1, 8), st.integers(1, 9))),
    radii=st.tuples(st.integers(0, 4), st.integers(0, 3)),
)
def test_any_box(values, radii):
    medians = box_medians(values, radii)
    np.testing.assert_array_equal(medians, by_sorting(values, radii))
    assert medians.dtype == values.dtype


@pytest.mark.parametrize("dtype", ["?", "u1", "u2", "i8", "f4", "f8"])
@pytest.mark.parametrize(
    ("shape", "radii"),
    [((50_000,), (2,)), ((90, 400), (1, 2)), ((9, 60, 50), (1, 1, 1))],
)
def test_blocks_of_every_type(dtype, shape, radii):
    values = (200 * np.random.default_rng(0).random(shape)).astype(dtype)
    if dtype == "?":
        values = np.random.default_rng(0).random(shape) > 0.5
    np.testing.assert_array_equal(box_medians(values, radii), by_sorting(values, radii))


def test_the_shape_of_a_box():
    assert box_shape((1, 2, 0)) == (3, 5, 1)
