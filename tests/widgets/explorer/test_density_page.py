"""The density: what it shows, and the lasso that makes segments in it."""

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QLineEdit
from skimage.color import rgb2lab
from skimage.measure import points_in_poly
from tests.widgets.conftest import LEFT, NONE

from napari_kmeans.segments.stores.on_demand import NOT_EDITABLE
from napari_kmeans.widgets.canvas import camera_of
from napari_kmeans.widgets.explorer.density_page import (
    BY_SEGMENT,
    NOTHING_INSIDE,
    ONE_CHANNEL,
)

RNG = np.random.default_rng(0)


@pytest.fixture
def density(viewer, stain, segment, open_page):
    viewer.add_image(stain, name="stain")
    segment()
    return open_page("Density")


@pytest.fixture
def drag(qtbot):
    """Drag the mouse over a plot, from place to place along its axes."""

    def send(page, kind, place, held):
        canvas = page.plot.canvas
        scene = canvas.getPlotItem().vb.mapViewToScene(QPointF(*place))
        at = QPointF(canvas.mapFromScene(scene))
        button = NONE if kind == QEvent.Type.MouseMove else LEFT
        where = canvas.viewport().mapToGlobal(at)
        event = QMouseEvent(
            kind, at, where, button, held, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(canvas.viewport(), event)

    def along(page, places, release=True):
        send(page, QEvent.Type.MouseButtonPress, places[0], LEFT)
        for place in places[1:]:
            send(page, QEvent.Type.MouseMove, place, LEFT)
        if release:
            send(page, QEvent.Type.MouseButtonRelease, places[-1], NONE)
            qtbot.waitUntil(lambda: not page.is_lassoing)

    return along


def circle(x, y, width, height):
    angles = np.linspace(0, 2 * np.pi, 40)
    return np.column_stack([x + width * np.cos(angles), y + height * np.sin(angles)])


def choose(combo, name):
    combo.setCurrentText(name)
    combo.activated.emit(combo.currentIndex())


def drawn_of(page):
    """Note the polygons that are drawn: the mouse is on whole pixels of the screen."""
    drawn = []
    page.lasso.drawn.connect(drawn.append)
    return drawn


def test_a_lasso_makes_a_segment_of_what_it_encloses(
    density, drag, stain, panel, qtbot, settle
):
    segments = panel.target.clustering.segments
    before = segments.labels.copy()
    qtbot.mouseClick(density.lasso_button, LEFT)
    drawn = drawn_of(density)
    drag(density, circle(20, 10, 30, 40))
    lab = rgb2lab(stain).reshape(-1, 3)
    inside = points_in_poly(lab[:, 1:], drawn[0]).reshape(stain.shape[:2])
    assert 0 < inside.sum() < inside.size
    np.testing.assert_array_equal(segments.labels, np.where(inside, 5, before))
    assert segments.history.undo_name == "Lasso"
    assert not density.lasso_button.isChecked()  # the next drag moves the plot again
    view = panel.segments.view
    assert view.selected_values == [5]
    editor = view.viewport().findChild(QLineEdit)  # its name can be typed at once
    QTest.keyClicks(editor, "ring")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: segments.map[5].name == "ring")
    settle(density)
    assert set(np.unique(density._owners)) == {0, 1, 2, 3, 4, 5}
    segments.undo()
    segments.undo()
    np.testing.assert_array_equal(segments.labels, before)
    segments.redo()
    np.testing.assert_array_equal(segments.labels == 5, inside)


def test_a_lasso_keeps_hidden_segments_and_what_was_painted(
    density, drag, panel, qtbot, settle, viewer
):
    clustering = panel.target.clustering
    segments = clustering.segments
    painted = segments.labels.copy()
    painted[:4], painted[4:8] = 0, 2
    clustering.labels.data[:] = painted
    clustering.labels.refresh()
    segments.set_visible([3], False)
    clustering.take_paint()
    settle(density)
    density.lasso_button.click()
    drag(density, circle(10, 10, 300, 300))
    labels = segments.labels
    np.testing.assert_array_equal(labels == 0, painted == 0)
    np.testing.assert_array_equal(labels == 3, painted == 3)
    np.testing.assert_array_equal(labels == 5, np.isin(painted, (1, 2, 4)))
    segments.undo()
    np.testing.assert_array_equal(segments.labels, painted)


def test_what_was_said_of_other_axes_is_taken_back(density, settle):
    density.plotting.say("a* 1, b* 2: 3 px")
    choose(density.across, "H")
    settle(density)
    assert density.plotting.said.text() == ""


