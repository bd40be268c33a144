"""Pinned centroids stay where they are, and all others are found around them."""

import itertools
import json

import dask.array
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kmeans import KMeansModel, Settings, segment, segment_levels

KINDS = ["one axis", "grey", "colours", "lab", "five channels", "position"]


def make(kind, seed=0, shape=(20, 24)):
    """Make an image of a kind, and the arguments that go with it."""
    random = np.random.default_rng(seed)
    colors = random.integers(0, 256, (*shape, 3), dtype=np.uint8)
    if kind == "one axis":
        return random.gamma(2, 900, shape).astype(np.uint16), {}
    if kind == "five channels":
        image = random.normal(0, 1, (5, *shape)).astype(np.float32)
        image[2, 3:5] = np.nan
        return image, {"channel_axis": 0}
    options = {"colours": {}, "position": {"position_weight": 3}}
    options |= {name: {"color_space": name} for name in ("grey", "lab")}
    return colors, {"channel_axis": -1, **options[kind]}


def some_starts(image, options, n, seed=1):
    """Return values of the image as starts, with positions if these count."""
    random = np.random.default_rng(seed)
    axis = options.get("channel_axis")
    pixels = image[..., np.newaxis] if axis is None else np.moveaxis(image, axis, -1)
    places = np.argwhere(np.isfinite(pixels).all(axis=-1))
    places = random.permutation(places)[:n]
    values = pixels[tuple(places.T)].astype(float)
    return np.hstack([values, places]) if "position_weight" in options else values


def pins_of(model):
    """Return the given pins as points of the feature space."""
    rows = np.array(model.settings.init)[list(model.settings.pinned)]
    return model.space.features(rows).T


def inertia_of(points, centroids):
    distances = ((points[:, np.newaxis] - centroids) ** 2).sum(axis=-1)
    return float(distances.min(axis=1).sum())


def is_among(pin, centroids):
    # Lab rounds in its last bit, depending on how many values are converted at once.
    return np.isclose(centroids, pin, rtol=1e-12, atol=1e-12).all(axis=1).any()


@pytest.mark.parametrize("lazily", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_pinned_centroids_stay_and_the_others_are_chosen(kind, lazily):
    image, options = make(kind)
    starts = some_starts(image, options, 2)
    if lazily:
        image = dask.array.from_array(
            image, chunks=(*image.shape[:-2], 7, 24)[-image.ndim :]
        )
    model = KMeansModel.fit(image, 5, init=starts, pinned=[0, 1], **options)
    assert model.n_clusters == 5
    assert all(is_among(pin, model.feature_centroids) for pin in pins_of(model))
    brightness = model.centroids
    if brightness.shape[1] == 3:
        brightness = brightness @ [0.2125, 0.7154, 0.0721]
    else:
        brightness = brightness.mean(axis=1)
    assert (np.diff(brightness) > 0).all()  # from dark to bright, by what is reported
    assert (model.counts > 0).all()


@settings(deadline=None, max_examples=60)
@given(
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 99),
    n_starts=st.integers(1, 5),
    pinned=st.sets(st.integers(0, 4)),
    max_iter=st.sampled_from([1, 2, 300]),
)
@pytest.mark.filterwarnings("ignore:max_iter is:RuntimeWarning")
def test_nothing_pinned_moves_and_what_moves_lowers_the_inertia(
    kind, seed, n_starts, pinned, max_iter
):
    image, options = make(kind, seed, (6, 7))
    starts = some_starts(image, options, n_starts, seed)
    pinned = sorted(row for row in pinned if row < n_starts)
    model = KMeansModel.fit(
        image, n_starts, init=starts, pinned=pinned, max_iter=max_iter, **options
    )
    points = _points(model, image)
    start = model.space.features(starts).T
    assert model.inertia <= inertia_of(points, start) * (1 + 1e-9)
    for pin in pins_of(model):  # each has the pixel that it was taken from
        assert is_among(pin, model.feature_centroids)


