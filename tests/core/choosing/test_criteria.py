"""Criteria on distinct values and counts: those of scikit-learn on the pixels."""

import numpy as np
import pytest
from sklearn.metrics import calinski_harabasz_score, silhouette_score

from napari_kmeans import Settings, segment, suggest
from napari_kmeans.core.choosing.criteria import explained_variance, silhouettes
from napari_kmeans.core.grid import Points
from napari_kmeans.core.progress import finish

KINDS = {
    "one channel": ((24, 30), None, np.uint8, {}),
    "one channel of floats": ((24, 30), None, np.float32, {}),
    "colour": ((20, 24, 3), -1, np.uint8, {}),
    "Lab": ((20, 24, 3), -1, np.uint8, {"color_space": "lab"}),
    "grey values of colours": ((20, 24, 3), -1, np.uint8, {"color_space": "grey"}),
    "four channels": ((20, 24, 4), -1, np.uint16, {"scaling": "standardize"}),
    "two channels first": ((2, 20, 24), 0, np.float64, {"channel_weights": (1, 3)}),
    "positions": ((20, 24, 3), -1, np.uint8, {"position_weight": 2}),
}


def picture(shape, dtype):
    random = np.random.default_rng(5)
    values = random.normal(0, 9, shape) + random.choice([60, 110, 190], shape)
    return values.round().astype(dtype)


@pytest.mark.parametrize("kind", KINDS)
def test_each_criterion_is_that_of_scikit_learn_on_the_pixels(kind):
    shape, axis, dtype, options = KINDS[kind]
    image = picture(shape, dtype)
    found = suggest(image, (2, 3, 5), channel_axis=axis, **options)
    assert (
        found.n_compared == found.n_fitted == found.n_pixels == 20 * 24 or axis is None
    )
    for one in found.criteria:
        result = segment(image, one.n_clusters, channel_axis=axis, **options)
        labels, space = result.labels.reshape(-1), result.model.space
        n_channels = 1 if axis is None else image.shape[axis]
        moved = image[..., np.newaxis] if axis is None else np.moveaxis(image, axis, -1)
        values = moved.reshape(-1, n_channels)
        if space.n_positions:
            places = np.indices(result.labels.shape).reshape(2, -1).T
            values = np.hstack([values, places])
        points = space.features(values).T
        total = np.square(points - points.mean(axis=0)).sum()
        expected = calinski_harabasz_score(points, labels)
        assert one.inertia == pytest.approx(result.model.inertia)
        assert one.explained == pytest.approx(1 - result.model.inertia / total)
        assert one.calinski_harabasz == pytest.approx(expected, rel=1e-9)
        expected = silhouette_score(points, labels)
        assert one.silhouette == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("n_axes", [1, 2])
def test_the_silhouette_counts_each_value_as_often_as_there_are_pixels(n_axes):
    random = np.random.default_rng(1)
    values = np.unique(random.integers(0, 40, (n_axes, 25)), axis=1)
    counts = random.integers(1, 6, values.shape[1])
    counts[0] = 1  # alone in its cluster: of silhouette 0
    labels = np.digitize(values[0], [values[0, 0] + 0.5, 20])
    labels[0] = 0
    labels[1:] = np.maximum(labels[1:], 1)
    points = Points(values.astype(float), counts.astype(float))
    pixels, each = np.repeat(values, counts, axis=1).T, np.repeat(labels, counts)
    assert finish(silhouettes(points, [labels]))[0] == pytest.approx(
        silhouette_score(pixels, each), rel=1e-9
    )


@pytest.mark.parametrize("shape", [(30,), (30, 2)])
def test_one_cluster_explains_nothing_and_has_no_other_criterion(shape):
    image = np.random.default_rng(0).random(shape)
    axis = -1 if len(shape) > 1 else None
    (one,) = suggest(image, [1], channel_axis=axis).criteria
    assert 0 <= one.explained < 1e-9
    others = one.calinski_harabasz, one.silhouette, one.overlap
    assert np.isnan(others).all()


def test_the_silhouette_of_many_colours_is_that_of_a_sample():
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (80, 80, 3), dtype=np.uint8)
    image[:40] //= 3
    found = suggest(image, (2, 3), channel_axis=-1)
    assert found.n_compared == 4096
    assert found == suggest(image, (2, 3), channel_axis=-1)
    for one in found.criteria:
        labels = segment(image, one.n_clusters, channel_axis=-1).labels.reshape(-1)
        exact = silhouette_score(image.reshape(-1, 3), labels)
        assert one.silhouette == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_the_size_of_the_numbers_does_not_matter(size):
    image = picture((20, 24), np.uint8).astype(float)
    usual, extreme = suggest(image, (2, 3)), suggest(image * size, (2, 3))
    assert extreme.reason == usual.reason
    for one, other in zip(extreme.criteria, usual.criteria, strict=True):
        shares = ("explained", "calinski_harabasz", "silhouette", "overlap")
        for name in shares:
            assert getattr(one, name) == pytest.approx(getattr(other, name))


def test_settings_of_the_fits_are_used():
    image = picture((20, 24, 3), np.uint8)
    settings = Settings(3, color_space="lab", sigma=1, lightness_weight=0.5)
    options = {"color_space": "lab", "sigma": 1, "lightness_weight": 0.5}
    (one,) = suggest(image, [settings.n_clusters], channel_axis=-1, **options).criteria
    model = segment(image, 3, channel_axis=-1, **options).model
    assert one.inertia == pytest.approx(model.inertia)


def test_rounding_explains_no_less_than_nothing():
    assert explained_variance(1 + 1e-12, 1) == 0
