"""What is a pixel: dtypes, channels, alpha, and what is refused."""

import numpy as np
import pytest

from napari_kmeans import KMeansModel, segment

DTYPES = [
    *("bool", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"),
    *(">u2", ">i4", ">i8", ">f4", ">f8"),
]


def random_image(dtype, shape, seed=0):
    values = np.random.default_rng(seed).random(shape)
    dtype = np.dtype(dtype)
    return values > 0.5 if dtype.kind == "b" else (100 * values).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channel_axis", [None, 0, 1, -1])
def test_every_type_and_channel_axis(dtype, channel_axis):
    image = random_image(dtype, (5, 6, 7, 3))
    if channel_axis is not None:
        image = np.moveaxis(image, -1, channel_axis)  # not contiguous
    image.flags.writeable = False

    result = segment(image, 3, channel_axis=channel_axis)

    spatial = list(image.shape)
    if channel_axis is not None:
        del spatial[channel_axis]
    assert result.labels.shape == tuple(spatial)
    assert result.labels.dtype == np.uint8
    assert result.recolored.shape == image.shape
    assert result.recolored.dtype == image.dtype
    assert result.model.counts.sum() == result.labels.size
    np.testing.assert_array_equal(result.model.predict(image), result.labels)


@pytest.mark.parametrize("dtype", ["u1", "i2", "f4", ">f8"])
def test_memory_layout_changes_nothing(dtype):
    image = random_image(dtype, (20, 30, 3))
    expected = segment(image, 4, channel_axis=-1)
    for same in (np.asfortranarray(image), image[::-1][::-1], image.copy()[:, :, ::1]):
        result = segment(same, 4, channel_axis=-1)
        np.testing.assert_array_equal(result.labels, expected.labels)
        np.testing.assert_array_equal(result.recolored, expected.recolored)


def test_four_channels_of_bytes_are_rgb_and_alpha():
    image = random_image("u1", (8, 9, 4))
    image[..., 3] = 255
    image[2, 3, 3] = 0
    result = segment(image, 3, channel_axis=-1)
    assert result.labels[2, 3] == 0
    assert result.model.n_outside == 1
    assert result.model.centroids.shape == (3, 3)
    np.testing.assert_array_equal(result.recolored[..., 3], image[..., 3])
    np.testing.assert_array_equal(result.recolored[2, 3], image[2, 3])
    np.testing.assert_array_equal(result.model.predict(image), result.labels)


def test_alpha_is_what_the_caller_says():
    image = random_image("u1", (8, 9, 4))
    assert segment(image, 3, channel_axis=-1, alpha=False).model.n_channels == 4
    floats = random_image("f4", (8, 9, 4))
    assert segment(floats, 3, channel_axis=-1).model.n_channels == 4
    floats[0, 0, 3] = 0
    result = segment(floats, 3, channel_axis=-1, alpha=True)
    assert result.model.n_channels == 3
    assert result.labels[0, 0] == 0


def test_invalid_pixels_are_in_no_segment_and_stay_as_they_are():
    image = random_image("f4", (8, 9, 3))
    image[1, 2, 0] = np.nan
    image[3, 4, 2] = -np.inf
    result = segment(image, 3, channel_axis=-1)
    assert result.model.n_outside == 2
    assert result.labels[1, 2] == result.labels[3, 4] == 0
    np.testing.assert_array_equal(result.recolored[1, 2], image[1, 2])
    np.testing.assert_array_equal(result.recolored[3, 4], image[3, 4])
    np.testing.assert_array_equal(result.model.predict(image), result.labels)

    gray = image[..., 0]
    result = segment(gray, 3)
    assert result.labels[1, 2] == 0
    assert np.isnan(result.recolored[1, 2])


def test_one_pixel():
    result = segment(np.array([[7]], np.uint8), 1)
    assert result.labels.tolist() == [[1]]
    assert result.model.inertia == 0


@pytest.mark.parametrize(
    ("image", "error", "words"),
    [
        (np.zeros((0, 3)), ValueError, "shape"),
        (np.full((2, 3), np.nan), ValueError, "NaN"),
        (np.ones((2, 3), complex), TypeError, "complex"),
        (np.ones((2, 3), object), TypeError, "object"),
        (np.array(["a", "b"]), TypeError, "<U1"),
        (np.ones((2, 3), np.longdouble), TypeError, "float"),
    ],
)
def test_images_that_cannot_be_clustered(image, error, words):
    with pytest.raises(error, match=words):
        segment(image, 1)


@pytest.mark.parametrize(
    ("channel_axis", "error"),
    [(3, ValueError), (-4, ValueError), ("last", TypeError), (True, TypeError)],
)
def test_wrong_channel_axis(channel_axis, error):
    with pytest.raises(error, match="channel_axis is"):
        segment(np.ones((2, 3, 4)), 1, channel_axis=channel_axis)


def test_all_transparent_and_alpha_without_channels():
    with pytest.raises(ValueError, match="alpha 0"):
        segment(np.zeros((2, 3, 4), np.uint8), 1, channel_axis=-1)
    with pytest.raises(ValueError, match="alpha is True"):
        segment(np.zeros((2, 3), np.uint8), 1, alpha=True)
    with pytest.raises(ValueError, match="alpha is True"):
        segment(np.zeros((2, 1), np.uint8), 1, channel_axis=1, alpha=True)


def test_predict_refuses_other_images():
    model = KMeansModel.fit(random_image("u1", (8, 9, 3)), 3, channel_axis=-1)
    with pytest.raises(ValueError, match="image has 2 channels"):
        model.predict(random_image("u1", (8, 9, 2)))
    with pytest.raises(TypeError, match="float32"):
        model.predict(random_image("f4", (8, 9, 3)))
