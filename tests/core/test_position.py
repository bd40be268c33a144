"""Positions: further axes of the feature space that make clusters compact."""

import dask.array
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from napari_kmeans import KMeansModel, segment
from napari_kmeans.core.dispatch import prepare
from napari_kmeans.core.pixels import read_pixels
from napari_kmeans.core.progress import finish
from napari_kmeans.core.settings import Settings


def picture(dtype="u1", shape=(20, 24, 3), seed=0):
    values = np.random.default_rng(seed).random(shape)
    return (values * (1 if dtype[0] == "f" else 255)).astype(dtype)


def stacked(image, weights, convert=lambda image: image):
    """Give the features of each pixel: its channels, and its weighted position."""
    shape = image.shape[:-1]
    places = np.indices(shape).reshape(len(shape), -1).T * weights
    channels = convert(image).reshape(-1, image.shape[-1]).astype(float)
    return np.hstack([channels, places])


def plain_lloyd(pixels, centroids):
    while True:
        distances = ((pixels[:, None] - centroids) ** 2).sum(axis=2)
        labels = distances.argmin(axis=1)
        moved = np.array(
            [pixels[labels == j].mean(axis=0) for j in range(len(centroids))]
        )
        if np.allclose(moved, centroids, rtol=0, atol=1e-12):
            return centroids, labels
        centroids = moved


@pytest.mark.parametrize("dtype", ["u1", "u2", "i4", "f4", "f8"])
@pytest.mark.parametrize("weight", [2.0, (0.5, 6.0)])
def test_it_rests_where_plain_iterations_on_stacked_features_rest(dtype, weight):
    image = picture(dtype)
    weight = np.broadcast_to(weight, 2) * (1 / 255 if dtype[0] == "f" else 1)
    result = segment(image, 4, channel_axis=-1, position_weight=tuple(weight))
    model = result.model
    features = stacked(image, weight)
    start = np.hstack([model.centroids, model.positions * weight])

    at_rest, labels = plain_lloyd(features, start)

    np.testing.assert_array_equal(result.labels.ravel(), labels + 1)
    np.testing.assert_allclose(model.centroids, at_rest[:, :3], rtol=1e-6)
    np.testing.assert_allclose(model.positions * weight, at_rest[:, 3:], rtol=1e-6)
    inertia = ((features - at_rest[labels]) ** 2).sum()
    assert model.inertia == pytest.approx(inertia, rel=1e-5)
    # As good as a fit to the stacked features by themselves.
    alone = KMeansModel.fit(features, 4, channel_axis=-1)
    assert model.inertia == pytest.approx(alone.inertia, rel=1e-2)


