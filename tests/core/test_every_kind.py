"""Every kind of image goes through every option, and comes out consistent."""

import json

import numpy as np
import pytest

from napari_kmeans import KMeansModel, segment
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.smoothing import smooth


def blobs(shape, n_channels, seed=0):
    """Make pixels from 0 to 1 around three values, in patches."""
    random = np.random.default_rng(seed)
    centers = random.random((3, n_channels))
    which = random.integers(0, 3, tuple(size // 4 + 1 for size in shape))
    for axis, size in enumerate(shape):
        which = which.repeat(4, axis).take(range(size), axis)
    noise = random.normal(0, 0.05, (*shape, n_channels))
    return (0.1 + 0.8 * centers[which] + noise).clip(0, 1)


def rgb_stack():
    return np.rint(255 * blobs((3, 14, 15), 3)).astype(np.uint8), -1


def five_channels():
    values = np.rint(60_000 * blobs((4, 12, 13), 5)).astype(np.uint16)
    return np.moveaxis(values, -1, 0), 0


def floats_with_nan():
    image = blobs((20, 22), 3).astype(np.float32)
    image[:3] = np.nan
    image[8, 5:9, 1] = np.nan
    image[12, 3] = np.inf
    return image, -1


def rgba():
    image = np.rint(255 * blobs((20, 22), 4)).astype(np.uint8)
    image[..., 3] = 255
    image[:, :4, 3] = 0
    image[10, 10:14, 3] = 0
    return image, -1


def one_channel():
    return np.rint(4000 * blobs((5, 16, 17), 1)[..., 0]).astype(np.uint16), None


def one_line():
    return blobs((300,), 1)[:, 0], None


IMAGES = [rgb_stack, five_channels, floats_with_nan, rgba, one_channel, one_line]
OPTIONS = [
    {},
    {"scaling": "standardize"},
    {"scaling": "percentile"},
    {"channel_weights": True},
    {"position_weight": 0.02},
    {"position_weight": 3, "scaling": "standardize"},
    {"sigma": 1.2},
    {"sigma": 1, "smoothing": "median"},
    {"sigma": 0.8, "position_weight": 0.5},
    {"mask": True},
    {"mask": True, "label_all": True},
    {"mask": True, "sigma": 1, "position_weight": 0.1},
    {"slice_axis": 0},
    {"slice_axis": -1, "mask": True, "sigma": 1},
    {"color_space": "grey"},
    {"color_space": "lab", "lightness_weight": 0.5, "sigma": 1},
    {"color_space": "luv", "scaling": "standardize"},
    {"color_space": "hsv", "position_weight": 0.01},
    {"color_space": "grey", "position_weight": 0.1, "mask": True},
]


def adapted(options, shape, n_channels):
    """Give options with a mask, weights and so on for an image."""
    options = dict(options)
    if options.get("mask"):
        options["mask"] = np.random.default_rng(5).random(shape) < 0.8
    if options.get("channel_weights"):
        options["channel_weights"] = np.linspace(1, 2, n_channels)
    return options


COLORS = [rgb_stack, floats_with_nan, rgba]
"""The images that colour spaces are for."""
CASES = [
    (make, options)
    for make in IMAGES
    for options in OPTIONS
    if not ("color_space" in options and make not in COLORS)
    and not ("slice_axis" in options and make is one_line)  # one pixel a slice
]


@pytest.mark.parametrize(("make", "options"), CASES)
def test_every_kind_goes_through_every_option(make, options):
    image, channel_axis = make()
    alpha = make is rgba
    last = image if channel_axis is None else np.moveaxis(image, channel_axis, -1)
    channels = image[..., np.newaxis] if channel_axis is None else last
    opacity, channels = (
        (channels[..., -1], channels[..., :-1]) if alpha else (None, channels)
    )
    shape, n_channels = channels.shape[:-1], channels.shape[-1]
    options = adapted(options, shape, n_channels)
    inside = np.isfinite(channels).all(axis=-1)
    if alpha:
        inside &= opacity > 0
    mask = options.get("mask")
    fitted = inside if mask is None else inside & mask
    labelled = inside if options.get("label_all") else fitted

    result = segment(image, 3, channel_axis=channel_axis, **options)

    labels, model = result.labels, result.model
    assert labels.shape == shape
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels > 0, labelled)
    assert result.recolored.shape == image.shape
    assert result.recolored.dtype == image.dtype
    recolored = result.recolored
    if channel_axis is not None:
        recolored = np.moveaxis(recolored, channel_axis, -1)
    np.testing.assert_array_equal(recolored[~labelled], last[~labelled])
    if alpha:
        np.testing.assert_array_equal(recolored[..., 3], opacity)

    np.testing.assert_array_equal(
        model.counts, np.bincount(labels[fitted], minlength=4)[1:]
    )
    assert model.n_outside == (~fitted).sum()
    assert model.centroids.shape == (3, n_channels)
    loaded = KMeansModel.from_dict(json.loads(json.dumps(model.to_dict())))
    assert loaded == model
    if "slice_axis" in options:
        return  # see test_slices.py
    settings = Settings(
        3,
        sigma=options.get("sigma", 0),
        smoothing=options.get("smoothing", "gaussian"),
    )
    smoothed = smooth(image, settings, channel_axis=channel_axis, mask=mask)
    if channel_axis is None:
        smoothed = smoothed[..., np.newaxis]
    else:
        smoothed = np.moveaxis(smoothed, channel_axis, -1)
    for label, mean in enumerate(model.centroids, 1):
        own = smoothed[fitted & (labels == label)][:, :n_channels].astype(float)
        np.testing.assert_allclose(mean, own.mean(axis=0), rtol=1e-6)
    again = loaded.predict(image, mask=None if options.get("label_all") else mask)
    np.testing.assert_array_equal(again, labels)
