"""The iterations of one run: those of the textbook, from the start to rest."""

import numpy as np
import numpy.testing as npt
import pytest
from sklearn.cluster import KMeans

from napari_kmeans import KMeansModel, converge


def photograph(dtype=np.uint8, n_channels=3, seed=0):
    random = np.random.default_rng(seed)
    tiles = random.integers(0, 200, (6, 8, n_channels)).repeat(6, axis=0)
    tiles = tiles.repeat(5, axis=1)
    image = (tiles + random.integers(0, 50, tiles.shape)).astype(dtype)
    return image[..., 0] if n_channels == 1 else image


KINDS = [
    {},
    {"color_space": "lab"},
    {"color_space": "hsv", "scaling": "standardize"},
    {"color_space": "grey"},
    {"init": "random", "random_state": 4},
    {"channel_weights": (1, 0, 2)},
    {"position_weight": 2.0},
    {"sigma": 1.5},
]


@pytest.mark.parametrize("options", KINDS, ids=str)
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_the_inertia_falls_until_nothing_moves(options, dtype):
    image = photograph(dtype)
    if dtype == "f4":
        image /= 255
        image[0, :5] = np.nan
    run = converge(image, 5, channel_axis=-1, **options)
    n_axes = run.models[0].space.n_axes
    assert run.centroids.shape == (len(run.models), 5, 3)
    assert run.feature_centroids.shape == (len(run.models), 5, n_axes)
    assert (np.diff(run.inertia) <= 1e-12 * run.inertia[0]).all()
    assert len(run.models) > 2
    assert run.inertia[-1] < run.inertia[0]
    assert [model.converged for model in run.models[:-1]].count(True) == 0
    assert run.models[-1].converged
    assert [model.n_iter for model in run.models] == list(range(len(run.models)))


@pytest.mark.parametrize("options", KINDS[:4], ids=str)
def test_each_step_goes_to_the_means_of_the_nearest(options):
    image = photograph()
    run = converge(image, 4, channel_axis=-1, **options)
    values = image.reshape(-1, 3)
    points = run.models[0].space.features(values).T
    for model, after in zip(run.models, run.models[1:], strict=False):
        squares = ((points[:, None] - model.feature_centroids) ** 2).sum(axis=2)
        index = squares.argmin(axis=1)
        npt.assert_allclose(model.inertia, squares.min(axis=1).sum())
        npt.assert_array_equal(model.counts, np.bincount(index, minlength=4))
        npt.assert_array_equal(model.predict(image).ravel(), index + 1)
        for k in range(4):
            npt.assert_allclose(model.centroids[k], values[index == k].mean(axis=0))
            mean = points[index == k].mean(axis=0)
            npt.assert_allclose(after.feature_centroids[k], mean)


def test_it_comes_to_rest_where_scikit_learn_does():
    image = photograph("f4")
    start = photograph(seed=1).reshape(-1, 3)[:5].astype(float)
    run = converge(image, 5, channel_axis=-1, init=start)
    peer = KMeans(5, init=start, n_init=1, tol=0, algorithm="lloyd")
    peer.fit(image.reshape(-1, 3).astype(float))
    npt.assert_allclose(run.inertia[-1], peer.inertia_, rtol=1e-6)
    theirs = peer.cluster_centers_
    order = np.lexsort(theirs.T)
    ours = run.centroids[-1]
    npt.assert_allclose(ours[np.lexsort(ours.T)], theirs[order], rtol=1e-4)


def test_a_start_is_one_of_kmeans_plus_plus_and_repeats():
    image = photograph()
    one, same, other = (
        converge(image, 5, channel_axis=-1, random_state=seed) for seed in (1, 1, 2)
    )
    colors = {tuple(color) for color in image.reshape(-1, 3).tolist()}
    space = one.models[0].space
    start = one.feature_centroids[0] + space.offset
    assert {tuple(color) for color in start.tolist()} <= colors
    npt.assert_array_equal(one.centroids, same.centroids)
    assert not np.array_equal(one.feature_centroids[0], other.feature_centroids[0])


