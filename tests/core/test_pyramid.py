"""Several levels: fitted on one of them, labelled on all."""

import dask.array
import numpy as np
import pytest

from napari_kmeans import KMeansModel, segment, segment_levels
from napari_kmeans.core.pyramid import level_to_fit


def pyramid(dtype="u1", shape=(60, 80, 3), n_levels=3, channel_axis=-1, seed=0):
    """Make levels, each half as large as the one before, of three noisy stripes."""
    random = np.random.default_rng(seed)
    x = np.linspace(0, 3, shape[1], endpoint=False).astype(int)
    image = 60 * (x[:, np.newaxis] + 1) + random.integers(0, 20, shape)
    if dtype[0] == "f":
        image = image / 255
    levels = [image]
    for _ in range(n_levels - 1):
        blocks = levels[-1].reshape(
            levels[-1].shape[0] // 2, 2, levels[-1].shape[1] // 2, 2, -1
        )
        levels.append(blocks.mean(axis=(1, 3)))
    return [np.moveaxis(level.astype(dtype), -1, channel_axis) for level in levels]


def run(levels, n_clusters=3, channel_axis=-1, **options):
    return segment_levels(levels, n_clusters, channel_axis=channel_axis, **options)


def test_one_array_is_no_levels():
    for one in (np.zeros((3, 8, 8)), dask.array.zeros((3, 8, 8))):
        with pytest.raises(TypeError, match=r"one array, of the shape \(3, 8, 8\)"):
            segment_levels(one, 2)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("channel_axis", [0, -1])
def test_every_level_is_labelled_by_one_model(dtype, channel_axis):
    levels = pyramid(dtype, channel_axis=channel_axis)
    result = run(levels, channel_axis=channel_axis)
    model = KMeansModel.fit(levels[0], 3, channel_axis=channel_axis)
    assert result.level == 0
    assert result.model == model
    for image, labels, recolored in zip(
        levels, result.labels, result.recolored, strict=True
    ):
        np.testing.assert_array_equal(labels, model.predict(image))
        np.testing.assert_array_equal(recolored, model.recolor(labels, image))
        assert recolored.shape == image.shape
        assert recolored.dtype == image.dtype


def test_the_finest_of_at_most_16_mi_pixels_is_fitted():
    assert level_to_fit([(4096, 4096), (2048, 2048)]) == 0
    assert level_to_fit([(2, 4096, 4096), (2, 2048, 2048), (2, 1024, 1024)]) == 1
    assert level_to_fit([(10, 4096, 4096), (5, 4096, 4096)]) == 1


@pytest.mark.parametrize("level", [1, 2])
def test_another_level_is_fitted_where_the_finest_is_too_large(level, monkeypatch):
    levels = pyramid()
    most = levels[level][..., 0].size
    monkeypatch.setattr("napari_kmeans.core.pyramid.MOST_PIXELS", most)
    result = run(levels)
    assert result.level == level
    assert result.model == KMeansModel.fit(levels[level], 3, channel_axis=-1)
    for image, labels in zip(levels, result.labels, strict=True):
        np.testing.assert_array_equal(labels, result.model.predict(image))


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_positions_and_smoothing_are_in_pixels_of_the_finest_level(dtype, monkeypatch):
    levels = pyramid(dtype, (64, 96, 3))
    weight = 4 / (255 if dtype == "f4" else 1)
    fine = run(levels, sigma=(4, 2), position_weight=weight)
    assert fine.model == KMeansModel.fit(
        levels[0], 3, channel_axis=-1, sigma=(4, 2), position_weight=weight
    )
    monkeypatch.setattr("napari_kmeans.core.pyramid.MOST_PIXELS", 32 * 48)

    coarse = run(levels, sigma=(4, 2), position_weight=weight)

    assert coarse.level == 1
    assert coarse.model.settings == fine.model.settings
    by_hand = segment(
        levels[1], 3, channel_axis=-1, sigma=(2, 1), position_weight=2 * weight
    )
    np.testing.assert_array_equal(coarse.labels[1], by_hand.labels)
    expected = 2 * (by_hand.model.positions + 0.5) - 0.5
    np.testing.assert_allclose(coarse.model.positions, expected)
    # The model is one for the finest level, and all levels agree but at the borders.
    np.testing.assert_array_equal(coarse.model.predict(levels[0]), coarse.labels[0])
    features = coarse.model.space.features(
        np.hstack([coarse.model.centroids, coarse.model.positions]).astype("f8")
    )
    np.testing.assert_allclose(features.T, coarse.model.feature_centroids, rtol=1e-5)
    every_other = coarse.labels[0][::2, ::2]
    assert (every_other == coarse.labels[1]).mean() > 0.9
    assert (coarse.labels[1][::2, ::2] == coarse.labels[2]).mean() > 0.9


