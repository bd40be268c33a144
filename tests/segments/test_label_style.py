"""The picture: by labels, in the image's type and channels."""

import numpy as np
import pytest

from napari_kmeans.segments.label_style import label_style
from napari_kmeans.segments.segment_map import Segment, SegmentMap

LABELS = np.array([[0, 1, 2], [3, 2, 1]], np.uint8)
COLORS = {1: (1.0, 0.0, 0.0), 2: (0.0, 1.0, 0.0), 3: (0.0, 0.0, 1.0)}
MAP = SegmentMap(tuple(Segment(v, str(v), COLORS[v], (v,)) for v in (3, 1, 2)))
HIDDEN = MAP.changed([2], visible=False)
MEANS = np.array([[30.0, 31, 32], [10.4, 11, 12], [20.6, 21, 22]])  # of 3, 1 and 2


def recolor(labels, image, segment_map, means, **options):
    """Draw labels of an image in their style."""
    style = label_style(image, labels.ndim, segment_map, means, **options)
    return style.draw(labels, image)


@pytest.fixture
def rgb():
    return np.random.default_rng(0).integers(100, 200, (2, 3, 3), np.uint8)


def drawn(labels, image, by_label):
    """The picture, pixel by pixel; None shows the image's own."""
    picture = [
        image[at] if by_label[label] is None else by_label[label]
        for at, label in np.ndenumerate(labels)
    ]
    return np.array(picture).reshape(*labels.shape, -1)


def test_mean(rgb):
    picture = recolor(LABELS, rgb, HIDDEN, MEANS)
    looks = {0: None, 1: (10, 11, 12), 2: (0, 0, 0), 3: (30, 31, 32)}
    np.testing.assert_array_equal(picture, drawn(LABELS, rgb, looks))
    assert picture.dtype == np.uint8


def test_original(rgb):
    picture = recolor(LABELS, rgb, HIDDEN, MEANS, show="original")
    looks = {0: None, 1: None, 2: (0, 0, 0), 3: None}
    np.testing.assert_array_equal(picture, drawn(LABELS, rgb, looks))


@pytest.mark.parametrize(
    ("dtype", "full"), [(np.uint8, 255), (np.uint16, 65_535), (np.float32, 1)]
)
def test_palette(rgb, dtype, full):
    image = rgb.astype(dtype)
    picture = recolor(LABELS, image, HIDDEN, MEANS, show="palette")
    looks = {0: None, 1: (full, 0, 0), 2: (0, 0, 0), 3: (0, 0, full)}
    np.testing.assert_array_equal(picture, drawn(LABELS, image, looks))
    assert picture.dtype == dtype


@pytest.mark.parametrize("show", ["mean", "original", "palette"])
def test_transparent(rgb, show):
    opaque = recolor(LABELS, rgb, HIDDEN, MEANS, show=show)
    clear = recolor(LABELS, rgb, HIDDEN, MEANS, show=show, hidden="transparent")
    np.testing.assert_array_equal(clear[..., :3], opaque)
    np.testing.assert_array_equal(clear[..., 3], np.where(LABELS == 2, 0, 255))


@pytest.mark.parametrize("show", ["mean", "original", "palette"])
def test_the_images_own_alpha_is_kept(rgb, show):
    alpha = np.array([[[0], [100], [255]], [[7], [8], [9]]], np.uint8)
    rgba = np.concatenate([rgb, alpha], axis=-1)
    picture = recolor(LABELS, rgba, HIDDEN, MEANS, show=show)
    np.testing.assert_array_equal(picture[..., 3:], alpha)
    plain = recolor(LABELS, rgb, HIDDEN, MEANS, show=show)
    np.testing.assert_array_equal(picture[..., :3], plain)
    clear = recolor(LABELS, rgba, HIDDEN, MEANS, show=show, hidden="transparent")
    expected = np.where(LABELS == 2, 0, alpha[..., 0])
    np.testing.assert_array_equal(clear[..., 3], expected)


@pytest.mark.parametrize("hidden", ["black", "transparent"])
def test_one_channel(hidden):
    image = np.array([[np.nan, 1, 2], [3, 4, 5]], np.float32)
    means = MEANS[:, :1]
    picture = recolor(LABELS, image, HIDDEN, means, hidden=hidden)
    expected = np.array([[np.nan, 10.4, 0], [30, 0, 10.4]], np.float32)
    np.testing.assert_array_equal(picture, expected)
    own = recolor(LABELS, image, HIDDEN, means, show="original", hidden=hidden)
    np.testing.assert_array_equal(own, np.where(LABELS == 2, 0, image))


def test_one_channel_by_palette_is_rgb():
    image = np.ones(LABELS.shape, np.uint16)
    picture = recolor(LABELS, image, HIDDEN, MEANS[:, :1], show="palette")
    looks = {0: (0, 0, 0), 1: (255, 0, 0), 2: (0, 0, 0), 3: (0, 0, 255)}
    np.testing.assert_array_equal(picture, drawn(LABELS, image, looks))
    clear = recolor(
        LABELS, image, HIDDEN, MEANS[:, :1], show="palette", hidden="transparent"
    )
    np.testing.assert_array_equal(clear[..., 3], np.where(LABELS == 2, 0, 255))


def test_what_has_no_mean_shows_its_own_pixels(rgb):
    means = MEANS.copy()
    means[1] = np.nan
    picture = recolor(LABELS, rgb, HIDDEN, means)
    looks = {0: None, 1: None, 2: (0, 0, 0), 3: (30, 31, 32)}
    np.testing.assert_array_equal(picture, drawn(LABELS, rgb, looks))


def test_parts_make_up_the_whole():
    random = np.random.default_rng(1)
    labels = random.integers(0, 4, (5, 200, 300), np.uint8)
    image = random.integers(0, 255, (5, 200, 300, 3), np.uint8)
    whole = recolor(labels, image, HIDDEN, MEANS)
    part = (slice(1, 4), slice(20, 90), slice(33, 222))
    np.testing.assert_array_equal(
        recolor(labels[part], image[part], HIDDEN, MEANS), whole[part]
    )
