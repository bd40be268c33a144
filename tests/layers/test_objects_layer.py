import numpy as np
import numpy.testing as npt
import pytest
from napari.components import ViewerModel

from napari_kmeans.core.progress import finish
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.layers.objects_layer import plan_objects
from napari_kmeans.layers.source_pixels import read_source


@pytest.fixture
def viewer():
    return ViewerModel()


@pytest.fixture
def two_squares(viewer):
    image = np.zeros((20, 30), np.uint8)
    image[2:6, 3:8] = 200
    image[10:13, 20:23] = 200
    source = viewer.add_image(
        image, name="squares", scale=(0.5, 0.5), units=("um", "um"), translate=(3, 4)
    )
    steps = read_source(source).segment_steps(Settings(n_clusters=2))
    return show_segmentation(viewer, source, finish(steps))


def objects_layer(clustering, value):
    return plan_objects(clustering, value)()


def test_every_object_has_a_label_and_a_row(two_squares):
    layer = objects_layer(two_squares, 2)
    assert set(np.unique(layer.data)) == {0, 1, 2}
    features = layer.features
    assert len(features) == 3
    npt.assert_array_equal(features["index"], [0, 1, 2])
    npt.assert_allclose(features["area"][1:], [20 * 0.25, 9 * 0.25])
    npt.assert_allclose(features["centroid-0"][1:], [3.5 * 0.5, 11 * 0.5])
    npt.assert_allclose(features["intensity_mean"][1:], 200)
    assert np.isnan(features["area"][0])


def test_objects_lie_over_the_source(two_squares):
    layer = objects_layer(two_squares, 2)
    two_squares.viewer.add_layer(layer)
    npt.assert_array_equal(layer.extent.world, two_squares.source.extent.world)


def test_segment_without_pixels_has_no_objects(two_squares):
    two_squares.segments.replace_pixels(np.ones((20, 30), np.uint8), "Paint")
    with pytest.raises(ValueError, match="no pixel"):
        objects_layer(two_squares, 2)


def test_objects_are_those_of_the_moment_they_were_asked_for(two_squares):
    find = plan_objects(two_squares, 2)
    two_squares.segments.replace_pixels(np.ones((20, 30), np.uint8), "Paint")
    assert find().data.max() == 2
