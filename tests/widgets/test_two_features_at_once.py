"""What is right alone is right together: two features used in one session."""

import dask.array as da
import numpy as np
import numpy.testing as npt
import pytest
from qtpy.QtCore import Qt

from napari_kmeans.core.segmentation import segment
from napari_kmeans.io.ome_zarr import open_ome_zarr
from napari_kmeans.layers.clusterings import clustering_of


@pytest.fixture
def stack():
    return np.random.default_rng(0).integers(0, 256, (4, 50, 60)).astype(np.uint8)


@pytest.fixture
def segmented(viewer, panel, click, wait_for_run):
    """Press Segment, and give the clustering of a layer."""

    def segmented(source):
        click(panel.segment_button)
        wait_for_run(panel)
        return clustering_of(viewer, source)

    return segmented


@pytest.fixture
def write(panel, tmp_path, qtbot):
    """Write what is in the table to zarr, and open it."""

    def write(name):
        path = tmp_path / f"{name}.kmeans.zarr"
        panel.storing.write(str(path))
        qtbot.waitUntil(lambda: not panel.storing.row.is_running, timeout=60_000)
        assert panel.status.value.startswith("Wrote"), panel.status.value
        return open_ome_zarr(path)

    return write


@pytest.fixture
def stroke(viewer, mouse):
    """Draw a line with the real mouse on a labels layer."""

    def stroke(labels, value):
        viewer.layers.selection.active = labels
        labels.mode, labels.brush_size, labels.selected_label = "paint", 6, value
        mouse.press(-20)
        mouse.move(20)
        mouse.release(20)
        labels.mode = "pan_zoom"

    return stroke


def slice_of(labels, index):
    return np.asarray(labels.data[index])


def test_strokes_in_two_slices_are_undone_in_the_slices_they_are_in(
    viewer, panel, stack, segmented, stroke, qtbot
):
    clustering = segmented(viewer.add_image(stack))
    labels, canvas = clustering.labels, viewer.window._qt_viewer.canvas.native
    before = np.array(labels.data)
    for index, value in ((0, 2), (3, 4)):
        viewer.dims.set_current_step(0, index)
        stroke(labels, value)
        assert (slice_of(labels, index) != before[index]).any()
    assert panel.segments.model.rowCount() == 4
    viewer.dims.set_current_step(0, 1)
    for index, other in ((3, 0), (0, 3)):
        kept = slice_of(labels, other).copy()
        qtbot.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        npt.assert_array_equal(slice_of(labels, index), before[index])
        npt.assert_array_equal(slice_of(labels, other), kept)
    npt.assert_array_equal(labels.data, before)
    npt.assert_array_equal(
        clustering.recolored.data, clustering.pictures._pictures[0].draw()
    )


def test_a_pyramid_is_clustered_inside_shapes_at_every_level(
    viewer, panel, segmented, stack
):
    finest = stack[0]
    source = viewer.add_image([finest, finest[::2, ::2]], multiscale=True)
    corners = np.array([[9.5, 9.5], [9.5, 39.5], [29.5, 39.5], [29.5, 9.5]])
    viewer.add_shapes([corners], name="box")
    viewer.layers.selection.active = source
    panel.region.kind.value = "shapes"
    clustering = segmented(source)
    inside = np.zeros(finest.shape, bool)
    inside[10:30, 10:40] = True
    expected = segment(finest, 4, mask=inside).labels
    finer, coarser = (np.asarray(level) for level in clustering.labels.data)
    npt.assert_array_equal(finer, expected)
    npt.assert_array_equal(coarser, expected[::2, ::2])
    assert sum(clustering.segments.counts.values()) == inside.sum()


def test_channels_are_written_and_segmented_again(viewer, panel, segmented, write):
    rng = np.random.default_rng(1)
    channels = rng.integers(0, 60_000, (2, 40, 50)).astype(np.uint16)
    sources = [viewer.add_image(one, blending="additive") for one in channels]
    viewer.layers.selection = set(sources)
    clustering = segmented(sources[0])
    written = write("channels")
    npt.assert_array_equal(written.labels[0][...], clustering.labels.data)
    panel.form.n_clusters.value = 3
    assert segmented(sources[0]) is clustering
    assert len(viewer.layers) == 4
    # The segments keep their label values where they match; the order is the same.
    _, order = np.unique(clustering.labels.data, return_inverse=True)
    expected = segment(channels, 3, channel_axis=0, scaling="standardize").labels
    npt.assert_array_equal(order.reshape(expected.shape) + 1, expected)
    assert set(np.unique(written.labels[0][...])) == {1, 2, 3, 4}


def test_what_was_done_before_writing_can_be_undone_after_it(
    viewer, panel, stack, segmented, stroke, write
):
    clustering = segmented(viewer.add_image(stack))
    labels = clustering.labels
    before = np.array(labels.data)
    stroke(labels, 4)
    painted = np.array(labels.data)
    written = write("cells")
    npt.assert_array_equal(written.labels[0][...], painted)
    stroke(labels, 1)
    for expected in (painted, before):
        panel.segments.buttons.buttons["undo"].click()
        npt.assert_array_equal(labels.data, expected)
    npt.assert_array_equal(written.labels[0][...], painted)


def test_another_run_leaves_alone_what_was_painted_on_disk(
    viewer, panel, stack, segmented, stroke, write
):
    source = viewer.add_image(da.from_array(stack, chunks=(2, 50, 60)))
    old = segmented(source)
    written = write("cells")
    before = written.labels[0][...]
    stroke(old.labels, 4)
    painted = written.labels[0][...]
    assert (painted != before).any()
    panel.form.n_clusters.value = 3
    new = segmented(source)
    assert new is not old
    npt.assert_array_equal(np.asarray(old.labels.data), painted)
    viewer.layers.selection.active = old.labels
    panel.segments.buttons.buttons["undo"].click()
    npt.assert_array_equal(written.labels[0][...], before)
    npt.assert_array_equal(np.asarray(new.labels.data), segment(stack, 3).labels)
