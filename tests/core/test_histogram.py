"""Distinct values and their counts, and the sum of two histograms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from napari_kmeans.core.histogram import count_values
from napari_kmeans.core.pixels import read_pixels
from napari_kmeans.core.progress import finish

KINDS = [("u1", 1), ("u1", 2), ("u1", 3), ("i1", 3), ("bool", 3), ("u2", 1), ("i2", 1)]
KINDS += [("i4", 1), ("u8", 1), ("f4", 1), ("f8", 1)]


def histogram(image):
    return finish(count_values(read_pixels(image, channel_axis=-1, alpha=False)))


def as_pairs(counted):
    values = map(tuple, counted.values.tolist())
    return sorted(zip(values, counted.counts.tolist(), strict=True))


@pytest.mark.parametrize(("dtype", "n_channels"), KINDS)
@given(data=st.data())
def test_counts_exactly(dtype, n_channels, data):
    values = stn.arrays(
        dtype,
        st.tuples(st.integers(2, 40), st.just(n_channels)),
        elements={"allow_nan": False, "allow_infinity": False}
        if np.dtype(dtype).kind == "f"
        else None,
    )
    pixels = data.draw(values)

    whole = histogram(pixels)
    expected, counts = np.unique(pixels, axis=0, return_counts=True)
    pairs = zip(map(tuple, expected.tolist()), counts.tolist(), strict=True)
    assert as_pairs(whole) == sorted(pairs)


def test_many_blocks_are_counted_like_one():
    values = np.random.default_rng(0).integers(0, 50, (300_000, 1))
    for dtype in ("u1", "i4", "f4"):
        counted = histogram(values.astype(dtype))
        np.testing.assert_array_equal(counted.counts, np.bincount(values[:, 0]))


@pytest.mark.parametrize("n_rounded", [600_000, 900_000])
def test_many_distinct_values_are_merged_in_order(n_rounded):
    values = np.random.default_rng(0).normal(size=(1_300_000, 1)).astype("f4")
    values[:n_rounded] = values[:n_rounded].round(1)
    counted = histogram(values)
    expected, counts = np.unique(values, return_counts=True)
    np.testing.assert_array_equal(counted.values[:, 0], expected)
    np.testing.assert_array_equal(counted.counts, counts)
