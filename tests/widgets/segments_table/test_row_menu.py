"""The menu of a row, with real mouse and keys."""

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QContextMenuEvent
from qtpy.QtWidgets import QApplication, QColorDialog, QFileDialog, QLineEdit
from skimage.io import imread

from napari_kmeans.widgets.segments_table.row_menu import RowMenu

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def texts_of(menu):
    return [one.text().split("\t")[0] for one in menu.actions() if one.text()]


def entry(menu, text):
    return next(one for one in menu.actions() if one.text().split("\t")[0] == text)


@pytest.fixture
def right_click(view, qtbot):
    """Click a row with the right button, and return its menu."""

    def right_click(value, column="name"):
        place = view.visualRect(view.index_of(value, column)).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.RightButton, pos=place)
        event = QContextMenuEvent(
            QContextMenuEvent.Reason.Mouse, place, view.viewport().mapToGlobal(place)
        )
        QApplication.sendEvent(view.viewport(), event)
        menu = open_menu()
        qtbot.waitUntil(lambda: menu.windowHandle().isExposed())
        return menu

    return right_click


def open_menu():
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, RowMenu)
    return menu


@pytest.fixture
def choose(qtbot):
    """Choose an entry of a menu with the keyboard."""

    def choose(menu, text):
        one = entry(menu, text)
        assert one.isEnabled(), one.toolTip()
        menu.setActiveAction(one)
        qtbot.keyClick(menu, Qt.Key.Key_Return)
        qtbot.wait(10)

    return choose


@pytest.fixture(autouse=True)
def _no_menu_is_left(qapp):
    yield
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()


def hidden(layers):
    return [s.value for s in layers.segments.map if not s.visible]


def test_menu_lists_what_can_be_done(view, right_click):
    view.select_values([1])
    menu = right_click(3)
    assert view.selected_values == [3]
    assert texts_of(menu) == [
        *("Only this", "Hide", "Rename", "Colour", "Ignore in the shares"),
        *("Merge with", "Split…", "Clean up this…", "Objects"),
        *("Copy the table", "Export mask…", "Columns"),
    ]
    assert all(one.isEnabled() for one in menu.actions())
    assert entry(menu, "Hide").text().endswith("\tSpace")


def test_only_this_and_hide_are_for_the_clicked_row(layers, right_click, choose):
    choose(right_click(3), "Only this")
    assert hidden(layers) == [1, 2, 4, 5]
    choose(right_click(2), "Show")
    assert hidden(layers) == [1, 4, 5]
    choose(right_click(2, "shown"), "Hide")
    assert hidden(layers) == [1, 2, 4, 5]
    choose(right_click(2), "Ignore in the shares")
    assert layers.segments.map[2].ignored
    choose(right_click(2), "Count in the shares")
    assert not layers.segments.map[2].ignored


def test_what_is_for_several_is_for_the_selection(layers, view, right_click, choose):
    view.select_values([2, 4])
    choose(right_click(4), "Hide")
    assert hidden(layers) == [2, 4]
    menu = right_click(2)
    assert view.selected_values == [2, 4]
    choose(menu, "Merge the 2 selected")
    assert layers.segments.map.values == (1, 3, 4, 5)


def test_what_is_for_one_is_for_the_clicked_row(
    section, view, layers, right_click, choose, qtbot
):
    view.select_values([2, 4])
    choose(right_click(4), "Rename")
    editor = view.window().focusWidget()
    assert isinstance(editor, QLineEdit)
    qtbot.keyClicks(editor, "Vier")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: layers.segments.map[4].name == "Vier")
    view.select_values([2, 4])
    choose(right_click(2), "Colour")
    assert isinstance(section.actions.dialog, QColorDialog)
    assert "'Segment 2'" in section.actions.dialog.windowTitle()
    section.actions.dialog.reject()
    view.select_values([2, 4])
    choose(right_click(4), "Split…")
    assert "'Vier'" in section.actions.split_popup.question.text()
    section.actions.split_popup.reject()


def test_merge_with_another(layers, right_click, qtbot):
    layers.segments.rename(5, "B & W")
    menu = right_click(2)
    others = entry(menu, "Merge with").menu()
    assert texts_of(others) == ["Segment 1", "Segment 3", "Segment 4", "B && W"]
    assert not others.actions()[0].icon().isNull()
    others.popup(QPoint(0, 0))
    place = others.actionGeometry(others.actions()[-1]).center()
    qtbot.mouseClick(others, Qt.MouseButton.LeftButton, pos=place)
    assert layers.segments.map.values == (1, 3, 4, 5)
    assert layers.segments.history.undo_name == "Merge 2 + 5"


@pytest.mark.parametrize(("value", "other"), [(2, 5), (5, 2)])
def test_merged_segment_is_selected(view, layers, right_click, qtbot, value, other):
    menu = right_click(value)
    others = entry(menu, "Merge with").menu()
    others.popup(QPoint(0, 0))
    one = entry(others, f"Segment {other}")
    qtbot.mouseClick(
        others, Qt.MouseButton.LeftButton, pos=others.actionGeometry(one).center()
    )
    assert layers.segments.map.values == (1, 3, 4, 5)
    assert view.selected_values == [5]
    assert layers.labels.selected_label == 5


def test_the_only_segment_can_be_merged_with_none(layers, right_click):
    layers.segments.merge([1, 2, 3, 4, 5])
    merge = entry(right_click(5), "Merge with")
    assert not merge.isEnabled()
    assert merge.toolTip() == "Merge: there is only one segment (Ctrl+J)"


@pytest.mark.parametrize(
    ("key", "modifier"),
    [(Qt.Key.Key_Menu, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_F10, SHIFT)],
)
def test_menu_key_is_for_the_current_row(view, layers, press, qtbot, key, modifier):
    press(Qt.Key.Key_Down)
    press(key, modifier)
    menu = open_menu()
    row = view.visualRect(view.index_of(2))
    assert row.top() <= view.viewport().mapFromGlobal(menu.pos()).y() <= row.bottom()
    qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert hidden(layers) == [1, 3, 4, 5]
    assert view.hasFocus()


def test_no_row_has_no_menu(section, view, right_click):
    section.filter.setText("none")
    place = QPoint(40, 40)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place)
    QApplication.sendEvent(view.viewport(), event)
    assert QApplication.activePopupWidget() is None


def test_mask_is_exported(
    section, layers, right_click, choose, qtbot, tmp_path, monkeypatch
):
    asked = []

    def answer(*args):
        asked.append(args)
        return str(tmp_path / "mask"), "PNG, of one plane (*.png)"

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    layers.segments.rename(2, "a/b")
    choose(right_click(2), "Export mask…")
    path = tmp_path / "mask.png"
    qtbot.waitUntil(lambda: section.message.value == f"Saved '{path}'.")
    expected = np.where(layers.segments.labels == 2, 255, 0)
    np.testing.assert_array_equal(imread(path), expected)
    ((_, title, suggested, filters),) = asked
    assert title == "Export the mask"
    assert suggested == "stain a-b mask.tif"
    assert filters == "TIFF (*.tif);;PNG, of one plane (*.png)"


def test_mask_that_cannot_be_written_is_said(
    section, right_click, choose, qtbot, monkeypatch
):
    answer = ("/no/where.tif", "")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: answer)
    choose(right_click(2), "Export mask…")
    qtbot.waitUntil(lambda: "could not be written" in section.message.value)


def test_clean_up_this_asks_for_it(section, view, right_click, choose):
    asked = []
    section.actions.clean_up_asked.connect(lambda: asked.append(view.selected_values))
    choose(right_click(4), "Clean up this…")
    assert asked == [[4]]
