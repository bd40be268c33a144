import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QColor, QTextDocumentFragment
from qtpy.QtWidgets import QApplication, QFileDialog, QLineEdit

from napari_kmeans.core.segmentation import segment
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.widgets.segments_table.columns import POSITION
from napari_kmeans.widgets.segments_table.segments_section import SegmentsSection

ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def hidden(layers):
    return [s.value for s in layers.segments.map if not s.visible]


@pytest.fixture
def push(section, qtbot):
    """Push a button of the section with the mouse."""

    def push(name):
        button = section.buttons.buttons[name]
        assert button.isVisible()
        assert button.isEnabled()
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    return push


# What is shown


def test_nothing_to_show_hides_the_section(section, layers):
    assert section.visible
    section.show_segments(None)
    assert not section.visible
    section.show_segments(layers)
    assert section.visible


def test_rows_say_what_the_segments_are(section, texts):
    assert texts("label") == ["1", "2", "3", "4", "5"]
    assert texts("name")[0] == "Segment 1"
    assert texts("pixels") == ["160", "330", "480", "640", "790"]
    assert texts("share")[0] == "6.7 %"
    assert section.n_shown.text() == "5 of 5 shown"
    assert section.view.isColumnHidden(POSITION["area"])


def test_area_is_in_the_units_of_the_layer(section, layers, texts):
    layers.source.units = ("um", "um")
    layers.source.scale = (0.5, 0.5)
    section.show_segments(layers)
    assert not section.view.isColumnHidden(POSITION["area"])
    assert texts("area")[:2] == ["40", "82.5"]


def test_numbers_follow_painting_and_keep_selection_and_scrolling(
    section, layers, view, texts, qtbot
):
    view.select_values([2, 3])
    bar = view.horizontalScrollBar()
    bar.setValue(bar.maximum())
    before = bar.value()
    painted = np.array(layers.segments.labels)
    painted[:4] = 2
    layers.segments.take_paint(painted)
    qtbot.waitUntil(lambda: texts("pixels")[:2] == ["0", "490"])
    assert view.selected_values == [2, 3]
    assert bar.value() == before


def test_new_label_becomes_a_row(section, layers, texts, qtbot):
    painted = np.array(layers.segments.labels)
    painted[:2] = 9
    layers.segments.take_paint(painted)
    assert texts("label") == ["1", "2", "3", "4", "5", "9"]


def test_deleted_layer_is_explained_and_can_be_made_again(
    section, layers, viewer, click_cell, qtbot
):
    assert not section.state.native.isVisible()
    viewer.layers.remove(layers.labels)
    assert section.state.native.isVisible()
    assert "labels layer was deleted" in section.state.value
    click_cell(2, "shown")
    assert hidden(layers) == [2]
    qtbot.mouseClick(section.recreate_button, Qt.MouseButton.LeftButton)
    assert layers.labels in viewer.layers
    assert not section.state.native.isVisible()
    assert not section.recreate_button.isVisible()
    layers.labels.selected_label = 4
    assert section.view.selected_values == [4]


def test_run_on_an_image_of_another_shape_is_followed(
    section, layers, viewer, image, texts
):
    layers.source.data = image[::2]
    other = show_segmentation(viewer, layers.source, segment(image[::2], 3))
    section.show_segments(other)
    assert len(texts("label")) == 3
    other.segments.set_visible([2], False)
    assert section.n_shown.text() == "2 of 3 shown"


# Filter and sort


def test_filter_by_name(section, view, texts, qtbot):
    qtbot.keyClicks(section.filter, "MENT 3")
    assert texts("label") == ["3"]
    qtbot.keyClicks(section.filter, "x")
    assert texts("label") == []
    view.grab()
    section.filter.clear()
    assert len(texts("label")) == 5


def test_click_on_a_title_sorts_and_a_third_click_ends_it(view, texts, qtbot):
    header = view.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(POSITION["share"]) + 9, 9)

    def click():
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)

    click()
    click()
    assert texts("label") == ["5", "4", "3", "2", "1"]
    click()
    assert texts("label") == ["1", "2", "3", "4", "5"]


# The cells


def test_click_on_an_eye_hides_and_shows(section, layers, click_cell):
    section.view.select_values([1])
    click_cell(2, "shown")
    assert hidden(layers) == [2]
    assert section.n_shown.text() == "4 of 5 shown"
    assert section.view.selected_values == [1]
    click_cell(2, "shown")
    assert hidden(layers) == []


