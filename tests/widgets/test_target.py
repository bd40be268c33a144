"""One target: image box, table, status line and selected layer speak of one source."""

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.clusterings import clustering_of
from napari_kmeans.widgets.docks import dock_panel
from napari_kmeans.widgets.settings_form import save_settings


@pytest.fixture
def two(viewer, panel, stain, click, wait_for_run):
    """Two images with their segments; B's are shown."""
    layers = [
        viewer.add_image(stain, name="A"),
        viewer.add_image(255 - stain, name="B"),
    ]
    for layer in layers:
        viewer.layers.selection.active = layer
        click(panel.segment_button)
        wait_for_run(panel)
    return layers


def pick(qtbot, combo, name):
    box = combo.native
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    while box.currentText() != name:
        qtbot.keyClick(box, Qt.Key.Key_Down)


def shown(panel):
    return panel.segments.title.text()


def names_of_selected(viewer):
    return {layer.name for layer in viewer.layers.selection}


def test_what_is_picked_is_shown_and_selected(viewer, panel, two, qtbot):
    viewer.layers.selection.active = viewer.layers["A k-means"]
    assert panel.image.value.name == "A"
    assert shown(panel).startswith("A")
    pick(qtbot, panel.image, "B")
    assert shown(panel).startswith("B")
    assert names_of_selected(viewer) == {"B"}
    pick(qtbot, panel.image, "A")
    assert shown(panel).startswith("A")
    assert panel.status.value == ""


def test_a_region_that_is_drawn_stays_selected(viewer, panel, two, qtbot):
    viewer.add_shapes(name="ROI")
    pick(qtbot, panel.image, "A")
    assert names_of_selected(viewer) == {"ROI"}
    assert shown(panel).startswith("A")


def test_the_target_is_not_moved(viewer, panel, two):
    for act in (
        lambda: setattr(viewer.layers["B"], "name", "renamed"),
        lambda: viewer.layers.move(0, len(viewer.layers)),
        lambda: setattr(viewer.layers["A k-means"], "visible", False),
        viewer.add_shapes,
        viewer.add_points,
        lambda: viewer.add_labels(np.zeros((40, 50), int)),
        lambda: viewer.layers.remove("A"),
    ):
        act()
        assert panel.image.value.name in ("B", "renamed")
        assert shown(panel).startswith(panel.image.value.name)


@pytest.mark.parametrize("name", ["A", "B"])
def test_segments_of_a_deleted_source_stay(viewer, panel, two, click, name):
    viewer.layers.selection.active = viewer.layers[name]
    viewer.layers.remove(name)
    assert panel.job.visible
    assert shown(panel).startswith(name)
    assert viewer.layers.selection.active.name == f"{name} segments"
    assert f"'{name}' was deleted" in panel.segments.state.value
    assert not panel.segments.recreate_button.isVisible()
    assert panel.image.value is None
    click(panel.segment_button)
    assert panel.status.value == "Choose an image first, then press Segment."
    viewer.layers.remove(f"{name} segments")
    viewer.layers.remove(f"{name} k-means")
    other = "B" if name == "A" else "A"
    assert panel.image.value.name == other
    assert shown(panel).startswith(other)


def test_segments_of_the_only_source_stay(viewer, panel, stain, click, wait_for_run):
    source = viewer.add_image(stain, name="A")
    click(panel.segment_button)
    wait_for_run(panel)
    viewer.layers.remove(source)
    assert panel.segments.view.rows.rowCount() == 4
    panel.segments.act("solo", [2])
    assert clustering_of(viewer, viewer.layers[0]).segments.map[2].visible
    viewer.layers.clear()
    assert panel.start_page.visible


