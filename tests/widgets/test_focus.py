"""The focus after a control that had it is gone: in the table, where the keys work."""

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_kmeans.layers.clusterings import clustering_of


@pytest.fixture
def shown(viewer, panel, stain, click, wait_for_run):
    """The clustering of an image in the active window."""
    source = viewer.add_image(stain)
    viewer.window._qt_window.activateWindow()
    click(panel.segment_button)
    wait_for_run(panel)
    return clustering_of(viewer, source)


def focused(panel):
    return panel.native.window().focusWidget()


def press_button(panel, name, qtbot):
    button = panel.segments.buttons.buttons[name]
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert not button.isEnabled()


def test_focus_of_drop_merges_goes_to_the_table(
    panel, shown, click, wait_for_run, qtbot
):
    panel.segments.act("merge", [1, 2])
    click(panel.segment_button)
    wait_for_run(panel)
    click(panel.drop_button)
    assert not panel.drop_button.visible
    assert focused(panel) is panel.segments.view
    qtbot.keyClick(focused(panel), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(shown.segments.map) == 3
    assert panel.drop_button.visible
    assert panel.status.value == "One merge kept: 4 clusters, 3 segments"


def test_focus_of_layers_that_are_gone_stays_in_the_panel(viewer, panel, shown):
    panel.segments.view.setFocus()
    viewer.layers.clear()
    first, *_ = panel.start_page.buttons.values()
    assert focused(panel) is first.native


@pytest.mark.parametrize("answer", ["keep", "discard", "Esc"])
def test_focus_of_an_answer_goes_to_the_table(
    panel, shown, click, wait_for_run, qtbot, answer
):
    shown.labels.data_setitem((np.arange(9), np.arange(9)), 4)
    click(panel.segment_button)
    wait_for_run(panel)
    assert panel.run.question.visible
    if answer == "Esc":
        qtbot.keyClick(focused(panel), Qt.Key.Key_Escape)
    else:
        click(panel.run.question.buttons[answer])
    assert not panel.run.question.visible
    assert focused(panel) is panel.segments.view


def test_focus_of_a_button_that_greys_goes_to_the_table(panel, shown, qtbot):
    panel.segments.view.select_values([1, 2])
    press_button(panel, "merge", qtbot)
    assert focused(panel) is panel.segments.view
    panel.segments.act("toggle", [3])
    press_button(panel, "show_all", qtbot)
    assert focused(panel) is panel.segments.view


def test_focus_of_split_goes_to_the_table(panel, shown, qtbot):
    button, popup = panel.segments.buttons.buttons["split"], None
    panel.segments.view.select_values([1])
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    popup = panel.segments.actions.split_popup
    qtbot.waitUntil(popup.isVisible)
    qtbot.keyClick(popup.n_pieces, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(shown.segments.map) == 5)
    assert focused(panel) is panel.segments.view


def test_escape_closes_the_split_box(panel, shown, qtbot):
    panel.segments.view.select_values([1])
    qtbot.keyClick(panel.segments.view, Qt.Key.Key_D)
    popup = panel.segments.actions.split_popup
    qtbot.waitUntil(popup.isVisible)
    qtbot.keyClick(popup.n_pieces, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    assert len(shown.segments.map) == 4
