"""The picture beside the original, and one segment at a time."""

import numpy as np
import numpy.testing as npt
import pytest

from napari_kmeans import segment, segment_levels
from napari_kmeans.plots import one_segment, side_by_side


def shown(ax):
    (image,) = ax.images
    return np.asarray(image.get_array())


def test_the_picture_is_beside_the_original(photograph):
    image = photograph()
    result = segment(image, 3, channel_axis=-1)
    left, right = side_by_side(image, result).axes
    npt.assert_array_equal(shown(left), image)
    npt.assert_array_equal(shown(right), result.recolored)
    assert (left.get_title(), right.get_title()) == ("original", "k = 3")
    left.set_xlim(3, 9)
    assert right.get_xlim() == (3, 9)


def test_sixteen_bits_are_scaled_alike(photograph):
    image = photograph(1, "u2") * np.uint16(16)
    left, right = side_by_side(image, segment(image, 3)).axes
    assert (shown(left).min(), shown(left).max()) == (0, 255)
    assert len(np.unique(shown(right))) == 3


def test_all_but_one_segment_are_black(photograph):
    image = photograph() | 1  # none is black itself
    result = segment(image, 3, channel_axis=-1)
    seen = np.zeros(image.shape[:2], int)
    for label in (1, 2, 3):
        ax = one_segment(image, result, label)
        chosen = result.labels == label
        npt.assert_array_equal(shown(ax)[chosen], image[chosen])
        assert not shown(ax)[~chosen].any()
        seen += shown(ax).any(axis=2)
        percent = f"{100 * chosen.mean():.1f} %"
        assert ax.get_title() == f"segment {label} · {percent}"
    assert (seen == 1).all()


def test_axes_may_be_given(photograph, new_axes):
    image, given = photograph(1), new_axes()
    assert one_segment(image, segment(image, 2), 1, ax=given) is given


def test_a_slice_of_a_stack(photograph):
    stack = np.stack([photograph(seed=seed) for seed in range(3)])
    result = segment(stack, 2, channel_axis=-1)
    left, right = side_by_side(stack, result, at=(1,)).axes
    npt.assert_array_equal(shown(left), stack[1])
    npt.assert_array_equal(shown(right), result.recolored[1])
    one = shown(one_segment(stack, result, 2, at=(1,)))
    npt.assert_array_equal(one.any(axis=2), result.labels[1] == 2)
    with pytest.raises(ValueError, match=r"such as at=\(0,\)"):
        side_by_side(stack, result)


def test_what_cannot_be_drawn_is_said(photograph):
    image = photograph(1)
    result = segment(image, 2)
    for label in (0, 3):
        with pytest.raises(ValueError, match=f"label is {label}: .* 1 to 2"):
            one_segment(image, result, label)
    pyramid = segment_levels([image, image[::2, ::2]], 2)
    for draw in (side_by_side, lambda *both: one_segment(*both, 1)):
        with pytest.raises(ValueError, match="that of a pyramid"):
            draw(image, pyramid)