def test_alt_click_on_an_eye_shows_it_alone(layers, click_cell):
    click_cell(2, "shown", ALT)
    assert hidden(layers) == [1, 3, 4, 5]
    click_cell(3, "shown", ALT)
    assert hidden(layers) == [1, 2, 4, 5]
    click_cell(3, "shown", ALT)
    assert hidden(layers) == []


def test_drag_off_an_eye_does_nothing(layers, view, qtbot):
    place = view.visualRect(view.index_of(2, "shown")).center()
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(view.viewport(), left, pos=place)
    qtbot.mouseRelease(view.viewport(), left, pos=place + QPoint(0, 60))
    assert hidden(layers) == []


def test_ignored_segments_do_not_count(layers, click_cell, texts):
    click_cell(5, "ignore")
    assert layers.segments.map[5].ignored
    assert texts("share") == ["9.9 %", "20.5 %", "29.8 %", "39.8 %", "–"]
    click_cell(5, "ignore")
    assert not layers.segments.map[5].ignored


def test_click_on_a_swatch_chooses_the_colour(section, layers, click_cell):
    click_cell(3, "color")
    dialog = section.actions.dialog
    assert "Segment 3" in dialog.windowTitle()
    dialog.setCurrentColor(QColor(255, 0, 51))
    dialog.accept()
    np.testing.assert_allclose(layers.segments.map[3].color, (1, 0, 0.2), atol=1e-4)
    assert section.actions.dialog is None


def test_cancelled_colour_changes_nothing(section, layers, click_cell):
    before = layers.segments.map
    click_cell(3, "color")
    section.actions.dialog.reject()
    assert layers.segments.map == before


def test_double_click_renames(layers, view, qtbot):
    place = view.visualRect(view.index_of(2)).center()
    left = Qt.MouseButton.LeftButton
    qtbot.mouseClick(view.viewport(), left, pos=place)
    qtbot.mouseDClick(view.viewport(), left, pos=place)
    editor = view.viewport().findChild(QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, "Nuclei s?")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: layers.segments.map[2].name == "Nuclei s?")


def test_typing_is_left_alone_when_the_numbers_change(layers, view, texts, qtbot):
    view.select_values([2])
    view.edit_name(2)
    editor = view.viewport().findChild(QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, "Nucl")
    painted = np.array(layers.segments.labels)
    painted[:4] = 2
    layers.segments.take_paint(painted)
    qtbot.waitUntil(lambda: texts("pixels")[1] == "490")
    qtbot.keyClicks(editor, "ei")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: layers.segments.map[2].name == "Nuclei")


def test_empty_name_is_refused_in_words(section, layers, view, qtbot):
    view.select_values([2])
    view.edit_name(2)
    editor = view.viewport().findChild(QLineEdit)
    editor.clear()
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(section.message.native.isVisible)
    assert layers.segments.map[2].name == "Segment 2"
    assert section.message.value == (
        "A segment needs a name: type at least one character."
    )
    section.act("toggle")
    assert not section.message.native.isVisible()


# The viewer


def test_row_and_selected_label_follow_each_other(layers, view, click_cell):
    assert view.selected_values == [1]
    click_cell(3)
    assert layers.labels.selected_label == 3
    layers.labels.selected_label = 5
    assert view.selected_values == [5]


def test_label_without_a_row_selects_none(layers, view):
    layers.labels.selected_label = 77
    assert view.selected_values == []


def test_several_rows_stay_selected(layers, view, click_cell):
    click_cell(2)
    click_cell(4, modifier=CONTROL)
    assert view.selected_values == [2, 4]
    assert layers.labels.selected_label == 4


def test_resting_on_a_row_outlines_its_segment(outlined, view, hover, qtbot):
    outlined.clear()
    hover(2)
    qtbot.waitUntil(lambda: outlined == [2])
    hover(4)
    qtbot.waitUntil(lambda: outlined == [2, 4])
    hover(None)
    assert outlined == [2, 4, None]


# Buttons


def test_show_all_and_invert(layers, section, push):
    assert not section.buttons.buttons["show_all"].isEnabled()
    layers.segments.set_visible([1, 2], False)
    push("invert")
    assert hidden(layers) == [3, 4, 5]
    push("show_all")
    assert hidden(layers) == []


