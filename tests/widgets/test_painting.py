"""Strokes of the real mouse on the canvas, followed by picture, table and undo."""

import numpy as np
import numpy.testing as npt
import pytest
from napari.layers import Labels
from qtpy.QtCore import Qt

from napari_kmeans.layers.clusterings import clustering_of

RIGHT = Qt.MouseButton.RightButton
NONE = Qt.MouseButton.NoButton


@pytest.fixture
def painted(viewer, panel, click, wait_for_run):
    """A clustered image, with its labels ready to be painted on."""
    columns = np.linspace(0, 255, 200).astype(np.uint8)
    viewer.add_image(np.tile(columns, (150, 1)))
    panel.form.n_clusters.value = 3
    click(panel.segment_button)
    wait_for_run(panel)
    clustering = clustering_of(viewer, viewer.layers[0])
    viewer.layers.selection.active = clustering.labels
    clustering.labels.brush_size = 10
    return clustering


@pytest.fixture
def drag(mouse):
    """Press at the middle of the canvas, move to the right, release."""

    def drag(*offsets):
        mouse.press(0)
        for offset in offsets:
            mouse.move(offset)
        mouse.release(offsets[-1] if offsets else 0)

    return drag


def press(qtbot, viewer, key, *modifiers):
    canvas = viewer.window._qt_viewer.canvas.native
    held = Qt.KeyboardModifier.ControlModifier
    for modifier in modifiers:
        held |= modifier
    qtbot.keyClick(canvas, key, held)


def assert_in_step(clustering):
    npt.assert_array_equal(clustering.labels.data, clustering.segments.labels)
    npt.assert_array_equal(
        clustering.recolored.data, clustering.pictures._pictures[0].draw()
    )


def test_brush_stroke_is_one_step_that_picture_and_table_follow(
    viewer, panel, painted, drag, qtbot
):
    before = painted.labels.data.copy()
    picture = painted.recolored.data.copy()
    painted.labels.mode = "paint"
    painted.labels.selected_label = 1
    drag(15, 30, 45, 60)
    assert (painted.labels.data != before).sum() > 50
    assert len(painted.segments.history.past) == 1
    assert painted.segments.history.undo_name == "Paint"
    assert_in_step(painted)
    assert (painted.recolored.data != picture).any()
    press(qtbot, viewer, Qt.Key.Key_Z)
    npt.assert_array_equal(painted.labels.data, before)
    npt.assert_array_equal(painted.recolored.data, picture)
    press(qtbot, viewer, Qt.Key.Key_Z, Qt.KeyboardModifier.ShiftModifier)
    assert (painted.labels.data != before).any()
    assert_in_step(painted)


@pytest.mark.parametrize("mode", ["erase", "fill"])
def test_eraser_and_fill_are_followed(painted, drag, mode):
    before = painted.labels.data.copy()
    painted.labels.mode = mode
    painted.labels.selected_label = 3
    drag(5)
    assert (painted.labels.data != before).any()
    assert_in_step(painted)
    painted.segments.undo()
    npt.assert_array_equal(painted.labels.data, before)


def test_numbers_follow_the_brush(panel, painted, drag, qtbot):
    painted.labels.mode = "paint"
    painted.labels.selected_label = 9
    drag(20, 40)
    rows = panel.segments.model
    qtbot.waitUntil(lambda: rows.rowCount() == 4)
    assert 9 in painted.segments.map


def numbers(panel):
    """The pixels of each segment, as the table has them."""
    return {row.segment.value: row.pixels for row in panel.segments.model.rows}


@pytest.mark.parametrize(("mode", "value"), [("paint", 1), ("paint", 9), ("erase", 1)])
def test_picture_and_table_follow_each_move_of_one_step(
    viewer, panel, painted, mouse, qtbot, mode, value
):
    before = painted.labels.data.copy()
    picture = painted.recolored.data.copy()
    first = numbers(panel)
    painted.labels.mode = mode
    painted.labels.selected_label = value
    mouse.press(0)
    areas = []
    for offset in (20, 40, 60):
        mouse.move(offset)
        assert_in_step(painted)
        areas.append(np.count_nonzero(painted.labels.data != before))
        qtbot.waitUntil(lambda: numbers(panel) == painted.segments.counts)
        assert len(painted.segments.history.past) == 1
    assert 0 < areas[0] < areas[1] < areas[2]
    assert numbers(panel) != first
    mouse.release(60)
    assert len(painted.segments.history.past) == 1
    after = painted.labels.data.copy()
    press(qtbot, viewer, Qt.Key.Key_Z)
    npt.assert_array_equal(painted.labels.data, before)
    npt.assert_array_equal(painted.recolored.data, picture)
    qtbot.waitUntil(lambda: numbers(panel) == first)
    press(qtbot, viewer, Qt.Key.Key_Z, Qt.KeyboardModifier.ShiftModifier)
    npt.assert_array_equal(painted.labels.data, after)
    assert_in_step(painted)


