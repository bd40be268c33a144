import numpy as np
import pytest
from napari.layers import Image

from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.units import (
    axis_name,
    in_pixels,
    length_unit,
    seems_3d,
    space_axes,
)


def sources(shape=(6, 8, 9), **options):
    return Sources((Image(np.zeros(shape), **options),))


def test_lengths_become_pixels_of_each_axis():
    settings = Settings(3, position_weight=2.0, sigma=1.0)
    volume = sources(scale=(4, -0.5, 0.25))
    ours = in_pixels(settings, volume, (0, 1, 2))
    assert ours.position_weight == (8, 1, 0.5)
    assert ours.sigma == (0.25, 2, 4)
    within_slices = in_pixels(settings, volume, (1, 2))
    assert within_slices.position_weight == (0, 1, 0.5)
    assert within_slices.sigma == (0, 2, 4)


def test_nothing_changes_where_no_length_is_set():
    settings = Settings(3)
    assert in_pixels(settings, sources(scale=(2, 2, 2)), (0, 1, 2)) is settings


@pytest.mark.parametrize(
    ("shape", "in_3d", "axes"),
    [
        ((8, 9), True, (0, 1)),
        ((6, 8, 9), False, (1, 2)),
        ((6, 8, 9), True, (0, 1, 2)),
        ((4, 6, 8, 9), True, (1, 2, 3)),
    ],
)
def test_axes_of_space(shape, in_3d, axes):
    assert space_axes(sources(shape), in_3d=in_3d) == axes


@pytest.mark.parametrize(
    ("channel_axis", "axes"), [(0, (0, 1, 2)), (1, (0, 2, 3)), (3, (0, 1, 2))]
)
def test_channels_are_no_axis_of_space(channel_axis, axes):
    shape, units, labels = [6, 8, 9], ["um"] * 3, ["z", "y", "x"]
    for words, word in ((shape, 2), (units, "pixel"), (labels, "c")):
        words.insert(channel_axis, word)
    layer = Image(np.zeros(shape), units=units, axis_labels=labels)
    stack = Sources((layer,), channel_axis)
    assert space_axes(stack, in_3d=True) == axes
    assert space_axes(stack, in_3d=False) == axes[1:]
    assert seems_3d(stack)
    assert length_unit(stack) == "µm"


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((8, 9), {"units": ("um", "um")}, False),
        ((6, 8, 9), {}, False),
        ((6, 8, 9), {"axis_labels": ("z", "y", "x")}, True),
        ((6, 8, 9), {"units": ("um",) * 3}, True),
        ((6, 8, 9), {"units": ("s", "um", "um")}, False),
        ((6, 8, 9), {"units": ("um",) * 3, "axis_labels": ("t", "y", "x")}, False),
    ],
)
def test_film_is_told_from_volume(shape, options, expected):
    assert seems_3d(sources(shape, **options)) == expected


@pytest.mark.parametrize(
    ("options", "unit"),
    [({}, "px"), ({"units": ("um",) * 3}, "µm"), ({"scale": (1, 2, 2)}, "unit")],
)
def test_unit_of_lengths(options, unit):
    assert length_unit(sources(**options)) == unit


def test_axes_have_the_names_that_people_gave_them():
    assert axis_name(sources(axis_labels=("z", "y", "x")), 0) == "z"
    assert axis_name(sources(), 1) == "axis 1"
