import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image

from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.world_grid import data_position, world_position


@pytest.mark.parametrize("other", [None, "nm", "um", "mm"])
@pytest.mark.parametrize("axis", [0, 1])
def test_slices_are_found_in_the_viewers_units(other, axis):
    viewer = ViewerModel()
    place = {"scale": (0.5, 2, 1), "translate": (3, 0, 0), "units": ("um",) * 3}
    sources = Sources((viewer.add_image(np.zeros((9, 12, 12)), **place),))
    if other is not None:
        viewer.add_image(np.zeros((2, 2, 2)), units=(other,) * 3)
    viewer.dims.order = (axis, *({0, 1, 2} - {axis}))
    from_last, point = world_position(viewer, sources.grid(), axis, 7)
    viewer.dims.set_point(viewer.dims.ndim + from_last, point)
    assert data_position(viewer, sources.grid(), axis) == pytest.approx(7, abs=0.5)
    layer = sources.first
    shown = layer.data_to_world((7, 7, 7))[axis]
    in_micrometers = viewer.dims.point[axis] * {"nm": 1e-3}.get(other, 1)
    assert in_micrometers == pytest.approx(shown, abs=0.5)


def test_a_viewer_of_fewer_axes_is_at_no_slice():
    viewer = ViewerModel()

    sources = Sources((Image(np.zeros((4, 5, 6))),))
    assert np.isnan(data_position(viewer, sources.grid(), 0))
