"""Bars of a histogram, against counting the values one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_kmeans.core.adjusting import Levels, cuts_of
from napari_kmeans.core.clustering import count_pixels
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.plotting.bins import (
    WHOLE,
    Bins,
    bin_edges,
    bins_of_values,
    lattice_of,
    run_counts,
)
from napari_kmeans.core.progress import finish


@given(
    low=st.integers(-70_000, 70_000),
    length=st.integers(0, 70_000),
    most=st.integers(1, 900),
)
def test_bins_of_whole_numbers_hold_the_same_number_of_them(low, length, most):
    edges = bin_edges(low, low + length, most, WHOLE)
    widths = np.diff(edges)
    assert (widths == widths[0]).all()
    assert widths[0] >= 1
    assert (edges % 1 == 0.5).all()
    assert edges[0] < low
    assert low + length < edges[-1]
    assert len(widths) <= most + 2


@given(
    low=st.floats(-1e6, 1e6),
    length=st.sampled_from([0.0, 1e-9, 0.37, 1.0, 12345.6, 1e200]),
    most=st.integers(1, 900),
)
def test_bins_of_floats_cover_the_range(low, length, most):
    edges = bin_edges(low, low + length, most)
    assert (np.diff(edges) > 0).all()
    assert edges[0] <= low
    assert low + length < edges[-1]
    assert len(edges) <= most + 6


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_of_a_byte_image_are_on_a_lattice_and_their_bars_are_even(dtype):
    numbers = (np.arange(3, 256) / 255).astype(dtype)
    gaps = np.delete(numbers, [5, 6, 100]).astype(float)
    lattice = lattice_of(gaps)
    assert lattice == pytest.approx((3 / 255, 1 / 255), rel=1e-5)
    edges = bin_edges(gaps[0], gaps[-1], 100, lattice)
    counts, _ = np.histogram(numbers, edges)
    assert (counts[:-1] == 3).all()
    assert counts.sum() == 253


def test_other_floats_are_on_none():
    numbers = np.sort(np.random.default_rng(0).normal(size=100))
    assert lattice_of(numbers) is None
    assert lattice_of(numbers[:1]) is None


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "float32"])
def test_runs_are_counted_as_pixel_by_pixel(dtype):
    random = np.random.default_rng(0)
    image = random.normal(100, 20, 500).astype(dtype)
    model = KMeansModel.fit(image, 3)
    histogram = finish(count_pixels(model.read(image)))
    levels = finish(Levels.of_steps(histogram, model.space))
    edges = bin_edges(*levels.ends, 20, None if dtype == "float32" else WHOLE)
    found = run_counts(levels, levels.edges(cuts_of(model)), edges)
    labels = model.predict(image)
    for label in (1, 2, 3):
        expected, _ = np.histogram(image[labels == label].astype(float), edges)
        np.testing.assert_array_equal(found[:, label - 1], expected)
    assert found.sum() == image.size
    again = bins_of_values(image.astype(float), labels, np.ones(500, int), edges, 4)
    np.testing.assert_array_equal(again.counts[:, 1:], found)


def test_parts_add_up_to_what_owns_them():
    bins = Bins(np.arange(3.0), np.array([[1, 2, 3], [4, 5, 6]]))
    owned = bins.of(np.array([1, 0, 1]), 2)
    np.testing.assert_array_equal(owned.counts, [[2, 4], [5, 10]])
