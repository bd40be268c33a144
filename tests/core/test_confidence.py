"""Confidence is 1 - d1 / d2, for every kind of image, in memory and block by block."""

import dask.array
import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kmeans import KMeansModel
from napari_kmeans.core.adjusting import Levels, adjusted, cuts_of, moved
from napari_kmeans.core.clustering import count_pixels
from napari_kmeans.core.confidence import confidence_of_points
from napari_kmeans.core.progress import finish

KINDS = [
    ("u1", 3, {}),
    ("u1", 3, {"color_space": "lab"}),
    ("u1", 3, {"color_space": "grey"}),
    ("u1", 3, {"position_weight": 2.0}),
    ("u1", 3, {"sigma": 1.5}),
    ("u1", None, {}),
    ("u2", None, {"sigma": 1}),
    ("f4", 5, {"scaling": "standardize"}),
    ("u2", 4, {"channel_weights": [1, 0, 2, 1]}),
]


def make(dtype, n_channels, seed=0):
    random = np.random.default_rng(seed)
    shape = (22, 31) if n_channels is None else (22, 31, n_channels)
    if dtype == "f4":
        image = random.normal(0, 1, shape).astype("f4")
        image[3, :7] = np.nan
        return image
    return random.integers(0, np.iinfo(dtype).max, shape, dtype)


@pytest.mark.parametrize(("dtype", "n_channels", "options"), KINDS, ids=str)
def test_it_is_how_much_nearer_the_nearest_centroid_is(dtype, n_channels, options):
    image = make(dtype, n_channels)
    channel_axis = None if n_channels is None else -1
    model = KMeansModel.fit(image, 5, channel_axis=channel_axis, **options)
    confidence = model.confidence(image)
    assert confidence.dtype == np.float32
    assert confidence.shape == image.shape[:2]
    pixels = image.reshape(-1, n_channels or 1)
    inside = np.isfinite(pixels).all(axis=1)
    npt.assert_array_equal(np.isnan(confidence).ravel(), ~inside)
    if "sigma" not in options:
        values = pixels[inside]
        if "position_weight" in options:
            places = np.indices(image.shape[:2]).reshape(2, -1).T
            values = np.hstack([values, places[inside]])
        points = model.space.features(values).T
        offsets = points[:, np.newaxis] - model.feature_centroids
        distances = np.sort(np.sqrt((offsets**2).sum(axis=2)), axis=1)
        wanted = 1 - distances[:, 0] / distances[:, 1]
        npt.assert_allclose(confidence.ravel()[inside], wanted, atol=1e-6)
    size = 9
    lazy = dask.array.from_array(image, chunks=(size, size, -1)[: image.ndim])
    blocks = model.confidence(lazy)
    assert blocks.dtype == np.float32
    npt.assert_allclose(blocks.compute(), confidence, atol=1e-6)


@settings(deadline=None)
@given(
    points=st.lists(st.tuples(*2 * [st.integers(-9, 9)]), min_size=1, max_size=6),
    centroids=st.lists(st.tuples(*2 * [st.integers(-9, 9)]), min_size=1, max_size=5),
)
def test_it_is_between_0_and_1_and_1_at_a_centroid(points, centroids):
    features, places = np.array(points, float).T, np.array(centroids, float)
    confidence = confidence_of_points(features, places)
    assert ((confidence >= 0) & (confidence <= 1)).all()
    if len(places) == 1:
        assert (confidence == 1).all()
    for point, sure in zip(points, confidence, strict=True):
        if point in centroids and len(places) > 1:
            assert sure == (centroids.count(point) == 1)


def test_halfway_between_two_centroids_it_is_0():
    image = np.array([[0, 10, 50, 90, 100]], np.uint8)
    model = KMeansModel.fit(image, 2, init=[0, 100], pinned=[0, 1])
    npt.assert_allclose(model.confidence(image), [[1, 8 / 9, 0, 8 / 9, 1]], atol=1e-6)


def test_outside_a_mask_and_where_alpha_is_0_it_is_nan():
    image = make("u1", 4)
    image[..., 3] = 255
    image[:, :4, 3] = 0
    model = KMeansModel.fit(image, 3, channel_axis=-1)
    mask = np.ones(image.shape[:2], bool)
    mask[5] = False
    confidence = model.confidence(image, mask=mask)
    inside = mask & (image[..., 3] > 0)
    npt.assert_array_equal(np.isnan(confidence), ~inside)
    npt.assert_array_equal(
        confidence == confidence, model.predict(image, mask=mask) > 0
    )


def test_one_cluster_is_sure_of_everything():
    image = make("u1", 3)
    model = KMeansModel.fit(image, 1, channel_axis=-1)
    assert (model.confidence(image) == 1).all()


def test_values_that_were_not_fitted_are_looked_up_too():
    image = make("u1", None)
    model = KMeansModel.fit(image // 2, 3)
    other = model.confidence(image)
    centroids = model.feature_centroids
    points = model.space.features(image.reshape(-1, 1))
    wanted = confidence_of_points(points, centroids).reshape(image.shape)
    npt.assert_array_equal(other, wanted)


def test_a_block_at_its_position_has_the_confidence_of_the_whole():
    image = make("u1", 3)
    model = KMeansModel.fit(image, 4, channel_axis=-1, position_weight=5.0)
    block = model.confidence(image[8:16, 5:20], origin=(8, 5))
    npt.assert_array_equal(block, model.confidence(image)[8:16, 5:20])


def test_where_a_cut_was_moved_it_is_that_of_the_cluster():
    image = np.array([[0, 10, 40, 50, 60, 90, 100]], np.uint8)
    model = KMeansModel.fit(image, 2)
    histogram = finish(count_pixels(model.read(image)))
    levels = finish(Levels.of_steps(histogram, model.space))
    after = adjusted(model, levels, moved(levels, cuts_of(model), 0, 75.0))
    assert after.predict(image).tolist() == [[1, 1, 1, 1, 1, 2, 2]]
    low, high = after.centroids.ravel()
    own = [abs(x - (low if x < 75 else high)) for x in image.ravel().tolist()]
    other = [abs(x - (high if x < 75 else low)) for x in image.ravel().tolist()]
    wanted = [max(0, 1 - one / two) for one, two in zip(own, other, strict=True)]
    npt.assert_allclose(after.confidence(image), [wanted], atol=1e-6)
    lazy = dask.array.from_array(image, chunks=(1, 3))
    npt.assert_allclose(after.confidence(lazy).compute(), [wanted], atol=1e-6)
