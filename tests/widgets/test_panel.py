import time

import numpy as np
import numpy.testing as npt
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QMovie
from qtpy.QtWidgets import QApplication, QLabel, QSlider

from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.clusterings import clustering_of
from napari_kmeans.sample_data import SAMPLES
from napari_kmeans.widgets import job
from napari_kmeans.widgets.docks import dock_panel
from napari_kmeans.widgets.question import Question
from napari_kmeans.widgets.settings_form import save_settings


def output_layers(viewer, source):
    clustering = clustering_of(viewer, source)
    return clustering.recolored, clustering.labels


def names(viewer):
    return [layer.name for layer in viewer.layers]


# No image


def test_empty_viewer_offers_the_samples(viewer, panel, click, wait_for_run):
    assert panel.start_page.visible
    assert not panel.job.visible
    assert {b.text for b in panel.start_page.buttons.values()} == {
        sample.title for sample in SAMPLES.values()
    }
    click(panel.start_page.buttons["cell"])
    assert names(viewer) == ["cell"]
    assert not panel.start_page.visible
    assert panel.image.value is viewer.layers[0]
    click(panel.segment_button)
    wait_for_run(panel)
    assert names(viewer) == ["cell", "cell k-means", "cell segments"]


# Choosing the image


@pytest.mark.parametrize(
    ("is_image_first", "is_colors", "color_space"),
    [
        (True, True, "rgb"),
        (True, False, "rgb"),
        (True, False, "lab"),
        (False, False, "lab"),
        (False, True, "lab"),
    ],
)
def test_panel_is_set_up_for_its_first_image(
    viewer, stain, wait_for_run, is_image_first, is_colors, color_space
):
    save_settings(Settings(n_clusters=3, color_space=color_space), "")
    if not is_image_first:
        dock_panel(viewer)
    data = stain if is_colors else np.stack([stain[..., 0]] * 3)
    units = ("um",) * (2 if is_colors else 3)
    viewer.add_image(data, rgb=is_colors, scale=(2,) * len(units), units=units)
    panel = dock_panel(viewer)
    assert panel.job.visible
    assert not panel.start_page.visible
    assert panel.form.color_space.visible == is_colors
    panel.region.folded = False
    assert panel.region.models_row.visible == (not is_colors)
    assert ("current" in panel.region.kind.choices) == (not is_colors)
    panel.form.advanced.folded = False
    assert panel.form.in_3d.visible == (not is_colors)
    assert panel.form.in_3d.value == (not is_colors)
    assert panel.form.sigma.native.suffix() == " µm"
    panel.segment()
    wait_for_run(panel)
    assert "3 segments" in panel.status.value


def test_channel_axis_is_offered_for_the_first_image(viewer):
    viewer.add_image(np.zeros((3, 20, 30)), contrast_limits=(0, 1))
    assert dock_panel(viewer).choice.channel_axis.visible


def test_renamed_image_stays_chosen(viewer, panel, stain):
    viewer.add_image(stain, name="one")
    two = viewer.add_image(stain, name="two")
    assert panel.image.value is two
    two.name = "renamed"
    assert panel.image.value is two
    assert panel.choice.sources.first is two


def test_choices_follow_the_viewers_layers(viewer, panel, stain):
    one = viewer.add_image(stain, name="one")
    two = viewer.add_image(stain, name="two")
    viewer.add_labels(np.ones((4, 4), np.uint8))
    assert panel.image.choices == (one, two)
    one.name = "renamed"
    assert panel.image.native.findText("renamed") >= 0
    assert panel.image.native.findText("one") == -1
    viewer.layers.remove(one)
    assert panel.image.choices == (two,)


def test_active_image_is_preselected(viewer, panel, stain):
    one = viewer.add_image(stain, name="one")
    two = viewer.add_image(stain, name="two")
    points = viewer.add_points()
    viewer.layers.selection.active = one
    assert panel.image.value is one
    viewer.layers.selection.active = two
    assert panel.image.value is two
    viewer.layers.selection.active = points
    assert panel.image.value is two


