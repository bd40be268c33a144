"""Several channels: as good as many restarts of others, and the same every time."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn
from skimage import data
from sklearn.cluster import KMeans
from tests.core.make_reference_inertias import FILE, scikit_learn_inertia

from napari_kmeans import KMeansModel, segment

PHOTOGRAPHS = {
    "immunohistochemistry": data.immunohistochemistry,
    "retina": data.retina,
    "cell": data.cell,
    "microaneurysms": data.microaneurysms,
}


REFERENCE = json.loads(FILE.read_text(encoding="utf-8"))


def axis_of(image):
    return -1 if image.ndim == 3 else None


def inertia_of(image, labels):
    pixels = image.reshape(labels.size, -1).astype(float)
    labels = labels.ravel()
    return sum(
        ((pixels[labels == label] - pixels[labels == label].mean(axis=0)) ** 2).sum()
        for label in np.unique(labels)
    )


def blobs(dtype="f4", shape=(60, 50), n_channels=3, seed=0):
    """Make pixels around four values."""
    random = np.random.default_rng(seed)
    centers = random.random((4, n_channels)) * 180 + 30
    which = random.integers(0, 4, shape)
    return (centers[which] + random.normal(0, 6, (*shape, n_channels))).astype(dtype)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_the_same_labels_for_every_random_state(name):
    image = PHOTOGRAPHS[name]()
    for n_clusters in (3, 8):
        models = [
            KMeansModel.fit(
                image, n_clusters, channel_axis=axis_of(image), random_state=state
            )
            for state in range(8)
        ]
        # Labels are a function of these and of the image, so they are the same too.
        assert len({model.feature_centroids.tobytes() for model in models}) == 1


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("n_clusters", [2, 3, 4, 5, 6, 7, 8])
def test_no_worse_than_ten_restarts_of_scikit_learn(name, n_clusters):
    image = PHOTOGRAPHS[name]()
    ours = segment(image, n_clusters, channel_axis=axis_of(image))
    found = inertia_of(image, ours.labels)
    assert found <= 1.001 * REFERENCE[name][str(n_clusters)]
    assert ours.model.inertia == pytest.approx(found, rel=1e-9)


def test_reference_is_what_scikit_learn_finds():
    inertia = scikit_learn_inertia(data.immunohistochemistry(), 3)
    recorded = REFERENCE["immunohistochemistry"]["3"]
    assert inertia == pytest.approx(recorded, rel=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_finds_what_is_in_a_long_tail(seed):
    image = np.exp(np.random.default_rng(seed).normal(0, 1.5, (80, 100, 3)))
    theirs = KMeans(16, n_init=10, random_state=0).fit(image.reshape(-1, 3))
    ours = segment(image, 16, channel_axis=-1)
    assert inertia_of(image, ours.labels) <= 1.005 * theirs.inertia_


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "f8"])
@pytest.mark.parametrize("n_channels", [2, 3, 4, 7])
def test_finds_what_is_there_in_any_number_of_channels(dtype, n_channels):
    image = blobs(dtype, n_channels=n_channels)
    result = segment(image, 4, channel_axis=-1, alpha=False)
    pixels = image.reshape(-1, n_channels).astype(float)
    theirs = KMeans(4, n_init=10, random_state=0).fit(pixels)
    found = inertia_of(image, result.labels)
    assert found == pytest.approx(theirs.inertia_, rel=1e-6)
    assert result.model.inertia == pytest.approx(found, rel=1e-5)


def plain_lloyd(pixels, centroids):
    while True:
        distances = ((pixels[:, None] - centroids) ** 2).sum(axis=2)
        labels = distances.argmin(axis=1)
        moved = np.array(
            [pixels[labels == j].mean(axis=0) for j in range(len(centroids))]
        )
        if np.allclose(moved, centroids, rtol=0, atol=1e-12):
            return centroids
        centroids = moved


def test_comes_to_rest_where_plain_iterations_rest():
    image = blobs("u1")
    pixels = image.reshape(-1, 3).astype(float)
    start = pixels[[0, 10, 20, 30]]
    model = KMeansModel.fit(image, 4, channel_axis=-1, init=start)
    at_rest = plain_lloyd(pixels, model.centroids)
    np.testing.assert_allclose(model.centroids, at_rest, atol=1e-9)
    np.testing.assert_allclose(model.feature_centroids, at_rest - pixels.min(axis=0))


@settings(deadline=None, max_examples=40)
@given(
    pixels=stn.arrays("u1", st.tuples(st.integers(1, 30), st.just(3))),
    n_clusters=st.integers(1, 6),
)
def test_every_pixel_is_with_its_nearest_mean(pixels, n_clusters):
    n_clusters = min(n_clusters, len(pixels))
    result = segment(pixels, n_clusters, channel_axis=-1)
    n_distinct = len(np.unique(pixels, axis=0))
    assert result.model.n_clusters == min(n_clusters, n_distinct)
    distances = ((pixels[:, None] - result.model.centroids) ** 2).sum(axis=2)
    own = distances[np.arange(len(pixels)), result.labels - 1]
    np.testing.assert_allclose(own, distances.min(axis=1), atol=1e-6)
    assert (result.model.counts == np.bincount(result.labels)[1:]).all()


@pytest.mark.parametrize("dtype", ["u1", "f8"])
def test_the_order_of_the_pixels_changes_nothing(dtype):
    image = blobs(dtype).reshape(-1, 3)
    order = np.random.default_rng(1).permutation(len(image))
    labels = segment(image, 5, channel_axis=-1).labels
    shuffled = segment(image[order], 5, channel_axis=-1).labels
    np.testing.assert_array_equal(shuffled, labels[order])


def test_repeats_count_like_weights():
    image = blobs("u1").reshape(-1, 3)
    once = KMeansModel.fit(image, 5, channel_axis=-1)
    thrice = KMeansModel.fit(np.tile(image, (3, 1)), 5, channel_axis=-1)
    np.testing.assert_allclose(thrice.centroids, once.centroids)
    np.testing.assert_array_equal(thrice.counts, 3 * once.counts)
    assert thrice.inertia == pytest.approx(3 * once.inertia)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_the_number_of_threads_changes_nothing(dtype, monkeypatch):
    image = blobs(dtype, shape=(300, 300))
    results = []
    for n_threads in ("1", "2", "5"):
        monkeypatch.setenv("NAPARI_KMEANS_THREADS", n_threads)
        results.append(segment(image, 6, channel_axis=-1))
    for result in results[1:]:
        np.testing.assert_array_equal(result.labels, results[0].labels)
        np.testing.assert_array_equal(result.recolored, results[0].recolored)
        assert result.model == results[0].model


@pytest.mark.parametrize("dtype", ["u1", "u2", "i8", "f4"])
def test_a_part_is_labelled_as_in_the_whole(dtype):
    image = blobs(dtype, shape=(150, 150))
    result = segment(image, 7, channel_axis=-1)
    for part in (np.s_[3:5, 7:8], np.s_[::7], np.s_[100:, 20:90]):
        labels = result.model.predict(image[part])
        np.testing.assert_array_equal(labels, result.labels[part])


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_labelling_the_recoloured_image_again_changes_nothing(dtype):
    result = segment(blobs(dtype), 4, channel_axis=-1)
    again = result.model.predict(result.recolored)
    np.testing.assert_array_equal(again, result.labels)


def test_of_two_equally_near_centroids_the_lower_is_taken():
    image = np.array([[0, 0, 0], [2, 2, 2], [0, 0, 0], [2, 2, 2]], np.uint8)
    model = KMeansModel.fit(image, 2, channel_axis=-1)
    assert model.predict(np.array([[1, 1, 1]], np.uint8)).tolist() == [1]


@pytest.mark.parametrize("init", ["random", "k-means++"])
def test_explicit_restarts(init):
    image = blobs("u1")
    pixels = image.reshape(-1, 3).astype(float)
    best = KMeans(4, n_init=10, random_state=0).fit(pixels).inertia_
    model = KMeansModel.fit(image, 4, channel_axis=-1, init=init, n_init=20)
    assert model.inertia == pytest.approx(best, rel=1e-3)


def test_initial_centroids_must_have_the_image_channels():
    with pytest.raises(ValueError, match="init has 2 columns"):
        KMeansModel.fit(blobs("u1"), 2, channel_axis=-1, init=[[1, 2], [3, 4]])


def test_centroids_that_start_together_are_told_apart():
    image = blobs("u1")
    model = KMeansModel.fit(image, 4, channel_axis=-1, init=np.full((4, 3), 9.0))
    assert model.n_clusters == 4


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("n_channels", [1, 3])
def test_fewer_values_than_clusters(dtype, n_channels):
    values = np.random.default_rng(0).integers(0, 200, (3, n_channels))
    image = values[np.random.default_rng(1).integers(0, 3, (40, 40))].astype(dtype)
    result = segment(image, 5, channel_axis=-1)
    assert result.model.n_clusters == 3
    assert result.model.settings.n_clusters == 5
    assert "only 3 different values" in result.model.message
    np.testing.assert_array_equal(result.recolored, image)
    exactly = segment(image, 3, channel_axis=-1)
    assert exactly.model.message is None
    assert exactly.model.inertia == pytest.approx(0, abs=1e-9)


def test_constant_image():
    model = KMeansModel.fit(np.full((5, 5, 3), 7, np.uint8), 2, channel_axis=-1)
    assert model.n_clusters == 1
    assert "1 segment" in model.message


def test_more_clusters_than_pixels():
    with pytest.raises(ValueError, match="n_clusters is 7, but the image has only 6"):
        KMeansModel.fit(np.arange(6), 7)


def test_stopping_early_is_told():
    image = data.immunohistochemistry()[::4, ::4]
    start = image[:5, 0]
    for run in (segment, KMeansModel.fit):
        with pytest.warns(
            RuntimeWarning, match="max_iter is 2.*raise max_iter"
        ) as told:
            result = run(image, 5, channel_axis=-1, init=start, max_iter=2)
        assert [warning.filename for warning in told] == [__file__]
    model = result
    assert model.n_iter == 2
    assert not model.converged
    assert KMeansModel.from_dict(model.to_dict()) == model
    assert "Stopped after 2 iterations" in model.message
    loose = KMeansModel.fit(image, 5, channel_axis=-1, init=start, tol=0.1)
    exact = KMeansModel.fit(image, 5, channel_axis=-1, init=start)
    assert loose.n_iter < exact.n_iter
    assert loose.message is exact.message is None
    assert loose.converged
    assert exact.converged


@pytest.mark.parametrize("dtype", ["f2", "f4", "u2"])
@pytest.mark.parametrize("shape", [(16, 16, 3), (90, 90, 2)])
def test_random_starts_of_every_precision(dtype, shape):
    image = (np.random.default_rng(0).random(shape) * 200).astype(dtype)
    ours, best = (
        KMeansModel.fit(image, 3, channel_axis=-1, init=init).inertia
        for init in ("random", "k-means++")
    )
    assert ours < 1.05 * best


@pytest.mark.parametrize("scale", [2.0**-90, 2.0**-70, 2.0**40, 2.0**100])
def test_tiny_and_huge_values_of_float32(scale):
    image = np.random.default_rng(0).random((40, 40, 3)).astype("f4")
    expected = KMeansModel.fit(image, 5, channel_axis=-1)
    scaled = KMeansModel.fit(image * np.float32(scale), 5, channel_axis=-1)
    assert scaled.inertia == pytest.approx(expected.inertia * scale**2, rel=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_more_starts_are_never_worse(seed):
    image = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), np.uint8)
    inertias = [
        KMeansModel.fit(image, 9, channel_axis=-1, n_init=n).inertia
        for n in range(1, 9)
    ]
    assert inertias == sorted(inertias, reverse=True)


@pytest.mark.parametrize("dtype", ["u1", "f8"])
def test_empty_clusters_are_not_taken_for_few_values(dtype):
    image = np.random.default_rng(0).integers(0, 200, (40, 40, 3)).astype(dtype)
    far = [[100, 100, 100], [1e6, 0, 0], [2e6, 0, 0], [3e6, 0, 0], [4e6, 0, 0]]
    with pytest.warns(RuntimeWarning, match="max_iter is 1"):
        model = KMeansModel.fit(image, 5, channel_axis=-1, init=far, max_iter=1)
    assert model.n_clusters < 5
    assert f"Only {model.n_clusters} of 5 segments have pixels" in model.message
    assert "different values" not in model.message
    assert "Stopped after 1 iteration," in model.message
    few = KMeansModel.fit(np.repeat(image[:1, :3], 9, axis=0), 5, channel_axis=-1)
    assert few.message == (
        "This image has only 3 different values, so there are 3 segments."
    )
