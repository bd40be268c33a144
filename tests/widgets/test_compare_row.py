"""Compare and Swipe: real keys and clicks, and what is then seen on the canvas."""

import numpy as np
import numpy.testing as npt
import pytest
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QKeyEvent, QMouseEvent
from qtpy.QtWidgets import QApplication, QLineEdit

from napari_kmeans.core.progress import finish
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.layers.source_pixels import read_source

LEFT = Qt.MouseButton.LeftButton
H, SPACE, ENTER = Qt.Key.Key_H, Qt.Key.Key_Space, Qt.Key.Key_Return


@pytest.fixture
def image():
    """A ramp of reds, which nothing else here is."""
    image = np.zeros((60, 80, 3), np.uint8)
    image[..., 0] = np.linspace(60, 255, 80)
    return image


def cluster(viewer, image, **options):
    source = viewer.add_image(image, name="ramp", **options)
    steps = read_source(source).segment_steps(Settings(3))
    clustering = show_segmentation(viewer, source, finish(steps))
    for value in clustering.segments.map.values:
        clustering.segments.set_color(value, (0, value / 4, 1))
    return clustering


@pytest.fixture
def shown(viewer, panel, image, qtbot):
    clustering = cluster(viewer, image)
    panel.segments.native.window().activateWindow()
    viewer.reset_view()
    qtbot.waitUntil(panel.segments.view.isVisible)
    qtbot.wait(50)
    return clustering


@pytest.fixture
def row(shown, panel):
    return panel.segments.comparing


def canvas_of(viewer):
    return viewer.window._qt_viewer.canvas.native


def columns(viewer):
    """How red and how blue the middle of the picture is, from left to right."""
    picture = viewer.screenshot(canvas_only=True, flash=False).astype(int)
    middle = picture[picture.shape[0] // 2]
    return (middle[:, 0] > 50) & (middle[:, 2] < 50), middle[:, 2] > 200


def is_source(viewer):
    red, blue = columns(viewer)
    return red.any() and not blue.any()


def is_result(viewer):
    red, blue = columns(viewer)
    return blue.any() and not red.any()


def key(widget, kind, which, repeated=False):
    no = Qt.KeyboardModifier.NoModifier
    event = QKeyEvent(getattr(QEvent.Type, kind), which, no, "h", repeated)
    QApplication.sendEvent(widget, event)


# Compare


def test_button_shows_the_source_while_it_is_pressed(viewer, shown, row, qtbot):
    before = [layer.visible for layer in viewer.layers]
    n_steps = len(shown.segments.history.past)
    assert is_result(viewer)
    qtbot.mousePress(row.compare_button, LEFT)
    assert is_source(viewer)
    qtbot.mouseRelease(row.compare_button, LEFT)
    assert is_result(viewer)
    qtbot.mousePress(row.compare_button, LEFT)
    qtbot.mouseRelease(row.compare_button, LEFT, pos=QPoint(-50, -50))
    assert is_result(viewer)
    assert [layer.visible for layer in viewer.layers] == before
    assert len(shown.segments.history.past) == n_steps
    assert shown.edited_labels is None


@pytest.mark.parametrize("which", [SPACE, ENTER, Qt.Key.Key_Enter])
def test_keys_hold_the_button(viewer, row, which, qtbot):
    row.compare_button.setFocus()
    qtbot.waitUntil(row.compare_button.hasFocus)
    qtbot.keyPress(row.compare_button, which)
    assert row.comparison.is_on
    key(row.compare_button, "KeyRelease", which, repeated=True)
    key(row.compare_button, "KeyPress", which, repeated=True)
    assert row.comparison.is_on
    qtbot.keyRelease(row.compare_button, which)
    assert not row.comparison.is_on
    assert is_result(viewer)


@pytest.mark.parametrize("where", ["table", "canvas"])
def test_key_compares_while_it_is_held(viewer, panel, row, where, qtbot):
    widget = panel.segments.view if where == "table" else canvas_of(viewer)
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)
    qtbot.keyPress(widget, H)
    for _ in range(3):
        key(widget, "KeyRelease", H, repeated=True)
        key(widget, "KeyPress", H, repeated=True)
    assert is_source(viewer)
    qtbot.keyRelease(widget, H)
    assert is_result(viewer)
    assert not panel.segments.filter.text()