def test_outputs_stand_for_their_source(viewer, panel, stain, click, wait_for_run):
    one = viewer.add_image(stain, name="one")
    two = viewer.add_image(stain, name="two")
    viewer.layers.selection.active = one
    click(panel.segment_button)
    wait_for_run(panel)
    assert panel.image.choices == (one, two)
    viewer.layers.selection.active = two
    viewer.layers.selection.active = viewer.layers["one k-means"]
    assert panel.image.value is one


def test_colour_space_is_for_colour_images(viewer, panel, stain):
    viewer.add_image(stain)
    assert panel.form.color_space.visible
    viewer.add_image(stain[..., 0])
    assert not panel.form.color_space.visible


def test_chosen_colour_space_is_used(viewer, panel, stain, click, wait_for_run):
    source = viewer.add_image(stain)
    for color_space in ("lab", "hsv"):
        panel.form.color_space.value = color_space
        click(panel.segment_button)
        wait_for_run(panel)
        _, labels = output_layers(viewer, source)
        record = labels.metadata["napari-kmeans"]
        assert record["settings"]["color_space"] == color_space
        assert labels.data.max() == 4


# Running


def test_segment_adds_two_layers_says_what_it_made_and_updates_in_place(
    viewer, panel, stain, click, wait_for_run
):
    source = viewer.add_image(stain, name="stain")
    panel.form.n_clusters.value = 5
    click(panel.segment_button)
    wait_for_run(panel)
    assert names(viewer) == ["stain", "stain k-means", "stain segments"]
    assert panel.status.value.startswith("5 segments · 2,000 px · ")
    assert panel.status.value.endswith((" ms", " s"))
    assert panel.segment_button.visible
    assert not panel.run.row.visible
    before = output_layers(viewer, source)
    panel.form.n_clusters.value = 7
    click(panel.segment_button)
    wait_for_run(panel)
    assert output_layers(viewer, source) == before
    assert before[1].data.max() == 7


def test_fewer_values_than_segments_is_said(viewer, panel, click, wait_for_run):
    viewer.add_image(np.eye(8, dtype=np.uint8))
    panel.form.n_clusters.value = 5
    click(panel.segment_button)
    wait_for_run(panel)
    first, second = panel.status.value.split("\n")
    assert first.startswith("2 segments · 64 px")
    assert "2 different values" in second


def test_pixels_in_no_segment_are_counted(viewer, panel, stain, click, wait_for_run):
    image = stain[..., 0].astype(np.float32)
    image[:3] = np.nan
    viewer.add_image(image, contrast_limits=(0, 255))
    click(panel.segment_button)
    wait_for_run(panel)
    assert "1,850 px · 150 px without a value" in panel.status.value


def test_progress_and_cancel_take_the_place_of_segment(
    viewer, panel, stain, click, gate, qtbot
):
    viewer.add_image(stain)
    click(panel.segment_button)
    assert panel.is_running
    assert not panel.segment_button.visible
    assert panel.run.row.cancel_button.native.isVisible()
    qtbot.waitUntil(lambda: panel.run.row.progress_bar.value == 40)
    assert "Waiting at the gate" in panel.status.value
    click(panel.run.row.cancel_button)


def test_activity_dock_shows_a_long_run(
    viewer, panel, stain, click, gate, wait_for_run, qtbot, monkeypatch
):
    from napari.utils import progress

    monkeypatch.setattr(job, "LONG", 0.1)
    viewer.add_image(stain, name="stain")
    click(panel.segment_button)
    qtbot.waitUntil(lambda: len(progress._all_instances) == 1)
    (bar,) = progress._all_instances
    assert bar.desc.startswith("Segmenting stain")
    movies = [label.movie() for label in viewer.window._qt_window.findChildren(QLabel)]
    states = [movie.state() for movie in movies if movie is not None]
    assert states == [QMovie.MovieState.Paused]  # each turn would slow the run down
    gate.open()
    wait_for_run(panel)
    assert not progress._all_instances


