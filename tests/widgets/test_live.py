"""Live: a change of the settings is shown without Segment being pressed."""

import numpy as np
import numpy.testing as npt
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QSlider

from napari_kmeans import segment
from napari_kmeans.layers.clusterings import clustering_of
from napari_kmeans.widgets import live
from napari_kmeans.widgets.docks import dock_panel
from napari_kmeans.widgets.panel import CHANGED


@pytest.fixture
def result(viewer, panel, stain, click, wait_for_run, monkeypatch):
    """The clustering of an image into four segments, with Live on."""
    monkeypatch.setattr(live, "LONGEST", 60)  # however busy the machine is
    panel.run.live.box.value = True
    source = viewer.add_image(stain, name="stain")
    click(panel.segment_button)
    wait_for_run(panel)
    return clustering_of(viewer, source)


@pytest.fixture
def settle(panel, qtbot):
    """Wait until all that was asked for is shown."""

    def settle():
        qtbot.wait(100)
        qtbot.waitUntil(
            lambda: not panel.is_running and not panel._changes.isActive(),
            timeout=30_000,
        )

    return settle


def steps(result):
    return [step.name for step in result.segments.history.past]


def test_live_is_on_unless_it_was_turned_off(viewer, panel):
    panel.run.live.box.value = True
    panel.close()
    assert dock_panel(viewer).run.live.box.value


def test_turned_off_it_stays_off(make_napari_viewer, panel):
    panel.run.live.box.value = False
    assert not dock_panel(make_napari_viewer()).run.live.box.value


def test_number_of_segments_is_shown_at_once(panel, stain, result, settle, qtbot):
    slider = panel.form.n_clusters.native.findChild(QSlider)
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    settle()
    assert panel.form.n_clusters.value == 5
    expected = segment(stain, 5, channel_axis=-1).labels
    npt.assert_array_equal(result.labels.data, expected)
    assert panel.status.value.startswith("5 segments")
    assert panel.note.value == ""
    assert panel.segment_button.native.isVisible()


def test_before_the_first_press_nothing_runs(viewer, panel, stain, settle):
    panel.run.live.box.value = True
    viewer.add_image(stain)
    panel.form.n_clusters.value = 3
    settle()
    assert len(viewer.layers) == 1


def test_a_drag_is_one_step_of_undo(panel, result, settle):
    before = result.labels.data.copy()
    for n in (5, 7, 9):
        panel.form.n_clusters.value = n
        settle()
        assert len(result.segments.map) == n
    assert steps(result) == ["Segment"]
    result.segments.undo()
    settle()
    npt.assert_array_equal(result.labels.data, before)
    assert panel.note.value == CHANGED  # it is not done again by itself
    result.segments.redo()
    settle()
    assert len(result.segments.map) == 9
    assert panel.note.value == ""


def test_after_a_pause_or_an_edit_it_is_another_step(panel, result, settle):
    for n in (5, 6):
        panel.form.n_clusters.value = n
        settle()
    panel.run.live._pause.stop()
    panel.form.n_clusters.value = 7
    settle()
    result.segments.rename(1, "nuclei")
    panel.form.n_clusters.value = 8
    settle()
    assert steps(result) == ["Segment", "Segment", "Rename 1", "Segment"]
    assert result.segments.map[1].name == "nuclei"


def test_only_the_newest_of_several_changes_runs(panel, result, gate, settle, qtbot):
    gate.shut()
    seen = []
    result.segments.map_changed.connect(lambda segments: seen.append(len(segments)))
    panel.form.n_clusters.value = 5
    qtbot.waitUntil(lambda: panel.is_running)
    for n in (6, 7, 8):
        panel.form.n_clusters.value = n
        qtbot.wait(50)
    gate.open()
    qtbot.waitUntil(lambda: len(result.segments.map) == 8, timeout=30_000)
    assert seen == [5, 8]
    assert panel.note.value == ""


def test_painting_is_not_touched(panel, result, settle):
    result.labels.mode = "paint"
    result.labels.paint((20, 20), 2)
    painted = result.labels.data.copy()
    panel.form.n_clusters.value = 6
    settle()
    npt.assert_array_equal(result.labels.data, painted)
    assert panel.note.value == "Live waits: labels were painted."
    assert not panel.run.question.visible
    result.segments.undo()  # nothing is painted any more
    panel.form.n_clusters.value = 7
    settle()
    assert len(result.segments.map) == 7


def test_what_is_painted_during_a_run_stays(panel, result, gate, settle, qtbot):
    gate.shut()
    panel.form.n_clusters.value = 6
    qtbot.waitUntil(lambda: panel.is_running)
    result.labels.data[:5] = 2
    painted = result.labels.data.copy()
    gate.open()
    settle()
    npt.assert_array_equal(result.labels.data, painted)
    assert not panel.run.question.visible
    assert len(result.segments.map) == 4
    assert panel.note.value == CHANGED


def test_a_slow_run_waits_for_segment(panel, result, settle, click, wait_for_run):
    live.LONGEST = 0
    click(panel.segment_button)
    wait_for_run(panel)
    panel.form.n_clusters.value = 6
    settle()
    assert len(result.segments.map) == 4
    assert "takes more than half a second" in panel.note.value


