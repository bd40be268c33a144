"""The suggested number of clusters: right where it is known, none for noise."""

import dask.array as da
import numpy as np
import pytest

from napari_kmeans import sample_data, suggest
from napari_kmeans.core.choosing import sampling


def groups(n_groups, n_channels, noise, *, sizes=None, seed=0):
    """Return an image of pixels around so many values, at least 35 apart."""
    random = np.random.default_rng(seed)
    if n_channels == 1:
        centers = np.linspace(35, 220, n_groups)[:, np.newaxis]
    else:
        steps = random.permutation(27)[:n_groups]
        centers = 50 + 70 * np.stack(np.unravel_index(steps, (3, 3, 3)), axis=1)
        centers = centers[:, :n_channels]
    sizes = np.ones(n_groups) if sizes is None else np.array(sizes)
    which = random.choice(n_groups, (120, 150), p=sizes / sizes.sum())
    values = centers[which] + random.normal(0, noise, (*which.shape, n_channels))
    image = values.clip(0, 255).round().astype(np.uint8)
    return image[..., 0] if n_channels == 1 else image


@pytest.mark.parametrize("noise", [3, 8])
@pytest.mark.parametrize("n_groups", range(2, 7))
@pytest.mark.parametrize("n_channels", [1, 3])
def test_the_number_of_groups_is_suggested(n_channels, n_groups, noise):
    image = groups(n_groups, n_channels, noise, seed=n_groups)
    axis = None if n_channels == 1 else -1
    assert suggest(image, channel_axis=axis).n_clusters == n_groups


@pytest.mark.parametrize("n_groups", range(2, 6))
@pytest.mark.parametrize("n_channels", [1, 3])
def test_groups_may_differ_in_size(n_channels, n_groups):
    sizes = np.geomspace(1, 12, n_groups)
    image = groups(n_groups, n_channels, 5, sizes=sizes, seed=n_groups)
    axis = None if n_channels == 1 else -1
    assert suggest(image, channel_axis=axis).n_clusters == n_groups


def test_groups_may_differ_in_spread():
    random = np.random.default_rng(0)
    narrow, wide = random.normal(60, 2, 9000), random.normal(150, 18, 9000)
    image = np.concatenate([narrow, wide]).reshape(120, 150)
    assert suggest(image).n_clusters == 2


RANDOM = np.random.default_rng(3)
SHAPE = 120, 150
GRADUAL = np.linspace(0, 1, SHAPE[0] * SHAPE[1]).reshape(SHAPE)
NOISE = {
    "uniform": RANDOM.integers(0, 256, SHAPE, dtype=np.uint8),
    "uniform float": RANDOM.random(SHAPE),
    "Gaussian": RANDOM.normal(128, 20, SHAPE).round().astype(np.uint8),
    "Gaussian of few levels": RANDOM.normal(128, 3, SHAPE).round().astype(np.uint8),
    "photons": RANDOM.poisson(5, SHAPE).astype(np.uint16),
    "exponential": RANDOM.exponential(30, SHAPE),
    "ramp": GRADUAL,
    "8-bit ramp": (255 * GRADUAL).astype(np.uint8),
    "RGB": RANDOM.integers(0, 256, (*SHAPE, 3), dtype=np.uint8),
    "Gaussian RGB": RANDOM.normal(128, 20, (*SHAPE, 3)).round().astype(np.uint8),
    "RGB ramp": (255 * GRADUAL[..., np.newaxis] * [1, 0.5, 0.2]).astype(np.uint8),
    "five channels": RANDOM.normal(0, 1, (60, 60, 5)),
}


@pytest.mark.parametrize("kind", NOISE)
def test_there_is_no_clear_number_for_noise(kind):
    image = NOISE[kind]
    found = suggest(image, channel_axis=-1 if image.ndim == 3 else None)
    assert found.n_clusters is None
    assert found.reason.startswith("No clear number: ")


@pytest.mark.parametrize(
    ("sample", "number"),
    [
        ("immunohistochemistry", 2),  # tissue and glass
        ("retina", 2),  # retina and black
        ("cell", 2),  # cell and background
        ("microaneurysms", None),
    ],
)
def test_samples(sample, number):
    image, options, _ = getattr(sample_data, sample)()[0]
    found = suggest(image, channel_axis=-1 if options["rgb"] else None)
    assert found.n_clusters == number


def test_the_reason_says_what_one_more_would_add():
    found = suggest(groups(3, 1, 8))
    chosen, following = found.criteria[1:3]
    assert found.reason == "3 explains 99 %, a fourth adds less than 1 %."
    assert chosen.explained == pytest.approx(0.99, abs=0.005)
    assert 0 < following.explained - chosen.explained < 0.005