def test_cancel_keeps_the_previous_result(
    viewer, panel, stain, click, wait_for_run, gate, qtbot
):
    gate.open()
    source = viewer.add_image(stain)
    click(panel.segment_button)
    wait_for_run(panel)
    _, labels = output_layers(viewer, source)
    before = labels.data.copy()
    gate.shut()
    panel.form.n_clusters.value = 9
    click(panel.segment_button)
    click(panel.run.row.cancel_button)
    assert not panel.is_running
    assert panel.segment_button.native.isVisible()
    assert "Cancelled" in panel.status.value
    gate.open()
    qtbot.wait(100)
    npt.assert_array_equal(labels.data, before)


def test_cancel_ends_the_work_between_two_steps(viewer, panel, click, gate, qtbot):
    noise = np.random.default_rng(0).random((800, 1000, 3)).astype(np.float32)
    viewer.add_image(noise, rgb=True)
    panel.form.n_clusters.value = 40
    gate.open()
    click(panel.segment_button)
    qtbot.waitUntil(lambda: panel.run.row.progress_bar.value > 0, timeout=20_000)
    click(panel.run.row.cancel_button)
    qtbot.waitUntil(gate.closed.is_set, timeout=5_000)
    assert len(viewer.layers) == 1


def test_window_stays_alive_while_running(viewer, panel, click, qtbot):
    noise = np.random.default_rng(0).random((600, 600, 3)).astype(np.float32)
    viewer.add_image(noise, rgb=True)
    click(panel.segment_button)
    rounds = 0
    while panel.is_running:
        QApplication.processEvents()
        time.sleep(0.001)
        rounds += 1
    assert rounds > 10


def test_a_newer_run_stops_the_older(viewer, panel, stain, gate, wait_for_run, qtbot):
    source = viewer.add_image(stain)
    panel.form.n_clusters.value = 3
    panel.segment()
    qtbot.waitUntil(gate.started.is_set)
    panel.form.n_clusters.value = 6
    panel.segment()
    qtbot.waitUntil(gate.closed.is_set)
    gate.open()
    wait_for_run(panel)
    assert output_layers(viewer, source)[1].data.max() == 6
    assert len(viewer.layers) == 3


# The source changes while running


def test_source_removed_while_running(viewer, panel, stain, click, gate, qtbot):
    source = viewer.add_image(stain, name="stain")
    viewer.add_image(stain, name="other")
    panel.image.value = source
    click(panel.segment_button)
    viewer.layers.remove(source)
    assert "'stain' was removed" in panel.status.value
    gate.open()
    qtbot.wait(100)
    assert names(viewer) == ["other"]


def test_only_source_removed_while_running(viewer, panel, stain, click, gate, qtbot):
    source = viewer.add_image(stain)
    assert panel.job.visible
    click(panel.segment_button)
    viewer.layers.remove(source)
    assert panel.start_page.visible
    assert not panel.job.visible
    gate.open()
    qtbot.wait(100)
    assert not viewer.layers


def test_source_renamed_while_running(viewer, panel, stain, click, gate, wait_for_run):
    source = viewer.add_image(stain, name="before")
    click(panel.segment_button)
    source.name = "after"
    gate.open()
    wait_for_run(panel)
    assert names(viewer) == ["after", "after k-means", "after segments"]
    assert "'before' was renamed" in panel.status.value


def test_source_replaced_while_running(viewer, panel, stain, click, gate, qtbot):
    source = viewer.add_image(stain, name="stain")
    click(panel.segment_button)
    source.data = stain[:20]
    assert "were replaced" in panel.status.value
    assert panel.segment_button.native.isVisible()
    gate.open()
    qtbot.wait(100)
    assert names(viewer) == ["stain"]