def test_result_of_other_settings_is_marked(
    viewer, panel, stain, click, wait_for_run, qtbot
):
    note = panel.note
    viewer.add_image(stain)
    click(panel.segment_button)
    wait_for_run(panel)
    qtbot.wait(100)
    assert not note.visible
    panel.form.n_clusters.box.native.setFocus()
    qtbot.keyClick(panel.form.n_clusters.box.native, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: note.visible)
    assert note.value == "Settings changed: Segment again."
    qtbot.keyClick(panel.form.n_clusters.box.native, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: not note.visible)
    panel.form.n_clusters.value = 7
    click(panel.segment_button)
    wait_for_run(panel)
    qtbot.wait(100)
    assert not note.visible
    panel.segments.act("undo")  # four segments again, but seven in the form
    qtbot.waitUntil(lambda: note.visible)


def test_what_a_step_makes_untrue_is_taken_back(
    viewer, panel, stain, click, wait_for_run
):
    source = viewer.add_image(stain)
    click(panel.segment_button)
    wait_for_run(panel)
    assert panel.status.value.startswith("4 segments")
    panel.segments.act("merge", [1, 2])
    assert panel.status.value == "3 segments"
    viewer.add_image(stain[:20], name="fresh")
    assert panel.status.value == ""
    viewer.layers.selection.active = source
    assert panel.segments.title.text().startswith("stain")


def test_pieces_of_a_split_are_segments_nobody_painted(
    viewer, panel, stain, click, wait_for_run
):
    viewer.add_image(stain)
    click(panel.segment_button)
    wait_for_run(panel)
    segments = panel.target.clustering.segments
    segments.split(2, 3, stain)
    assert panel.status.value == "6 segments"
    segments.merge([1, 2])
    assert panel.status.value == "5 segments"
    labels = panel.target.clustering.labels
    labels.data_setitem((np.arange(9), np.arange(9)), 9)
    assert panel.status.value == "5 segments + 1 painted"


def test_merges_that_are_kept_are_said_and_dropped(
    viewer, panel, stain, click, wait_for_run
):
    source = viewer.add_image(stain)
    click(panel.segment_button)
    wait_for_run(panel)
    assert not panel.drop_button.visible
    panel.segments.act("merge", [1, 2])
    click(panel.segment_button)
    wait_for_run(panel)
    assert panel.status.value.startswith("One merge kept: 4 clusters, 3 segments")
    click(panel.drop_button)
    assert clustering_of(viewer, source).segments.map.values == (1, 2, 3, 4)
    assert not panel.drop_button.visible
    assert panel.status.value == "4 segments"


@pytest.mark.parametrize("by_key", [False, True])
def test_focus_goes_to_the_table(
    viewer, panel, stain, click, wait_for_run, qtbot, by_key
):
    viewer.add_image(stain)
    viewer.window._qt_window.activateWindow()
    box = panel.form.n_clusters.box.native
    for _ in range(2):
        if by_key:
            box.setFocus()
            qtbot.waitUntil(box.hasFocus)
            qtbot.keyClick(box, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        else:
            click(panel.segment_button)
        wait_for_run(panel)
        assert panel.native.window().focusWidget() is panel.segments.view


def test_focus_goes_to_cancel_and_back(viewer, panel, stain, click, gate, qtbot):
    viewer.add_image(stain)
    click(panel.segment_button)
    assert panel.native.window().focusWidget() is panel.run.row.cancel_button.native
    qtbot.keyClick(panel.native.window().focusWidget(), Qt.Key.Key_Space)
    assert not panel.is_running
    assert panel.native.window().focusWidget() is panel.segment_button.native


@pytest.mark.parametrize("panel_first", [False, True])
@pytest.mark.parametrize(
    ("kind", "is_kept"), [("colours", True), ("one channel", False)]
)
def test_settings_of_another_kind_of_image_are_not_forced_on_this_one(
    viewer, stain, kind, is_kept, panel_first
):
    remembered = Settings(n_clusters=7, color_space="lab", sigma=3.0, n_init=5)
    save_settings(remembered, kind)
    if panel_first:
        panel = dock_panel(viewer)
        viewer.add_image(stain)
    else:
        viewer.add_image(stain)
        panel = dock_panel(viewer)
    expected = remembered if is_kept else Settings(n_clusters=7)
    assert panel.form.chosen == expected