def test_a_mask_is_that_of_the_finest_level():
    levels = pyramid()
    mask = np.zeros(levels[0].shape[:2], bool)
    mask[10:50, 20:70] = True
    result = run(levels, mask=mask)
    assert result.model == KMeansModel.fit(levels[0], 3, channel_axis=-1, mask=mask)
    for factor, labels, image, recolored in zip(
        (1, 2, 4), result.labels, levels, result.recolored, strict=True
    ):
        inside = mask[factor // 2 :: factor, factor // 2 :: factor]
        np.testing.assert_array_equal(labels > 0, inside)
        np.testing.assert_array_equal(recolored[~inside], image[~inside])
    everywhere = run(levels, mask=mask, label_all=True)
    assert all((labels > 0).all() for labels in everywhere.labels)
    assert everywhere.model == result.model


def test_a_mask_too_small_for_a_coarse_level(monkeypatch):
    levels = pyramid()
    monkeypatch.setattr("napari_kmeans.core.pyramid.MOST_PIXELS", 15 * 20)
    mask = np.zeros(levels[0].shape[:2], bool)
    mask[6, 3:6] = True  # between the centres of the pixels of the other levels
    result = run(levels, n_clusters=2, mask=mask)
    assert result.level == 0
    assert (result.labels[0] > 0).sum() == 3


def test_levels_need_not_halve():
    image = pyramid()[0]
    result = run([image, image[::3, 5::7]], position_weight=1)
    assert result.labels[1].shape == (20, 11)
    mask = np.ones((60, 80), bool)
    result = run([image, image[::3, 5::7]], mask=mask)
    assert (result.labels[1] > 0).all()


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("options", [{}, {"sigma": 2}, {"mask": True}])
def test_lazy_levels_give_lazy_labels_that_are_the_same(options, level, monkeypatch):
    levels = pyramid()
    if "mask" in options:
        mask = np.random.default_rng(2).random(levels[0].shape[:2]) < 0.9
        options = {"mask": mask}
    most = levels[level][..., 0].size
    monkeypatch.setattr("napari_kmeans.core.pyramid.MOST_PIXELS", most)
    expected = run(levels, **options)
    lazy = [dask.array.from_array(image, chunks=(17, 19, 3)) for image in levels]
    result = run(lazy, **options)
    assert result.level == level
    np.testing.assert_array_equal(result.model.centroids, expected.model.centroids)
    for name in ("labels", "recolored"):
        arrays, wanted = getattr(result, name), getattr(expected, name)
        for array, want in zip(arrays, wanted, strict=True):
            assert isinstance(array, dask.array.Array)
            np.testing.assert_array_equal(array.compute(), want)


def test_progress_goes_forward():
    reports = []
    run(pyramid(), callback=reports.append)
    fractions = [report.fraction for report in reports]
    assert fractions[0] == 0
    assert fractions == sorted(fractions)
    assert fractions[-1] <= 1


def test_levels_that_cannot_be_used():
    with pytest.raises(ValueError, match="levels is empty"):
        run([])
    with pytest.raises(ValueError, match=r"levels differ .*\[2, 3\]"):
        run([np.zeros((4, 4, 3)), np.zeros((2, 2))])
    with pytest.raises(TypeError, match="colour_space"):
        run(pyramid(), colour_space="lab")
    with pytest.raises(ValueError, match="mask has the shape"):
        run(pyramid(), mask=np.ones((3, 3), bool))


def test_stopping_early_is_told():
    random = np.random.default_rng(0).random((64, 64, 3))
    with pytest.warns(RuntimeWarning, match="max_iter is 1"):
        run([random, random[::2, ::2]], n_clusters=8, max_iter=1, n_init=1)
