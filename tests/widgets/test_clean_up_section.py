import numpy as np
import numpy.testing as npt
import pytest

from napari_kmeans.layers.clusterings import clustering_of
from napari_kmeans.widgets.clean_up_section import METHODS, SELECTED

DROP, FILL, SMOOTH = METHODS


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer(show=True)


@pytest.fixture
def specks(viewer, panel, qtbot):
    """A square with a speck beside it and a hole in it, clustered in two."""
    image = np.zeros((40, 40), np.uint8)
    image[10:30, 10:30] = 200
    image[3, 3] = 200
    image[20, 20] = 0
    source = viewer.add_image(image, scale=(0.5, 0.5), units=("um", "um"))
    panel.form.n_clusters.value = 2
    panel.segment()
    qtbot.waitUntil(lambda: not panel.is_running, timeout=20_000)
    panel.clean_up.folded = False
    return clustering_of(viewer, source)


def wait_for(qtbot, clean_up):
    qtbot.waitUntil(lambda: not clean_up.is_running, timeout=10_000)


def test_is_shown_with_the_segments_only(viewer, panel, stain):
    viewer.add_image(stain)
    assert not panel.clean_up.visible


def test_specks_are_dropped_and_come_back_with_undo(panel, specks, click, qtbot):
    before = specks.labels.data.copy()
    click(panel.clean_up.apply_button)
    wait_for(qtbot, panel.clean_up)
    assert specks.labels.data[3, 3] == 1
    assert specks.labels.data[20, 20] == 2
    assert specks.segments.history.undo_name == "Drop small objects"
    specks.segments.undo()
    npt.assert_array_equal(specks.labels.data, before)


def test_preview_shows_it_without_doing_it(panel, specks, qtbot):
    clean_up, before = panel.clean_up, specks.labels.data.copy()
    clean_up.method.value = FILL
    clean_up.preview.value = True
    wait_for(qtbot, clean_up)
    assert specks.labels.data[20, 20] == 2
    assert specks.segments.labels[20, 20] == 1
    assert clean_up.note.value == "2 px would change"
    assert not specks.labels.editable
    clean_up.preview.value = False
    npt.assert_array_equal(specks.labels.data, before)
    assert specks.labels.editable
    assert specks.segments.history.undo_name is None


def test_preview_ends_when_the_segments_change(panel, specks, qtbot):
    clean_up = panel.clean_up
    clean_up.preview.value = True
    wait_for(qtbot, clean_up)
    specks.segments.merge([1, 2])
    assert not clean_up.preview.value
    npt.assert_array_equal(specks.labels.data, specks.segments.labels)


def test_only_the_selected_rows_are_cleaned(panel, specks, click, qtbot):
    clean_up = panel.clean_up
    clean_up.on.value = SELECTED
    panel.segments.view.select_values([1])
    click(clean_up.apply_button)
    wait_for(qtbot, clean_up)
    assert specks.labels.data[3, 3] == 2, "the speck of segment 2 stays"
    assert specks.labels.data[20, 20] == 2, "the speck of segment 1 is dropped"


def test_area_is_in_the_units_of_the_layer(panel, specks, click, qtbot):
    clean_up = panel.clean_up
    clean_up.unit.value = "µm²"
    clean_up.amount.value = 0.2  # less than a pixel of 0.25 µm²
    click(clean_up.apply_button)
    wait_for(qtbot, clean_up)
    assert clean_up.note.value == "There was nothing to clean up."
    clean_up.amount.value = 0.5
    click(clean_up.apply_button)
    wait_for(qtbot, clean_up)
    assert specks.labels.data[3, 3] == 1


def test_area_is_asked_for_in_the_units_of_the_layer(panel, specks, click, qtbot):
    clean_up = panel.clean_up
    assert clean_up.unit.value == "µm²"
    assert clean_up.amount.native.text() == "5.00 µm²", "20 pixels of 0.25 µm²"
    clean_up.unit.value = "px"
    assert clean_up.amount.native.text() == "20 px"
    clean_up.unit.value = "µm²"
    assert clean_up.amount.native.text() == "5.00 µm²"


def test_each_method_asks_for_what_it_needs(panel, specks):
    clean_up = panel.clean_up
    assert clean_up.to.visible
    clean_up.method.value = SMOOTH
    assert not clean_up.to.visible
    assert not clean_up.unit.visible
    clean_up.method.value = FILL
    assert clean_up.unit.visible


