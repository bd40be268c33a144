"""The histogram: what it shows, and cut lines that are dragged with the real mouse."""

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QImage, QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_kmeans.core.adjusting import cuts_of
from napari_kmeans.core.progress import finish
from napari_kmeans.segments.certainty import Certainty
from napari_kmeans.segments.segments import Segments
from napari_kmeans.widgets.docks import dock_explorer
from napari_kmeans.widgets.explorer import value_counting
from napari_kmeans.widgets.explorer.save_plot import pictures_of
from napari_kmeans.widgets.texts import hex_color

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


class User:
    """Looks at the histogram of a result, and uses mouse and keys on it."""

    def __init__(self, viewer, panel, qtbot):
        self.viewer, self.panel, self._qtbot = viewer, panel, qtbot

    def segment(self, image, k=3, **options):
        self.source = self.viewer.add_image(image, name="cells", **options)
        self.panel.form.n_clusters.value = k
        self.run()
        return self.look()

    def look(self):
        """Open the explorer on the histogram."""
        self.explorer = dock_explorer(self.viewer)
        self.explorer.open("Histogram")
        (self.page,) = [p for p in self.explorer.pages if p.title == "Histogram"]
        self._qtbot.waitUntil(self.explorer.isVisible)
        return self

    def run(self):
        self.panel.segment()
        self._qtbot.waitUntil(lambda: not self.panel.is_running, timeout=60_000)

    def wait_for_bars(self):
        self._qtbot.waitUntil(lambda: self.page.bars is not None, timeout=30_000)
        self._qtbot.wait(30)  # the window lays itself out
        return self

    @property
    def layers(self):
        return self.page.layers

    @property
    def model(self):
        return self.layers.segments.recipe.model

    @property
    def labels(self):
        return np.asarray(self.layers.labels.data)

    @property
    def history(self):
        return [step.name for step in self.layers.segments.history.past]

    def at(self, value, height=0.4):
        """Return where a value is, at a share of the plot's height from its top."""
        plot = self.page.plot
        there, area = plot.box.mapViewToScene(QPointF(value, 0)), plot.box
        top = area.sceneBoundingRect().top()
        y = top + height * area.height()
        return QPointF(plot.canvas.mapFromScene(QPointF(there.x(), y)))

    def send(self, kind, place, button=NONE, held=NONE):
        view = self.page.plot.canvas.viewport()
        there = view.mapToGlobal(place)
        no_key = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, place, there, button, held, no_key)
        QApplication.sendEvent(view, event)
        self._qtbot.wait(15)

    def settle(self):
        self._qtbot.waitUntil(lambda: not self.page.adjuster.is_running)
        self._qtbot.wait(20)

    def drag(self, index, *stops):
        """Drag a line over some values, and let go; labels follow at each."""
        start = self.at(self.page.plot.cuts.lines[index].value())
        self.send(QEvent.Type.MouseMove, start)
        self.send(QEvent.Type.MouseButtonPress, start, LEFT, LEFT)
        self.send(QEvent.Type.MouseMove, start + QPointF(8, 0), held=LEFT)
        seen = []
        for stop in stops:
            self.send(QEvent.Type.MouseMove, self.at(stop), held=LEFT)
            self.settle()
            seen.append(self.model)
        end = self.at(stops[-1])
        self.send(QEvent.Type.MouseButtonRelease, end, LEFT)
        self.settle()
        return seen

    def click(self, place, *, double=False):
        self.send(QEvent.Type.MouseMove, place)
        self.send(QEvent.Type.MouseButtonPress, place, LEFT, LEFT)
        self.send(QEvent.Type.MouseButtonRelease, place, LEFT)
        if double:
            self.send(QEvent.Type.MouseButtonDblClick, place, LEFT, LEFT)
            self.send(QEvent.Type.MouseButtonRelease, place, LEFT)
        self.settle()

    def key(self, key):
        QTest.keyClick(self.page.plot.canvas, key)
        self.settle()


@pytest.fixture
def user(viewer, panel, qtbot):
    return User(viewer, panel, qtbot)


@pytest.fixture
def grey():
    random = np.random.default_rng(0)
    peaks = random.choice([40, 120, 200], (30, 40))
    return (peaks + random.normal(0, 15, peaks.shape)).clip(0, 255).astype(np.uint8)


