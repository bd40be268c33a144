"""Only this: by key, by Alt-click; and back to what was shown before."""

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_kmeans.core.segmentation import segment
from napari_kmeans.layers.clusterings import show_segmentation

ALT = Qt.KeyboardModifier.AltModifier


def shown(layers):
    return [s.value for s in layers.segments.map if s.visible]


@pytest.fixture
def only(layers, view, press, click_cell):
    """Show a segment alone by key or by Alt-click, and say what is shown."""

    def only(value, by_key=True):
        if by_key:
            view.select_values([value])
            press(Qt.Key.Key_S)
        else:
            click_cell(value, "shown", ALT)
        return shown(layers)

    return only


@pytest.mark.parametrize("by_key", [True, False])
def test_again_brings_back_what_was_shown(layers, only, by_key):
    layers.segments.set_visible([1, 4], False)
    assert only(2, by_key) == [2]
    assert only(2, by_key) == [2, 3, 5]
    assert only(1, by_key) == [1]
    assert only(3, by_key) == [3]
    assert only(3, by_key) == [2, 3, 5]
    assert len(layers.segments.history.past) == 6


def test_each_is_one_step_of_undo(layers, only):
    layers.segments.set_visible([1], False)
    only(2)
    only(2)
    layers.segments.undo()
    assert shown(layers) == [2]
    layers.segments.undo()
    assert shown(layers) == [2, 3, 4, 5]
    assert only(3) == [3]
    assert only(3) == [2, 3, 4, 5]


def test_what_was_shown_is_forgotten_when_the_segments_change(
    layers, viewer, image, only
):
    layers.segments.set_visible([1], False)
    only(2)
    layers.segments.merge([3, 4])
    assert only(2) == [1, 2, 4, 5]
    layers.segments.set_visible([1], False)
    only(2)
    show_segmentation(viewer, layers.source, segment(image, 4))
    values = list(layers.segments.map.values)
    assert only(shown(layers)[0]) == values
    painted = np.array(layers.segments.labels)
    layers.segments.set_visible([values[0]], False)
    only(values[1])
    painted[:2] = 9
    layers.segments.take_paint(painted)
    layers.segments.set_visible([9], False)
    assert only(values[1]) == [*values, 9]


def test_alone_by_other_means_shows_all(layers, only):
    layers.segments.solo([2])
    assert only(2) == [1, 2, 3, 4, 5]


def test_nothing_shown_before_shows_all(layers, only):
    layers.segments.set_visible(layers.segments.map.values, False)
    assert only(2) == [2]
    assert only(2) == [1, 2, 3, 4, 5]
