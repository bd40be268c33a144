"""Strokes of the real mouse on the canvas, followed by picture, table and undo."""

import numpy as np
import numpy.testing as npt
import pytest
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication

from napari_kmeans.layers.outputs import clustering_of


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
def drag(viewer, qtbot):
    """Press at the middle of the canvas, move to the right, release."""

    def drag(*offsets):
        canvas = viewer.window._qt_viewer.canvas.native
        qtbot.wait(100)
        middle = QPointF(canvas.width() / 2, canvas.height() / 2)

        def send(kind, offset, button, buttons):
            place = middle + QPointF(offset, 0)
            event = QMouseEvent(
                kind,
                place,
                canvas.mapToGlobal(place),
                button,
                buttons,
                Qt.KeyboardModifier.NoModifier,
            )
            QApplication.sendEvent(canvas, event)
            qtbot.wait(20)

        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        send(QEvent.Type.MouseMove, 0, none, none)
        send(QEvent.Type.MouseButtonPress, 0, left, left)
        for offset in offsets:
            send(QEvent.Type.MouseMove, offset, none, left)
        send(QEvent.Type.MouseButtonRelease, offsets[-1] if offsets else 0, left, none)

    return drag


def press(qtbot, viewer, key, *modifiers):
    canvas = viewer.window._qt_viewer.canvas.native
    held = Qt.KeyboardModifier.ControlModifier
    for modifier in modifiers:
        held |= modifier
    qtbot.keyClick(canvas, key, held)


def assert_in_step(clustering):
    npt.assert_array_equal(clustering.labels.data, clustering.segments.labels)
    npt.assert_array_equal(clustering.recolored.data, clustering.picture.draw())


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
    painted.undo()
    npt.assert_array_equal(painted.labels.data, before)


def test_numbers_follow_the_brush(panel, painted, drag, qtbot):
    painted.labels.mode = "paint"
    painted.labels.selected_label = 9
    drag(20, 40)
    rows = panel.segments.model
    qtbot.waitUntil(lambda: rows.rowCount() == 4)
    assert 9 in painted.segments.map


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
