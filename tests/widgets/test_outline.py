"""The outline of the segment under the mouse, on the canvas of a real window."""

import dask.array as da
import numpy as np
import numpy.testing as npt
import pytest
import zarr
from napari.components import ViewerModel
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication

from napari_kmeans.core.progress import finish
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.layers.source_pixels import read_source
from napari_kmeans.widgets.outline import Outline, outline


def lines(mask):
    """The lines around what is in a mask, found one pixel at a time."""
    found = set()
    for row, column in np.argwhere(mask):
        for step, ends in {
            (-1, 0): ((column, row), (column + 1, row)),
            (1, 0): ((column, row + 1), (column + 1, row + 1)),
            (0, -1): ((column, row), (column, row + 1)),
            (0, 1): ((column + 1, row), (column + 1, row + 1)),
        }.items():
            other = np.add((row, column), step)
            is_outside = (other < 0).any() or (other >= mask.shape).any()
            if is_outside or not mask[tuple(other)]:
                found.add(tuple(tuple(map(int, end)) for end in ends))
    return found


def drawn(ends):
    return {
        tuple(tuple(map(int, end)) for end in pair) for pair in ends.reshape(-1, 2, 2)
    }


def box(shape):
    return tuple(slice(0, length) for length in shape)


@pytest.mark.parametrize("shape", [(1, 1), (7, 9), (1, 6)])
def test_lines_are_where_the_label_ends(shape):
    labels = np.random.default_rng(0).integers(1, 4, shape)
    for value in (1, 2, 3, 9):
        assert drawn(outline(labels, value, box(shape))) == lines(labels == value)


def test_part_of_the_picture_lies_where_it_is():
    labels = np.zeros((20, 30), np.uint8)
    labels[8, 12] = 5
    ends = outline(labels, 5, (slice(5, 15), slice(10, 25)))
    assert drawn(ends) == lines(labels == 5)


@pytest.mark.parametrize("step", [2, 3, 7])
def test_nothing_small_is_lost_in_blocks(step):
    labels = np.zeros((50, 61), np.uint8)
    labels[31, 47] = 5
    ends = outline(labels, 5, box(labels.shape), step)
    row, column = 31 // step * step, 47 // step * step
    assert ends.min(axis=0).tolist() == [column, row]
    assert ends.max(axis=0).tolist() == [column + step, row + step]


def test_noise_is_drawn_more_coarsely():
    labels = np.random.default_rng(0).integers(1, 3, (200, 200))
    assert 0 < len(outline(labels, 1, box(labels.shape), most=500)) <= 2 * 500 + 200


# In a window


@pytest.fixture
def square():
    """A bright square on dark ground, off the middle."""
    image = np.zeros((60, 80), np.uint8)
    image[10:30, 20:50] = 200
    return image


def show(viewer, image, **options):
    source = viewer.add_image(image, name="square", **options)
    steps = read_source(source).segment_steps(Settings(2))
    clustering = show_segmentation(viewer, source, finish(steps))
    clustering.segments.set_color(2, (0.4, 0.4, 0.4))
    clustering.segments.set_color(1, (0.1, 0.1, 0.1))
    return clustering


@pytest.fixture
def hover(panel, qtbot):
    """Rest on a segment's row, or leave the table."""
    view = panel.segments.view

    def hover(value):
        if value is None:
            QApplication.sendEvent(view.viewport(), QEvent(QEvent.Type.Leave))
        else:
            place = view.visualRect(view.index_of(value)).center()
            none = Qt.MouseButton.NoButton
            event = QMouseEvent(
                QEvent.Type.MouseMove,
                QPointF(place),
                QPointF(view.viewport().mapToGlobal(place)),
                none,
                none,
                Qt.KeyboardModifier.NoModifier,
            )
            QApplication.sendEvent(view.viewport(), event)
        qtbot.waitUntil(lambda: panel.segments.outline.shown == value)
        qtbot.wait(50)

    return hover


def shot(viewer):
    return viewer.screenshot(canvas_only=True, flash=False)[..., :3].astype(int)


def changed_box(before, after):
    """The height and width of what is different, of the canvas."""
    rows, columns = np.nonzero(np.abs(after - before).max(axis=-1) > 40)
    return rows.min(), rows.max(), columns.min(), columns.max()


def bright_box(picture):
    """Where the bright segment is."""
    rows, columns = np.nonzero(picture.min(axis=-1) > 60)
    return rows.min(), rows.max(), columns.min(), columns.max()


PLACES = {
    "plain": {},
    "scaled": {"scale": (0.5, 0.25), "units": ("um", "um")},
    "moved": {"translate": (1000, -500)},
    "turned": {"rotate": 30},
    "sheared": {"affine": [[1, 0.5, 4], [0, 2, 9], [0, 0, 1]]},
}


@pytest.mark.parametrize("place", PLACES)
def test_hovered_segment_is_outlined_where_it_is(viewer, panel, square, hover, place):
    clustering = show(viewer, square, **PLACES[place])
    viewer.reset_view()
    hover(None)
    layers, colors = list(viewer.layers), clustering.labels.colormap
    n_steps = len(clustering.segments.history.past)
    before = shot(viewer)
    hover(2)
    outlined = shot(viewer)
    npt.assert_allclose(changed_box(before, outlined), bright_box(before), atol=3)
    different = np.abs(outlined - before).max(axis=-1) > 40
    assert 0 < different.mean() < 0.1  # a thin line
    assert outlined[different].min() == 0  # dark
    assert outlined[different].max() == 255  # and light
    assert list(viewer.layers) == layers
    assert clustering.labels.colormap is colors
    assert len(clustering.segments.history.past) == n_steps
    hover(None)
    npt.assert_array_equal(shot(viewer), before)


