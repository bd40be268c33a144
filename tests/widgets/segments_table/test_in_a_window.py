"""The section in napari's own window, with the mouse on the canvas."""

import numpy as np
import pytest
from qtpy.QtCore import QPoint, QRect, Qt
from qtpy.QtGui import QImage

from napari_kmeans.core.segmentation import segment
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.widgets.layout import ScrollingContainer
from napari_kmeans.widgets.segments_table.columns import POSITION
from napari_kmeans.widgets.segments_table.segments_section import SegmentsSection


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer(show=True)


@pytest.fixture
def section(viewer, layers, qtbot):
    section = SegmentsSection()
    viewer.window.add_dock_widget(ScrollingContainer([section]), name="Segments")
    section.show_segments(layers)
    section.native.window().activateWindow()
    viewer.reset_view()
    qtbot.waitUntil(section.view.isVisible)
    return section


@pytest.fixture
def canvas(viewer, section, qtbot):
    """Click or drag on the canvas at a pixel of the image."""
    native = viewer.window._qt_viewer.canvas.native
    qtbot.wait(100)

    def place(row, column):
        camera = getattr(viewer, "scene", viewer).camera
        zoom, center = camera.zoom, camera.center
        middle = native.rect().center()
        return QPoint(
            round(middle.x() + (column - center[-1]) * zoom),
            round(middle.y() + (row - center[-2]) * zoom),
        )

    def canvas(start, end=None, modifier=Qt.KeyboardModifier.NoModifier):
        left = Qt.MouseButton.LeftButton
        qtbot.mouseMove(native, place(*start))
        qtbot.mousePress(native, left, modifier, place(*start))
        if end is not None:
            for share in (0.3, 0.6, 1):
                row, column = np.add(start, np.multiply(share, np.subtract(end, start)))
                qtbot.mouseMove(native, place(row, column))
        qtbot.mouseRelease(native, left, modifier, place(*(end or start)))

    return canvas


def test_clicks_select_and_drags_do_not(viewer, layers, view, canvas):
    viewer.layers.selection.active = layers.labels
    canvas((30, 20))
    assert view.selected_values == [4]
    canvas((15, 20), modifier=Qt.KeyboardModifier.ShiftModifier)
    assert sorted(view.selected_values) == [3, 4]
    canvas((8, 20), end=(30, 30))
    assert sorted(view.selected_values) == [3, 4]


def test_row_that_is_painted_new_is_selected(
    viewer, layers, section, view, canvas, qtbot
):
    viewer.layers.selection.active = layers.labels
    view.select_values([2])
    layers.labels.brush_size = 4
    layers.labels.mode = "paint"
    layers.labels.selected_label = 9
    canvas((30, 10), end=(30, 30))
    qtbot.waitUntil(lambda: view.selected_values == [9])
    assert section.buttons.buttons["toggle"].isEnabled()
    view.select_values([2])
    layers.labels.selected_label = 9
    canvas((20, 10), end=(20, 30))
    assert view.selected_values == [9]


def test_painting_changes_the_numbers_and_not_the_row(
    viewer, layers, section, view, canvas, texts, qtbot
):
    viewer.layers.selection.active = layers.labels
    view.select_values([2])
    layers.labels.brush_size = 4
    layers.labels.mode = "paint"
    before = texts("pixels")
    canvas((30, 10), end=(30, 30))
    qtbot.waitUntil(lambda: texts("pixels") != before)
    assert view.selected_values == [2]
    assert section.buttons.buttons["undo"].toolTip() == "Undo Paint (Ctrl+Z)"
    qtbot.keyClick(view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: texts("pixels") == before)


def test_keys_of_napari_work_on_the_canvas(viewer, layers, view, qtbot):
    viewer.layers.selection.active = layers.labels
    native = viewer.window._qt_viewer.canvas.native
    native.setFocus()
    qtbot.waitUntil(native.hasFocus)
    qtbot.keyClick(native, Qt.Key.Key_P)
    assert layers.labels.mode == "paint"
    shown = layers.segments.map
    qtbot.keyClick(native, Qt.Key.Key_S)
    qtbot.keyClick(native, Qt.Key.Key_I)
    assert layers.segments.map == shown


def test_merge_moves_nothing_that_is_below_until_another_run(
    viewer, section, layers, image, qtbot
):
    button = section.buttons.buttons["merge"]

    def place():
        qtbot.wait(50)
        return button.mapToGlobal(QPoint()).y()

    first = place()
    layers.labels.paint((50, 30), 6)
    second = place()
    assert second > first
    section.act("merge", [1, 6])
    assert len(layers.segments.map) == 5
    assert place() == second
    section.act("merge", [2, 3])
    assert place() == second
    show_segmentation(viewer, layers.source, segment(image, 4))
    assert place() < first


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_first_columns_are_in_sight_in_a_narrow_dock(viewer, section, view, theme):
    viewer.theme = theme
    section.native.window().resize(1280, 720)
    assert section.native.minimumSizeHint().width() <= 300
    right = view.columnViewportPosition(POSITION["share"])
    right += view.columnWidth(POSITION["share"])
    assert right <= view.viewport().width()


