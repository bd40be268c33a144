from types import SimpleNamespace

import pytest
from napari.utils.interactions import (
    mouse_move_callbacks,
    mouse_press_callbacks,
    mouse_release_callbacks,
)
from wrapt import ObjectProxy


@pytest.fixture
def mouse(viewer):
    """Press in the viewer at a pixel, move, release."""

    def event(kind, place, pos, modifiers):
        # As napari does: a later event takes the place of the first within it.
        return ObjectProxy(
            SimpleNamespace(
                type=kind,
                button=1,
                pos=pos,
                position=place,
                view_direction=None,
                dims_displayed=[0, 1],
                dims_point=place,
                up_direction=None,
                modifiers=modifiers,
                is_dragging=kind == "mouse_move",
                handled=False,
            )
        )

    def mouse(place, drag_to=(100, 100), modifiers=()):
        start = (100, 100)
        mouse_press_callbacks(viewer, event("mouse_press", place, start, modifiers))
        if drag_to != start:
            mouse_move_callbacks(viewer, event("mouse_move", place, drag_to, modifiers))
        end = event("mouse_release", place, drag_to, modifiers)
        mouse_release_callbacks(viewer, end)

    return mouse


def test_click_selects_the_row(view, layers, mouse):
    mouse((30, 5))
    assert view.selected_values == [4]
    assert layers.labels.selected_label == 4
    mouse((5, 5), drag_to=(102, 101))
    assert view.selected_values == [2]


def test_shift_click_adds_a_row(view, mouse):
    mouse((30, 5))
    mouse((15, 5), modifiers=("Shift",))
    assert view.selected_values == [3, 4]


def test_drag_selects_nothing(view, mouse):
    mouse((30, 5), drag_to=(160, 120))
    assert view.selected_values == [1]


def test_click_beside_the_image_selects_nothing(view, mouse):
    mouse((-30, 500))
    assert view.selected_values == [1]


@pytest.mark.parametrize("mode", ["paint", "erase", "fill", "polygon"])
def test_click_that_draws_selects_nothing(view, viewer, layers, mouse, mode):
    viewer.layers.selection.active = layers.labels
    layers.labels.mode = mode
    mouse((30, 5))
    assert view.selected_values == [1]


def test_click_that_adds_a_point_selects_nothing(view, viewer, mouse):
    points = viewer.add_points()
    points.mode = "add"
    mouse((30, 5))
    assert view.selected_values == [1]