def test_escape_cancels_the_lasso_and_then_leaves_it(density, drag, panel, qtbot):
    density.lasso_button.click()
    drag(density, circle(0, 0, 20, 20)[:20], release=False)
    assert density.lasso.is_drawing
    QTest.keyClick(density.plot.canvas, Qt.Key.Key_Escape)
    assert not density.lasso.is_drawing
    assert density.lasso_button.isChecked()
    QTest.keyClick(density.plot.canvas, Qt.Key.Key_Escape)
    assert not density.lasso_button.isChecked()
    assert panel.target.clustering.segments.history.undo_name in (None, "Segment")
    drag(density, circle(0, 0, 20, 20)[:20], release=False)
    assert not density.lasso.is_drawing


def test_a_lasso_around_nothing_says_so(density, drag, panel):
    density.lasso_button.click()
    corner = [density.plot.canvas.viewRange()[axis][0] for axis in (0, 1)]
    drag(density, circle(corner[0] + 16, corner[1] + 16, 15, 15))
    assert density.plotting.said.text() == NOTHING_INSIDE
    assert len(panel.target.clustering.segments.map) == 4


def test_the_boxes_count_the_pixels(density, stain, panel, settle):
    choose(density.across, "R")
    choose(density.up, "G")
    settle(density)
    wanted = np.zeros((256, 256), int)
    np.add.at(wanted, (stain[..., 0], stain[..., 1]), 1)
    low = stain.min(axis=(0, 1))[:2].astype(int)
    shape = density._totals.shape
    cut = wanted[low[0] : low[0] + shape[0], low[1] : low[1] + shape[1]]
    np.testing.assert_array_equal(density._totals, cut)
    panel.target.clustering.segments.set_visible([1, 2], False)
    labels = panel.target.clustering.segments.labels
    assert density._totals.sum() == np.isin(labels, (3, 4)).sum()
    choose(density.colors, BY_SEGMENT)
    assert density.plot.image.image.shape[2] == 4


def test_the_pixel_under_the_mouse_is_marked(density, stain, viewer, mouse, qtbot):
    zoom = camera_of(viewer).zoom
    mouse.move((int(5.5 * zoom), int(-9.5 * zoom)), held=NONE)
    qtbot.waitUntil(lambda: density.plot.marked is not None)
    wanted = rgb2lab(stain[20 - 10, 25 + 5])[1:]
    np.testing.assert_allclose(density.plot.marked, wanted)


@pytest.mark.parametrize("kind", ["float", "u2", "slices"])
def test_channels_of_any_kind(viewer, segment, open_page, drag, panel, kind):
    channels = RNG.normal(1000, 200, (3, 5, 20, 20))
    if kind != "slices":
        channels = channels[:, 0]
    channels = channels.astype(np.uint16 if kind == "u2" else np.float32)
    if kind == "float":
        channels[1, 3:5] = np.nan
    layers = viewer.add_image(channels, channel_axis=0, name=["A", "B", "C"])
    viewer.layers.selection = set(layers)
    clustering = segment()
    page = open_page("Density")
    assert [axis.name for axis in page.plotting.made.axes] == ["A", "B"]
    segments = clustering.segments
    before = segments.labels.copy()
    page.lasso_button.click()
    drawn = drawn_of(page)
    drag(page, circle(1000, 1000, 250, 200))
    flat = channels[:2].reshape(2, -1).T
    flat = np.where(np.isfinite(flat).all(axis=1, keepdims=True), flat, -1e9)
    inside = points_in_poly(flat, drawn[0]).reshape(before.shape) & (before > 0)
    found = segments.labels == 5
    assert inside.sum() > 20
    # Values between two levels may be on either side of the line.
    assert np.count_nonzero(found != inside) <= 2
    np.testing.assert_array_equal(segments.labels[~found], before[~found])


def test_what_has_no_plane_or_cannot_be_edited_says_so(
    viewer, panel, stain, segment, open_page, settle
):
    viewer.add_image(stain[..., 0], name="grey")
    segment()
    page = open_page("Density")
    assert page.plotting.message.text() == ONE_CHANNEL
    levels = [stain, stain[::2, ::2]]
    viewer.add_image(levels, name="pyramid", multiscale=True)
    segment()
    settle(page)
    assert page.plotting.made.density.counts.sum() == stain[..., 0].size
    assert not page.lasso_button.isEnabled()
    assert page.lasso_button.toolTip() == NOT_EDITABLE


def test_it_is_saved_as_drawing_picture_and_table(density, tmp_path):
    from napari_kmeans.widgets.explorer.save_plot import save_plot

    for suffix in (".png", ".svg", ".csv"):
        path = tmp_path / f"density{suffix}"
        save_plot(path, density.kinds)
        assert path.stat().st_size > 1000
    first, *lines = path.read_text().splitlines()
    assert first == "a*,b*,Pixels,Segment"
    assert sum(int(line.split(",")[2]) for line in lines) == 2000