def test_fill_is_followed_before_the_button_is_let_go(panel, painted, mouse, qtbot):
    before = painted.labels.data.copy()
    painted.labels.mode = "fill"
    painted.labels.selected_label = 9
    mouse.press(0)
    assert (painted.labels.data != before).any()
    assert_in_step(painted)
    qtbot.waitUntil(lambda: numbers(panel) == painted.segments.counts)
    mouse.release(0)
    painted.segments.undo()
    npt.assert_array_equal(painted.labels.data, before)


def test_two_strokes_are_two_steps(painted, drag):
    states = [painted.labels.data.copy()]
    painted.labels.mode = "paint"
    for value in (1, 3):
        painted.labels.selected_label = value
        drag(20, 40)
        states.append(painted.labels.data.copy())
    assert len(painted.segments.history.past) == 2
    for state in states[1::-1]:
        painted.segments.undo()
        npt.assert_array_equal(painted.labels.data, state)


def test_undo_in_the_middle_of_a_stroke_starts_another_step(
    viewer, painted, mouse, qtbot
):
    painted.labels.mode = "paint"
    painted.labels.selected_label = 1
    mouse.press(0)
    mouse.move(20)
    press(qtbot, viewer, Qt.Key.Key_Z)
    assert painted.segments.n_edited == 0
    assert_in_step(painted)
    mouse.move(40)
    mouse.release(40)
    assert_in_step(painted)
    while painted.segments.history.undo_name:
        painted.segments.undo()
    assert painted.segments.n_edited == 0
    assert_in_step(painted)


TRIANGLE = [(-40, -40), (40, -40), (0, 40)]


@pytest.mark.parametrize("by_key", [True, False])
def test_polygon_is_one_step_that_picture_and_table_follow(
    viewer, panel, painted, mouse, qtbot, by_key
):
    before = painted.labels.data.copy()
    picture = painted.recolored.data.copy()
    first = numbers(panel)
    painted.labels.mode = "polygon"
    painted.labels.selected_label = 9
    for corner in TRIANGLE:
        mouse.click(corner)
    npt.assert_array_equal(painted.labels.data, before)
    if by_key:
        mouse.move(TRIANGLE[-1], held=NONE)
        qtbot.keyClick(mouse.canvas, Qt.Key.Key_Return)
    else:
        mouse.double_click(TRIANGLE[0])
    drawn = painted.labels.data != before
    assert drawn.sum() > 100
    assert (painted.labels.data[drawn] == 9).all()
    assert len(painted.segments.history.past) == 1
    assert_in_step(painted)
    qtbot.waitUntil(lambda: numbers(panel).get(9) == drawn.sum())
    press(qtbot, viewer, Qt.Key.Key_Z)
    npt.assert_array_equal(painted.labels.data, before)
    npt.assert_array_equal(painted.recolored.data, picture)
    qtbot.waitUntil(lambda: numbers(panel) == first)


@pytest.mark.skipif(
    not hasattr(Labels, "_begin_stroke"), reason="this napari has no such tool"
)
def test_shape_that_is_encircled_and_filled_is_one_step(painted, mouse):
    before = painted.labels.data.copy()
    painted.labels.mode = "paint"
    painted.labels.selected_label = 9
    painted.labels.brush_size = 4
    mouse.click((-40, -40), RIGHT)
    areas = []
    for corner in [(40, -40), (40, 40), (-40, 40), (-40, -40)]:
        mouse.move(corner, held=NONE)
        assert_in_step(painted)
        areas.append(np.count_nonzero(painted.labels.data != before))
    assert areas[-1] > 2 * areas[-2]
    assert len(painted.segments.history.past) == 1
    painted.segments.undo()
    npt.assert_array_equal(painted.labels.data, before)


def test_strokes_and_acts_are_undone_in_the_order_they_happened(
    viewer, painted, drag, qtbot
):
    states = [painted.labels.data.copy()]
    painted.labels.mode = "paint"
    painted.labels.selected_label = 1
    drag(30)
    states.append(painted.labels.data.copy())
    painted.segments.merge([1, 2])
    states.append(painted.labels.data.copy())
    painted.labels.mode = "paint"
    painted.labels.selected_label = 3
    drag(-30)
    for state in reversed(states):
        press(qtbot, viewer, Qt.Key.Key_Z)
        npt.assert_array_equal(painted.labels.data, state)
        assert_in_step(painted)