def expected(image, cuts):
    return 1 + (image.astype(float)[..., np.newaxis] > np.array(cuts)).sum(axis=-1)


def test_bars_have_the_counts_and_colours_of_the_segments(user, grey):
    user.segment(grey).wait_for_bars()
    bars = user.page.bars
    for index, segment in enumerate(bars.segments):
        counts, _ = np.histogram(grey[user.labels == segment.value], bars.edges)
        np.testing.assert_array_equal(bars.counts[:, index], counts)
    colors = [segment.color for segment in bars.segments]
    assert colors == [segment.color for segment in user.layers.segments.map]
    assert len(bars.centroids) == 3
    cuts = [line.value() for line in user.page.plot.cuts.lines]
    np.testing.assert_array_equal(expected(grey, cuts), user.labels)


@pytest.mark.parametrize("kind", ["uint8", "uint16", "int16", "float32 with NaN"])
def test_labels_follow_a_dragged_line_and_undo_takes_the_whole_drag(user, grey, kind):
    image = grey.astype(kind.split()[0])
    if kind == "uint16":
        image *= 200
    if kind == "int16":
        image -= 100
    if "NaN" in kind:
        image[3, 4:7] = np.nan
    user.segment(image).wait_for_bars()
    before, fitted = user.labels.copy(), user.model
    low, high = (line.value() for line in user.page.plot.cuts.lines)
    third = (high - low) / 3
    first, second = user.drag(0, low - third / 2, low + third)
    assert first.cuts[0] < second.cuts[0] != pytest.approx(low)
    assert user.model.fitted == fitted
    assert abs(user.model.cuts[0] - (low + third)) < third / 10
    known = np.nan_to_num(image, nan=-1) >= -200 if image.dtype.kind != "f" else None
    wanted = expected(image, user.model.cuts)
    if known is None:
        wanted[np.isnan(image)] = 0
    np.testing.assert_array_equal(user.labels, wanted)
    assert user.history == ["Move cut"]
    user.layers.segments.undo()
    user.settle()
    np.testing.assert_array_equal(user.labels, before)
    assert user.page.note.text() == ""
    user.layers.segments.redo()
    user.settle()
    np.testing.assert_array_equal(user.labels, wanted)
    assert user.page.note.text().startswith("Adjusted by hand")


def test_it_tells_what_the_drag_cost_and_that_the_result_is_current(user, grey, qtbot):
    user.segment(grey).wait_for_bars()
    user.drag(0, 100)
    risen = user.model.inertia / user.model.fitted.inertia - 1
    words = f"Adjusted by hand: inertia {100 * risen:.1f} % above the optimum."
    assert user.page.note.text() == words
    assert user.panel.status.value == words
    assert user.panel.segments.title.text() == "cells · adjusted by hand"
    qtbot.wait(50)
    assert not user.panel.note.value  # the settings have not changed
    user.panel.form.n_clusters.value = 4
    qtbot.waitUntil(lambda: "Settings changed" in user.panel.note.value)


def test_what_it_cost_is_said_again_when_one_comes_back_to_the_image(user, grey, qtbot):
    user.segment(grey).wait_for_bars()
    user.drag(0, 95)
    words, labels = user.panel.status.value, user.layers.labels
    assert words.startswith("Adjusted by hand")
    user.viewer.add_image(255 - grey, name="other")
    assert user.panel.status.value == ""
    user.viewer.layers.selection.active = labels
    assert user.panel.status.value == words


def test_a_double_click_puts_a_line_back_and_reset_all_of_them(user, grey, qtbot):
    user.segment(grey).wait_for_bars()
    fitted = user.model
    at_first = [line.value() for line in user.page.plot.cuts.lines]
    user.drag(0, 95)
    user.drag(1, 190)
    assert user.history == ["Move cut", "Move cut"]
    user.click(user.at(user.page.plot.cuts.lines[0].value()), double=True)
    assert user.model.cuts[0] == at_first[0]
    assert user.model.cuts[1] != at_first[1]
    qtbot.mouseClick(user.page.cut.reset_button, LEFT)
    user.settle()
    assert user.model == fitted
    assert [line.value() for line in user.page.plot.cuts.lines] == at_first
    np.testing.assert_array_equal(user.labels, fitted.predict(grey))
    assert not user.page.cut.reset_button.isEnabled()


