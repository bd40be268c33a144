"""Connected pieces and their measures."""

import numpy as np

from napari_kmeans.segments.objects import find_objects, measure_objects

LABELS = np.zeros((8, 9), np.uint8)
LABELS[1:3, 1:4] = 2
LABELS[3, 4] = 2
LABELS[6, 6:8] = 2
LABELS[6, 1] = 1


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