def _points(model, image):
    """Return all pixels that count as points of the feature space."""
    axis = model.channel_axis
    pixels = image[..., np.newaxis] if axis is None else np.moveaxis(image, axis, -1)
    inside = np.isfinite(pixels).all(axis=-1)
    values = pixels[inside]
    if model.space.n_positions:
        values = np.hstack([values, np.argwhere(inside)])
    return model.space.features(values).T


def least_by_trying_all(values, n_free, pins):
    """Try all runs of the sorted values as those of the free centroids."""
    values = np.sort(values).astype(float)
    n = len(values)
    every = list(itertools.combinations(range(n + 1), 2))
    least = np.inf
    for runs in itertools.combinations(every, n_free):
        of_runs = [set(range(*run)) for run in runs]
        if sum(map(len, of_runs)) > len(set().union(*of_runs)):
            continue
        rest = sorted(set(range(n)).difference(*of_runs))
        if rest and not len(pins):
            continue
        cost = sum(values[start:stop].var() * (stop - start) for start, stop in runs)
        if rest:
            cost += ((values[rest][:, np.newaxis] - pins) ** 2).min(axis=1).sum()
        least = min(least, cost)
    return least


@settings(deadline=None, max_examples=150)
@given(
    values=st.lists(st.integers(0, 60), min_size=3, max_size=7, unique=True),
    n_free=st.integers(0, 3),
    pins=st.lists(st.integers(-20, 90), min_size=1, max_size=3, unique=True),
)
def test_one_axis_is_solved_to_the_best_of_all_ways_around_the_pins(
    values, n_free, pins
):
    if len(pins) + n_free > len(values):
        return
    image = np.array(values, "i2")
    k = len(pins) + n_free
    model = KMeansModel.fit(image, k, init=pins, pinned=list(range(len(pins))))
    best = least_by_trying_all(image, n_free, np.array(pins, float))
    assert model.inertia == pytest.approx(best, rel=1e-9, abs=1e-9)


def test_many_values_and_pins_on_one_axis_come_to_rest(monkeypatch):
    image = np.random.default_rng(0).gamma(2, 10, 3_000)
    pins = [5.0, 17.0, 80.0]
    exact = KMeansModel.fit(image, 6, init=pins, pinned=[0, 1, 2])
    monkeypatch.setattr("napari_kmeans.core.optimal.MOST_STARTS", 6_000)
    binned = KMeansModel.fit(image, 6, init=pins, pinned=[0, 1, 2])
    assert exact.inertia <= binned.inertia <= 1.001 * exact.inertia
    assert set(pins) < set((binned.feature_centroids + binned.space.offset).ravel())


@pytest.mark.parametrize("kind", ["one axis", "colours", "five channels"])
@pytest.mark.parametrize("lazily", [False, True])
def test_a_pinned_centroid_without_pixels_is_left_out_and_said_to_be(kind, lazily):
    image, options = make(kind)
    starts = some_starts(image, options, 2)
    starts[1] = 30 * np.abs(starts).max()
    if lazily:
        image = dask.array.from_array(image, chunks=-1)
    model = KMeansModel.fit(image, 4, init=starts, pinned=[0, 1], **options)
    assert model.n_clusters == 3
    assert model.message == (
        "1 of 2 pinned centroids is nearest to no pixel, and left out."
    )
    near, far = pins_of(model)
    assert is_among(near, model.feature_centroids)
    assert not is_among(far, model.feature_centroids)


def test_the_reported_centroid_is_the_mean_of_the_pixels():
    image = np.array([10, 20, 30, 200, 210], np.uint8)
    model = KMeansModel.fit(image, 2, init=[12, 99], pinned=[0])
    assert model.centroids.ravel().tolist() == [20, 205]
    assert (model.feature_centroids + model.space.offset).ravel().tolist() == [12, 205]
    assert model.inertia == 2**2 + 8**2 + 18**2 + 2 * 5**2


