"""A mask: only its pixels are clustered, and only they are labelled unless asked."""

import dask.array
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from napari_kmeans import KMeansModel, segment


def picture(dtype="u1", shape=(30, 40, 3), seed=0):
    values = np.random.default_rng(seed).random(shape)
    return (values * (1 if dtype[0] == "f" else 255)).astype(dtype)


def some(shape, seed=1):
    return np.random.default_rng(seed).random(shape) < 0.4


@pytest.mark.parametrize(("dtype", "n_channels"), [("u1", 3), ("u2", 5), ("f4", 2)])
def test_it_is_the_clustering_of_its_pixels(dtype, n_channels):
    image = picture(dtype, (30, 40, n_channels))
    mask = some(image.shape[:-1])
    alone = segment(image[mask], 4, channel_axis=-1)

    result = segment(image, 4, channel_axis=-1, mask=mask)

    np.testing.assert_array_equal(result.labels[mask], alone.labels)
    assert not result.labels[~mask].any()
    np.testing.assert_array_equal(result.recolored[mask], alone.recolored)
    np.testing.assert_array_equal(result.recolored[~mask], image[~mask])
    np.testing.assert_array_equal(result.model.centroids, alone.model.centroids)
    np.testing.assert_array_equal(result.model.counts, alone.model.counts)
    assert result.model.n_outside == (~mask).sum()


@settings(deadline=None, max_examples=30)
@given(
    image=stn.arrays("u1", (12, 9)),
    mask=stn.arrays(np.bool_, (12, 9)),
    n_clusters=st.integers(1, 4),
)
def test_any_mask_of_one_channel(image, mask, n_clusters):
    mask[:2] = True
    result = segment(image, n_clusters, mask=mask)
    alone = segment(image[mask], n_clusters)
    np.testing.assert_array_equal(result.labels[mask], alone.labels)
    assert not result.labels[~mask].any()


def test_predict_leaves_out_what_is_outside():
    image = picture()
    mask = some(image.shape[:-1])
    model = KMeansModel.fit(image, 4, channel_axis=-1, mask=mask)
    expected = np.where(mask, model.predict(image), 0)
    np.testing.assert_array_equal(model.predict(image, mask=mask), expected)
    assert not model.predict(image, mask=np.zeros_like(mask)).any()


def test_all_can_be_labelled_by_what_the_mask_shows():
    image = picture()
    mask = some(image.shape[:-1])
    result = segment(image, 4, channel_axis=-1, mask=mask, label_all=True)
    model = KMeansModel.fit(image, 4, channel_axis=-1, mask=mask)
    assert result.model == model
    np.testing.assert_array_equal(result.labels, model.predict(image))
    np.testing.assert_array_equal(result.recolored, model.recolor(result.labels))


def test_a_mask_of_everything_changes_nothing():
    image = picture()
    everything = np.ones(image.shape[:-1], bool)
    result = segment(image, 4, channel_axis=-1, mask=everything)
    assert result.model == KMeansModel.fit(image, 4, channel_axis=-1)
    assert (result.labels > 0).all()


def test_nan_and_alpha_are_left_out_inside_the_mask_too():
    floats = picture("f4")
    mask = some(floats.shape[:-1])
    floats[:5, :, 1] = np.nan
    inside = mask & np.isfinite(floats).all(axis=-1)
    result = segment(floats, 3, channel_axis=-1, mask=mask)
    np.testing.assert_array_equal(result.labels > 0, inside)
    np.testing.assert_array_equal(
        result.labels[inside], segment(floats[inside], 3, channel_axis=-1).labels
    )
    rgba = picture(shape=(30, 40, 4))
    rgba[3:9, :, 3] = 0
    everywhere = segment(rgba, 3, channel_axis=-1, mask=mask, label_all=True)
    np.testing.assert_array_equal(everywhere.labels > 0, rgba[..., 3] > 0)
    np.testing.assert_array_equal(everywhere.recolored[..., 3], rgba[..., 3])


@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
def test_long_stretches_outside_of_a_large_image(dtype):
    image = picture(dtype, (1200, 1000), seed=2)
    mask = np.zeros(image.shape, bool)
    mask[700:900, ::7] = True
    result = segment(image, 3, mask=mask)
    expected = segment(image[mask], 3)
    np.testing.assert_array_equal(result.labels[mask], expected.labels)
    assert result.model.n_outside == (~mask).sum()


@pytest.mark.parametrize(
    ("mask", "error", "words"),
    [
        (np.ones((30, 40), np.uint8), TypeError, "mask has the type uint8.*mask != 0"),
        (np.ones((40, 30), bool), ValueError, r"mask has the shape \(40, 30\)"),
        (np.ones((30, 40, 3), bool), ValueError, "channel_axis"),
        (np.zeros((30, 40), bool), ValueError, "mask is False everywhere"),
    ],
)
def test_masks_that_cannot_be_used(mask, error, words):
    with pytest.raises(error, match=words):
        segment(picture(), 3, channel_axis=-1, mask=mask)


def test_too_few_pixels_inside():
    image, mask = picture("f4"), np.zeros((30, 40), bool)
    mask[0, :3] = True
    with pytest.raises(ValueError, match="the mask leaves only 3 pixels"):
        segment(image, 4, channel_axis=-1, mask=mask)
    image[0] = np.nan
    with pytest.raises(ValueError, match="no pixel inside the mask"):
        segment(image, 3, channel_axis=-1, mask=mask)


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize(("shape", "axis"), [((20, 30), None), ((20, 30, 3), -1)])
def test_masked_pixels_of_a_masked_array_take_no_part(shape, axis, lazy):
    image, hidden = picture(shape=shape), some(shape)
    masked = np.ma.MaskedArray(image, hidden)
    if lazy:
        masked = dask.array.from_array(masked, chunks=10)
    mask = ~(hidden if axis is None else hidden.any(axis=-1))
    expected = segment(image, 3, channel_axis=axis, mask=mask)

    result = segment(masked, 3, channel_axis=axis)

    assert result.model.n_outside == expected.model.n_outside > 0
    np.testing.assert_array_equal(result.model.centroids, expected.model.centroids)
    np.testing.assert_array_equal(np.asarray(result.labels), expected.labels)
    np.testing.assert_array_equal(np.asarray(result.recolored), expected.recolored)
    labels = np.asarray(result.model.predict(masked))
    np.testing.assert_array_equal(labels, expected.labels)
