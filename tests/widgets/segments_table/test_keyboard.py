import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QColorDialog, QLineEdit, QMessageBox

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def hidden(layers):
    return [s.value for s in layers.segments.map if not s.visible]


def test_up_and_down_select(view, layers, press):
    press(Qt.Key.Key_Down)
    assert view.selected_values == [2]
    assert layers.labels.selected_label == 2
    press(Qt.Key.Key_Down, SHIFT)
    assert view.selected_values == [2, 3]
    press(Qt.Key.Key_Up)
    assert view.selected_values == [2]


def test_space_hides_and_shows_all_selected(view, layers, press):
    view.select_values([2, 3])
    press(Qt.Key.Key_Space)
    assert hidden(layers) == [2, 3]
    press(Qt.Key.Key_Space)
    assert hidden(layers) == []
    assert view.selected_values == [2, 3]


def test_s_shows_alone_and_all_again(view, layers, press):
    view.select_values([2, 3])
    press(Qt.Key.Key_S)
    assert hidden(layers) == [1, 4, 5]
    press(Qt.Key.Key_S)
    assert hidden(layers) == []


def test_a_and_i_show_all_and_invert(view, layers, press):
    press(Qt.Key.Key_Space)
    press(Qt.Key.Key_I)
    assert hidden(layers) == [2, 3, 4, 5]
    press(Qt.Key.Key_A)
    assert hidden(layers) == []


def test_f2_renames_and_keys_are_letters_meanwhile(view, layers, press, qtbot):
    view.select_values([2])
    press(Qt.Key.Key_F2)
    editor = view.viewport().findChild(QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, "aisx c?")
    qtbot.keyClick(editor, Qt.Key.Key_J, CONTROL)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: layers.segments.map[2].name == "aisx c?")
    assert hidden(layers) == []
    assert len(layers.segments.map) == 5


@pytest.fixture
def type_name(view, qtbot):
    """Type a name where one is being edited, and press a key."""

    def type_name(name, key=Qt.Key.Key_Tab):
        editor = view.window().focusWidget()
        assert isinstance(editor, QLineEdit)
        qtbot.keyClick(editor, Qt.Key.Key_A, CONTROL)
        qtbot.keyClicks(editor, name)
        qtbot.keyClick(editor, key)
        qtbot.wait(10)  # Qt takes what ends with Return a moment later

    return type_name


def names(layers):
    return [segment.name for segment in layers.segments.map]


def test_tab_after_a_name_goes_to_the_next(view, layers, press, type_name):
    press(Qt.Key.Key_F2)
    type_name("One")
    assert view.selected_values == [2]
    type_name("Two")
    type_name("Drei", Qt.Key.Key_Backtab)
    type_name("Zwei", Qt.Key.Key_Return)
    assert names(layers) == ["One", "Zwei", "Drei", "Segment 4", "Segment 5"]
    assert view.selected_values == [2]
    assert view.hasFocus()


@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Backtab])
def test_tab_after_the_last_name_ends_editing(view, layers, press, type_name, key):
    value = 5 if key == Qt.Key.Key_Tab else 1
    view.select_values([value])
    press(Qt.Key.Key_F2)
    type_name("end", key)
    assert layers.segments.map[value].name == "end"
    assert view.hasFocus()


def test_names_are_in_the_order_shown_before(
    section, view, layers, press, type_name, texts, qtbot
):
    """Sorted by name, a new one moves its row; filtered by name, it leaves."""
    view.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    view.select_values([5])
    press(Qt.Key.Key_F2)
    type_name("A")
    assert view.selected_values == [4]
    assert texts("label") == ["4", "3", "2", "1", "5"]
    type_name("B", Qt.Key.Key_Return)
    qtbot.keyClicks(section.filter, "segment")
    view.setFocus()
    view.select_values([3])
    press(Qt.Key.Key_F2)
    type_name("C")
    assert texts("label") == ["2", "1"]
    type_name("D", Qt.Key.Key_Return)
    assert names(layers) == ["Segment 1", "D", "C", "B", "A"]


def test_c_opens_the_colours(section, view, press):
    press(Qt.Key.Key_C)
    assert isinstance(section.actions.dialog, QColorDialog)
    section.actions.dialog.reject()


def test_x_ignores(view, layers, press):
    view.select_values([4, 5])
    press(Qt.Key.Key_X)
    assert [s.value for s in layers.segments.map if s.ignored] == [4, 5]
    press(Qt.Key.Key_X)
    assert not any(s.ignored for s in layers.segments.map)


def test_merge_undo_and_redo(view, layers, press):
    view.select_values([1, 2])
    press(Qt.Key.Key_J, CONTROL)
    assert layers.segments.map.values == (2, 3, 4, 5)
    press(Qt.Key.Key_Z, CONTROL)
    assert layers.segments.map.values == (1, 2, 3, 4, 5)
    press(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert layers.segments.map.values == (2, 3, 4, 5)


def test_merged_row_is_selected_also_when_it_is_merged_again(view, layers, press):
    view.select_values([1, 2, 3])
    press(Qt.Key.Key_J, CONTROL)
    assert layers.segments.map.values == (3, 4, 5)
    assert view.selected_values == [3]
    assert layers.labels.selected_label == 3
    press(Qt.Key.Key_Z, CONTROL)
    view.select_values([1])
    press(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert view.selected_values == [3]
    assert layers.labels.selected_label == 3


def test_nothing_is_swapped_with_nothing(section, layers, press):
    assert not section.buttons.buttons["invert"].isEnabled()
    press(Qt.Key.Key_I)
    assert hidden(layers) == []
    assert section.message.value == "No segment is hidden."


def test_escape_clears_the_filter(section, view, texts, qtbot):
    section.filter.setFocus()
    qtbot.keyClicks(section.filter, "MENT 3")
    assert texts("name") == ["Segment 3"]
    qtbot.keyClick(section.filter, Qt.Key.Key_Escape)
    assert not section.filter.text()
    assert len(texts("name")) == 5
    assert section.filter.hasFocus()


def test_merge_of_one_row_is_refused_in_words(section, view, press):
    press(Qt.Key.Key_J, CONTROL)
    assert section.message.value == "Select two or more rows first."


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_S, Qt.Key.Key_D])
def test_no_row_is_said(section, view, press, key):
    view.clearSelection()
    press(key)
    assert section.message.value.startswith("Select ")


def test_d_asks_for_the_pieces(section, view, press):
    press(Qt.Key.Key_D)
    assert section.actions.split_popup.isVisible()
    section.actions.split_popup.reject()


def test_delete_does_nothing(view, layers, viewer, press):
    before, n_layers = layers.segments.map, len(viewer.layers)
    press(Qt.Key.Key_Delete)
    assert layers.segments.map == before
    assert len(viewer.layers) == n_layers


def test_question_mark_lists_the_keys(section, view, qtbot):
    qtbot.keyClicks(view, "?")
    assert isinstance(section.actions.dialog, QMessageBox)
    assert "Ctrl+J" in section.actions.dialog.text()
    section.actions.dialog.reject()


def test_keys_do_nothing_without_the_focus(section, layers, qtbot):
    section.filter.setFocus()
    before = layers.segments.map
    qtbot.keyClicks(section.filter, "sica")
    qtbot.keyClick(section.filter, Qt.Key.Key_J, CONTROL)
    assert layers.segments.map == before


def test_tab_leaves_the_table(section, view, press, qtbot):
    press(Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: not view.hasFocus())