def test_a_line_is_not_dragged_across_another_or_out(user, grey):
    user.segment(grey).wait_for_bars()
    user.drag(0, -50)
    assert user.model.cuts[0] == grey.min() + 0.5
    assert user.page.plot.cuts.lines[0].value() == user.model.cuts[0]
    user.drag(0, 240)
    assert user.model.cuts[0] < user.model.cuts[1]
    assert (user.model.counts > 0).all()


def test_arrow_keys_and_a_typed_value_move_the_chosen_line(user, grey):
    user.segment(grey).wait_for_bars()
    first, second = (line.value() for line in user.page.plot.cuts.lines)
    step = np.diff(user.page.bars.edges)[0]
    user.page.plot.canvas.setFocus()
    user.key(Qt.Key.Key_Right)
    user.key(Qt.Key.Key_Right)
    assert user.model.cuts.tolist() == [first + 2 * step, second]
    assert user.history == ["Move cut"]  # presses at once are one step
    user.key(Qt.Key.Key_Up)
    user.key(Qt.Key.Key_Left)
    assert user.model.cuts.tolist() == [first + 2 * step, second - step]
    assert user.page.cut.label.text() == "Cut 2 up to"
    assert user.page.cut.value.value() == second - step - 0.5
    user.page.cut.value.lineEdit().selectAll()
    QTest.keyClicks(user.page.cut.value.lineEdit(), "180")
    QTest.keyClick(user.page.cut.value.lineEdit(), Qt.Key.Key_Return)
    user.settle()
    assert user.model.cuts[1] == 180.5
    np.testing.assert_array_equal(user.labels, expected(grey, user.model.cuts))


def test_more_than_the_highest_value_is_typed_as_the_highest_place(user, grey, qtbot):
    user.segment(grey, 3).wait_for_bars()
    box = user.page.cut.value
    user.page.plot.cuts.focused = 1
    user.page._show_cut()
    box.selectAll()
    qtbot.keyClicks(box, "300")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    user.settle()
    assert cuts_of(user.model)[1] == int(grey.max()) - 0.5


def test_focus_of_reset_stays_in_the_explorer(user, grey, qtbot):
    user.segment(grey, 3).wait_for_bars()
    user.viewer.window._qt_window.activateWindow()
    user.drag(0, 100)
    button = user.page.cut.reset_button
    button.setFocus()
    qtbot.mouseClick(button, LEFT)
    user.settle()
    assert not button.isEnabled()
    assert user.explorer.tabs.isAncestorOf(user.explorer.window().focusWidget())


def test_a_click_on_a_bar_selects_its_segment_and_the_row_stands_out(user, grey):
    user.segment(grey).wait_for_bars()
    user.click(user.at(user.page.bars.centroids[2][0] + 12, 0.9))
    assert user.panel.segments.view.selected_values == [3]
    assert list(user.page.bars.selected) == [3]
    user.panel.segments.view.select_values([1])
    user.settle()
    assert list(user.page.bars.selected) == [1]


def test_hovering_tells_value_count_share_and_segment(user, grey):
    user.segment(grey).wait_for_bars()
    user.send(QEvent.Type.MouseMove, user.at(40, 0.8))
    edges = user.page.bars.edges
    bar = np.searchsorted(edges, 40)
    low, high = edges[bar - 1 : bar + 1]
    n = int(((grey > low) & (grey < high)).sum())
    share = 100 * n / grey.size
    first, last = round(low + 0.5), round(high - 0.5)
    values = str(first) if first == last else f"{first} to {last}"
    text = user.page.plot.text.toPlainText()
    assert text == f"{values}\n{n:,} px · {share:.1f} %\nSegment 1"


def test_hidden_merged_and_split_segments_are_drawn_as_they_are(user, grey, qtbot):
    user.segment(grey).wait_for_bars()
    segments = user.layers.segments
    segments.merge([1, 2])
    segments.set_visible([3], False)
    user.settle()
    bars = user.page.bars
    assert len(bars.segments) == 2
    assert not bars.segments[1].visible
    assert bars.counts[:, 0].sum() == (user.labels == bars.segments[0].value).sum()
    assert [line.is_faint for line in user.page.plot.cuts.lines] == [True, False]
    segments.undo()
    segments.undo()
    segments.split(3, 2, grey)
    sizes = [(user.labels == segment.value).sum() for segment in segments.map]
    qtbot.waitUntil(lambda: user.page.bars.counts.sum(axis=0).tolist() == sizes)
    user.drag(0, 95)
    assert len(user.layers.segments.map) == 4
    assert (user.labels == 1).sum() == (grey <= user.model.cuts[0]).sum()


