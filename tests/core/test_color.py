"""Feature spaces: the distances that they promise."""

import numpy as np
import pytest
from skimage.color import rgb2lab, rgb2luv

from napari_kmeans import KMeansModel, segment


def colors(dtype="u1", shape=(40, 40)):
    values = np.random.default_rng(0).random((*shape, 3))
    return values.astype(dtype) if dtype[0] == "f" else (255 * values).astype(dtype)


def inertia(features, labels):
    return sum(
        (
            (features[labels == label] - features[labels == label].mean(axis=0)) ** 2
        ).sum()
        for label in np.unique(labels)
    )


@pytest.mark.parametrize(("space", "convert"), [("lab", rgb2lab), ("luv", rgb2luv)])
@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
def test_inertia_is_that_of_the_converted_pixels(space, convert, dtype):
    image = colors(dtype)
    result = segment(image, 4, channel_axis=-1, color_space=space)
    expected = inertia(convert(image), result.labels)
    assert result.model.inertia == pytest.approx(expected, rel=1e-4)
    for label, mean in enumerate(result.model.centroids, 1):
        members = image[result.labels == label].astype(float)
        np.testing.assert_allclose(mean, members.mean(axis=0), rtol=1e-5)
    np.testing.assert_array_equal(result.model.predict(image), result.labels)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_lab_of_integers_is_that_of_the_same_colours_as_floats(dtype):
    floats = colors("u1") / 255
    image = floats.astype(dtype)
    if dtype[0] == "u":
        image = np.rint(floats * np.iinfo(dtype).max).astype(dtype)
    labels = segment(image, 4, channel_axis=-1, color_space="lab").labels
    expected = segment(floats, 4, channel_axis=-1, color_space="lab").labels
    assert (labels == expected).mean() > 0.99


def test_without_lightness_only_hue_and_chroma_count():
    dark, bright = np.array([60, 0, 0]), np.array([230, 90, 80])
    green, pale = np.array([0, 50, 0]), np.array([120, 220, 110])
    image = np.array([[dark, bright], [green, pale]], np.uint8)
    labels = segment(
        image, 2, channel_axis=-1, color_space="lab", lightness_weight=0
    ).labels
    assert labels[0, 0] == labels[0, 1] != labels[1, 0] == labels[1, 1]


def test_hue_is_a_circle():
    # Two reds to either side of hue 0, and a cyan: by hue the reds are neighbours.
    image = np.array([[[250, 0, 20], [250, 20, 0], [0, 250, 250]]], np.uint8)
    labels = segment(image, 2, channel_axis=-1, color_space="hsv").labels[0]
    assert labels[0] == labels[1] != labels[2]


def test_channel_weights_choose_what_counts():
    image = colors()
    only_red = segment(image, 3, channel_axis=-1, channel_weights=[1, 0, 0])
    red = segment(image[..., 0], 3)
    assert only_red.model.inertia == pytest.approx(red.model.inertia, rel=1e-3)
    twice = segment(image, 3, channel_axis=-1, channel_weights=[2, 2, 2])
    plain = segment(image, 3, channel_axis=-1)
    np.testing.assert_array_equal(twice.labels, plain.labels)
    assert twice.model.inertia == pytest.approx(4 * plain.model.inertia)


@pytest.mark.parametrize("scaling", ["standardize", "percentile"])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_scaling_makes_the_units_of_a_channel_irrelevant(scaling, dtype):
    image = colors(dtype)
    narrow = (image * np.array([1, 1, 0.2])).astype(np.float64)
    plain = segment(image.astype(float), 4, channel_axis=-1, scaling=scaling)
    scaled = segment(narrow, 4, channel_axis=-1, scaling=scaling)
    np.testing.assert_array_equal(scaled.labels, plain.labels)


def test_standardized_axes_have_the_variance_of_their_weights():
    image = colors("f8")
    model = KMeansModel.fit(image, 1, channel_axis=-1, scaling="standardize")
    assert model.inertia == pytest.approx(3 * 1600)


def test_what_does_not_suit_the_channels_is_refused():
    image = np.random.default_rng(0).random((5, 5, 4))
    with pytest.raises(ValueError, match="needs 3 channels"):
        segment(image, 2, channel_axis=-1, color_space="lab")
    with pytest.raises(ValueError, match="channel_weights"):
        segment(image, 2, channel_axis=-1, channel_weights=[1, 2])
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match="color_space"),
    ):
        segment(image[..., :3] * 1e300, 2, channel_axis=-1, color_space="lab")