def test_merge_keeps_the_merged_row_selected(layers, section, view, push):
    button = section.buttons.buttons["merge"]
    assert not button.isEnabled()
    assert "select two or more rows" in button.toolTip()
    view.select_values([2, 3])
    push("merge")
    assert layers.segments.map.values == (1, 3, 4, 5)
    assert view.selected_values == [3]


def test_split_asks_how_many(layers, section, view, push, qtbot):
    layers.segments.merge([2, 3, 4])
    view.select_values([4])
    push("split")
    popup = section.actions.split_popup
    assert popup.isVisible()
    assert popup.n_pieces.value() == 2
    popup.n_pieces.setValue(3)
    qtbot.mouseClick(popup.button, Qt.MouseButton.LeftButton)
    assert not popup.isVisible()
    qtbot.waitUntil(lambda: len(layers.segments.map) == 5)
    assert len(view.selected_values) == 3


def test_split_that_fails_says_why(layers, section, view, push, qtbot):
    view.select_values([1])
    push("split")
    qtbot.keyClick(section.actions.split_popup.n_pieces, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "segment 1" in section.message.value)
    assert section.message.native.isVisible()


def test_undo_and_redo_say_what(layers, section, view, push):
    undo, redo = (section.buttons.buttons[name] for name in ("undo", "redo"))
    assert not undo.isEnabled()
    assert "nothing to undo" in undo.toolTip()
    view.select_values([2, 3])
    push("merge")
    assert undo.toolTip() == "Undo Merge 2 + 3 (Ctrl+Z)"
    push("undo")
    assert layers.segments.map.values == (1, 2, 3, 4, 5)
    assert redo.toolTip() == "Redo Merge 2 + 3 (Ctrl+Shift+Z)"
    push("redo")
    assert layers.segments.map.values == (1, 3, 4, 5)


def test_copy_counts_the_objects_first(section, push, qtbot):
    push("copy")
    qtbot.waitUntil(lambda: "Copied 5 rows" in section.message.value)
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0].startswith("image\tlabel\tname\t")
    assert lines[0].endswith("mean\tobjects")
    assert lines[2].startswith("stain\t2\t")
    assert lines[2].endswith("\t60\t2")


def test_tables_of_a_second_result_have_its_name(
    section, layers, image, push, qtbot, tmp_path, monkeypatch
):
    second = show_segmentation(
        layers.viewer, layers.source, segment(image, 3), in_new_layers=True
    )
    section.show_segments(second)
    push("copy")
    qtbot.waitUntil(lambda: "Copied 3 rows" in section.message.value)
    lines = QApplication.clipboard().text().splitlines()
    assert lines[2].startswith("stain (2)\t2\t")


def test_save_writes_a_csv_file(section, push, qtbot, tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    push("save")
    qtbot.waitUntil(path.exists)
    assert path.read_text("utf-8").splitlines()[1].startswith("stain,1,Segment 1,")
    assert section.message.value == f"Saved '{path}'."


def test_file_that_cannot_be_written_is_said(section, push, qtbot, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/no/where", ""))
    push("save")
    qtbot.waitUntil(lambda: "could not be written" in section.message.value)


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("no more threads")])
def test_nothing_is_saved_without_its_numbers(
    section, push, qtbot, tmp_path, monkeypatch, error
):
    def fail(*_):
        raise error

    module = "napari_kmeans.widgets.segments_table.means_and_objects"
    monkeypatch.setattr(f"{module}.mean_values", fail)
    path = tmp_path / "table.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    push("save")
    qtbot.waitUntil(lambda: "could not be measured" in section.message.value)
    assert not path.exists()
    monkeypatch.undo()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    push("save")
    qtbot.waitUntil(path.exists)


MARKUP = "<img src='/etc/hosts'> & <b>bold</b>"


def test_names_are_shown_as_they_are_written(section, layers, view, push):
    layers.segments.rename(2, MARKUP)
    assert view.index_of(2).data() == MARKUP
    tooltip = view.index_of(2).data(Qt.ItemDataRole.ToolTipRole)
    assert MARKUP in QTextDocumentFragment.fromHtml(tooltip).toPlainText()
    view.select_values([2])
    section.act("split")
    popup = section.actions.split_popup
    assert popup.question.textFormat() == Qt.TextFormat.PlainText
    assert MARKUP in popup.question.text()
    popup.accept()
    tooltip = section.buttons.buttons["split"].toolTip()
    assert MARKUP in QTextDocumentFragment.fromHtml(tooltip).toPlainText()
    for label in (section.message.native, section.state.native):
        assert label.textFormat() == Qt.TextFormat.PlainText


