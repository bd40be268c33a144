"""Confidence: a layer, and a threshold below which pixels are undecided."""

import dask.array
import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication

from napari_kmeans.widgets.docks import dock_explorer
from napari_kmeans.widgets.explorer import save_plot
from napari_kmeans.widgets.explorer.confidence_following import is_computing
from napari_kmeans.widgets.explorer.confidence_page import NOT_YET

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


@pytest.fixture
def open_confidence(viewer, panel, qtbot):
    def open_page():
        explorer = dock_explorer(viewer)
        explorer.open("Confidence")
        qtbot.waitUntil(explorer.isVisible)
        page = next(p for p in explorer.pages if p.title == "Confidence")
        qtbot.waitUntil(lambda: not page.is_running, timeout=20_000)
        return page

    return open_page


@pytest.fixture
def page(viewer, stain, segment, open_confidence):
    viewer.add_image(stain, name="stain")
    segment()
    return open_confidence()


@pytest.fixture
def rest(qtbot):
    """Wait until a threshold is applied, and all is shown."""

    def wait(page):
        qtbot.wait(20)
        qtbot.waitUntil(lambda: not page.is_running, timeout=20_000)
        qtbot.wait(20)
        qtbot.waitUntil(lambda: not page.is_running, timeout=20_000)

    return wait


def keys(page, qtbot, n):
    """Press the right arrow on the slider n times."""
    page.slider.setFocus()
    for _ in range(n):
        qtbot.keyClick(page.slider, Qt.Key.Key_Right)


def send(widget, kind, at, button, buttons):
    at = QPointF(at)
    to = widget.mapToGlobal(at)
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(widget, QMouseEvent(kind, at, to, button, buttons, none))


def below(panel, stain, percent):
    """Return which pixels are less sure than a percent."""
    model = panel.target.clustering.segments.recipe.model
    return model.confidence(stain) < np.float32(percent / 100)


def test_before_a_run_it_says_what_to_do(viewer, stain, open_confidence):
    viewer.add_image(stain, name="stain")
    page = open_confidence()
    assert page.message.text() == NOT_YET
    assert not page.layer_button.isEnabled()


def test_keys_move_the_threshold_in_one_step_that_is_undone(
    page, panel, stain, qtbot, rest, viewer
):
    segments = panel.target.clustering.segments
    before = segments.labels.copy()
    n_steps = len(segments.history.past)
    keys(page, qtbot, 20)
    assert len(segments.history.past) == n_steps  # shown for a moment only
    rest(page)
    wanted = np.where(below(panel, stain, 20), 0, before)
    np.testing.assert_array_equal(segments.labels, wanted)
    np.testing.assert_array_equal(viewer.layers["stain segments"].data, wanted)
    assert len(segments.history.past) == n_steps + 1
    share = 100 * (wanted == 0).mean()
    assert page.said.text().startswith(f"{share:.1f} % undecided")
    for row, segment in enumerate(segments.map):
        own = before == segment.value
        share = 100 * (wanted[own] == 0).mean()
        assert page.table.item(row, 1).text() == f"{share:.1f} %"
    segments.undo()
    rest(page)
    np.testing.assert_array_equal(segments.labels, before)
    assert page.slider.value() == 0
    segments.redo()
    rest(page)
    np.testing.assert_array_equal(segments.labels, wanted)
    assert page.slider.value() == 20