def test_outline_follows_slices_and_the_camera_and_is_not_in_3d(
    viewer, panel, square, hover, qtbot
):
    clustering = show(viewer, np.stack([square, square[::-1]]))
    shown = panel.segments.outline
    viewer.dims.set_current_step(0, 0)
    hover(2)
    first = shot(viewer)
    viewer.dims.set_current_step(0, 1)
    qtbot.wait(50)
    second = shot(viewer)
    shown.show(None, None)
    bare = shot(viewer)
    shown.show(clustering, 2)
    npt.assert_array_equal(shot(viewer), second)
    npt.assert_allclose(changed_box(bare, second), bright_box(bare), atol=3)
    assert (first != second).any()
    getattr(viewer, "scene", viewer).camera.zoom *= 4
    qtbot.wait(50)
    zoomed = shot(viewer)
    shown.show(None, None)
    bare = shot(viewer)
    assert ((zoomed - bare) != 0).mean() < 0.05
    assert (zoomed != bare).any()
    shown.show(clustering, 2)
    viewer.dims.ndisplay = 3
    qtbot.waitUntil(lambda: shown.shown is None)
    viewer.dims.ndisplay = 2
    qtbot.waitUntil(lambda: shown.shown == 2)


def test_turned_stack_is_outlined_along_other_axes(viewer, panel, square, hover):
    show(viewer, np.repeat(square[np.newaxis], 30, axis=0))
    viewer.dims.order = (1, 2, 0)
    viewer.dims.set_current_step(1, 20)
    viewer.reset_view()
    hover(None)
    bare = shot(viewer)
    hover(2)
    npt.assert_allclose(changed_box(bare, shot(viewer)), bright_box(bare), atol=3)


def test_pyramid_is_outlined_at_the_level_on_the_screen(viewer, panel, hover, qtbot):
    big = np.zeros((4096, 4096), np.uint8)
    big[1024:3072, 512:2048] = 200
    levels = [da.from_array(big[::n, ::n], chunks=512) for n in (1, 4, 16)]
    clustering = show(viewer, levels, multiscale=True)
    camera = getattr(viewer, "scene", viewer).camera
    for zoom in (1, 6):
        camera.zoom *= zoom
        camera.center = (0, 1024, 512) if zoom > 1 else camera.center
        qtbot.wait(300)
        panel.segments.outline.show(None, None)
        bare = shot(viewer)
        hover(2)
        panel.segments.outline.show(clustering, 2)
        qtbot.wait(50)
        outlined = shot(viewer)
        seen, ends = bright_box(bare), changed_box(bare, outlined)
        npt.assert_allclose(ends[::2], seen[::2], atol=3)  # top and left
        hover(None)


def test_hidden_labels_are_outlined_on_what_lies_below(viewer, panel, square, hover):
    clustering = show(viewer, np.stack([square, square[::-1]]))
    viewer.dims.set_current_step(0, 0)
    clustering.labels.visible = False
    viewer.dims.set_current_step(0, 1)
    bare = shot(viewer)
    hover(2)
    npt.assert_allclose(changed_box(bare, shot(viewer)), bright_box(bare), atol=3)


def test_outline_goes_with_its_segment_its_layer_and_the_dock(
    viewer, panel, square, hover, qtbot
):
    clustering = show(viewer, square)
    section = panel.segments
    hover(2)
    clustering.segments.merge([1, 2])
    qtbot.waitUntil(lambda: section.outline.shown is None)
    clustering.segments.undo()
    hover(None)
    hover(2)
    viewer.layers.remove(clustering.labels)
    qtbot.waitUntil(lambda: section.outline.shown is None)
    clustering.add_missing_layers()
    qtbot.waitUntil(lambda: section.outline.shown == 2)
    outlined = shot(viewer)
    viewer.window.remove_dock_widget("all")
    qtbot.wait(100)
    assert section.outline.shown is None
    assert outlined.size


def test_viewer_without_a_window_has_no_outline(qapp, square):
    viewer = ViewerModel()
    shown = Outline(qapp)
    shown.show(show(viewer, square), 2)
    assert shown.shown is None


@pytest.mark.parametrize("kind", ["on demand", "on disk"])
def test_labels_that_are_not_in_memory_are_outlined(
    viewer, panel, square, hover, kind, tmp_path, qtbot
):
    stack = da.from_array(np.stack([square, square[::-1]]), chunks=(1, 30, 40))
    clustering = show(viewer, stack)
    if kind == "on disk":
        labels = zarr.open_array(
            tmp_path / "labels.zarr",
            mode="w",
            shape=stack.shape,
            chunks=(1, 30, 40),
            dtype=np.uint8,
        )
        labels[:] = np.asarray(clustering.segments.labels)
        clustering.store([labels])
    viewer.dims.set_current_step(0, 1)
    bare = shot(viewer)
    hover(2)
    npt.assert_allclose(changed_box(bare, shot(viewer)), bright_box(bare), atol=3)


def test_image_that_the_graphics_card_cannot_hold_is_outlined(
    viewer, panel, square, hover
):
    clustering = show(viewer, square)
    visual = viewer.window._qt_viewer.canvas.layer_to_visual[clustering.labels]
    visual.MAX_TEXTURE_SIZE_2D = 30
    with pytest.warns(UserWarning, match="will be downsampled"):
        clustering.labels.refresh()
    bare = shot(viewer)
    hover(2)
    npt.assert_allclose(changed_box(bare, shot(viewer)), bright_box(bare), atol=3)
