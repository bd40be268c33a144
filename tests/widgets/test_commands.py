import numpy as np
import pytest
from napari.utils.notifications import notification_manager

from napari_kmeans.core.settings import Settings
from napari_kmeans.widgets.commands import segment_active_layer
from napari_kmeans.widgets.docks import dock_panel
from napari_kmeans.widgets.settings_form import save_settings


def test_active_image_is_segmented_with_the_last_used_settings(
    viewer, stain, wait_for_run
):
    save_settings(Settings(n_clusters=6), "")
    viewer.add_image(stain, name="one")
    viewer.add_image(stain, name="two")
    viewer.layers.selection.active = viewer.layers["one"]
    segment_active_layer()
    wait_for_run(dock_panel(viewer))
    assert viewer.layers["one segments"].data.max() == 6
    assert len(viewer.layers) == 4


def test_active_output_stands_for_its_source(viewer, stain, wait_for_run):
    viewer.add_image(stain, name="one")
    segment_active_layer()
    wait_for_run(dock_panel(viewer))
    viewer.layers.selection.active = viewer.layers["one segments"]
    segment_active_layer()
    wait_for_run(dock_panel(viewer))
    assert len(viewer.layers) == 3


@pytest.mark.parametrize("with_points", [False, True])
def test_without_an_active_image_it_says_what_to_do(viewer, with_points):
    if with_points:
        viewer.add_points(np.zeros((1, 2)))
    segment_active_layer()
    assert "Select an image layer" in notification_manager.records[-1].message
    assert not viewer.window.dock_widgets


def test_there_is_one_panel_a_window(viewer):
    assert dock_panel(viewer) is dock_panel(viewer)


def test_menu_command_is_the_same(viewer, stain, wait_for_run):
    from napari._app_model import get_app_model

    viewer.add_image(stain, name="one")
    get_app_model().commands.execute_command("napari-kmeans.segment_active_layer")
    wait_for_run(dock_panel(viewer))
    assert len(viewer.layers) == 3