def test_borders_are_smoothed(panel, specks, click, qtbot):
    panel.clean_up.method.value = SMOOTH
    click(panel.clean_up.apply_button)
    wait_for(qtbot, panel.clean_up)
    assert specks.segments.history.undo_name == "Smooth borders"
    assert specks.labels.data.min() == 1, "no gap between segments"


@pytest.fixture
def preview(panel, specks, qtbot):
    """Show a preview of dropping the speck, and return it."""
    panel.clean_up.preview.value = True
    wait_for(qtbot, panel.clean_up)
    assert specks.labels.data[3, 3] == 1
    return panel.clean_up.preview


def nothing_is_left(specks, preview):
    assert not preview.value
    npt.assert_array_equal(specks.labels.data, specks.segments.labels)
    assert specks.labels.editable
    specks.take_paint()
    assert specks.segments.history.undo_name is None


def test_folding_the_section_ends_the_preview(panel, specks, preview):
    panel.clean_up.folded = True
    nothing_is_left(specks, preview)


def test_closing_the_dock_ends_the_preview(viewer, panel, specks, preview):
    (dock,) = viewer.window._wrapped_dock_widgets.values()
    dock.close()
    nothing_is_left(specks, preview)


def test_borders_smoothed_by_nothing_are_refused_and_the_work_ends(
    panel, specks, click, qtbot
):
    said = []
    panel.clean_up.said.connect(said.append)
    panel.clean_up.method.value = SMOOTH
    panel.clean_up.amount.value = 0
    click(panel.clean_up.apply_button)
    wait_for(qtbot, panel.clean_up)
    assert said == ["sigma is 0.0: give a number of pixels above 0."]
    assert panel.clean_up.note.value == ""


@pytest.mark.parametrize("error", [RuntimeError("no more threads"), MemoryError()])
def test_any_error_ends_the_work(panel, specks, qtbot, monkeypatch, error):
    def fail(*_args, **_options):
        raise error

    monkeypatch.setattr("napari_kmeans.widgets.clean_up_section.drop_small", fail)
    said = []
    panel.clean_up.said.connect(said.append)
    panel.clean_up.preview.value = True
    wait_for(qtbot, panel.clean_up)
    assert len(said) == 1
    assert not panel.clean_up.preview.value
    assert panel.clean_up.note.value == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda specks: specks.segments.rename(2, "square"),
        lambda specks: specks.labels.data_setitem(tuple(np.array([[35], [35]])), 2),
        lambda specks: specks.preview(None),
    ],
    ids=["rename", "paint by a script", "ended by a script"],
)
def test_box_is_cleared_when_the_preview_ends_elsewhere(panel, specks, qtbot, change):
    clean_up = panel.clean_up
    clean_up.preview.value = True
    wait_for(qtbot, clean_up)
    change(specks)
    assert not clean_up.preview.value
    assert clean_up.note.value == ""
    npt.assert_array_equal(specks.labels.data, specks.segments.labels)
    assert specks.labels.data[3, 3] == 2
    assert specks.labels.editable


def test_preview_is_not_taken_over_by_another_run(panel, specks, qtbot):
    panel.clean_up.preview.value = True
    wait_for(qtbot, panel.clean_up)
    panel.segment()
    qtbot.waitUntil(lambda: not panel.is_running, timeout=20_000)
    assert not panel.run.question.visible
    assert not panel.clean_up.preview.value
    npt.assert_array_equal(specks.labels.data, specks.segments.labels)
    assert specks.segments.n_edited == 0


def test_what_a_script_painted_is_cleaned_up_too(panel, specks, click, qtbot):
    specks.labels.data[36, 36] = 2  # tells nobody
    click(panel.clean_up.apply_button)
    wait_for(qtbot, panel.clean_up)
    assert specks.labels.data[3, 3] == specks.labels.data[36, 36] == 1
    specks.segments.undo()
    assert specks.labels.data[36, 36] == 2


def test_clean_up_of_a_row_is_unfolded_where_it_is_seen(
    viewer, panel, stain, click, wait_for_run, qtbot
):
    viewer.add_image(stain)
    viewer.window._qt_window.resize(1089, 630)
    click(panel.segment_button)
    wait_for_run(panel)
    panel.segments.act("clean_up", [2])
    clean_up = panel.clean_up
    assert panel.segments.view.selected_values == [2]
    assert not clean_up.folded
    assert clean_up.on.value == SELECTED
    qtbot.waitUntil(lambda: not clean_up.method.native.visibleRegion().isEmpty())
    assert panel.native.window().focusWidget() is clean_up.method.native