def test_viewer_closed_while_running(viewer, panel, stain, click, gate, qtbot):
    viewer.add_image(stain)
    click(panel.segment_button)
    qtbot.waitUntil(gate.started.is_set)
    viewer.close()
    qtbot.waitUntil(gate.closed.is_set)


def test_panel_closed_while_running(viewer, panel, stain, click, gate, qtbot):
    source = viewer.add_image(stain)
    click(panel.segment_button)
    qtbot.waitUntil(gate.started.is_set)
    viewer.window.remove_dock_widget(panel.native)
    qtbot.waitUntil(gate.closed.is_set)
    source.name = "nobody listens any more"
    viewer.layers.clear()
    assert dock_panel(viewer) is not panel


# Names


def test_names_are_shown_as_they_are_written(
    viewer, panel, stain, click, wait_for_run, gate, qtbot
):
    name = "<img src='x.png' width=200>"
    viewer.add_image(stain, name=name)
    click(panel.segment_button)
    viewer.layers.remove(name)
    assert name in panel.status.value
    question = Question({"yes": ("Yes", "")})
    qtbot.addWidget(question.native)
    question.ask(name)
    layers = [viewer.add_image(stain[..., 0], name=one) for one in ("red", name)]
    viewer.layers.selection = set(layers)
    layers[0].scale = (2, 2)
    viewer.layers.selection = {layers[0]}
    viewer.layers.selection = set(layers)
    assert name in panel.choice.problem.value
    for label in (panel.status, panel.choice.problem, question[0]):
        assert label.native.textFormat() == Qt.TextFormat.PlainText
    tooltip = panel.choice.table.rows[1].tick.toolTip()
    assert tooltip.startswith("<qt>&lt;img src=")


# Bad input


def test_bad_image_is_explained(viewer, panel, click, wait_for_run):
    viewer.add_image(np.full((5, 5), np.nan), contrast_limits=(0, 1))
    click(panel.segment_button)
    wait_for_run(panel)
    assert "NaN" in panel.status.value
    assert panel.segment_button.native.isVisible()
    assert len(viewer.layers) == 1


def test_too_many_segments_is_explained(viewer, panel, click, wait_for_run):
    viewer.add_image(np.eye(2))
    panel.form.n_clusters.value = 200
    click(panel.segment_button)
    wait_for_run(panel)
    assert "200" in panel.status.value
    assert len(viewer.layers) == 1


def test_unexpected_error_reaches_napari(viewer, panel, stain, click, monkeypatch):
    seen = []
    monkeypatch.setattr(
        notification_manager, "receive_error", lambda *error: seen.append(error)
    )
    viewer.add_image(stain)
    monkeypatch.setattr(
        "napari_kmeans.layers.source_pixels.segment_steps", _raise_an_unexpected_error
    )
    click(panel.segment_button)
    while panel.is_running:
        QApplication.processEvents()
    assert "Something went wrong: no such thing" in panel.status.value
    assert seen[0][0] is LookupError


def _raise_an_unexpected_error(*_args, **_kwargs):
    yield
    raise LookupError("no such thing")


# Edits


@pytest.fixture
def painted(viewer, panel, stain, click, wait_for_run):
    """A viewer with a painted result and another result that waits for an answer."""
    source = viewer.add_image(stain, name="stain")
    panel.form.n_clusters.value = 3
    click(panel.segment_button)
    wait_for_run(panel)
    _, labels = output_layers(viewer, source)
    labels.mode = "paint"
    labels.brush_size = 11
    labels.paint((20, 20), 3)
    panel.form.n_clusters.value = 4
    click(panel.segment_button)
    wait_for_run(panel)
    return labels


def test_new_layers_leave_the_edits_as_they_are(viewer, panel, painted, click):
    before = painted.data.copy()
    click(panel.run.question.buttons["new layers"])
    assert panel.segments.title.text() == "stain (2) · fitted here"
    npt.assert_array_equal(painted.data, before)
    assert len(viewer.layers) == 5
    assert output_layers(viewer, viewer.layers["stain"])[1].data.max() == 4
    assert panel.segment_button.native.isVisible()