def test_closed_window_is_let_go(viewer, layers, section):
    viewer.window.remove_dock_widget("all")
    layers.segments.set_visible([1], False)


def test_two_clusterings_one_after_the_other(viewer, layers, section, image, texts):
    second = show_segmentation(
        viewer, layers.source, segment(image, 2), in_new_layers=True
    )
    section.show_segments(second)
    assert texts("label") == ["1", "2"]
    layers.segments.merge([1, 2])
    assert texts("label") == ["1", "2"]
    section.show_segments(layers)
    assert len(texts("label")) == 4


def test_layer_of_colours_in_place_of_one_of_values_is_in_the_window(viewer):
    values = np.random.default_rng(0).integers(0, 255, (30, 40)).astype(np.uint8)
    source = viewer.add_image(values, name="cell")
    layers = show_segmentation(viewer, source, segment(values, 3))
    names = [layer.name for layer in viewer.layers]
    viewer.layers.selection.active = layers.recolored
    layers.set_look(show_as="palette")
    assert [layer.name for layer in viewer.layers] == names
    assert layers.recolored.rgb
    assert viewer.layers.selection.active is layers.recolored
    viewer.layers.selection.active = source
    layers.set_look(show_as="mean")
    assert viewer.layers.selection.active is source
    viewer.layers.selection.active = layers.recolored  # napari has controls for it
    source.visible = layers.labels.visible = False
    shown = viewer.screenshot(canvas_only=True, flash=False)
    assert len(np.unique(shown[..., 0])) > 2


def test_areas_follow_a_scale_that_is_set_later(layers, section, texts, qtbot):
    n_pixels = int(texts("pixels")[0].replace(",", ""))
    layers.source.units = ("um", "um")
    layers.source.scale = (0.5, 0.5)
    assert texts("area")[0].startswith(f"{n_pixels / 4:g}")
    qtbot.wait(50)  # what napari draws then warns of nothing


def test_forty_segments_scroll_inside_the_table(viewer, section, qtbot):
    values = np.arange(60 * 60).reshape(60, 60) % 251
    source = viewer.add_image(values.astype(np.uint8), name="many")
    section.show_segments(show_segmentation(viewer, source, segment(source.data, 40)))
    viewer.window._qt_window.resize(1089, 630)
    view = section.view
    qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() > 0)
    rows = view.viewport().height() // view.rowHeight(0)
    assert rows == 6
    right = view.columnViewportPosition(POSITION["share"])
    right += view.columnWidth(POSITION["share"])
    assert right <= view.viewport().width()
    for widget in (view, section.help_button, *section.buttons.buttons.values()):
        seen = widget.visibleRegion().boundingRect()
        assert seen.width() == widget.width(), "cut at a side"


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_texts_of_the_buttons_are_whole_in_a_narrow_dock(viewer, section, theme, qtbot):
    viewer.theme = theme
    qtbot.wait(50)
    for width in (240, 300):
        section.buttons.setFixedWidth(width)
        qtbot.wait(10)
        for button in section.buttons.buttons.values():
            text = button.fontMetrics().horizontalAdvance(button.text())
            assert text < button.width(), button.text()
    assert section.buttons.minimumSizeHint().width() <= 240


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("column", ["label", "name", "share"])
def test_sort_arrow_is_not_on_the_title(viewer, section, qtbot, theme, column):
    viewer.theme = theme
    view, position = section.view, POSITION[column]
    header = view.horizontalHeader()
    qtbot.wait(50)

    def rows_of(picture):
        return np.flatnonzero((picture != picture[:, :1]).any((1, 2)))

    def picture():
        place = QRect(header.sectionViewportPosition(position), 0, 0, header.height())
        place.setWidth(header.sectionSize(position) - 1)
        image = header.viewport().grab(place.adjusted(1, 1, -1, -1)).toImage()
        image = image.convertToFormat(QImage.Format.Format_RGB32)
        data = image.constBits().asstring(image.sizeInBytes())
        return np.frombuffer(data, np.uint8).reshape(image.height(), image.width(), 4)

    plain = picture()
    view.sortByColumn(position, Qt.SortOrder.DescendingOrder)
    qtbot.wait(50)
    title, arrow = rows_of(plain), rows_of(plain.astype(int) - picture())
    assert len(title)
    assert len(arrow)
    assert title[0] - arrow[-1] > 3, "it would look like an accent"
