"""Columns are chosen, moved and widened by the user, and kept."""

import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QApplication, QMenu

from napari_kmeans.widgets.last_used import last_used
from napari_kmeans.widgets.segments_table.columns import COLUMNS, POSITION
from napari_kmeans.widgets.segments_table.segments_section import SegmentsSection

LEFT = Qt.MouseButton.LeftButton


def shown(view):
    """The columns from left to right."""
    header = view.horizontalHeader()
    places = (header.logicalIndex(place) for place in range(header.count()))
    names = [list(COLUMNS)[position] for position in places]
    return [name for name in names if not view.isColumnHidden(POSITION[name])]


@pytest.fixture
def menu(view):
    """Right-click the header, and return its menu."""

    def menu():
        header = view.horizontalHeader()
        header.customContextMenuRequested.emit(QPoint(60, 5))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        return menu

    return menu


@pytest.fixture
def tick(menu, qtbot):
    """Choose an entry of the header's menu with the keyboard."""

    def tick(text):
        shown_menu = menu()
        entries = {one.text(): one for one in shown_menu.actions()}
        shown_menu.setActiveAction(entries[text])
        qtbot.keyClick(shown_menu, Qt.Key.Key_Return)
        return entries

    return tick


@pytest.fixture
def drag(view, qtbot):
    """Drag in the header, from one place to another."""

    def drag(start, end):
        viewport = view.horizontalHeader().viewport()
        qtbot.mousePress(viewport, LEFT, pos=QPoint(start, 8))
        for share in (0.3, 0.6, 1):
            place = QPoint(round(start + share * (end - start)), 8)
            qtbot.mouseMove(viewport, place)
        qtbot.mouseRelease(viewport, LEFT, pos=QPoint(end, 8))

    return drag


@pytest.fixture
def again(layers, qtbot):
    """Make another section over the same segments, as the next session does."""

    def again():
        section = SegmentsSection()
        qtbot.addWidget(section.native)
        section.native.resize(300, 500)
        section.show_segments(layers)
        return section.view

    return again


def test_columns_are_chosen_and_kept(view, layers, tick, again):
    assert "area" not in shown(view)
    tick("Pixels")
    entries = tick("Eye (shown)")
    assert list(entries)[:4] == ["Eye (shown)", "Swatch (colour)", "# (label)", "Share"]
    assert "Mean" in entries
    assert "Area (px)" not in entries
    assert "Name" not in entries
    rest = ["color", "label", "name", "share", "mean", "objects", "ignore"]
    assert shown(view) == rest
    layers.segments.rename(1, "One")
    assert shown(view) == rest
    assert shown(again()) == rest
    tick("Pixels")
    assert "pixels" in shown(view)
    tick("As they were at first")
    assert shown(view) == [name for name in COLUMNS if name != "area"]


def test_menu_stays_while_columns_are_ticked(view, menu, qtbot):
    menu = menu()
    entries = {one.text(): one for one in menu.actions()}
    for text, name in {"Pixels": "pixels", "# (label)": "label"}.items():
        place = menu.actionGeometry(entries[text]).center()
        qtbot.mouseClick(menu, LEFT, pos=place)
        assert name not in shown(view)
        assert not entries[text].isChecked()
    qtbot.keyClick(menu, Qt.Key.Key_Space)
    assert "label" in shown(view)
    assert QApplication.activePopupWidget() is menu
    last = menu.actionGeometry(entries["As they were at first"]).center()
    qtbot.mouseClick(menu, LEFT, pos=last)
    assert QApplication.activePopupWidget() is None
    assert "pixels" in shown(view)


def test_columns_are_moved_and_kept(view, layers, drag, again):
    header = view.horizontalHeader()
    left = header.sectionViewportPosition(POSITION["share"])
    drag(left + 15, header.sectionViewportPosition(POSITION["label"]) + 2)
    assert shown(view)[:5] == ["shown", "color", "share", "label", "name"]
    layers.segments.rename(1, "One")
    assert shown(again())[:5] == ["shown", "color", "share", "label", "name"]


def test_columns_are_widened_and_kept(view, layers, drag, again):
    position = POSITION["label"]
    before = view.columnWidth(position)
    right = view.columnViewportPosition(position) + before
    drag(right - 1, right + 20)
    width = view.columnWidth(position)
    assert width > before + 10
    layers.segments.rename(1, "One")
    assert view.columnWidth(position) == width
    assert again().columnWidth(position) == width


def test_objects_are_counted_when_their_column_is_chosen(
    section, view, tick, texts, qtbot
):
    tick("Objects")
    section.native.window().resize(1200, 600)
    qtbot.wait(500)
    assert texts("objects")[0] == "…"
    tick("Objects")
    qtbot.waitUntil(lambda: texts("objects") == ["1", "2", "1", "1", "1"])


@pytest.mark.parametrize("stored", ["no json", "[]", '{"widths": {"name": "wide"}}'])
def test_what_cannot_be_read_is_ignored(view, again, stored):
    last_used().setValue("columns", stored)
    assert shown(again()) == shown(view)


@pytest.mark.parametrize("width", [260, 300])
def test_first_columns_are_in_sight(section, view, layers, width, qtbot):
    layers.segments.rename(1, "A name that is longer than the dock is wide")
    section.native.resize(width, 500)
    qtbot.wait(10)
    assert shown(view)[:5] == ["shown", "color", "label", "name", "share"]
    end = view.columnViewportPosition(POSITION["share"])
    assert end + view.columnWidth(POSITION["share"]) <= view.viewport().width()