def test_the_reason_names_the_next_number_that_was_compared():
    assert (
        suggest(groups(3, 1, 16), (3, 8)).reason == "3 explains 96 %, 8 would add 3 %."
    )
    reason = suggest(groups(3, 1, 16), (2, 3)).reason
    assert reason == "3 explains 96 %; more than 3 were not tried."


def test_the_reason_names_the_bend_where_there_is_no_clear_number():
    assert suggest(GRADUAL).reason == (
        "No clear number: the segments run into each other. "
        "Of these, the curve bends at 2, which explains 75 %, a third adds 14 %."
    )


def test_few_values_are_as_many_clusters():
    image = np.array([[3, 4, 5, 5, 5]], np.uint8)
    found = suggest(image, (2, 4, 8))
    assert [one.n_clusters for one in found.criteria] == [2, 3]
    assert found.n_clusters == 3
    assert found.reason == "3: the image has only 3 different values."


def test_one_value_is_no_choice():
    found = suggest(np.zeros((4, 4)))
    assert found.n_clusters is None
    assert found.reason == "No clear number: all pixels have the same value."
    assert [one.n_clusters for one in found.criteria] == [1]


def test_numbers_are_compared_in_ascending_order_and_once():
    found = suggest(groups(3, 1, 8), (5, 2, 2))
    assert [one.n_clusters for one in found.criteria] == [2, 5]


def test_what_is_outside_is_left_out():
    image = groups(3, 1, 6).astype(float)
    mask = np.ones(image.shape, bool)
    image[:10], mask[-10:] = np.nan, False
    image[-10:] = 1e6
    found = suggest(image, mask=mask)
    assert found.n_clusters == 3
    assert found.n_pixels == 100 * 150


def test_many_values_are_compared_on_a_sample(monkeypatch):
    image = np.random.default_rng(0).normal(0, 1, SHAPE)
    image[:, :50] += 12
    exact = suggest(image, (2, 3))
    monkeypatch.setattr(sampling, "MOST_VALUES", 5000)
    monkeypatch.setattr(sampling, "SAMPLE_SIZE", 4000)
    found = suggest(image, (2, 3))
    assert (found.n_pixels, found.n_fitted) == (image.size, 4000)
    assert found.n_clusters == exact.n_clusters == 2
    for one, other in zip(found.criteria, exact.criteria, strict=True):
        assert one.inertia == pytest.approx(other.inertia, rel=0.05)
        assert one.explained == pytest.approx(other.explained, abs=0.01)
        assert one.silhouette == pytest.approx(other.silhouette, abs=0.02)
        ratio = one.calinski_harabasz / other.calinski_harabasz
        assert ratio == pytest.approx(1, abs=0.05)


def test_a_lazy_image_of_8_bits_gives_the_same():
    image = groups(3, 3, 8)
    lazy = da.from_array(image, chunks=(50, 70, 3))
    assert suggest(lazy, channel_axis=-1) == suggest(image, channel_axis=-1)


@pytest.mark.parametrize("options", [{}, {"position_weight": 0.1}, {"sigma": 1}])
def test_a_sample_of_a_lazy_image_is_compared(options, monkeypatch):
    image = groups(3, 1, 6).astype(np.float32)
    image[:5] = np.nan
    lazy = da.from_array(image, chunks=(50, 70))
    exact = suggest(image, (2, 3), **options)
    found = suggest(lazy, (2, 3), **options)
    assert found.n_fitted == exact.n_fitted
    for one, other in zip(found.criteria, exact.criteria, strict=True):
        assert vars(one) == pytest.approx(vars(other), rel=0.02)
    monkeypatch.setattr("napari_kmeans.core.lazy.sampling.SAMPLE_SIZE", 6000)
    found = suggest(lazy, (2, 3), **options)
    assert found.n_pixels == exact.n_pixels
    assert 5000 < found.n_fitted < 7000
    for one, other in zip(found.criteria, exact.criteria, strict=True):
        assert one.explained == pytest.approx(other.explained, abs=0.02)


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match="ks is empty"):
        suggest(GRADUAL, [])
    with pytest.raises(ValueError, match="n_clusters is 0"):
        suggest(GRADUAL, [0, 2])
    with pytest.raises(ValueError, match="no pixel that can be clustered"):
        suggest(np.full((3, 3), np.nan))


def test_progress_is_reported_and_stops_it():
    seen = []
    suggest(groups(3, 3, 8), channel_axis=-1, callback=seen.append)
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert any(progress.phase.startswith("k = 3: ") for progress in seen)
