"""Numbers of each segment."""

import numpy as np
import pytest

from napari_kmeans.segments import statistics as module
from napari_kmeans.segments.statistics import (
    count_objects,
    mean_values,
    statistics,
)


def test_percent_is_of_what_is_not_ignored(segments):
    segments.set_ignored([2], True)
    rows = {row.value: row for row in statistics(segments.map, segments.counts, 0.25)}
    counts = segments.counts
    assert rows[2].percent is None
    assert rows[1].percent == pytest.approx(100 * counts[1] / (counts[1] + counts[3]))
    assert rows[1].percent + rows[3].percent == pytest.approx(100)
    assert rows[2].size == counts[2] / 4


def test_nothing_to_count(segments):
    segments.follow(np.zeros_like(segments.labels))
    rows = statistics(segments.map, segments.counts)
    assert [row.percent for row in rows] == [0, 0, 0]


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
