import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_kmeans.layers.clusterings import clustering_of


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer(show=True)


def test_objects_of_a_row_come_with_their_table(viewer, panel, wait_for_run, qtbot):
    image = np.zeros((40, 40), np.uint8)
    image[5:10, 5:10] = 200
    image[20:30, 20:30] = 200
    viewer.add_image(image, name="squares")
    panel.form.n_clusters.value = 2
    panel.segment()
    wait_for_run(panel)
    clustering = clustering_of(viewer, viewer.layers["squares"])
    clustering.segments.rename(2, "bright")
    panel.segments.view.select_values([2])
    panel.segments.buttons.buttons["objects"].click()
    assert panel.segments.message.value == "Finding the objects of 'bright' …"
    qtbot.waitUntil(lambda: "squares bright objects" in viewer.layers)
    layer = viewer.layers["squares bright objects"]
    assert viewer.layers.index(layer) == viewer.layers.index(clustering.labels) + 1
    assert set(np.unique(layer.data)) == {0, 1, 2}
    assert list(layer.features["area"][1:]) == [25, 100]
    assert "2 objects" in panel.segments.message.value
    assert any("Features table" in name for name in viewer.window.dock_widgets)


def test_objects_are_not_spoken_of_when_they_are_gone_or_others(
    viewer, panel, stain, click, wait_for_run, qtbot
):
    viewer.add_image(stain[..., 0], name="stain")
    click(panel.segment_button)
    wait_for_run(panel)
    panel.segments.view.select_values([1])
    table, message = panel.segments.view, panel.segments.message
    qtbot.keyClick(table, Qt.Key.Key_O)
    qtbot.waitUntil(lambda: message.value.startswith("Added"))
    panel.form.n_clusters.value = 6
    click(panel.segment_button)
    wait_for_run(panel)
    assert message.value == ""
    panel.segments.view.select_values([1])
    qtbot.keyClick(table, Qt.Key.Key_O)
    qtbot.waitUntil(lambda: message.value.startswith("Added"))
    viewer.layers.remove(viewer.layers[-1])
    assert message.value == ""
