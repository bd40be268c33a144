"""Smoothing: as SciPy does it, but without the pixels that take no part."""

import numpy as np
import pytest
from scipy import ndimage

from napari_kmeans import KMeansModel, segment
from napari_kmeans.core.progress import finish
from napari_kmeans.core.segmentation import segment_steps
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.smoothing import reach, smooth

DTYPES = ["?", "u1", "i2", "u2", "i8", "f2", "f4", "f8", ">u2", ">f4"]


def picture(dtype, shape=(40, 50), seed=0):
    values = np.random.default_rng(seed).random(shape)
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return values > 0.5
    return (values if dtype.kind == "f" else 200 * values).astype(dtype)


def in_type(values, dtype):
    return values if np.dtype(dtype).kind == "f" else np.rint(values)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sigma", [1.5, (0, 2), (3, 0.2)])
def test_gaussian_is_that_of_scipy_in_the_type_of_the_image(dtype, sigma):
    image = picture(dtype)
    smoothed = smooth(image, Settings(2, sigma=sigma))
    expected = ndimage.gaussian_filter(image.astype("f8"), sigma)
    assert smoothed.dtype == image.dtype.newbyteorder("=")
    expected = in_type(expected, dtype).astype(smoothed.dtype)
    np.testing.assert_array_equal(smoothed, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("sigma", "size"), [(1, (3, 3)), ((0, 1.2), (1, 5)), ((8, 5), (17, 11))]
)
def test_median_is_that_of_scipy(dtype, sigma, size):
    image = picture(dtype)
    smoothed = smooth(image, Settings(2, sigma=sigma, smoothing="median"))
    expected = ndimage.median_filter(image.astype("f8"), size)
    np.testing.assert_array_equal(smoothed, expected.astype(smoothed.dtype))


@pytest.mark.parametrize("smoothing", ["gaussian", "median"])
@pytest.mark.parametrize("shape", [(37,), (1,), (3, 1), (5, 6, 7), (2, 3, 4, 5)])
def test_any_number_of_axes_and_never_across_channels(smoothing, shape):
    image = picture("f8", (3, *shape))
    settings = Settings(2, sigma=2, smoothing=smoothing)
    smoothed = smooth(image, settings, channel_axis=0)
    for channel, alone in zip(image, smoothed, strict=True):
        np.testing.assert_array_equal(smooth(channel, settings), alone)
        if smoothing == "gaussian":
            expected = ndimage.gaussian_filter(channel, 2)
        else:
            expected = ndimage.median_filter(np.pad(channel, 4, mode="symmetric"), 5)[
                (slice(4, -4),) * channel.ndim
            ]
        np.testing.assert_allclose(alone, expected)


@pytest.mark.parametrize("channel_axis", [0, 1, -1])
def test_the_channels_may_be_on_any_axis(channel_axis):
    image = picture("u1", (20, 30, 4))
    settings = Settings(2, sigma=1)
    moved = np.moveaxis(image, -1, channel_axis)
    smoothed = smooth(moved, settings, channel_axis=channel_axis, alpha=False)
    expected = smooth(image, settings, channel_axis=-1, alpha=False)
    np.testing.assert_array_equal(np.moveaxis(smoothed, channel_axis, -1), expected)


def by_brute_force(image, inside, weigh):
    """Weigh the inside values in the mirrored surroundings of each inside pixel."""
    radius = 9
    values, there = (
        np.pad(array, radius, mode="symmetric") for array in (image, inside)
    )
    result = image.astype("f8")
    for y, x in np.argwhere(inside):
        around = np.s_[y : y + 2 * radius + 1, x : x + 2 * radius + 1]
        result[y, x] = weigh(values[around], there[around])
    return result


def gaussian_mean(values, there):
    offsets = np.arange(-9, 10)
    line = np.where(abs(offsets) <= 8, np.exp(-(offsets**2) / (2 * 2**2)), 0)
    weights = np.outer(line, line)[there]
    return (weights * values[there]).sum() / weights.sum()


def box_median(values, there):
    box = np.s_[7:12, 7:12]
    return np.median(values[box][there[box]])


@pytest.mark.parametrize(
    ("smoothing", "weigh"), [("gaussian", gaussian_mean), ("median", box_median)]
)
@pytest.mark.parametrize("dtype", ["u1", "f4"])
@pytest.mark.parametrize("share", [0.02, 0.6])
def test_what_is_outside_takes_no_part_and_stays(smoothing, weigh, dtype, share):
    image = picture(dtype, (21, 18))
    settings = Settings(2, sigma=2, smoothing=smoothing)
    inside = np.random.default_rng(3).random(image.shape) >= share
    inside[:4, :3] = False
    expected = by_brute_force(image, inside, weigh)

    masked = smooth(image, settings, mask=inside)
    if dtype == "f4":
        np.testing.assert_allclose(masked, expected, rtol=1e-6)
        with_nan = np.where(inside, image, np.float32(np.nan))
        np.testing.assert_array_equal(
            smooth(with_nan, settings)[inside], masked[inside]
        )
        assert np.isnan(smooth(with_nan, settings)[~inside]).all()
    else:
        np.testing.assert_array_equal(masked, np.rint(expected))
        rgba = np.dstack([image, image, image, np.where(inside, 200, 0)]).astype(dtype)
        smoothed = smooth(rgba, settings, channel_axis=-1)
        np.testing.assert_array_equal(smoothed[..., 1], masked)
        np.testing.assert_array_equal(smoothed[..., 3], rgba[..., 3])
    np.testing.assert_array_equal(masked[~inside], image[~inside])