def test_merges_and_paint_stay_on_a_drag(user, grey):
    user.segment(grey).wait_for_bars()
    user.layers.segments.rename(3, "nuclei")
    user.layers.segments.merge([1, 2])
    layer = user.layers.labels
    layer.data_setitem((np.array([2]), np.array([3])), 3)
    user.drag(1, 150, 180, 160)
    assert user.labels[2, 3] == 3
    assert [s.name for s in user.layers.segments.map][-1] == "nuclei"
    assert len(user.layers.segments.map) == 2
    user.layers.segments.undo()
    assert user.labels[2, 3] == 3  # painted before the drag


def test_another_k_is_a_fresh_fit_also_with_live(user, grey, qtbot):
    user.segment(grey).wait_for_bars()
    user.drag(0, 95)
    user.panel.run.live.box.value = True
    qtbot.wait(60)
    assert user.model.fitted is not None  # nothing has changed in the panel
    user.panel.form.n_clusters.value = 2
    qtbot.waitUntil(lambda: len(user.layers.segments.map) == 2, timeout=20_000)
    assert user.model.fitted is None
    qtbot.waitUntil(lambda: len(user.page.plot.cuts.lines) == 1)
    qtbot.waitUntil(lambda: user.page.counting.is_current)
    user.drag(0, 100)
    assert user.model.settings.n_clusters == 2
    assert user.model.cuts.tolist() == [100.5]


def test_segment_again_fits_anew(user, grey, qtbot):
    user.segment(grey).wait_for_bars()
    fitted = user.model
    user.drag(0, 95)
    user.run()
    assert user.model == fitted
    lines = user.page.plot.cuts.lines
    qtbot.waitUntil(lambda: lines[0].value() == cuts_of(fitted)[0])


def test_the_picture_follows_at_the_end_of_the_drag(user, grey):
    user.segment(grey).wait_for_bars()
    user.drag(0, 60, 100)
    drawn = np.asarray(user.layers.recolored.data)
    for label in (1, 2, 3):
        mean = grey[user.labels == label].mean()
        assert set(drawn[user.labels == label]) == {round(mean)}


def test_labels_on_demand_follow(user, grey):
    dask = pytest.importorskip("dask.array")
    user.segment(dask.from_array(grey, chunks=16)).wait_for_bars()
    user.drag(0, 100)
    np.testing.assert_array_equal(user.labels, expected(grey, user.model.cuts))
    assert user.history == ["Move cut"]


def test_only_pixels_of_the_region_are_counted(user, grey, viewer):
    viewer.add_image(grey, name="cells")
    rows = np.arange(30)[:, np.newaxis] < 10
    mask = viewer.add_labels((rows & np.ones(40, bool)).astype(np.uint8), name="mask")
    viewer.layers.selection.active = viewer.layers["cells"]
    user.panel.region.kind.value = "labels"
    user.panel.region.labels_layer.value = mask
    user.panel.form.n_clusters.value = 3
    user.run()
    user.look().wait_for_bars()
    assert user.page.counting.counted.n_pixels == 400
    user.drag(0, 100)
    wanted = expected(grey, user.model.cuts)
    wanted[10:] = 0
    np.testing.assert_array_equal(user.labels, wanted)


def test_before_a_run_it_says_what_to_do(viewer, panel, grey, qtbot):
    viewer.add_image(grey)
    explorer = dock_explorer(viewer)
    explorer.open("Histogram")
    qtbot.waitUntil(explorer.isVisible)
    (page,) = [p for p in explorer.pages if p.title == "Histogram"]
    assert page.message.text().startswith("Press Segment first")
    assert page.plot is None