@pytest.mark.parametrize("n_init", ["auto", 3])
@pytest.mark.parametrize("kind", ["colours", "lab", "five channels"])
def test_fewer_starts_than_clusters_are_completed_as_well_as_without(kind, n_init):
    image, options = make(kind, shape=(60, 60))
    starts = some_starts(image, options, 2)
    free = KMeansModel.fit(image, 6, n_init=n_init, **options)
    started = KMeansModel.fit(image, 6, init=starts, n_init=n_init, **options)
    pinned = KMeansModel.fit(
        image, 6, init=starts, pinned=[1], n_init=n_init, **options
    )
    assert started.n_clusters == pinned.n_clusters == 6
    assert started.inertia <= 1.05 * free.inertia
    # Pinned where it came to rest, a centroid changes nothing that matters.
    rest = free.centroids if kind != "lab" else None
    if rest is not None:
        same = KMeansModel.fit(
            image, 6, init=rest[2:4], pinned=[0, 1], n_init=n_init, **options
        )
        assert same.inertia <= 1.02 * free.inertia


def test_no_more_values_than_free_centroids():
    image = np.array([[[0, 0, 9]], [[0, 9, 0]], [[9, 0, 0]]], np.uint8)
    pin = [[1, 1, 9]]
    model = KMeansModel.fit(image, 3, channel_axis=-1, init=pin, pinned=[0])
    assert model.n_clusters == 3
    assert model.inertia == pytest.approx(2)
    model = segment(image.repeat(3, 0), 5, channel_axis=-1, init=pin, pinned=[0]).model
    assert model.n_clusters == 3
    assert model.inertia == 0
    assert "nearest to no pixel" in model.message


def test_pins_are_kept_in_the_file_and_older_files_have_none(tmp_path):
    image, options = make("colours")
    starts = some_starts(image, options, 3)
    model = KMeansModel.fit(image, 4, init=starts, pinned=(2, 0), **options)
    assert model.settings.pinned == (0, 2)
    model.save(tmp_path / "model.json")
    loaded = KMeansModel.load(tmp_path / "model.json")
    assert loaded == model
    assert (loaded.predict(image) == model.predict(image)).all()
    older = json.loads((tmp_path / "model.json").read_text())
    del older["settings"]["pinned"]
    assert KMeansModel.from_dict(older).settings.pinned == ()


def test_each_slice_keeps_the_pins():
    image, options = make("colours", shape=(3, 10, 10))
    starts = some_starts(image, options, 1)
    result = segment(image, 3, slice_axis=0, init=starts, pinned=[0], **options)
    for model in result.slice_models:
        assert is_among(pins_of(model)[0], model.feature_centroids)
    mask = np.zeros(image.shape[:3], bool)
    mask[0, 0, :2] = mask[1:] = True
    few = segment(image, 3, slice_axis=0, init=starts, pinned=[0], mask=mask, **options)
    assert few.slice_models[0].n_clusters == 2


def test_positions_of_starts_are_those_of_the_finest_level(monkeypatch):
    monkeypatch.setattr("napari_kmeans.core.pyramid.MOST_PIXELS", 200)
    fine = np.zeros((20, 40, 3), np.uint8)
    levels = [fine, fine[::2, ::2]]
    starts = [[0, 0, 0, 9.5, 9.5], [0, 0, 0, 9.5, 29.5]]
    result = segment_levels(
        levels, 2, channel_axis=-1, init=starts, pinned=[0, 1], position_weight=1.0
    )
    assert result.level == 1
    for labels in result.labels:
        half = labels.shape[1] // 2
        assert (labels[:, :half] == labels[0, 0]).all()
        assert (labels[:, half:] == labels[0, -1]).all()
        assert labels[0, 0] != labels[0, -1]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"pinned": [0]}, ValueError, "give the centroids to pin as init"),
        ({"init": [1, 2], "pinned": [2]}, ValueError, "pinned is 2: .* from 0 to 1"),
        ({"init": [1, 2], "pinned": [True]}, TypeError, "pinned is True"),
        ({"init": [1, 2], "pinned": 1}, TypeError, "pinned is 1"),
        ({"init": [1, 2, 3, 4]}, ValueError, "3 at most"),
    ],
)
def test_what_cannot_be_pinned_is_said(arguments, error, words):
    with pytest.raises(error, match=words):
        Settings(3, **arguments)


def test_starts_of_another_magnitude_are_refused():
    with pytest.raises(ValueError, match="in the image's own units"):
        KMeansModel.fit(np.arange(9.0), 2, init=[1e200], pinned=[0])
