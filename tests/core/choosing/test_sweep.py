"""A sweep gives what single runs give, and does once what they share."""

import warnings

import numpy as np
import numpy.testing as npt
import pytest

from napari_kmeans import segment, sweep
from napari_kmeans.core import clustering
from napari_kmeans.core.lazy import fitting


def tiles(dtype=np.uint8, n_channels=3, seed=0):
    random = np.random.default_rng(seed)
    shape = (6, 8, n_channels) if n_channels else (6, 8)
    blocks = random.integers(0, 200, shape).repeat(5, axis=0).repeat(5, axis=1)
    return (blocks + random.integers(0, 50, blocks.shape)).astype(dtype)


@pytest.fixture
def counted(monkeypatch):
    """Name each counting of the values of an image."""
    calls = []
    for module, name in ((clustering, "count_pixels"), (fitting, "count_chunks")):
        real = getattr(module, name)

        def watched(pixels, real=real, name=name):
            calls.append(name)
            return (yield from real(pixels))

        monkeypatch.setattr(module, name, watched)
    return calls


def assert_same(one, other):
    assert one.model == other.model
    npt.assert_array_equal(one.labels, other.labels)
    npt.assert_array_equal(one.recolored, other.recolored)


@pytest.mark.parametrize(
    ("dtype", "options"),
    [
        ("u1", {}),
        ("u1", {"color_space": "lab", "lightness_weight": 0.5}),
        ("u1", {"color_space": "grey"}),
        ("u2", {"scaling": "standardize"}),
        ("f4", {"sigma": 1.0, "random_state": 3, "n_init": 2}),
        ("u1", {"position_weight": 0.5}),
    ],
)
def test_each_result_is_that_of_a_run_alone(dtype, options):
    image, ks = tiles(dtype), (5, 2, 3, 5)
    results = list(sweep(image, ks, channel_axis=-1, **options))
    assert [one.model.n_clusters for one in results] == list(ks)
    for k, result in zip(ks, results, strict=True):
        assert_same(result, segment(image, k, channel_axis=-1, **options))


def test_one_channel_with_nan_and_a_mask():
    image = tiles("f4", n_channels=0)
    image[:3] = np.nan
    mask = np.zeros(image.shape, bool)
    mask[:, 4:30] = True
    for result in sweep(image, range(1, 4), mask=mask, label_all=True):
        k = result.model.n_clusters
        assert_same(result, segment(image, k, mask=mask, label_all=True))


def test_slices_have_models_of_their_own():
    stack = np.stack([tiles(), tiles(seed=1)])
    for result in sweep(stack, (2, 3), channel_axis=-1, slice_axis=0):
        k = result.model.settings.n_clusters
        assert_same(result, segment(stack, k, channel_axis=-1, slice_axis=0))
        assert len(result.slice_models) == 2


def test_the_image_is_counted_once(counted):
    list(sweep(tiles(), (2, 3, 4), channel_axis=-1))
    assert counted == ["count_pixels"]


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_a_lazy_image_has_the_same_results_lazily(dtype, new_store, counted):
    image = tiles(dtype)
    store = new_store(image, (15, 20, 3))
    ks = (2, 3, 4)
    results = list(sweep(store.dask(), ks, channel_axis=-1))
    n_read = len(store.read)
    for k, result in zip(ks, results, strict=True):
        assert not isinstance(result.labels, np.ndarray)
        alone = segment(new_store(image, (15, 20, 3)).dask(), k, channel_axis=-1)
        assert result.model == alone.model
        npt.assert_array_equal(result.labels.compute(), alone.labels.compute())
    if dtype == "u1":  # up to 24 bits: its values are counted
        assert n_read == 4
        assert counted == ["count_chunks"] * 4


def test_results_are_computed_when_they_are_asked_for(counted):
    results = sweep(tiles(), (2, 3), channel_axis=-1)
    assert not counted
    assert next(results).model.n_clusters == 2
    assert next(results).model.n_clusters == 3
    with pytest.raises(StopIteration):
        next(results)


def test_progress_is_that_of_the_whole():
    reports = []
    list(sweep(tiles(), (2, 3), channel_axis=-1, callback=reports.append))
    fractions = [report.fraction for report in reports]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert any(0.5 <= fraction < 0.6 for fraction in fractions)
    assert {report.phase[:7] for report in reports} == {"k = 2: ", "k = 3: "}


def test_a_callback_that_raises_stops_it():
    def stop(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        next(sweep(tiles(), (2, 3), channel_axis=-1, callback=stop))


@pytest.mark.parametrize(
    ("ks", "error", "message"),
    [
        ((), ValueError, "ks is empty"),
        ((2, 0), ValueError, "n_clusters is 0"),
        ((2, "3"), TypeError, "n_clusters is '3'"),
    ],
)
def test_numbers_that_are_none_are_refused_at_once(ks, error, message):
    with pytest.raises(error, match=message):
        sweep(tiles(), ks, channel_axis=-1)


def test_a_pyramid_is_told_what_to_do():
    image = tiles()
    with pytest.raises(ValueError, match=r"give one level"):
        sweep([image, image[::2, ::2]], (2, 3), channel_axis=-1)
    rows = [row.tolist() for row in tiles(n_channels=0)]  # no pyramid: a list
    assert next(sweep(rows, (2,))).labels.shape == (30, 40)


def test_who_stops_early_is_warned():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        noise = np.random.default_rng(0).random((60, 60, 3))
        list(sweep(noise, (12,), channel_axis=-1, max_iter=1))
    assert ["max_iter" in str(one.message) for one in caught] == [True]
    assert caught[0].filename == __file__