def test_losing_the_focus_ends_it(viewer, panel, row, qtbot):
    for widget, which in (
        (panel.segments.view, H),
        (canvas_of(viewer), H),
        (row.compare_button, SPACE),
        (row.compare_button, ENTER),
    ):
        widget.setFocus()
        qtbot.waitUntil(widget.hasFocus)
        qtbot.keyPress(widget, which)
        assert row.comparison.is_on
        panel.segments.filter.setFocus()
        qtbot.waitUntil(lambda: not row.comparison.is_on)
        qtbot.keyRelease(widget, which)
        assert is_result(viewer)


def test_letter_is_typed_into_a_name_and_the_filter(panel, shown, row, qtbot):
    section = panel.segments
    section.filter.setFocus()
    qtbot.waitUntil(section.filter.hasFocus)
    qtbot.keyClick(section.filter, "h")
    assert section.filter.text() == "h"
    section.filter.clear()
    section.view.setFocus()
    section.view.select_values([2])
    qtbot.keyClick(section.view, Qt.Key.Key_F2)
    editor = section.view.viewport().findChild(QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, "hut")
    qtbot.keyClick(editor, ENTER)
    qtbot.waitUntil(lambda: shown.segments.map[2].name == "hut")
    assert not row.comparison.is_on


ENDS = {
    "another run": lambda viewer, clustering: show_segmentation(
        viewer,
        clustering.source,
        finish(read_source(clustering.source).segment_steps(Settings(2))),
    ),
    "new layers": lambda viewer, clustering: show_segmentation(
        viewer,
        clustering.source,
        finish(read_source(clustering.source).segment_steps(Settings(2))),
        in_new_layers=True,
    ),
    "hide": lambda _, clustering: clustering.segments.set_visible([1], False),
    "another image": lambda viewer, _: viewer.add_image(np.zeros((9, 9))),
    "deleted": lambda viewer, clustering: viewer.layers.remove(clustering.labels),
    "source deleted": lambda viewer, clustering: viewer.layers.remove(
        clustering.source
    ),
    "panel closed": lambda viewer, _: viewer.window.remove_dock_widget("all"),
}


@pytest.mark.parametrize("what", ENDS)
@pytest.mark.parametrize("preview", [False, True], ids=["plain", "preview"])
def test_what_ends_a_comparison(viewer, shown, row, what, preview, qtbot):
    if preview:
        shown.preview(np.ones_like(shown.segments.labels))
    comparison = row.comparison
    qtbot.mousePress(row.compare_button, LEFT)
    ENDS[what](viewer, shown)
    qtbot.waitUntil(lambda: not comparison.is_on)
    assert all(layer.visible for layer in viewer.layers)
    assert not shown.segments.history.past or shown.edited_labels is None


def test_preview_goes_on_after_a_comparison(viewer, shown, row, qtbot):
    shown.preview(np.ones_like(shown.segments.labels))
    qtbot.mousePress(row.compare_button, LEFT)
    assert is_source(viewer)
    qtbot.mouseRelease(row.compare_button, LEFT)
    assert (shown.labels.data == 1).all()
    shown.preview(None)
    npt.assert_array_equal(shown.labels.data, shown.segments.labels)
    assert shown.edited_labels is None


def test_button_says_why_there_is_nothing_to_compare_with(viewer, shown, row):
    viewer.layers.selection.active = shown.labels
    assert row.compare_button.isEnabled()
    assert "key H" in row.compare_button.toolTip()


# Swipe


def on_each_side(viewer, place):
    """Whether the source is left of a place on the canvas, and the result right."""
    red, blue = columns(viewer)
    place = round(place)
    left, right = slice(0, place - 2), slice(place + 2, None)
    return not blue[left].any() and not red[right].any() and (red | blue).any()


