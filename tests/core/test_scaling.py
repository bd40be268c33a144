"""Scaling: of each channel by itself, part of the model, as scikit-learn does it."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from napari_kmeans import KMeansModel, segment


def channels(dtype="f8", shape=(30, 40), seed=0):
    """Make three channels of very different brightness and spread."""
    random = np.random.default_rng(seed)
    centers = random.random((4, 3))
    which = random.integers(0, 4, shape)
    values = centers[which] + random.normal(0, 0.05, (*shape, 3))
    return (values.clip(0, None) * [4000, 300, 20] + [0, 50, 7]).astype(dtype)


def by_hand(image, **scale):
    """Scale the pixels by hand, and cluster what comes out as it is."""
    pixels = image.reshape(-1, image.shape[-1]).astype(float)
    return segment(
        StandardScaler(**scale).fit_transform(pixels).reshape(image.shape),
        4,
        channel_axis=-1,
    )


@pytest.mark.parametrize("dtype", ["f8", "u2", "f4"])
def test_standardize_is_the_standard_scaler(dtype):
    image = channels(dtype)
    result = segment(image, 4, channel_axis=-1, scaling="standardize")
    expected = by_hand(image)
    assert result.model.inertia == pytest.approx(expected.model.inertia, rel=1e-6)
    # The scaler moves the zero, so their order from dark to bright may differ.
    pairs = {*zip(result.labels.flat, expected.labels.flat, strict=True)}
    assert len(pairs) == 4
    plain = segment(image, 4, channel_axis=-1)
    assert (plain.labels != result.labels).any()


def test_each_channel_has_its_own_word():
    image = channels()
    mixed = ("standardize", "none", "percentile")
    result = segment(image, 4, channel_axis=-1, scaling=mixed)
    pixels = image.reshape(-1, 3)
    low, high = np.quantile(pixels[:, 2], [0.01, 0.99], method="inverted_cdf")
    divided = pixels / [pixels[:, 0].std(), 1, high - low]
    expected = segment(divided.reshape(image.shape), 4, channel_axis=-1)
    assert result.model.inertia == pytest.approx(expected.model.inertia, rel=1e-6)
    same = segment(image, 4, channel_axis=-1, scaling=["standardize"] * 3)
    one_word = segment(image, 4, channel_axis=-1, scaling="standardize")
    np.testing.assert_array_equal(same.labels, one_word.labels)


def test_weights_come_on_top_of_the_scaling():
    image = channels()
    model = KMeansModel.fit(
        image, 1, channel_axis=-1, scaling="standardize", channel_weights=[1, 2, 0]
    )
    n_pixels = image[..., 0].size
    assert model.inertia == pytest.approx((1 + 4) * n_pixels)


def test_another_image_is_scaled_as_the_one_fitted():
    image = channels()
    model = KMeansModel.fit(image, 4, channel_axis=-1, scaling="standardize")
    half = image[:, :11]
    np.testing.assert_array_equal(model.predict(half), model.predict(image)[:, :11])
    loaded = KMeansModel.from_dict(model.to_dict())
    np.testing.assert_array_equal(loaded.predict(half), model.predict(half))


def test_a_channel_in_which_nothing_varies_is_left_as_it_is():
    image = channels()
    image[..., 1] = 5
    model = KMeansModel.fit(image, 4, channel_axis=-1, scaling="standardize")
    assert np.isfinite(model.feature_centroids).all()


def test_positions_are_not_scaled():
    image = channels()
    model = KMeansModel.fit(
        image, 1, channel_axis=-1, scaling="standardize", position_weight=2
    )
    n_pixels = image[..., 0].size
    places = np.indices(image.shape[:-1]).reshape(2, -1)
    expected = 3 * n_pixels + 4 * places.var(axis=1).sum() * n_pixels
    assert model.inertia == pytest.approx(expected, rel=1e-6)


def test_one_word_for_each_channel():
    with pytest.raises(ValueError, match=r"scaling is .*image's 3 channels"):
        segment(channels(), 2, channel_axis=-1, scaling=("none", "standardize"))