def test_the_table_of_the_bars_adds_up(user, grey):
    user.segment(grey).wait_for_bars()
    titles, *rows = user.page.file_rows()
    assert titles == ("value", "bin width", "count", "percent", "segment")
    assert sum(row[2] for row in rows) == grey.size
    assert sum(row[3] for row in rows) == pytest.approx(100)
    [(middle, width, count, share, name)] = [r for r in rows if abs(r[0] - 40) < 0.9]
    inside = np.abs(grey.astype(float) - middle) < width / 2
    assert count == inside.sum()
    assert share == pytest.approx(100 * count / grey.size)
    assert name == "Segment 1"


def test_zoomed_in_the_bars_are_finer(user, grey, qtbot):
    noise = np.random.default_rng(1).random(grey.shape, np.float32)
    user.segment((grey + noise) / 7).wait_for_bars()
    wide = np.diff(user.page.bars.edges)[0]
    user.page.plot.box.setXRange(10, 11, padding=0)
    user.settle()
    assert np.diff(user.page.bars.edges)[0] < wide / 5
    user.click(user.at(10.5, 0.2), double=True)
    assert np.diff(user.page.bars.edges)[0] == wide


def test_counts_may_be_on_a_logarithmic_scale(user, grey, qtbot):
    user.segment(grey).wait_for_bars()
    qtbot.mouseClick(user.page.log, LEFT, pos=user.page.log.rect().center())
    _, ends = user.page.bars.heights
    counts, _ = np.histogram(grey, user.page.bars.edges)
    assert ends.max() == pytest.approx(np.log10(counts.max()))
    assert user.page.bars.is_log