def test_a_long_one_shows_progress_and_can_be_cancelled(
    panel, result, gate, settle, click, qtbot
):
    gate.shut()
    panel.form.n_clusters.value = 6
    qtbot.waitUntil(lambda: panel.is_running)
    assert panel.segment_button.native.isVisible()  # nothing flickers at first
    button = panel.run.row.cancel_button
    qtbot.waitUntil(button.native.isVisible)
    click(button)
    gate.open()
    settle()
    assert len(result.segments.map) == 4
    assert panel.note.value == CHANGED


@pytest.mark.parametrize("setting", ["color_space", "weights", "sigma", "region"])
def test_other_settings_are_shown_too(viewer, panel, result, settle, setting):
    before = result.segments.recipe
    if setting == "color_space":
        panel.form.color_space.value = "lab"
    elif setting == "weights":
        panel.form.position_weight.value = 3
    elif setting == "sigma":
        panel.form.smoothing.value = "gaussian"
    else:
        viewer.add_shapes([np.array([[5, 5], [5, 30], [30, 30], [30, 5]])])
        panel.region.kind.value = "shapes"
    settle()
    after = result.segments.recipe
    changed = after.model.settings != before.model.settings
    assert changed or after.selection != before.selection
    assert panel.note.value == ""


def test_the_focus_stays_on_the_control(panel, result, settle, qtbot):
    slider = panel.form.n_clusters.native.findChild(QSlider)
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    focused = slider.window().focusWidget()
    assert panel.form.n_clusters.native.isAncestorOf(focused)
    settle()
    assert len(result.segments.map) == 5
    assert slider.window().focusWidget() is focused


def test_choosing_another_image_changes_no_result(
    viewer, panel, stain, result, click, settle, wait_for_run
):
    panel.form.n_clusters.value = 6
    settle()
    other = viewer.add_image(255 - stain, name="other")
    settle()
    click(panel.segment_button)
    wait_for_run(panel)
    panel.form.n_clusters.value = 3
    settle()
    viewer.layers.selection.active = result.source
    settle()
    assert len(result.segments.map) == 6
    assert len(clustering_of(viewer, other).segments.map) == 3


def test_a_deleted_layer_does_not_come_back(viewer, panel, result, settle):
    viewer.layers.remove(result.labels)
    panel.form.n_clusters.value = 6
    settle()
    assert len(viewer.layers) == 2
    assert "a layer was deleted" in panel.note.value


def test_browsing_slices_segments_nothing(
    viewer, panel, monkeypatch, click, settle, wait_for_run
):
    monkeypatch.setattr(live, "LONGEST", 60)
    panel.run.live.box.value = True
    stack = np.random.default_rng(1).integers(0, 256, (4, 20, 20)).astype(np.uint8)
    source = viewer.add_image(stack)
    panel.region.kind.value = "current"
    click(panel.segment_button)
    wait_for_run(panel)
    result = clustering_of(viewer, source)
    before = np.asarray(result.labels.data).copy()
    viewer.dims.set_current_step(0, 3)
    settle()
    npt.assert_array_equal(result.labels.data, before)


def test_a_preview_ends_when_another_result_is_shown(panel, result, settle, click):
    panel.clean_up.folded = False
    panel.clean_up.preview.value = True
    settle()
    panel.form.n_clusters.value = 6
    settle()
    npt.assert_array_equal(result.labels.data, result.segments.labels)
    assert len(result.segments.map) == 6


def test_each_image_that_was_quick_is_followed(
    viewer, panel, stain, result, click, settle, wait_for_run
):
    other = viewer.add_image(255 - stain, name="other")
    click(panel.segment_button)
    wait_for_run(panel)
    viewer.layers.selection.active = result.labels
    panel.form.n_clusters.value = 6
    settle()
    assert len(result.segments.map) == 6
    viewer.layers.selection.active = other
    panel.form.n_clusters.value = 3
    settle()
    assert len(clustering_of(viewer, other).segments.map) == 3


def test_weights_and_scalings_of_channels_are_followed(
    viewer, panel, stain, click, settle, wait_for_run
):
    panel.run.live.box.value = True
    viewer.add_image(stain, channel_axis=-1, name=["a", "b", "c"])
    viewer.layers.selection = set(viewer.layers)
    click(panel.segment_button)
    wait_for_run(panel)
    settings = panel.target.clustering.segments.recipe.model.settings
    row = panel.choice.table.rows[1]
    row.weight.setValue(0)
    settle()
    after = panel.target.clustering.segments.recipe.model.settings
    assert after.channel_weights == (1, 0, 1) != settings.channel_weights
    row.scaling.setCurrentIndex(0)
    settle()
    after = panel.target.clustering.segments.recipe.model.settings
    assert after.scaling[1] == "none"


def test_what_is_made_again_is_what_was_deleted(viewer, panel, result, settle):
    before = result.labels.data.copy()
    viewer.layers.remove(result.labels)
    panel.form.n_clusters.value = 6
    settle()
    panel.segments.recreate_button.click()
    settle()
    npt.assert_array_equal(result.labels.data, before)
    assert panel.note.value == CHANGED


def test_undo_by_its_key_right_after_a_drag(viewer, panel, result, settle, qtbot):
    before = result.labels.data.copy()
    viewer.window._qt_window.activateWindow()
    slider = panel.form.n_clusters.native.findChild(QSlider)
    slider.setFocus()
    qtbot.waitUntil(slider.hasFocus)
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    settle()
    assert len(result.segments.map) == 5
    focused = slider.window().focusWidget()
    assert panel.form.n_clusters.native.isAncestorOf(focused)
    qtbot.keyClick(focused, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    npt.assert_array_equal(result.labels.data, before)
    assert panel.status.value == "4 segments"