def test_clusters_have_the_order_of_the_last_from_dark_to_bright():
    run = converge(photograph(n_channels=1), 4)
    assert (np.diff(run.centroids[-1, :, 0]) > 0).all()
    exact = KMeansModel.fit(photograph(n_channels=1), 4)
    assert run.inertia[-1] >= exact.inertia * (1 - 1e-12)


def test_a_centroid_without_pixels_stays_where_it_is():
    image = photograph()
    init = [[10, 10, 10], [200, 200, 200], [-9000, 0, 0]]
    run = converge(image, 3, channel_axis=-1, init=init)
    counts = np.array([model.counts for model in run.models])
    empty = int(np.flatnonzero(counts.sum(axis=0) == 0)[0])
    features = run.feature_centroids[:, empty]
    assert (features == features[0]).all()
    assert np.isfinite(run.centroids).all()
    picture = run.models[0].recolor(run.models[0].predict(image))
    assert picture.shape == image.shape


def test_fewer_values_than_clusters_are_a_cluster_each():
    image = np.array([[0, 1, 1], [2, 2, 2]], np.uint8)
    run = converge(image, 5)
    assert run.centroids[-1].ravel().tolist() == [0, 1, 2]
    assert run.inertia[-1] == 0


def test_the_mask_counts():
    image = photograph()
    mask = np.zeros(image.shape[:2], bool)
    mask[5:15, 3:30] = True
    run = converge(image, 3, channel_axis=-1, mask=mask)
    alone = converge(image[5:15, 3:30], 3, channel_axis=-1)
    npt.assert_array_equal(run.centroids, alone.centroids)
    assert run.models[0].n_outside == image[..., 0].size - mask.sum()


def test_who_stops_early_is_warned():
    noise = np.random.default_rng(0).random((60, 60, 3))
    with pytest.warns(RuntimeWarning, match="max_iter is 2"):
        run = converge(noise, 8, channel_axis=-1, max_iter=2)
    assert len(run.models) == 3
    assert not run.models[-1].converged


def test_tol_stops_earlier():
    noise = np.random.default_rng(0).random((60, 60, 3))
    loose = converge(noise, 8, channel_axis=-1, tol=1e-2)
    assert len(loose.models) < len(converge(noise, 8, channel_axis=-1).models)


def test_progress_can_stop_it():
    reports = []
    converge(photograph(), 4, channel_axis=-1, callback=reports.append)
    fractions = [report.fraction for report in reports]
    assert fractions == sorted(fractions)
    assert "Moving the centroids" in {report.phase for report in reports}


def test_a_lazy_image_is_told_what_to_do(new_store):
    store = new_store(photograph(), (10, 10, 3))
    with pytest.raises(TypeError, match=r"in memory, for example numpy\.asarray"):
        converge(store.dask(), 3, channel_axis=-1)
    assert not store.read


@pytest.mark.parametrize("n_clusters", [0, 10_000])
def test_numbers_that_cannot_be_are_refused(n_clusters):
    with pytest.raises(ValueError, match="n_clusters is"):
        converge(photograph(), n_clusters, channel_axis=-1)


@pytest.mark.parametrize("n_starts", [2, 4])
def test_pinned_centroids_stay_in_every_iteration(n_starts):
    image = photograph()
    starts = image[::9, ::8].reshape(-1, 3)[:n_starts].astype(float)
    run = converge(image, 4, channel_axis=-1, init=starts, pinned=[1])
    pin = run.models[0].space.features(starts[1:2]).T
    assert len(run.models) > 2
    for centroids in run.feature_centroids:
        assert (centroids == pin).all(axis=1).any()
    assert (np.diff(run.inertia) <= 1e-12 * run.inertia[0]).all()
