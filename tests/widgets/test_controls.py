"""The wheel and the focus over every kind of control of the panel, with real events."""

import numpy as np
import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QScrollArea,
    QScrollBar,
    QWidget,
)

CONTROLS = (QAbstractSlider, QAbstractSpinBox, QComboBox)


@pytest.fixture
def full(viewer, panel, click, wait_for_run, qtbot):
    """The panel of a window of napari's size, with all it has for three channels."""
    viewer.window._qt_window.resize(1089, 630)
    noise = np.random.default_rng(0).integers(0, 255, (3, 6, 30, 40)).astype(np.uint8)
    layers = viewer.add_image(noise, channel_axis=0, name=["red", "green", "blue"])
    viewer.layers.selection = set(layers)
    click(panel.segment_button)
    wait_for_run(panel)
    for section in (panel.form.advanced, panel.clean_up, panel.areas):
        section.folded = False
    panel.form.smoothing.value = "gaussian"
    panel.region.kind.value = "range"
    qtbot.wait(300)
    return panel


def scroll_area(panel):
    return panel.native.findChild(QScrollArea)


def controls(panel):
    found = panel.content.native.findChildren(QWidget)
    return [
        one
        for one in found
        if isinstance(one, CONTROLS)
        and one.isVisible()
        and not isinstance(one, QScrollBar)
    ]


def state(control):
    if isinstance(control, QComboBox):
        return control.currentIndex()
    return control.value()


