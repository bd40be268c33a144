"""Numbers of each segment, and of its objects."""

import numpy as np
import pytest

from napari_kmeans.segments import statistics as module
from napari_kmeans.segments.statistics import (
    count_objects,
    find_objects,
    mean_values,
    measure_objects,
    percentages,
)

LABELS = np.zeros((8, 9), np.uint8)
LABELS[1:3, 1:4] = 2
LABELS[3, 4] = 2
LABELS[6, 6:8] = 2
LABELS[6, 1] = 1


def test_percent_is_of_what_is_not_ignored(segments):
    segments.set_ignored([2], True)
    counts = segments.counts
    percents = percentages(segments.map, counts)
    assert percents[2] is None
    assert percents[1] == pytest.approx(100 * counts[1] / (counts[1] + counts[3]))
    assert percents[1] + percents[3] == pytest.approx(100)


def test_nothing_to_count(segments):
    segments.follow(np.zeros_like(segments.labels))
    assert percentages(segments.map, segments.counts) == {1: 0, 2: 0, 3: 0}


def test_means(segments, image, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 100)
    means = mean_values(segments.labels, image)
    for value in segments.map.values:
        expected = image[segments.labels == value].mean(axis=0)
        np.testing.assert_allclose(means[value], expected)
    gray = mean_values(segments.labels, image[..., 0])
    assert gray[1] == pytest.approx((means[1][0],))


def test_means_leave_out_what_is_not_finite():
    labels = np.array([1, 1, 2, 4])
    means = mean_values(labels, np.array([1.0, np.nan, np.inf, 5.0]))
    assert means == {1: (1.0,), 2: (pytest.approx(np.nan, nan_ok=True),), 4: (5.0,)}


def test_objects_are_counted():
    labels = np.array([[1, 2, 1], [2, 1, 2], [2, 2, 2], [0, 0, 0], [2, 0, 5]])
    assert count_objects(labels) == {1: 1, 2: 2, 5: 1}  # corners touch, 0 is no segment
    volume = np.stack([labels, np.zeros_like(labels), labels])
    assert count_objects(volume) == {1: 2, 2: 4, 5: 2}


def test_pieces_that_touch_at_a_corner_are_one():
    objects = find_objects(LABELS, 2)
    assert objects.max() == 2
    assert objects[3, 4] == objects[1, 1] != objects[6, 6]
    np.testing.assert_array_equal(objects > 0, LABELS == 2)


def test_measures():
    image = np.arange(LABELS.size, dtype=float).reshape(LABELS.shape)
    table = measure_objects(find_objects(LABELS, 2), image, (0.5, 0.5))
    np.testing.assert_allclose(table["area"], [7 / 4, 2 / 4])
    np.testing.assert_allclose(table["centroid-0"][1], 3)
    np.testing.assert_allclose(table["intensity_mean"][1], image[6, 6:8].mean())
    assert "perimeter" in table


def test_colour_image_and_pixels_that_are_not_square():
    image = np.ones((*LABELS.shape, 3))
    table = measure_objects(find_objects(LABELS, 2), image, (1, 2))
    assert "perimeter" not in table
    np.testing.assert_allclose(table["intensity_mean-2"], [1, 1])


def test_three_dimensions_and_nothing():
    volume = np.zeros((4, 5, 6), np.uint8)
    volume[1:3, 1:3, 1:3] = 1
    table = measure_objects(find_objects(volume, 1))
    np.testing.assert_array_equal(table["area"], [8])
    assert len(measure_objects(find_objects(volume, 5))["label"]) == 0
