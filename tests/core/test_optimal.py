"""One channel: nothing is better than what is found."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kmeans import KMeansModel, segment
from napari_kmeans.core import optimal
from napari_kmeans.core.progress import finish


def spread(values):
    return ((values - values.mean()) ** 2).sum()


def best_by_trying_all(values, n_clusters):
    values = np.sort(values)
    cuts = itertools.combinations(range(1, len(values)), n_clusters - 1)
    return min(sum(map(spread, np.split(values, cut))) for cut in cuts)


@settings(deadline=None)
@given(
    values=st.lists(st.integers(0, 255), min_size=1, max_size=9),
    n_clusters=st.integers(1, 5),
)
@pytest.mark.parametrize("dtype", ["u1", "i8", "f4"])
def test_equals_the_best_of_all_partitions(dtype, values, n_clusters):
    image = np.array(values, dtype)
    if n_clusters > len(image):
        return
    model = KMeansModel.fit(image, n_clusters)
    best = best_by_trying_all(image.astype(float), n_clusters)
    assert model.inertia == pytest.approx(best, rel=1e-9, abs=1e-6)


def test_the_two_ways_to_search_agree(monkeypatch):
    random = np.random.default_rng(0)
    values = np.sort(random.choice(100_000, 400, replace=False)).astype(float)
    counts = random.integers(1, 100, 400)
    by_matrix = finish(optimal.optimum(values, counts, 12))
    monkeypatch.setattr(optimal, "MATRIX_LEVELS", 1)
    by_halves = finish(optimal.optimum(values, counts, 12))
    np.testing.assert_allclose(by_halves.centroids, by_matrix.centroids)
    np.testing.assert_allclose(by_halves.inertias, by_matrix.inertias)


def test_more_values_than_bins_come_to_rest_at_the_optimum(monkeypatch):
    random = np.random.default_rng(0)
    values = np.sort(random.gamma(2, 10, 3_000))
    counts = np.ones(3_000)
    exact = finish(optimal.optimum(values, counts, 6))
    monkeypatch.setattr(optimal, "MAX_LEVELS", 500)
    binned = finish(optimal.optimum(values, counts, 6))
    np.testing.assert_allclose(binned.centroids, exact.centroids, rtol=1e-2)
    assert binned.inertias[-1] <= 1.001 * exact.inertias[-1]


def test_one_run_gives_every_number_of_clusters():
    values = np.random.default_rng(0).integers(0, 60, (40, 40)).astype("u1")
    levels, counts = np.unique(values, return_counts=True)
    inertias = finish(optimal.optimum(levels.astype(float), counts, 10)).inertias
    one_by_one = [KMeansModel.fit(values, k).inertia for k in range(1, 11)]
    np.testing.assert_allclose(inertias, one_by_one, rtol=1e-9)


def test_255_clusters_of_16_bits():
    image = np.arange(3_000, dtype=np.uint16).reshape(50, 60)
    result = segment(image, 255)
    assert result.model.n_clusters == 255
    assert result.labels.dtype == np.uint8
    assert segment(image, 256).labels.dtype == np.uint16


@pytest.mark.parametrize("dtype", ["i8", "u8"])
def test_64_bit_integers_are_told_apart_next_to_their_limits(dtype):
    high = np.iinfo(dtype).max
    image = np.array([high, high - 1, high - 2, high - 2], dtype)
    assert segment(image, 3).labels.tolist() == [3, 2, 1, 1]
    both = np.array([np.iinfo(dtype).min, high], dtype)
    assert segment(both, 2).recolored.tolist() == both.tolist()


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1.0, 1e200, 1e306])
def test_floats_of_any_size(scale):
    image = np.array([1.0, 2.0, 10.0, 11.0, 50.0, 60.0]) * scale
    result = segment(image, 3)
    assert result.labels.tolist() == [1, 1, 2, 2, 3, 3]
    colors = np.stack([image, image[::-1], image], axis=-1)
    colored = segment(colors, 3, channel_axis=-1)
    assert colored.model.n_clusters == 3
    assert np.isfinite(colored.model.centroids).all()
