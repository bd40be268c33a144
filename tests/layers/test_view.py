"""The part of an image that the camera shows."""

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.view import view_of


def shown(viewer, sources, size=(4, 5)):
    """Return the pixels that a small picture is made of."""
    view = view_of(viewer, sources)
    places = view.places(sources.shape, size)
    return view, [index.tolist() for index in places]


def test_all_of_a_new_image():
    viewer = ViewerModel()
    layer = viewer.add_image(np.zeros((8, 20)))
    view, (rows, columns) = shown(viewer, Sources((layer,)))
    assert rows == [1, 3, 5, 7]
    assert columns == [2, 6, 10, 14, 18]
    assert view.aspect == pytest.approx(20 / 8)


def test_what_the_camera_shows_of_it():
    viewer = ViewerModel()
    layer = viewer.add_image(np.zeros((8, 20)), scale=(2, 1))
    layer.corner_pixels = np.array([[4, 10], [7, 14]])
    view, (rows, columns) = shown(viewer, Sources((layer,)))
    assert rows == [4, 5, 6, 7]
    assert columns == [10, 11, 12, 13, 14]
    assert view.aspect == pytest.approx(5 / 8)


def test_the_slice_on_the_screen_in_the_order_of_its_axes():
    viewer = ViewerModel()
    layer = viewer.add_image(np.zeros((6, 8, 10)))
    viewer.dims.set_current_step(0, 4)
    view, places = shown(viewer, Sources((layer,)))
    assert places[0] == [4]
    assert view.axes == (1, 2)
    viewer.dims.order = (1, 2, 0)
    viewer.dims.set_current_step(1, 7)
    view, places = shown(viewer, Sources((layer,)))
    assert view.axes == (2, 0)
    assert places[1] == [7]
    assert len(places[2]) == 4  # rows


def test_the_middle_of_a_volume_in_3d():
    viewer = ViewerModel(ndisplay=3)
    layer = viewer.add_image(np.zeros((6, 8, 10)))
    view, places = shown(viewer, Sources((layer,)))
    assert places[0] == [3]
    assert view.axes == (1, 2)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_channel_axis_is_left_out(axis):
    shape = (3, 8, 10) if axis == 0 else (8, 3, 10)
    viewer = ViewerModel()
    layer = viewer.add_image(np.zeros(shape))
    if axis == 1:
        viewer.dims.order = (1, 0, 2)
    sources = Sources((layer,), channel_axis=axis)
    view, places = shown(viewer, sources)
    assert [sources.shape[axis] for axis in view.axes] == [8, 10]
    assert [len(places[axis]) for axis in view.axes] == [4, 5]


def test_a_slider_beside_the_image_is_refused():
    viewer = ViewerModel()
    layer = viewer.add_image(np.zeros((3, 8, 10)))
    viewer.add_image(np.zeros((9, 8, 10)))
    viewer.dims.set_current_step(0, 8)
    with pytest.raises(ValueError, match="has no slice"):
        view_of(viewer, Sources((layer,)))