@pytest.mark.parametrize("kind", ["rgb", "channels"])
def test_channels_are_counted_by_segment_and_have_no_lines(user, grey, kind, qtbot):
    image = np.stack([grey, 255 - grey, grey // 2], axis=-1)
    if kind == "rgb":
        user.segment(image, rgb=True)
        names = ["Red", "Green", "Blue"]
    else:
        user.viewer.add_image(image[..., 0].astype(np.uint16) * 9, name="DAPI")
        user.viewer.add_image(image[..., 1].astype(np.uint16) * 9, name="GFP")
        user.viewer.layers.selection = set(user.viewer.layers)
        user.panel.form.n_clusters.value = 3
        user.run()
        user.look()
        image, names = image.astype(np.uint16) * 9, ["DAPI", "GFP"]
    user.wait_for_bars()
    page = user.page
    assert [page.channel.itemText(n) for n in range(page.channel.count())] == names
    for channel in (0, 1):
        page.channel.setCurrentIndex(channel)
        page.channel.activated.emit(channel)
        qtbot.waitUntil(lambda c=channel: page.counting.counted.channel == c)
        user.settle()
        for index, segment in enumerate(page.bars.segments):
            values = image[..., channel][user.labels == segment.value].astype(float)
            counts, _ = np.histogram(values, page.bars.edges)
            np.testing.assert_array_equal(page.bars.counts[:, index], counts)
    assert page.note.text() == "Cut lines are for one channel only."
    assert not page.plot.cuts.lines
    assert not page.cut.isVisible()


def test_luminance_has_cut_lines(user, grey, qtbot):
    image = np.stack([grey, 255 - grey, grey // 2], axis=-1)
    user.segment(image, rgb=True)
    user.panel.form.color_space.value = "grey"
    user.run()
    user.look().wait_for_bars()
    qtbot.waitUntil(lambda: len(user.page.plot.cuts.lines) == 2)
    assert user.page.channel.currentText() == "Luminance"
    low = user.page.plot.cuts.lines[0].value()
    user.drag(0, low + 5)
    luminance = image @ np.array([0.2125, 0.7154, 0.0721])
    np.testing.assert_array_equal(user.labels, expected(luminance, user.model.cuts))


def test_slices_with_a_model_each_are_counted_without_lines(user, grey, qtbot):
    stack = np.stack([grey, 255 - grey])
    user.segment(stack).wait_for_bars()
    user.panel.region.models.value = 0
    user.run()
    qtbot.waitUntil(lambda: bool(user.page.counting.plotted))
    assert user.page.note.text().startswith("Each slice has its own model")
    assert not user.page.plot.cuts.lines


def test_the_value_of_the_pixel_under_the_mouse_is_marked(user, grey):
    user.segment(grey).wait_for_bars()
    place = ((3 + 0.5) / 30, (7 + 0.5) / 40)
    user.page._probe.moved.emit(place)
    assert user.page.plot.mark.isVisible()
    assert user.page.plot.mark.value() == grey[3, 7]
    user.page._probe.moved.emit(None)
    assert not user.page.plot.mark.isVisible()


def test_a_large_image_read_in_blocks_is_counted_when_asked(
    user, grey, monkeypatch, qtbot
):
    dask = pytest.importorskip("dask.array")
    monkeypatch.setattr(value_counting, "MOST_READ", 100)
    user.segment(dask.from_array(grey, chunks=16))
    page = user.page
    qtbot.waitUntil(page.count_button.isVisible)
    assert page.bars is None
    qtbot.mouseClick(page.count_button, LEFT)
    user.wait_for_bars()
    assert page.bars.counts.sum() == grey.size


def test_labels_on_disk_keep_their_cuts(user, grey, monkeypatch):
    user.segment(grey).wait_for_bars()
    monkeypatch.setattr(Segments, "stored", object())
    user.page._drawn = None
    user.drag(0, 100)
    assert user.model.fitted is None
    assert user.page.note.text().startswith("These labels are on disk")


def test_turned_away_from_it_counts_nothing_and_the_labels_still_follow(
    user, grey, qtbot
):
    user.segment(grey).wait_for_bars()
    counted = user.page.counting.counted
    user.page._move(0, 100)
    user.explorer.open("Cloud")
    qtbot.waitUntil(lambda: user.model.fitted is not None)
    np.testing.assert_array_equal(user.labels, expected(grey, user.model.cuts))
    user.panel.form.n_clusters.value = 2
    user.run()
    qtbot.wait(50)
    assert user.page.counting.counted is counted
    user.explorer.open("Histogram")
    qtbot.waitUntil(lambda: len(user.page.plot.cuts.lines) == 1)


def test_it_is_saved_as_a_picture_and_as_a_drawing(user, grey, tmp_path):
    user.segment(grey).wait_for_bars()
    for kind in pictures_of(user.page.plot.canvas):
        kind.write(tmp_path / f"plot{kind.suffix}")
    image = QImage(str(tmp_path / "plot.png"))
    seen = {
        image.pixelColor(x, y).name()
        for x in range(0, image.width(), 4)
        for y in range(0, image.height(), 4)
    }
    assert {hex_color(segment.color) for segment in user.layers.segments.map} <= seen
    user.page.plot.text.setText("what is under the mouse")
    picture, _ = pictures_of(user.page.plot.canvas)
    picture.write(tmp_path / "hovered.png")
    assert QImage(str(tmp_path / "hovered.png")) == image
    text = (tmp_path / "plot.svg").read_text()
    for segment in user.layers.segments.map:
        assert hex_color(segment.color) in text


def test_pixels_that_are_not_sure_stay_undecided_when_a_cut_is_moved(user, grey):
    user.segment(grey).wait_for_bars()
    segments = user.layers.segments
    sure = finish(Certainty.steps(segments.recipe, grey, None))
    segments.leave_undecided(sure, 60)
    assert (user.labels == 0).any()
    user.settle()
    user.drag(0, 100)
    assert user.model.fitted is not None
    np.testing.assert_array_equal(user.labels, segments.recipe.predict(grey))
    is_decided = user.labels > 0
    assert not is_decided.all()
    wanted = expected(grey, user.model.cuts)
    np.testing.assert_array_equal(user.labels[is_decided], wanted[is_decided])


def test_another_theme_is_worn(user, grey):
    user.segment(grey).wait_for_bars()
    ink = user.page.plot.canvas.getAxis("bottom").pen().color().name()
    user.viewer.theme = "light"
    user.settle()
    assert user.page.plot.canvas.getAxis("bottom").pen().color().name() != ink


def test_what_takes_much_memory_is_kept_only_while_it_is_looked_at(
    user, grey, monkeypatch
):
    monkeypatch.setattr(value_counting, "MOST_KEPT", 10)
    user.segment(grey).wait_for_bars()
    user.explorer.open("Cloud")
    assert user.page.counting.values is None
    user.explorer.open("Histogram")
    user.wait_for_bars()
    user.drag(0, 100)
    np.testing.assert_array_equal(user.labels, expected(grey, user.model.cuts))