def test_mean_and_objects_are_measured_once_the_panel_is_widened(
    section, view, texts, qtbot
):
    assert not view.columns.is_in_sight("objects")
    section._idle_timer.timeout.emit()
    assert texts("objects")[0] == "…"
    section._idle_timer.stop()
    section.native.window().resize(1200, 600)
    qtbot.waitUntil(lambda: texts("objects") == ["1", "2", "1", "1", "1"])
    assert texts("mean")[1] == "60"


def test_looks_are_told_to_the_layers(section, layers):
    section.looks.show_as.value = "original"
    assert layers.look.show_as == "original"
    section.looks.hidden_as.value = "transparent"
    assert layers.look.hidden_as == "transparent"
    before = section.looks.palette.value
    section.looks.palette.value = "okabe-ito"
    assert before != layers.segments.recipe.palette == "okabe-ito"
    layers.segments.undo()
    assert section.looks.palette.value == before


def test_looks_that_a_script_sets_are_shown(section, layers):
    looks = section.looks
    layers.set_look(show_as="palette")
    assert looks.show_as.value == "palette"
    layers.set_look(hidden_as="transparent")
    assert looks.hidden_as.value == "transparent"
    layers.segments.set_palette("okabe-ito")
    assert looks.palette.value == "okabe-ito"
    assert len(layers.segments.history.past) == 1


def test_buttons_can_be_read_aloud(section):
    for button in section.buttons.buttons.values():
        assert button.accessibleName()
        assert button.accessibleDescription() == button.toolTip()
        assert button.toolTip().endswith(")")


# Objects


def test_objects_are_counted_when_they_are_in_sight(
    section, layers, view, texts, qtbot
):
    section.native.window().resize(1200, 600)
    bar = view.horizontalScrollBar()
    bar.setValue(0)
    qtbot.wait(600)
    if not view.columns.is_in_sight("objects"):
        assert texts("objects")[0] == "…"
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: texts("objects") == ["1", "2", "1", "1", "1"])
    assert texts("mean")[1] == "60"
    layers.segments.merge([1, 2])
    qtbot.waitUntil(lambda: "…" not in texts("objects"))
    assert len(texts("objects")) == 4


# The end


def test_section_that_is_gone_leaves_the_layers_alone(layers, viewer, qtbot):
    callbacks = len(viewer.mouse_drag_callbacks)
    section = SegmentsSection()
    section.show_segments(layers)
    assert len(viewer.mouse_drag_callbacks) == callbacks + 1
    with qtbot.waitSignal(section.native.destroyed):
        section.native.deleteLater()
    assert len(viewer.mouse_drag_callbacks) == callbacks
    layers.segments.merge([1, 2])
    layers.labels.selected_label = 3
    viewer.layers.remove(layers.labels)


def test_section_lets_go_of_what_it_no_longer_shows(section, layers, viewer, outlined):
    callbacks = len(viewer.mouse_drag_callbacks)
    section.show_segments(None)
    assert len(viewer.mouse_drag_callbacks) == callbacks - 1
    assert outlined[-1] is None
    layers.segments.show_all()
    layers.segments.merge([1, 2])
    layers.labels.selected_label = 3


def test_palette_with_too_few_colours_says_what_is_shown_instead(section, layers):
    box = section.looks.palette
    box.value = "okabe-ito"
    assert box.native.currentText() == "Okabe-Ito"
    painted = np.array(layers.segments.labels)
    painted[0, :4] = 6, 7, 8, 9
    layers.segments.take_paint(painted)
    assert box.value == layers.segments.recipe.palette == "okabe-ito"
    assert box.native.currentText() == "Dark to light (Okabe-Ito has 8)"
    box.value = "mean"
    box.value = "okabe-ito"
    assert box.native.currentText() == "Dark to light (Okabe-Ito has 8)"
    assert section.message.value == ""
    for _ in range(3):
        layers.segments.undo()
    assert box.native.currentText() == "Okabe-Ito"


def test_filter_says_how_many_rows_it_lists(section, view, qtbot):
    qtbot.keyClicks(section.filter, "MENT 3")
    assert section.n_shown.text() == "1 of 5 listed"
    section.filter.clear()
    assert section.n_shown.text() == "5 of 5 shown"
