"""Cuts moved by hand: what the model then is, against sums over the pixels."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_kmeans.core.adjusting import (
    Levels,
    adjusted,
    bounds,
    cuts_of,
    moved,
    rise,
)
from napari_kmeans.core.clustering import count_pixels
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.progress import finish

TYPES = ("bool", "uint8", "int16", "uint16", "int64", "float16", "float32", "float64")


def levels_of(model, image):
    return finish(Levels.of_steps(finish(count_pixels(model.read(image))), model.space))


def an_image(dtype, seed=0, size=200):
    random = np.random.default_rng(seed)
    if dtype == "bool":
        return random.random(size) > 0.3
    low = -100 if dtype[0] != "u" else 0
    drawn = random.integers(low, 120, size)
    return drawn.astype(dtype) if dtype[0] != "f" else (drawn / 7).astype(dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("k", [2, 3, 6])
@pytest.mark.parametrize("scaling", ["none", "standardize"])
def test_the_cuts_of_a_fitted_model_are_between_its_labels(dtype, k, scaling):
    image = an_image(dtype)
    k = min(k, len(np.unique(image)))
    model = KMeansModel.fit(image, k, scaling=scaling)
    labels = model.predict(image)
    for number, cut in enumerate(cuts_of(model), start=1):
        assert image[labels <= number].max() <= cut < image[labels > number].min()


@given(
    seed=st.integers(0, 1000),
    dtype=st.sampled_from(TYPES[1:]),
    k=st.integers(2, 5),
    data=st.data(),
)
def test_a_moved_cut_is_predicted_and_measured_as_by_brute_force(seed, dtype, k, data):
    image = an_image(dtype, seed)
    model = KMeansModel.fit(image, k)
    levels, cuts = levels_of(model, image), cuts_of(model)
    for _ in range(3):
        index = data.draw(st.integers(0, k - 2))
        to = data.draw(st.floats(-150, 150, width=16))
        cuts = moved(levels, cuts, index, to)
        model = adjusted(model, levels, cuts)
    expected = 1 + (image.astype(np.float64)[:, np.newaxis] > cuts).sum(axis=1)
    assert set(expected) == set(range(1, k + 1))
    np.testing.assert_array_equal(model.predict(image), expected)
    np.testing.assert_array_equal(model.counts, np.bincount(expected)[1:])
    inertia = 0.0
    for label, centroid in enumerate(model.centroids[:, 0], start=1):
        members = image[expected == label].astype(np.float64)
        np.testing.assert_allclose(centroid, members.mean(), rtol=1e-9, atol=1e-9)
        inertia += ((members - members.mean()) ** 2).sum()
    np.testing.assert_allclose(model.inertia, inertia, rtol=1e-7, atol=1e-6)
    if model.fitted is not None and (fitted := rise(model)) is not None:
        assert fitted >= -1e-9  # one axis is solved to the optimum


def test_luminance_is_cut_and_the_centroids_are_mean_colours():
    image = np.random.default_rng(0).integers(0, 256, (20, 20, 3)).astype(np.uint8)
    model = KMeansModel.fit(image, 3, channel_axis=-1, color_space="grey")
    levels = levels_of(model, image)
    assert levels.n_pixels == 400
    after = adjusted(model, levels, moved(levels, cuts_of(model), 0, 150.25))
    weights = np.array([0.2125, 0.7154, 0.0721])
    luminance = image @ weights
    labels = after.predict(image)
    np.testing.assert_array_equal(
        labels, 1 + (luminance[..., np.newaxis] > after.cuts).sum(axis=-1)
    )
    for label in (1, 2, 3):
        np.testing.assert_allclose(
            after.centroids[label - 1], image[labels == label].mean(axis=0)
        )


def test_a_cut_stops_where_a_cluster_would_be_empty():
    image = np.array([3, 4, 5, 50, 60, 90, 200, 201], np.uint8)
    model = KMeansModel.fit(image, 3)
    levels, cuts = levels_of(model, image), cuts_of(model)
    assert bounds(levels, cuts, 0) == (3.5, 89.5)
    assert moved(levels, cuts, 0, -1000)[0] == 3.5
    assert moved(levels, cuts, 0, 1e9)[0] == 89.5  # not across the other cut
    assert moved(levels, cuts, 1, 0)[1] == 50.5
    with pytest.raises(ValueError, match="at least one value"):
        adjusted(model, levels, np.array([0.5, 100]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_cut_of_floats_leaves_a_value_on_each_side(dtype):
    image = np.array([0.1, 0.2, 0.7, 0.9], dtype)
    model = KMeansModel.fit(image, 2)
    levels, cuts = levels_of(model, image), cuts_of(model)
    for to, n_below in ((-5.0, 1), (5.0, 3), (0.65, 2)):
        after = adjusted(model, levels, moved(levels, cuts, 0, to))
        assert after.counts[0] == n_below
        assert (after.predict(image) == 1).sum() == n_below


def test_two_values_have_room_between_them_only():
    image = np.array([0.0, 0.0, 100.0])
    model = KMeansModel.fit(image, 2)
    levels = levels_of(model, image)
    after = adjusted(model, levels, moved(levels, cuts_of(model), 0, 20.0))
    np.testing.assert_array_equal(after.cuts, [20.0])
    np.testing.assert_array_equal(after.predict(np.array([19.0, 21.0])), [1, 2])
    assert rise(after) is None  # there is no share of an inertia of 0


def test_very_large_and_small_numbers_are_cut_too():
    image = np.array([1e-300, 2e-300, 3e-300, 9e-300])
    model = KMeansModel.fit(image, 2)
    levels = levels_of(model, image)
    after = adjusted(model, levels, moved(levels, cuts_of(model), 0, 1.5e-300))
    np.testing.assert_array_equal(after.predict(image), [1, 2, 2, 2])
    np.testing.assert_allclose(after.centroids[0], 1e-300)


def test_back_where_it_was_it_is_the_fitted_model():
    image = an_image("uint8")
    model = KMeansModel.fit(image, 3)
    levels = levels_of(model, image)
    after = adjusted(model, levels, moved(levels, cuts_of(model), 0, 100))
    assert after.fitted == model
    assert rise(after) > 0
    again = adjusted(after, levels, cuts_of(model))
    assert again == model
    assert again.fitted is None


def test_it_is_saved_and_predicts_the_same_lazily(tmp_path):
    dask = pytest.importorskip("dask.array")
    image = an_image("uint16", size=400).reshape(20, 20)
    model = KMeansModel.fit(image, 3)
    levels = levels_of(model, image)
    after = adjusted(model, levels, moved(levels, cuts_of(model), 1, 20))
    after.save(tmp_path / "model.json")
    loaded = KMeansModel.load(tmp_path / "model.json")
    assert loaded == after != model
    assert loaded.fitted == model
    np.testing.assert_array_equal(loaded.cuts, after.cuts)
    expected = after.predict(image)
    assert not np.array_equal(expected, model.predict(image))
    np.testing.assert_array_equal(loaded.predict(image), expected)
    lazy = dask.from_array(image, chunks=7)
    np.testing.assert_array_equal(loaded.predict(lazy).compute(), expected)
    np.testing.assert_array_equal(model.predict(lazy).compute(), model.predict(image))


def test_only_an_adjusted_model_needs_the_newer_format():
    image = an_image("uint8")
    model = KMeansModel.fit(image, 3)
    assert model.to_dict()["format_version"] == 1
    assert "cuts" not in model.to_dict()
    levels = levels_of(model, image)
    after = adjusted(model, levels, moved(levels, cuts_of(model), 0, 100))
    assert after.to_dict()["format_version"] == 2


@pytest.mark.parametrize(
    "cuts", [[1.0], [5.0, 1.0], [1.0, None], [1.0, float("nan")], "ab", None]
)
def test_a_damaged_model_is_refused(cuts):
    image = an_image("uint8")
    model = KMeansModel.fit(image, 3)
    levels = levels_of(model, image)
    after = adjusted(model, levels, moved(levels, cuts_of(model), 0, 100))
    saved = json.loads(json.dumps(after.to_dict()))
    with pytest.raises(ValueError, match="damaged"):
        KMeansModel.from_dict({**saved, "cuts": cuts})
    del saved["fitted"]
    with pytest.raises(ValueError, match="damaged"):
        KMeansModel.from_dict(saved)


@given(
    data=st.data(),
    dtype=st.sampled_from(["float16", "float32", "float64"]),
    scaling=st.sampled_from(["none", "standardize"]),
)
def test_floats_are_compared_as_their_points_are(data, dtype, scaling):
    numbers = st.floats(-1e3, 1e3, width=16)
    drawn = data.draw(st.lists(numbers, min_size=3, max_size=30, unique=True))
    image = np.array(drawn, dtype)
    model = KMeansModel.fit(image, 2, scaling=scaling)
    levels = levels_of(model, image)
    cut = float(data.draw(st.sampled_from(list(image))))  # on a value: the worst case
    after = adjusted(model, levels, moved(levels, cuts_of(model), 0, cut))
    if after.cuts is None:
        return
    labeller = after.labeller
    expected = labeller.clusters_of(image[:, np.newaxis]) + 1
    np.testing.assert_array_equal(after.predict(image), expected)
