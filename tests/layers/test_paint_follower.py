"""Where a part of the slice on the screen lies in the labels."""

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_kmeans.layers.paint_follower import StrokeWatcher


@pytest.fixture
def viewer():
    return ViewerModel()


@pytest.fixture
def watch(viewer):
    """Collect what a watcher tells: regions, and whether each goes on."""

    def watch(labels):
        told = []

        def on_change(region, goes_on):
            told.append((region, goes_on))
            return True

        return told, StrokeWatcher(labels, viewer.dims, on_change)

    return watch


def regions(told):
    return [region for region, _ in told if region is not None]


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
        labels, viewer.dims, lambda *_: seen.append(int(labels.data[4, 2, 2])) or True
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


def test_what_napari_groups_goes_on_until_it_is_told_to_be_painted(viewer, watch):
    labels = viewer.add_labels(np.zeros((20, 20), np.uint8))
    told, _watcher = watch(labels)
    for value in (1, 2):
        with labels.block_history():
            labels.paint((5, 5), value)
            labels.paint((9, 9), value)
    assert [goes_on for _, goes_on in told] == [False, True, True] * 2


def test_nothing_is_told_after_the_end(viewer, watch):
    labels = viewer.add_labels(np.zeros((20, 20), np.uint8))
    told, watcher = watch(labels)
    watcher.stop()
    labels.paint((5, 5), 1)
    labels.refresh()
    assert told == []