@pytest.mark.parametrize("smoothing", ["gaussian", "median"])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_a_block_with_its_surroundings_is_smoothed_as_in_the_whole(smoothing, dtype):
    image = picture(dtype, (60, 70))
    mask = np.ones(image.shape, bool)
    mask[20:25, 10:40] = False
    settings = Settings(2, sigma=(1.5, 2), smoothing=smoothing)
    whole = smooth(image, settings, mask=mask)
    reaches = reach(settings, 2)
    for start, stop in [((0, 0), (9, 70)), ((13, 21), (31, 22)), ((40, 50), (60, 70))]:
        spans = zip(start, stop, reaches, image.shape, strict=True)
        wide = [(max(0, a - r), min(n, b + r)) for a, b, r, n in spans]
        part = tuple(slice(*span) for span in wide)
        spans = zip(start, stop, wide, strict=True)
        trim = tuple(slice(a - first, b - first) for a, b, (first, _) in spans)
        block = smooth(image[part], settings, mask=mask[part])[trim]
        expected = whole[start[0] : stop[0], start[1] : stop[1]]
        np.testing.assert_array_equal(block, expected)


def test_threads_and_slabs_change_nothing(monkeypatch):
    image = picture("f4", (1500, 1400))
    image[::50, ::30] = np.nan
    image[1:5, 600:] = np.nan
    settings = Settings(2, sigma=1)
    whole = smooth(image, settings)
    monkeypatch.setenv("NAPARI_KMEANS_THREADS", "1")
    monkeypatch.setattr("napari_kmeans.core.smoothing.SLAB", 10_000)
    np.testing.assert_array_equal(smooth(image, settings), whole)


@pytest.mark.parametrize("smoothing", ["gaussian", "median"])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_fit_and_predict_smooth_first(smoothing, dtype):
    image = picture(dtype, (40, 50, 3))
    options = {"sigma": (1, 2), "smoothing": smoothing}
    smoothed = smooth(image, Settings(4, **options), channel_axis=-1)
    by_hand = segment(smoothed, 4, channel_axis=-1)

    result = segment(image, 4, channel_axis=-1, **options)

    np.testing.assert_array_equal(result.labels, by_hand.labels)
    np.testing.assert_array_equal(result.recolored, by_hand.recolored)
    np.testing.assert_array_equal(result.model.centroids, by_hand.model.centroids)
    np.testing.assert_array_equal(result.model.predict(image), result.labels)
    fitted = KMeansModel.fit(image, 4, channel_axis=-1, **options)
    assert fitted == result.model == KMeansModel.from_dict(fitted.to_dict())
    assert fitted.n_outside == 0


def test_a_mask_is_smoothed_on_its_own_and_the_rest_as_predict_does():
    image = picture("u1", (40, 50, 3))
    mask = np.zeros(image.shape[:-1], bool)
    mask[5:30, 7:40] = True
    result = segment(image, 3, channel_axis=-1, mask=mask, sigma=2)
    assert result.model.n_outside == (~mask).sum()
    model = KMeansModel.fit(image, 3, channel_axis=-1, mask=mask, sigma=2)
    np.testing.assert_array_equal(result.labels, model.predict(image, mask=mask))
    everywhere = segment(image, 3, channel_axis=-1, mask=mask, label_all=True, sigma=2)
    np.testing.assert_array_equal(everywhere.labels, model.predict(image))
    bright = np.where(mask[..., np.newaxis], image, 255).astype("u1")
    again = segment(bright, 3, channel_axis=-1, mask=mask, sigma=2)
    np.testing.assert_array_equal(again.labels, result.labels)  # it saw nothing else


def test_noise_is_gone():
    random = np.random.default_rng(0)
    truth = np.zeros((60, 60), np.uint8)
    truth[20:40, 20:40] = 1
    noisy = (80 + 60.0 * truth + random.normal(0, 40, truth.shape)).clip(0, 255)
    noisy = noisy.astype(np.uint8)
    wrong = (segment(noisy, 2).labels - 1 != truth).mean()
    assert wrong > 0.1
    for smoothing in ("gaussian", "median"):
        labels = segment(noisy, 2, sigma=2, smoothing=smoothing).labels
        assert (labels - 1 != truth).mean() < 0.05


def test_it_reports_between_the_slabs_and_can_be_stopped(monkeypatch):
    monkeypatch.setattr("napari_kmeans.core.smoothing.SLAB", 500)
    monkeypatch.setenv("NAPARI_KMEANS_THREADS", "2")
    image = picture("u2", (400, 100))
    reports = []
    finish(segment_steps(image, Settings(3, sigma=1)), reports.append)
    fractions = [report.fraction for report in reports]
    assert fractions[0] == 0
    assert fractions == sorted(fractions)
    assert sum("Smoothing" in report.phase for report in reports) > 3
    steps = segment_steps(image, Settings(3, sigma=1))
    next(steps)
    steps.close()


def test_one_sigma_for_each_axis():
    with pytest.raises(ValueError, match=r"sigma is .*2 spatial axes"):
        segment(picture("u1"), 2, sigma=(1, 1, 1))