def test_the_line_is_dragged_and_the_labels_follow_while_it_is(
    page, panel, stain, qtbot, rest, viewer
):
    segments = panel.target.clustering.segments
    before, n_steps = segments.labels.copy(), len(segments.history.past)
    canvas = page.plot.canvas
    box = canvas.getPlotItem().vb

    qtbot.wait(100)  # the window lays itself out

    def at(percent):
        low, high = box.viewRange()[1]
        place = box.mapViewToScene(QPointF(percent, (low + high) / 2))
        return canvas.mapFromScene(place)

    port = canvas.viewport()
    send(port, QEvent.Type.MouseMove, at(0), NONE, NONE)
    send(port, QEvent.Type.MouseButtonPress, at(0), LEFT, LEFT)
    for percent in (10, 20, 30, 40):
        send(port, QEvent.Type.MouseMove, at(percent), NONE, LEFT)
        qtbot.wait(60)
    reached = page.slider.value()
    assert 35 <= reached <= 45
    layer = viewer.layers["stain segments"]
    qtbot.waitUntil(lambda: bool((layer.data == 0).any()))
    np.testing.assert_array_equal(segments.labels, before)
    qtbot.wait(500)  # held still: nothing is applied yet
    assert len(segments.history.past) == n_steps
    send(port, QEvent.Type.MouseButtonRelease, at(40), LEFT, NONE)
    rest(page)
    assert len(segments.history.past) == n_steps + 1
    wanted = np.where(below(panel, stain, reached), 0, before)
    np.testing.assert_array_equal(segments.labels, wanted)


def test_it_survives_another_run_and_another_k(
    page, panel, stain, qtbot, rest, segment
):
    keys(page, qtbot, 30)
    rest(page)
    panel.form.n_clusters.value = 6
    segments = segment().segments
    rest(page)
    assert segments.recipe.undecided_below == 0.3
    model = segments.recipe.model
    assert model.n_clusters == 6
    wanted = np.where(below(panel, stain, 30), 0, model.predict(stain))
    np.testing.assert_array_equal(segments.labels, wanted)
    assert "undecided: less than 30% sure" in panel.status.value
    assert page.slider.value() == 30
    assert segments.n_edited == 0  # so that Live goes on
    np.testing.assert_array_equal(segments.recipe.predict(stain), segments.labels)


def test_live_keeps_it(page, panel, stain, qtbot, rest):
    keys(page, qtbot, 25)
    rest(page)
    segments = panel.target.clustering.segments
    panel.run.live.box.value = True
    panel.form.n_clusters.value = 3
    qtbot.waitUntil(lambda: segments.recipe.model.n_clusters == 3, timeout=20_000)
    rest(page)
    wanted = np.where(below(panel, stain, 25), 0, segments.recipe.model.predict(stain))
    np.testing.assert_array_equal(segments.labels, wanted)


def test_what_was_painted_stays(page, panel, stain, qtbot, rest, viewer):
    segments = panel.target.clustering.segments
    layer = viewer.layers["stain segments"]
    predicted = segments.labels.copy()
    layer.data_setitem(np.nonzero(predicted == 1), 2)
    rest(page)
    keys(page, qtbot, 50)
    rest(page)
    wanted = np.where(below(panel, stain, 50), 0, predicted)
    wanted[predicted == 1] = 2
    np.testing.assert_array_equal(segments.labels, wanted)
    layer.data_setitem(np.nonzero(segments.labels == 0), 3)
    rest(page)
    assert not (segments.labels == 0).any()
    segments.undo()
    segments.undo()
    segments.undo()
    np.testing.assert_array_equal(segments.labels, predicted)


def test_the_layer_follows_later_runs(page, panel, stain, qtbot, rest, viewer, segment):
    clustering = panel.target.clustering
    viewer.layers["stain"].scale = (2, 3)
    qtbot.mouseClick(page.layer_button, LEFT)
    qtbot.waitUntil(lambda: not is_computing(clustering))
    layer = viewer.layers["stain confidence"]
    model = clustering.segments.recipe.model
    np.testing.assert_array_equal(layer.data, model.confidence(stain))
    assert tuple(layer.scale) == (2, 3)
    assert tuple(layer.contrast_limits) == (0, 1)
    viewer.layers.selection.active = layer
    assert panel.target.clustering is clustering  # it is one of its layers
    dock_explorer(viewer).open("Cloud")
    panel.form.n_clusters.value = 7
    segment()
    qtbot.waitUntil(lambda: not is_computing(clustering))
    again = clustering.segments.recipe.model
    assert again is not model
    np.testing.assert_array_equal(layer.data, again.confidence(stain))
    assert [one.name for one in viewer.layers].count("stain confidence") == 1
    clustering.segments.undo()
    qtbot.waitUntil(lambda: not is_computing(clustering))
    np.testing.assert_array_equal(layer.data, model.confidence(stain))


