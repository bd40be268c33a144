"""Lazy and multiscale layers in the panel."""

import dask.array
import numpy as np
import numpy.testing as npt
import pytest
from napari.utils.notifications import notification_manager

from napari_kmeans.core.segmentation import segment
from napari_kmeans.layers.clusterings import clustering_of
from napari_kmeans.segments.stores.on_demand import NOT_EDITABLE
from napari_kmeans.widgets.segments_table.columns import POSITION


def picture(shape):
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def add_stack(viewer, new_store, shape=(6, 30, 40), chunks=(1, 15, 20)):
    store = new_store(picture(shape), chunks)
    layer = viewer.add_image(store.dask(), contrast_limits=(0, 255), name="stack")
    return store, layer


def test_pyramid_says_which_level_was_fitted(viewer, panel, click, wait_for_run):
    data = picture((64, 48, 3))
    source = viewer.add_image([data, data[::2, ::2]], rgb=True, scale=(0.5, 0.5))
    click(panel.segment_button)
    wait_for_run(panel)
    assert "Fitted on level 1 of 2, 64 × 48 px" in panel.status.value
    assert NOT_EDITABLE in panel.status.value
    assert "block by block" not in panel.status.value
    clustering = clustering_of(viewer, source)
    expected = segment(data, 4, channel_axis=-1)
    npt.assert_array_equal(np.asarray(clustering.labels.data[0]), expected.labels)


def test_areas_of_a_coarse_level_are_those_of_the_image(
    viewer, panel, click, wait_for_run, monkeypatch
):
    monkeypatch.setattr("napari_kmeans.core.pyramid.MOST_PIXELS", 1000)
    data = np.zeros((64, 48), np.uint8)
    data[:, 24:] = 200
    viewer.add_image(
        [data, data[::2, ::2]], rgb=False, scale=(0.5, 0.5), units=("um", "um")
    )
    panel.form.n_clusters.value = 2
    click(panel.segment_button)
    wait_for_run(panel)
    assert "Fitted on level 2 of 2, 32 × 24 px" in panel.status.value
    rows = panel.segments.model.rows
    assert [row.pixels for row in rows] == [384, 384]
    assert [row.area for row in rows] == [64 * 24 / 4] * 2


def test_lazy_layer_is_segmented_hidden_merged_and_undone(
    viewer, panel, new_store, click, wait_for_run, qtbot
):
    _, source = add_stack(viewer, new_store)
    click(panel.segment_button)
    wait_for_run(panel)
    assert "4 segments · 7,200 px" in panel.status.value
    assert "Read block by block." in panel.status.value
    section, clustering = panel.segments, clustering_of(viewer, source)
    section.view.select_values([2, 3])
    section.act("toggle")
    assert clustering.labels.colormap.map(2)[3] == 0
    section.act("merge")
    section.act("undo")
    section.act("undo")
    expected = segment(picture((6, 30, 40)), 4)
    npt.assert_array_equal(np.asarray(clustering.labels.data), expected.labels)
    npt.assert_array_equal(np.asarray(clustering.recolored.data), expected.recolored)


def test_what_needs_all_pixels_says_why_it_cannot_be_done(
    viewer, panel, new_store, click, wait_for_run, qtbot
):
    _, source = add_stack(viewer, new_store)
    click(panel.segment_button)
    wait_for_run(panel)
    section = panel.segments
    section.view.select_values([2])
    for name in ("split", "objects"):
        button = section.buttons.buttons[name]
        assert not button.isEnabled()
        assert "computed on demand" in button.toolTip()
        section.act(name)  # by its key
        assert "write them to zarr" in section.message.value
    assert section.view.isColumnHidden(POSITION["objects"])
    panel.clean_up.folded = False
    assert panel.clean_up.note.value.replace("\n", " ") == NOT_EDITABLE
    assert not panel.clean_up.apply_button.native.isVisible()
    clustering_of(viewer, source).segments.merge([1, 2])
    assert panel.clean_up.note.value.replace("\n", " ") == NOT_EDITABLE
    viewer.layers.selection.active = viewer.add_image(picture((20, 24)))
    click(panel.segment_button)
    wait_for_run(panel)
    assert panel.clean_up.note.value == ""
    assert panel.clean_up.apply_button.native.isVisible()
    assert not section.view.isColumnHidden(POSITION["objects"])


def test_means_are_the_models(viewer, panel, new_store, click, wait_for_run, qtbot):
    _, source = add_stack(viewer, new_store)
    click(panel.segment_button)
    wait_for_run(panel)
    measures, segments = (
        panel.segments._measures,
        clustering_of(viewer, source).segments,
    )
    measures.find(with_objects=True)
    assert measures.means[1] == segments.recipe.model.centroids[0]
    assert not measures.is_running
    panel.segments.act("copy")
    assert "Copied 4 rows" in panel.segments.message.value


def test_slices_of_a_lazy_layer_are_counted_on_demand(
    viewer, panel, new_store, click, wait_for_run, qtbot
):
    _, source = add_stack(viewer, new_store)
    click(panel.segment_button)
    wait_for_run(panel)
    panel.areas.folded = False
    assert not panel.areas.row.is_running
    click(panel.areas.count_button)
    qtbot.waitUntil(lambda: panel.areas._counts is not None)
    labels = np.asarray(clustering_of(viewer, source).labels.data)
    expected = [np.bincount(one.ravel(), minlength=5).tolist() for one in labels]
    assert panel.areas._counts.atoms.tolist() == expected


