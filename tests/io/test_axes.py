"""Names, scales and units of axes."""

import pytest

from napari_kmeans.io.axes import Geometry


def test_what_is_not_given_is_filled_in():
    geometry = Geometry.of(3)
    assert geometry.axes == ("z", "y", "x")
    assert geometry.scale == (1, 1, 1)
    assert geometry.translate == (0, 0, 0)
    assert geometry.units == (None, None, None)
    assert Geometry.of(4).axes[0] == "t"


def test_pixels_are_no_unit():
    geometry = Geometry.of(2, units=("pixel", "micrometer"))
    assert geometry.units == (None, "micrometer")


def test_larger_pixels_begin_where_the_small_ones_do():
    geometry = Geometry.of(2, scale=(2, 0.5), translate=(10, 0))
    coarse = geometry.coarser((4, 2))
    assert coarse.scale == (8, 1)
    assert coarse.translate == (13, 0.25)
    for fine, large in zip(
        zip(geometry.translate, geometry.scale, strict=True),
        zip(coarse.translate, coarse.scale, strict=True),
        strict=True,
    ):
        assert fine[0] - fine[1] / 2 == large[0] - large[1] / 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n_axes": 1}, "has 1 axes"),
        ({"n_axes": 5}, "has 5 axes"),
        ({"n_axes": 2, "scale": (1,)}, "scale is"),
        ({"n_axes": 2, "units": ("m",) * 3}, "units is"),
        ({"n_axes": 2, "axes": ("y", "y")}, "a different name"),
        ({"n_axes": 2, "axes": ("c", "y")}, "a different name"),
        ({"n_axes": 3, "axes": ("z", "t", "y")}, "only the first can be"),
        ({"n_axes": 2, "axes": ("t", "y")}, "only the first can be"),
    ],
)
def test_what_a_file_cannot_hold_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        Geometry.of(**arguments)