def test_labels_computed_on_demand_have_a_layer_but_no_threshold(
    viewer, panel, segment, open_confidence, qtbot
):
    image = np.random.default_rng(0).integers(0, 4000, (40, 50), dtype="u2")
    lazy = dask.array.from_array(image, chunks=20)
    viewer.add_image([lazy, lazy[::2, ::2]], multiscale=True, name="large")
    clustering = segment()
    page = open_confidence()
    assert "computed on demand" in page.message.text()
    assert not page.slider.isEnabled()
    qtbot.mouseClick(page.layer_button, LEFT)
    qtbot.waitUntil(lambda: not is_computing(clustering))
    layer = viewer.layers["large confidence"]
    assert layer.multiscale
    model = clustering.segments.recipe.model
    for level, wanted in zip(layer.data, (image, image[::2, ::2]), strict=True):
        np.testing.assert_array_equal(np.asarray(level), model.confidence(wanted))


def test_a_model_for_each_slice_has_none(viewer, panel, segment, open_confidence):
    image = np.random.default_rng(0).integers(0, 200, (3, 40, 50), dtype="u1")
    viewer.add_image(image, name="film")
    panel.region.models.value = 0
    segment()
    page = open_confidence()
    assert "one model for all slices" in page.message.text()
    assert not page.layer_button.isEnabled()


def test_nan_and_a_region_are_not_undecided(
    viewer, panel, segment, open_confidence, qtbot, rest
):
    image = np.random.default_rng(0).random((40, 50)).astype("f4")
    image[:10] = np.nan
    viewer.add_image(image, name="heights")
    clustering = segment()
    page = open_confidence()
    keys(page, qtbot, 100)
    rest(page)
    n_sure = np.count_nonzero(clustering.segments.labels)
    n_undecided = 30 * 50 - n_sure
    assert f"{n_undecided:,} px" in page.said.text()


def test_leaving_the_page_applies_what_was_chosen(page, panel, qtbot, viewer):
    keys(page, qtbot, 10)
    dock_explorer(viewer).open("Cloud")
    assert panel.target.clustering.segments.recipe.undecided_below == 0.1


def test_what_is_undecided_follows_a_cut_that_is_moved(
    viewer, panel, segment, open_confidence, qtbot, rest
):
    grey = np.random.default_rng(0).integers(0, 256, (30, 40)).astype(np.uint8)
    viewer.add_image(grey, name="grey")
    segments = segment().segments
    page = open_confidence()
    keys(page, qtbot, 30)
    rest(page)
    explorer = dock_explorer(viewer)
    explorer.open("Histogram")
    (histogram,) = [one for one in explorer.pages if one.title == "Histogram"]
    qtbot.waitUntil(lambda: histogram.bars is not None, timeout=30_000)
    qtbot.keyClick(histogram.plot.canvas, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: segments.recipe.model.cuts is not None)
    model = segments.recipe.model
    wanted = np.where(below(panel, grey, 30), 0, model.predict(grey))
    np.testing.assert_array_equal(segments.labels, wanted)
    assert segments.recipe.undecided_below == 0.3


@pytest.mark.parametrize("suffix", [".png", ".svg", ".csv"])
def test_the_plot_is_saved(page, tmp_path, monkeypatch, qtbot, suffix):
    path = tmp_path / f"confidence{suffix}"
    monkeypatch.setattr(save_plot, "ask_for_path", lambda *_: path)
    qtbot.mouseClick(page.save_button, LEFT)
    assert "Saved" in page.said.text()
    assert path.stat().st_size > 500
    if suffix == ".csv":
        _, *rows = path.read_text().splitlines()
        assert sum(int(row.split(",")[2]) for row in rows) == 40 * 50
