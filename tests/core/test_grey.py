"""Grey: the luminance of colours as the one axis, cut at its global optimum."""

import numpy as np
import pytest
from skimage.color import rgb2gray
from skimage.data import immunohistochemistry

from napari_kmeans import KMeansModel, segment


@pytest.fixture(scope="module")
def image():
    return immunohistochemistry()[::4, ::4]


@pytest.mark.parametrize("n_clusters", [1, 2, 5])
def test_it_is_the_optimum_of_the_luminance(image, n_clusters):
    result = segment(image, n_clusters, channel_axis=-1, color_space="grey")
    alone = segment(255 * rgb2gray(image), n_clusters)
    assert result.model.inertia == pytest.approx(alone.model.inertia, rel=1e-9)
    np.testing.assert_array_equal(result.labels, alone.labels)
    np.testing.assert_allclose(
        result.model.feature_centroids[:, 0] + result.model.space.offset,
        alone.model.centroids[:, 0],
    )


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "f8"])
def test_centroids_are_colours_and_predict_repeats(image, dtype):
    image = image.astype(dtype)
    result = segment(image, 4, channel_axis=-1, color_space="grey")
    assert result.model.centroids.shape == (4, 3)
    assert result.model.feature_centroids.shape == (4, 1)
    for label, mean in enumerate(result.model.centroids, 1):
        members = image[result.labels == label].astype(float)
        np.testing.assert_allclose(mean, members.mean(axis=0), rtol=1e-5)
    np.testing.assert_array_equal(result.model.predict(image), result.labels)
    part = result.model.predict(image[5:9, 3:30])
    np.testing.assert_array_equal(part, result.labels[5:9, 3:30])
    loaded = KMeansModel.from_dict(result.model.to_dict())
    np.testing.assert_array_equal(loaded.predict(image), result.labels)


def test_colours_of_one_luminance_are_one_value():
    # 721 * 7154 = 7154 * 721: green and blue that are exactly as bright.
    bright = np.array([[0, 721, 0], [0, 0, 7154], [0, 0, 0]], np.uint16)
    model = KMeansModel.fit(bright, 3, channel_axis=-1, color_space="grey")
    assert model.n_clusters == 2
    assert model.counts.tolist() == [1, 2]


def test_very_large_floats_keep_their_order():
    image = np.array([[1.0, 2, 3], [2, 3, 4], [9, 9, 9]]) * 1e307
    model = KMeansModel.fit(image, 2, channel_axis=-1, color_space="grey")
    assert model.counts.tolist() == [2, 1]


def test_it_needs_colours():
    with pytest.raises(ValueError, match='"grey", which needs 3 channels'):
        segment(np.arange(12).reshape(3, 4), 2, color_space="grey")
    with pytest.raises(ValueError, match="one axis, brightness"):
        segment(
            np.ones((4, 3)),
            1,
            channel_axis=-1,
            color_space="grey",
            channel_weights=[1, 1, 1],
        )