def test_keep_lays_the_edits_over_the_new_result(viewer, panel, painted, click):
    segments = clustering_of(viewer, painted).segments
    n_edited = segments.n_edited
    click(panel.run.question.buttons["keep"])
    assert len(viewer.layers) == 3
    assert painted.data.max() >= 4
    assert 0 < segments.n_edited <= n_edited


def test_replace_is_one_step_that_ctrl_z_takes_back_whole(
    viewer, panel, painted, click, qtbot
):
    before = painted.data.copy()
    click(panel.run.question.buttons["replace"])
    assert len(viewer.layers) == 3
    assert painted.data.max() == 4
    fresh = painted.data.copy()
    viewer.layers.selection.active = painted
    canvas = viewer.window._qt_viewer.canvas.native
    control, shift = (
        Qt.KeyboardModifier.ControlModifier,
        Qt.KeyboardModifier.ShiftModifier,
    )
    qtbot.keyClick(canvas, Qt.Key.Key_Z, control)
    npt.assert_array_equal(painted.data, before)
    qtbot.keyClick(canvas, Qt.Key.Key_Z, control | shift)
    npt.assert_array_equal(painted.data, fresh)


def test_painted_labels_are_not_touched_before_an_answer_or_when_discarded(
    viewer, panel, painted, click
):
    before = painted.data.copy()
    assert before.max() == 3
    assert panel.run.question.buttons["new layers"].native.isVisible()
    assert not panel.segment_button.enabled
    assert len(viewer.layers) == 3
    click(panel.run.question.buttons["discard"])
    npt.assert_array_equal(painted.data, before)
    assert len(viewer.layers) == 3
    assert panel.segment_button.native.isVisible()


def test_what_is_said_of_a_result_moves_nothing(
    viewer, panel, stain, click, wait_for_run, qtbot
):
    viewer.window._qt_window.resize(1089, 630)
    viewer.add_image(stain, name="stain")
    click(panel.segment_button)
    wait_for_run(panel)
    view = panel.segments.view

    def top():
        qtbot.wait(150)
        return view.mapTo(panel.content.native, view.rect().topLeft()).y()

    before = top()
    panel.segments.act("merge", [1, 2])
    assert top() == before
    for n_clusters in (6, 12):
        panel.form.n_clusters.value = n_clusters
        panel.segment()
        wait_for_run(panel)
        assert panel.drop_button.visible
        assert top() == before
    click(panel.drop_button)
    assert top() == before


def test_the_result_that_is_shown_is_segmented_again(
    viewer, panel, painted, click, wait_for_run, qtbot
):
    """Not the one of the same image that is newer."""
    click(panel.run.question.buttons["new layers"])
    newer = panel.target.clustering
    viewer.layers.selection.active = painted
    older = panel.target.clustering
    assert older is not newer
    panel.form.n_clusters.value = 5
    click(panel.segment_button)
    wait_for_run(panel)
    click(panel.run.question.buttons["replace"])
    assert len(older.segments.map) == 5
    assert len(newer.segments.map) == 4
    qtbot.waitUntil(lambda: panel.note.value == "")
    older.segments.undo()
    assert older.segments.n_edited > 0


def test_the_question_lies_over_the_panel_and_moves_nothing(
    viewer, panel, painted, click
):
    def place_of_the_table():
        table = panel.segments.native
        return table.mapTo(panel.content.native, table.rect().topLeft())

    asked = place_of_the_table()
    lines = panel.said[0].native
    room = lines.minimumHeight()
    assert lines.height() == room
    last = panel.run.question.buttons["discard"].native
    assert panel.native.childAt(last.mapTo(panel.native, last.rect().center())) is last
    click(panel.run.question.buttons["discard"])
    assert panel.status.native.isVisible()
    assert panel.note.native.isVisible()
    assert place_of_the_table() == asked
    assert lines.height() == room
    assert panel.segment_button.enabled


