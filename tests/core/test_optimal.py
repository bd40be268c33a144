"""One channel: nothing is better than what is found."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kmeans import KMeansModel, segment
from napari_kmeans.core.optimal import optimum
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


@settings(deadline=None)
@given(values=st.lists(st.integers(-128, 127), min_size=2, max_size=9))
@pytest.mark.parametrize("dtype", ["i1", "i2", "i4"])
def test_whole_numbers_below_0_are_in_order_too(dtype, values):
    image = np.array(values, dtype)
    model = KMeansModel.fit(image, 2)
    best = best_by_trying_all(image.astype(float), 2)
    assert model.inertia == pytest.approx(best, rel=1e-9, abs=1e-6)
    assert (np.diff(model.centroids[:, 0]) > 0).all()


def inertia_of(centroids, values, counts):
    distances = (values[:, np.newaxis] - centroids) ** 2
    return float((distances.min(axis=1) * counts).sum())


def least_inertias(values, counts, n_clusters):
    """Give the least inertia of 1, 2 ... clusters, comparing every start of a run."""
    weights, sums, squares = (
        np.concatenate([[0], np.cumsum(counts * values**power)]) for power in (0, 1, 2)
    )
    starts, ends = np.triu_indices(len(weights), 1)
    inertias = np.full((len(weights), len(weights)), np.inf)
    total, weight = sums[ends] - sums[starts], weights[ends] - weights[starts]
    inertias[starts, ends] = squares[ends] - squares[starts] - total**2 / weight
    least = inertias[0]
    for _ in range(n_clusters):
        yield least[-1]
        least = (least[:, np.newaxis] + inertias).min(axis=0)


def test_equals_a_search_of_all_starts_for_every_number_of_clusters():
    random = np.random.default_rng(0)
    values = np.sort(random.choice(1_000, 400, replace=False)).astype(float)
    counts = random.integers(1, 100, 400)
    for k, least in enumerate(least_inertias(values, counts, 12), 1):
        found = inertia_of(finish(optimum(values, counts, k)), values, counts)
        assert found == pytest.approx(least, rel=1e-9)


def test_more_values_than_bins_come_to_rest_at_the_optimum(monkeypatch):
    random = np.random.default_rng(0)
    values = np.sort(random.gamma(2, 10, 3_000))
    counts = np.ones(3_000)
    exact = finish(optimum(values, counts, 6))
    monkeypatch.setattr("napari_kmeans.core.optimal.MAX_LEVELS", 500)
    binned = finish(optimum(values, counts, 6))
    np.testing.assert_allclose(binned, exact, rtol=1e-2)
    least = inertia_of(exact, values, counts)
    assert inertia_of(binned, values, counts) <= 1.001 * least


def test_the_inertia_of_a_model_is_that_of_the_optimum():
    values = np.random.default_rng(0).integers(0, 60, (40, 40)).astype("u1")
    levels, counts = np.unique(values, return_counts=True)
    inertias = list(least_inertias(levels.astype(float), counts, 10))
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