def turn(widget, at, notches=-1):
    """Turn the wheel: as Qt does with the real one, from widget to parent."""
    while widget is not None:
        event = QWheelEvent(
            QPointF(widget.mapFromGlobal(at)),
            QPointF(at),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        if QApplication.sendEvent(widget, event) and event.isAccepted():
            break
        widget = widget.parentWidget()


def test_wheel_over_a_control_scrolls_and_changes_nothing(full, qtbot):
    found = controls(full)
    kinds = {type(one).__name__ for one in found}
    assert len(found) > 20
    assert len(kinds) > 3
    full.segment_button.native.setFocus()
    before = [state(one) for one in found]
    area = scroll_area(full)
    for one in found:
        area.verticalScrollBar().setValue(0)
        turn(one, one.mapToGlobal(one.rect().center()))
        assert area.verticalScrollBar().value() > 0, one
        assert not one.hasFocus()
    assert [state(one) for one in found] == before


def test_scrolling_over_whatever_slides_under_the_pointer(full, qtbot):
    """Trial: pointer on the Segments row, and some notches of the wheel."""
    found = controls(full)
    before = [state(one) for one in found]
    area = scroll_area(full)
    bar, slider = area.verticalScrollBar(), full.form.n_clusters.slider.native
    bar.setValue(0)
    full.region.kind.native.setFocus()  # it is going to slide under the pointer
    at = slider.mapToGlobal(slider.rect().center())
    for _ in range(60):
        inside = area.viewport().mapFromGlobal(at)
        turn(area.viewport().childAt(inside), at)
        qtbot.wait(1)
    assert bar.value() == bar.maximum()
    assert [state(one) for one in found] == before


def test_wheel_turns_the_control_with_the_focus(full, qtbot):
    box = full.form.n_clusters.box.native
    full.native.window().activateWindow()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    before = box.value()
    turn(box, box.mapToGlobal(box.rect().center()), 1)
    assert box.value() == before + 1


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_focus_is_seen_on_every_control(viewer, full, qtbot, theme):
    viewer.theme = theme
    window, area = viewer.window._qt_window, scroll_area(full)
    window.activateWindow()
    wanted = (*CONTROLS, QAbstractButton, QLineEdit)
    content = full.content.native
    found = [
        one
        for one in content.findChildren(QWidget)
        if isinstance(one, wanted)
        and one.isVisible()
        and one.isEnabled()
        and one.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert len(found) > 30
    assert area.horizontalScrollBar().maximum() == 0
    margin = 3
    for one in found:
        full.status.native.setFocus()
        area.ensureWidgetVisible(one)
        window.setFocus()
        qtbot.wait(5)
        rect = one.rect().translated(one.mapTo(area.viewport(), QPoint()))
        rect = rect.adjusted(-margin, -margin, margin, margin)
        before = area.viewport().grab(rect).toImage()
        one.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.waitUntil(one.hasFocus)
        after = area.viewport().grab(rect).toImage()
        changed = sum(
            abs(
                before.pixelColor(x, y).lightness() - after.pixelColor(x, y).lightness()
            )
            > 60
            for x in range(after.width())
            for y in range(after.height())
        )
        assert changed > after.width(), (one, changed)


def test_tab_goes_from_top_to_bottom(viewer, full, qtbot):
    viewer.window._qt_window.activateWindow()
    full.form.n_clusters.slider.native.setFocus()
    qtbot.waitUntil(full.form.n_clusters.slider.native.hasFocus)
    content, places = full.content.native, []
    while True:
        focused = QApplication.focusWidget()
        if not content.isAncestorOf(focused) or len(places) > 80:
            break
        top_left = focused.mapTo(content, QPoint())
        places.append((top_left.y() + focused.height() // 2, top_left.x()))
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert len(places) > 25
    rows = [round(y / 12) for y, _ in places]
    assert rows == sorted(rows)


@pytest.mark.parametrize("n_channels", [1, 3])
def test_what_matters_is_in_sight(
    viewer, panel, click, wait_for_run, qtbot, n_channels
):
    viewer.window._qt_window.resize(1089, 630)
    noise = np.random.default_rng(0).integers(0, 255, (3, 30, 40)).astype(np.uint8)
    layers = viewer.add_image(noise[:n_channels], channel_axis=0)
    viewer.layers.selection = set(layers)
    panel.form.n_clusters.value = 6
    click(panel.segment_button)
    wait_for_run(panel)
    qtbot.wait(300)
    area, table = scroll_area(panel), panel.segments
    buttons = [table.buttons.buttons[name] for name in ("merge", "undo")]
    for one in (panel.segment_button.native, panel.status.native, table.view, *buttons):
        rect = one.rect().translated(one.mapTo(area.viewport(), QPoint()))
        assert area.viewport().rect().contains(rect), one
    assert table.view.verticalScrollBar().maximum() == 0
    button = panel.segment_button.native
    table_at, top = table.view.mapTo(area.viewport(), QPoint()), button.height()
    panel.form.n_clusters.value = 7
    qtbot.waitUntil(lambda: panel.note.visible)
    qtbot.wait(50)
    assert table.view.mapTo(area.viewport(), QPoint()) == table_at
    assert panel.run.row.native.sizeHint().height() <= top
    panel.form.advanced.folded = panel.region.folded = False
    for kind in panel.region.kind.choices:
        panel.region.kind.value = kind
        qtbot.wait(50)
        assert area.horizontalScrollBar().maximum() == 0, kind


def is_in_sight(panel, widget):
    viewport = scroll_area(panel).viewport()
    rect = widget.rect().translated(widget.mapTo(viewport, QPoint()))
    return viewport.rect().contains(rect)


def test_table_has_fewer_rows_where_its_buttons_would_be_out_of_sight(
    viewer, panel, click, wait_for_run, qtbot
):
    viewer.window._qt_window.resize(1089, 630)
    viewer.add_image(np.random.default_rng(0).random((2, 40, 50)), name="pair")
    panel.choice.channel_axis.value = 0
    panel.form.n_clusters.value = 6
    click(panel.segment_button)
    wait_for_run(panel)
    qtbot.wait(300)
    ticks = [row.tick for row in panel.choice.table.rows]
    assert [tick.text() for tick in ticks] == ["1", "2"], "under 'Channel'"
    buttons, view = panel.segments.buttons.buttons, panel.segments.view
    assert is_in_sight(panel, buttons["merge"])
    assert is_in_sight(panel, buttons["undo"])
    assert view.verticalScrollBar().maximum() > 0
    assert view.n_seen >= 3


def test_table_has_as_many_rows_as_a_high_window_has_room_for(
    viewer, panel, stain, click, wait_for_run, qtbot
):
    viewer.window._qt_window.resize(1200, 980)
    viewer.add_image(stain)
    panel.form.n_clusters.value = 40
    click(panel.segment_button)
    wait_for_run(panel)
    qtbot.wait(300)
    assert panel.segments.view.n_seen > 10
    assert scroll_area(panel).verticalScrollBar().maximum() == 0
    viewer.layers.remove(viewer.layers[-1])
    qtbot.wait(300)
    assert panel.segments.recreate_button.isVisible()
    assert scroll_area(panel).verticalScrollBar().maximum() == 0
    panel.form.advanced.folded = False
    qtbot.wait(300)
    assert panel.segments.view.n_seen == 6
    viewer.window._qt_window.resize(1200, 630)
    panel.form.advanced.folded = True
    qtbot.wait(300)
    assert panel.segments.view.n_seen == 6


def test_what_is_below_the_table_stays_when_rows_are_merged(
    viewer, panel, stain, click, wait_for_run, qtbot
):
    viewer.add_image(stain)
    panel.form.n_clusters.value = 6
    click(panel.segment_button)
    wait_for_run(panel)
    qtbot.wait(300)
    button = panel.segments.buttons.buttons["merge"]
    at = button.mapTo(panel.content.native, QPoint())
    panel.segments.view.select_values([1, 2])
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.wait(200)
    assert panel.segments.model.rowCount() == 5
    assert button.mapTo(panel.content.native, QPoint()) == at


@pytest.mark.parametrize("name", ["clean_up", "areas", "region"])
def test_what_is_unfolded_comes_into_sight(
    viewer, panel, click, wait_for_run, qtbot, name
):
    viewer.window._qt_window.resize(1089, 630)
    noise = np.random.default_rng(0).integers(0, 255, (4, 30, 40)).astype(np.uint8)
    viewer.add_image(noise, axis_labels=("z", "y", "x"))
    panel.form.n_clusters.value = 6
    click(panel.segment_button)
    wait_for_run(panel)
    qtbot.wait(100)
    section = getattr(panel, name)
    if name == "clean_up":
        panel.segments.act("clean_up", [2])
    else:
        scroll_area(panel).ensureWidgetVisible(section._button)
        qtbot.mouseClick(section._button, Qt.MouseButton.LeftButton)
    assert not section.folded
    if name == "areas":
        qtbot.waitUntil(lambda: section.plot is not None)

    def is_shown():
        height = scroll_area(panel).viewport().height()
        is_low = section.native.height() < height
        return is_in_sight(panel, section.native if is_low else section._button)

    qtbot.waitUntil(is_shown)
    qtbot.wait(100)
    assert is_shown()  # and stays so