@settings(deadline=None, max_examples=25)
@given(
    image=stn.arrays("u1", (6, 5, 3)),
    weights=st.tuples(st.floats(0, 50), st.floats(0, 50)),
)
def test_every_pixel_is_with_its_nearest_centroid(image, weights):
    model = KMeansModel.fit(image, 3, channel_axis=-1, position_weight=weights)
    labels = model.predict(image)
    if not any(weights):
        assert model.positions.shape == (model.n_clusters, 0)
        return
    features = stacked(image, weights)
    centroids = np.hstack([model.centroids, model.positions * weights])
    distances = ((features[:, None] - centroids) ** 2).sum(axis=2)
    own = distances[np.arange(len(features)), labels.ravel() - 1]
    np.testing.assert_allclose(own, distances.min(axis=1), rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_no_weight_is_no_position(dtype):
    image = picture(dtype)
    plain = KMeansModel.fit(image, 4, channel_axis=-1)
    for nothing in (0, (0, 0)):
        model = KMeansModel.fit(image, 4, channel_axis=-1, position_weight=nothing)
        assert model.space == plain.space
        np.testing.assert_array_equal(model.centroids, plain.centroids)
        assert model.positions.shape == (4, 0)


def placed_at(pixels, settings, origin=None):
    return finish(prepare(pixels, settings, origin))


def test_a_large_weight_makes_compact_clusters():
    noise = picture(shape=(40, 40, 3))
    model = KMeansModel.fit(noise, 4, channel_axis=-1, position_weight=1000)
    labels = model.predict(noise)
    quarters = [
        {*labels[y : y + 20, x : x + 20].flat} for y in (0, 20) for x in (0, 20)
    ]
    assert sorted(map(len, quarters)) == [1, 1, 1, 1]
    assert sorted(map(tuple, model.positions.tolist())) == [
        (9.5, 9.5),
        (9.5, 29.5),
        (29.5, 9.5),
        (29.5, 29.5),
    ]


def test_an_axis_can_be_left_out():
    stack = picture(shape=(3, 10, 12))
    labels = segment(stack, 2, position_weight=(0, 0, 1000)).labels
    assert (labels == labels[:1, :1]).all()
    assert {*labels[..., :6].flat} != {*labels[..., 6:].flat}


@pytest.mark.parametrize("space", ["lab", "hsv", "grey"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_colours_are_converted_as_in_the_type_of_the_image(space, dtype):
    image = picture(dtype)
    # So little weight that it changes hardly a thing.
    result = segment(image, 3, channel_axis=-1, color_space=space, position_weight=1e-9)
    plain = segment(image, 3, channel_axis=-1, color_space=space)
    assert result.model.inertia == pytest.approx(plain.model.inertia, rel=1e-2)
    assert result.model.dtype == image.dtype.name
    assert result.model.space.dtype == image.dtype.name
    np.testing.assert_array_equal(result.model.predict(image), result.labels)


def test_the_order_is_by_colour_and_not_by_place():
    image = np.zeros((10, 30), np.uint8)
    image[:, :10], image[:, 10:20], image[:, 20:] = 200, 100, 30
    model = KMeansModel.fit(image, 3, position_weight=1)
    assert model.centroids.ravel().tolist() == [30, 100, 200]
    assert model.positions[:, 1].tolist() == [24.5, 14.5, 4.5]


@pytest.mark.parametrize("n_channels", [1, 3, 5])
def test_a_block_says_where_it_begins(n_channels):
    image = picture("u2", (30, 40, n_channels))
    image[:3, :3, 0] = 0
    mask = np.random.default_rng(0).random(image.shape[:-1]) < 0.7
    result = segment(image, 4, channel_axis=-1, mask=mask, position_weight=900)
    block = np.s_[7:19, 13:40]
    labels = result.model.predict(image[block], mask=mask[block], origin=(7, 13))
    np.testing.assert_array_equal(labels, result.labels[block])
    shifted = result.model.predict(image[block], mask=mask[block])
    assert (shifted != labels).any()
    pixels = read_pixels(image[block], channel_axis=-1).masked(mask[block])
    placed = placed_at(pixels, result.model.settings, (7, 13)).inside_values(
        slice(None)
    )
    assert placed[0, n_channels:].tolist() == [7, 13 + mask[7, 13:].argmax()]


def test_positions_beyond_what_float32_counts_are_exact():
    pixels = read_pixels(np.zeros((2, 3), np.uint8))
    placed = placed_at(pixels, Settings(2, position_weight=1), (2**24, 0))
    assert placed.inside_values(slice(3, 5)).tolist() == [
        [0, 2**24 + 1, 0],
        [0, 2**24 + 1, 1],
    ]
    near = placed_at(pixels, Settings(2, position_weight=1)).inside_values(slice(0, 2))
    assert near.dtype == np.float32


def test_initial_centroids_have_a_place():
    image = picture(shape=(40, 40, 3))
    init = [[0, 0, 0, 0, 0], [0, 0, 0, 40, 40]]
    model = KMeansModel.fit(image, 2, channel_axis=-1, position_weight=1000, init=init)
    low, high = sorted(model.positions.sum(axis=1))
    assert low < 39 < high
    with pytest.raises(ValueError, match=r"3 columns.*5 channels and coordinates"):
        KMeansModel.fit(
            image, 2, channel_axis=-1, position_weight=1, init=np.zeros((2, 3))
        )


def test_saved_models_know_their_positions(tmp_path):
    image = picture("f4")
    model = KMeansModel.fit(
        image, 3, channel_axis=-1, position_weight=0.1, scaling="standardize"
    )
    model.save(tmp_path / "model.json")
    loaded = KMeansModel.load(tmp_path / "model.json")
    assert loaded == model
    np.testing.assert_array_equal(loaded.positions, model.positions)
    np.testing.assert_array_equal(loaded.predict(image), model.predict(image))


def test_extreme_floats_and_positions():
    for scale, weight in ((1e200, 1e198), (1e-250, 1e-252), (1e-250, 1.0)):
        image = picture("f8") * scale
        model = KMeansModel.fit(image, 3, channel_axis=-1, position_weight=weight)
        assert model.n_clusters == 3
        assert np.isfinite(model.positions).all()
        assert (model.positions.max(axis=0) < image.shape[:-1]).all()


def test_the_axes_must_be_those_of_the_fit():
    model = KMeansModel.fit(picture(), 2, channel_axis=-1, position_weight=1)
    with pytest.raises(ValueError, match="image has 3 spatial axes"):
        model.predict(picture(shape=(3, 4, 5, 3)))
    with pytest.raises(ValueError, match="origin is"):
        model.predict(picture(), origin=(1, 2, 3))
    for image in (picture(), dask.array.from_array(picture())):
        with pytest.raises(TypeError, match="whole number"):
            model.predict(image, origin=(1.5, 2))
        np.testing.assert_array_equal(
            model.predict(image, origin=np.array([1, 2])),
            model.predict(image, origin=(1, 2)),
        )
    with pytest.raises(ValueError, match=r"position_weight is .*2 spatial axes"):
        KMeansModel.fit(picture(), 2, channel_axis=-1, position_weight=(1, 2, 3))