@pytest.mark.usefixtures("no_cache")
def test_unreadable_chunk_is_named_and_the_result_stays(
    viewer, panel, new_store, click, wait_for_run, qtbot
):
    store, source = add_stack(viewer, new_store)
    click(panel.segment_button)
    wait_for_run(panel)
    clustering = clustering_of(viewer, source)
    before, n_notified = clustering.labels.data, len(notification_manager.records)
    store.broken = {(5, 1, 0)}
    click(panel.segment_button)
    wait_for_run(panel)
    assert "Chunk (5, 1, 0) of the image" in panel.status.value
    assert "the disk is gone" in panel.status.value
    assert panel.segment_button.visible
    assert clustering.labels.data is before
    panel.areas.folded = False
    click(panel.areas.count_button)
    qtbot.waitUntil(lambda: "could not be counted" in panel.status.value)
    assert len(notification_manager.records) == n_notified


def test_any_error_of_a_run_ends_it(
    viewer, panel, stain, click, wait_for_run, monkeypatch
):
    def fail(*_args, **_options):
        raise RuntimeError("no more threads")
        yield

    seen = []
    monkeypatch.setattr("napari_kmeans.layers.source_pixels.segment_steps", fail)
    monkeypatch.setattr(
        notification_manager, "receive_error", lambda *error: seen.append(error)
    )
    viewer.add_image(stain)
    click(panel.segment_button)
    wait_for_run(panel)
    assert panel.status.value == "Something went wrong: no more threads"
    assert panel.segment_button.visible
    assert len(seen) == 1


def test_progress_by_blocks_and_cancel_within_some(
    viewer, panel, new_store, click, gate, qtbot
):
    store, _ = add_stack(viewer, new_store, (60, 30, 40), (1, 30, 40))
    store.seconds = 0.05
    gate.open()
    click(panel.segment_button)
    qtbot.waitUntil(lambda: panel.run.row.progress_bar.value > 0, timeout=20_000)
    click(panel.run.row.cancel_button)
    n_read = len(store.read)
    qtbot.waitUntil(gate.closed.is_set, timeout=5_000)
    assert len(store.read) - n_read < 20
    assert "Cancelled" in panel.status.value
    assert len(viewer.layers) == 1


def test_one_model_a_slice_is_not_offered_for_levels(viewer, panel):
    panel.region.folded = False
    data = picture((5, 32, 32))
    viewer.add_image([data, data[:, ::2, ::2]])
    assert not panel.region.models_row.visible
    viewer.add_image(data)
    assert panel.region.models_row.visible


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # napari's own
def test_chunks_of_unknown_size_are_explained(viewer, panel, click):
    data = dask.array.from_array(picture((20, 24)), chunks=5)
    viewer.add_image(data[data[:, 0] >= 0], name="part", contrast_limits=(0, 255))
    click(panel.segment_button)
    assert "'part' has chunks of unknown size" in panel.status.value


# More than fits into memory


@pytest.fixture
def little_memory(monkeypatch):
    monkeypatch.setattr("napari_kmeans.widgets.run.free_memory", lambda: 10**6)


@pytest.mark.usefixtures("little_memory")
def test_image_that_would_not_fit_is_segmented_out_of_core(
    viewer, panel, stain, click, wait_for_run
):
    source = viewer.add_image(stain, name="stain")
    click(panel.segment_button)
    assert not panel.is_running
    assert panel.run.memory.native.isVisible()
    assert not panel.segment_button.enabled
    text = panel.run.memory.text.value
    assert text.startswith("Clustering 'stain' in memory needs about 0.1 GB, but 1 MB")
    click(panel.run.memory.buttons["go"])
    wait_for_run(panel)
    assert not panel.run.memory.native.isVisible()
    assert panel.segment_button.native.isVisible()
    assert "Read block by block." in panel.status.value
    labels = clustering_of(viewer, source).labels
    assert not labels.editable
    expected = segment(stain, 4, channel_axis=-1).labels
    npt.assert_array_equal(np.asarray(labels.data), expected)


@pytest.mark.usefixtures("little_memory")
def test_image_that_would_not_fit_may_be_left(viewer, panel, stain, click):
    viewer.add_image(stain)
    click(panel.segment_button)
    click(panel.run.memory.buttons["leave"])
    assert not panel.run.memory.native.isVisible()
    assert panel.segment_button.native.isVisible()
    assert len(viewer.layers) == 1


@pytest.mark.usefixtures("little_memory")
def test_blocks_that_would_not_fit_are_not_read(viewer, panel, new_store, click):
    add_stack(viewer, new_store)
    click(panel.segment_button)
    assert not panel.is_running
    assert not panel.run.memory.native.isVisible()
    assert "block by block needs about" in panel.status.value
    assert "smaller chunks" in panel.status.value


def test_pixels_outside_the_region_are_those_of_the_level_that_is_fitted(
    viewer, panel, click, wait_for_run, monkeypatch
):
    monkeypatch.setattr("napari_kmeans.core.pyramid.MOST_PIXELS", 1000)
    data = picture((64, 48))
    source = viewer.add_image([data, data[::2, ::2]])
    viewer.add_shapes([[[0, 0], [0, 47], [31, 47], [31, 0]]])
    viewer.layers.selection.active = source
    panel.region.kind.value = "shapes"
    click(panel.segment_button)
    wait_for_run(panel)
    assert "In no segment: 384 px outside.\n" in panel.status.value