def test_edits_that_are_undone_are_no_longer_asked_about(
    viewer, panel, painted, wait_for_run, qtbot
):
    viewer.layers.selection.active = painted
    canvas = viewer.window._qt_viewer.canvas.native
    qtbot.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not panel.run.question.visible)
    assert painted.data.max() == 4, "the result that Segment was pressed for"
    assert panel.status.value.startswith("4 segments · ")
    assert panel.segment_button.enabled
    qtbot.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert painted.data.max() == 3


def test_edits_of_which_some_are_left_are_still_asked_about(
    viewer, panel, painted, qtbot
):
    painted.paint((5, 5), 2)
    viewer.layers.selection.active = painted
    canvas = viewer.window._qt_viewer.canvas.native
    qtbot.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.wait(50)
    assert panel.run.question.visible
    assert painted.data.max() == 3


def test_question_does_not_keep_another_image_from_being_segmented(
    viewer, panel, painted, stain, click, wait_for_run
):
    other = viewer.add_image(stain[::-1], name="other")
    assert not panel.run.question.visible
    assert panel.status.value == "The new result of 'stain' was discarded."
    click(panel.segment_button)
    wait_for_run(panel)
    assert output_layers(viewer, other)[1].data.max() == 4


def test_painted_segments_that_are_kept_are_counted_in_the_line(
    viewer, panel, stain, click, wait_for_run
):
    source = viewer.add_image(stain)
    click(panel.segment_button)
    wait_for_run(panel)
    labels = output_layers(viewer, source)[1]
    labels.selected_label = 9
    labels.data_setitem((np.arange(9), np.arange(9)), 9)
    click(panel.segment_button)
    wait_for_run(panel)
    click(panel.run.question.buttons["keep"])
    assert panel.segments.model.rowCount() == 5
    assert labels.selected_label == 5, "it was 9"
    assert panel.segments.view.selected_values == [5]
    assert panel.status.value.startswith("4 segments + 1 painted · ")


def test_source_replaced_while_the_question_is_open(viewer, panel, painted, stain):
    viewer.layers["stain"].data = stain[:20]
    assert not panel.run.question.visible
    assert panel.segment_button.native.isVisible()
    assert panel.status.value == (
        "The pixels of 'stain' were replaced, so its new result was discarded."
    )
    assert len(viewer.layers) == 3


def test_source_removed_while_the_question_is_open(viewer, panel, painted):
    viewer.add_points(name="other")
    viewer.layers.remove("stain")
    assert not panel.run.question.visible
    assert "'stain' was removed" in panel.status.value


# Keys


def test_keys_act_while_the_panel_has_the_focus(viewer, panel, stain, gate, qtbot):
    viewer.add_image(stain)
    viewer.window._qt_window.activateWindow()
    box = panel.form.n_clusters.box.native
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    qtbot.keyClick(box, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert panel.is_running
    qtbot.keyClick(panel.run.row.cancel_button.native, Qt.Key.Key_Escape)
    assert not panel.is_running


def test_slider_is_dragged_and_box_is_typed_in(viewer, panel, stain, qtbot):
    viewer.add_image(stain)
    count = panel.form.n_clusters
    slider = count.slider.native.findChild(QSlider)
    middle = slider.height() // 2
    handle = QPoint(round(slider.width() * 2 / 14), middle)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=handle)
    qtbot.mouseMove(slider, QPoint(slider.width(), middle))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton)
    assert count.value == 16
    count.box.native.selectAll()
    qtbot.keyClicks(count.box.native, "200")
    qtbot.keyClick(count.box.native, Qt.Key.Key_Return)
    assert count.value == 200
    assert count.slider.value == 16


def test_long_layer_name_does_not_widen_the_panel(viewer, panel, stain, qtbot):
    viewer.add_image(stain, name="a name that goes on and on " * 5)
    qtbot.wait(50)
    assert panel.content.native.width() <= panel.native.width()