def drag(line, by, qtbot):
    """Drag the line along the canvas."""
    canvas, middle = line.parentWidget(), line.rect().center()
    start = line.mapTo(canvas, middle)
    qtbot.mousePress(line, LEFT, pos=middle)
    for share in (0.5, 1):
        place = line.mapFrom(canvas, start + QPoint(round(share * by), 0))
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(place),
            QPointF(line.mapToGlobal(place)),
            Qt.MouseButton.NoButton,
            LEFT,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(line, event)
    qtbot.mouseRelease(line, LEFT)


def test_line_divides_source_and_result(viewer, shown, row, qtbot):
    before = viewer.screenshot(canvas_only=True, flash=False)
    qtbot.mouseClick(row.swipe_button, LEFT)
    line = row.swipe.line
    assert line.place == canvas_of(viewer).width() / 2
    assert on_each_side(viewer, line.place)
    assert columns(viewer)[0].any()
    assert columns(viewer)[1].any()
    start = line.place
    drag(line, -60, qtbot)
    assert line.place == pytest.approx(start - 60, abs=2)
    assert on_each_side(viewer, line.place)
    qtbot.keyClick(line, Qt.Key.Key_Right)
    assert line.place == pytest.approx(start - 50, abs=2)
    assert on_each_side(viewer, line.place)
    camera = getattr(viewer, "scene", viewer).camera
    camera.zoom *= 2
    assert on_each_side(viewer, line.place)
    line.move_to(-500)
    assert is_result(viewer)
    line.move_to(5000)
    assert is_source(viewer)
    camera.zoom /= 2
    qtbot.mouseClick(row.swipe_button, LEFT)
    assert not row.swipe.is_on
    npt.assert_array_equal(viewer.screenshot(canvas_only=True, flash=False), before)
    assert not shown.labels.experimental_clipping_planes


def test_line_stays_in_its_place_when_the_canvas_grows(viewer, row, qtbot):
    row.swipe_button.click()
    line = row.swipe.line
    canvas = canvas_of(viewer)
    line.move_to(canvas.width() / 4)
    window = canvas.window()
    window.resize(window.width() + 200, window.height())
    qtbot.waitUntil(lambda: line.place == pytest.approx(canvas.width() / 4))
    assert line.height() == canvas.height()
    qtbot.wait(50)
    assert on_each_side(viewer, line.place)


def test_canvas_changes_its_size_after_the_line_is_gone(viewer, row, qtbot):
    for _ in range(2):
        qtbot.mouseClick(row.swipe_button, LEFT)
        qtbot.mouseClick(row.swipe_button, LEFT)
    qtbot.wait(50)
    canvas = canvas_of(viewer)
    before, window = canvas.width(), canvas.window()
    window.resize(window.width() + 100, window.height())
    qtbot.waitUntil(lambda: canvas.width() != before)
    assert not row.swipe.is_on


@pytest.mark.parametrize(
    "place",
    [{"scale": (0.1, 0.2)}, {"rotate": 30}, {"translate": (500, -300)}],
    ids=["scaled", "turned", "moved"],
)
def test_line_is_straight_wherever_the_layers_lie(viewer, panel, image, place, qtbot):
    cluster(viewer, image, **place)
    viewer.reset_view()
    row = panel.segments.comparing
    qtbot.wait(50)
    row.swipe_button.click()
    assert on_each_side(viewer, row.swipe.line.place)


def test_hidden_source_is_seen_left_of_the_line(viewer, shown, row):
    shown.source.visible = False
    row.swipe_button.click()
    assert on_each_side(viewer, row.swipe.line.place)
    assert columns(viewer)[0].any()
    row.swipe_button.click()
    assert not shown.source.visible


