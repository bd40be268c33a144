"""What is told of a stroke: where, and its end."""

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_kmeans.layers.strokes import StrokeWatcher


@pytest.fixture
def viewer():
    return ViewerModel()


@pytest.fixture
def watch(viewer):
    """Collect what a watcher tells: regions, and ends."""

    def watch(labels):
        told = []
        watcher = StrokeWatcher(
            labels, viewer.dims, told.append, lambda: told.append("end")
        )
        return told, watcher

    return watch


def regions(told):
    return [region for region in told if region not in (None, "end")]


@pytest.mark.parametrize(
    ("order", "step", "n_edit"),
    [((0, 1, 2), 3, 2), ((2, 0, 1), 5, 2), ((1, 2, 0), 4, 2), ((0, 1, 2), 3, 3)],
)
def test_region_holds_all_that_is_drawn_on_the_screen(
    viewer, watch, order, step, n_edit
):
    labels = viewer.add_labels(np.zeros((6, 7, 8), np.uint8), scale=(3, 2, 1))
    viewer.dims.order = order
    viewer.dims.set_current_step(order[0], step)
    labels.n_edit_dimensions = n_edit
    labels.brush_size = 3
    told, _watcher = watch(labels)
    at = [3, 3, 3]
    at[order[0]] = step
    with labels.block_history():  # as while a button is pressed
        labels.paint(at, 5)
        (region,) = regions(told)
    on_screen = np.zeros(labels.data.shape, bool)
    on_screen[(slice(None),) * order[0] + (step,)] = True
    inside = np.zeros_like(on_screen)
    inside[region] = True
    drawn = (labels.data == 5) & on_screen
    assert drawn.any()
    assert inside[drawn].all()
    assert inside.sum() < on_screen.sum()


def test_a_script_may_paint_where_nobody_looks(viewer, watch):
    labels = viewer.add_labels(np.zeros((6, 7, 8), np.uint8))
    seen = []
    _watcher = StrokeWatcher(
        labels,
        viewer.dims,
        lambda _: seen.append(int(labels.data[4, 2, 2])),
        lambda: None,
    )
    labels.data_setitem((np.array([4]), np.array([2]), np.array([2])), 3)
    assert seen[-1] == 3
    told, _other = watch(labels)
    labels.data_setitem((np.array([4]), np.array([3]), np.array([3])), 3)
    assert regions(told) == []  # everywhere


def test_labels_of_fewer_dimensions_than_the_viewer(viewer, watch):
    viewer.add_image(np.zeros((4, 6, 7)))
    labels = viewer.add_labels(np.zeros((6, 7), np.uint8))
    told, _watcher = watch(labels)
    labels.data_setitem((np.array([2, 3]), np.array([4, 6])), 1)
    assert regions(told) == [(slice(2, 4), slice(4, 7))]


def test_what_napari_groups_ends_when_it_is_told_to_be_painted(viewer, watch):
    labels = viewer.add_labels(np.zeros((20, 20), np.uint8))
    told, _watcher = watch(labels)
    for value in (1, 2):
        with labels.block_history():
            labels.paint((5, 5), value)
            labels.paint((9, 9), value)
    assert [one == "end" for one in told] == [False, False, False, True] * 2


def test_nothing_is_told_after_the_end(viewer, watch):
    labels = viewer.add_labels(np.zeros((20, 20), np.uint8))
    told, watcher = watch(labels)
    watcher.stop()
    labels.paint((5, 5), 1)
    labels.refresh()
    assert told == []