CHANGES = {
    "another run": ENDS["another run"],
    "new layers": ENDS["new layers"],
    "made again": lambda viewer, clustering: (
        viewer.layers.remove(clustering.labels),
        clustering.add_missing_layers(),
    ),
    "original": lambda _, clustering: clustering.set_look(show_as="original"),
    "transparent": lambda _, clustering: clustering.set_look(hidden_as="transparent"),
    "hidden and shown": lambda _, clustering: (
        setattr(clustering.labels, "visible", False),
        setattr(clustering.labels, "visible", True),
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_line_stays_while_layers_change(viewer, shown, row, what, qtbot):
    row.swipe_button.click()
    CHANGES[what](viewer, shown)
    qtbot.wait(50)
    assert row.swipe.is_on
    assert not columns(viewer)[1][: round(row.swipe.line.place) - 2].any()
    assert columns(viewer)[0].any()


def test_image_above_the_result_is_cut_as_well(viewer, shown, row):
    blue = np.full((60, 80, 3), (0, 0, 255), np.uint8)
    viewer.add_image(blue, name="above")
    viewer.layers.selection.active = shown.labels
    row.swipe_button.click()
    assert on_each_side(viewer, row.swipe.line.place)


def test_comparing_while_swiping(viewer, row, qtbot):
    row.swipe_button.click()
    qtbot.mousePress(row.compare_button, LEFT)
    assert is_source(viewer)
    qtbot.mouseRelease(row.compare_button, LEFT)
    assert on_each_side(viewer, row.swipe.line.place)


@pytest.mark.parametrize("what", ["3-D", "deleted", "source deleted", "panel closed"])
def test_what_takes_the_line_away(viewer, shown, row, what, qtbot):
    swipe = row.swipe
    row.swipe_button.click()
    line = swipe.line
    with qtbot.waitSignal(line.destroyed):
        if what == "3-D":
            viewer.dims.ndisplay = 3
        elif what == "deleted":
            for layer in shown.output_layers():
                viewer.layers.remove(layer)
                viewer.screenshot(flash=False)  # vispy needs time to forget a layer
        else:
            ENDS[what](viewer, shown)
    assert not swipe.is_on
    if what == "3-D":
        assert not row.swipe_button.isEnabled()
        assert not row.swipe_button.isChecked()
        viewer.dims.ndisplay = 2
        assert row.swipe_button.isEnabled()
    if what in ("3-D", "panel closed"):
        qtbot.wait(50)
        assert is_result(viewer)


def test_window_can_be_closed_while_swiping(viewer, row):
    row.swipe_button.click()
    viewer.close()


def test_buttons_follow_the_result_of_the_table(viewer, shown, row, panel, qtbot):
    other = cluster(viewer, np.zeros((60, 80, 3), np.uint8) + np.uint8([0, 255, 0]))
    row.swipe_button.click()
    viewer.layers.selection.active = shown.labels
    qtbot.wait(50)
    assert row.swipe.is_on
    assert row.swipe_button.isChecked()
    assert columns(viewer)[0][: round(row.swipe.line.place)].any()
    assert other.source.visible


def test_run_that_ends_while_the_key_is_held_is_seen(
    viewer, shown, row, panel, gate, wait_for_run, qtbot
):
    canvas = canvas_of(viewer)
    row.swipe_button.click()
    panel.form.n_clusters.value = 2
    panel.segment()
    canvas.setFocus()
    qtbot.waitUntil(canvas.hasFocus)
    qtbot.keyPress(canvas, H)
    assert is_source(viewer)
    gate.open()
    wait_for_run(panel)
    qtbot.waitUntil(lambda: not row.comparison.is_on)
    qtbot.keyRelease(canvas, H)
    assert all(layer.visible for layer in viewer.layers)
    assert len(shown.segments.map) == 2
    assert row.swipe.is_on
    assert not columns(viewer)[1][: round(row.swipe.line.place) - 2].any()


def test_preview_outline_and_line_at_once(viewer, shown, row, panel, qtbot):
    labels = np.array(shown.segments.labels)
    row.swipe_button.click()
    shown.preview(np.full_like(labels, 3))
    panel.segments.outline.show(shown, 3)
    qtbot.mousePress(row.compare_button, LEFT)
    qtbot.mouseRelease(row.compare_button, LEFT)
    assert row.swipe.is_on
    panel.segments.outline.show(None, None)
    assert on_each_side(viewer, row.swipe.line.place)
    shown.preview(None)
    row.swipe_button.click()
    npt.assert_array_equal(shown.labels.data, labels)
    assert shown.edited_labels is None
    assert not row.swipe.is_on
