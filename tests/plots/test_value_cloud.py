"""The cloud: each value is a point where it lies, in its own or its segment's color."""

import numpy as np
import numpy.testing as npt
import pytest
from matplotlib.collections import PathCollection
from skimage.color import rgb2lab

from napari_kmeans import segment
from napari_kmeans.plots import cloud


def places(scatter):
    return np.array(scatter._offsets3d).T


def colors_of(scatter):  # in the order of the places, not of their depth
    return PathCollection.get_facecolor(scatter)[:, :3]


def test_each_distinct_value_is_a_point_in_its_own_color(photograph):
    image = photograph() // 64 * 64  # many pixels of a few values
    ax = cloud(image, segment(image, 3, channel_axis=-1))
    (points,) = ax.collections
    values, counts = np.unique(image.reshape(-1, 3), axis=0, return_counts=True)
    found = places(points)
    order = np.lexsort(found.T[::-1])
    npt.assert_array_equal(found[order], values)
    npt.assert_allclose(colors_of(points)[order], values / 255)
    sizes = PathCollection.get_sizes(points)[order]
    assert np.corrcoef(sizes, counts)[0, 1] > 0.99
    names = ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()
    assert names == ("R", "G", "B")


def test_after_clustering_points_have_the_colors_of_their_segments(photograph):
    image = photograph()
    result = segment(image, 3, channel_axis=-1)
    ax = cloud(image, result, by="segment", colors=["r", "g", "b"])
    points, centroids = ax.collections
    npt.assert_allclose(np.sort(places(centroids)), np.sort(result.model.centroids))
    labels = {
        tuple(value): label
        for value, label in zip(
            image.reshape(-1, 3).tolist(), result.labels.ravel().tolist(), strict=True
        )
    }
    colors = {1: (1, 0, 0), 2: (0, 0.5, 0), 3: (0, 0, 1)}
    for place, color in zip(places(points), colors_of(points), strict=True):
        assert tuple(color.round(1)) == colors[labels[tuple(place)]]


def test_it_is_drawn_in_the_colour_space_of_the_fit_or_another(photograph):
    image = photograph()
    result = segment(image, 3, channel_axis=-1, color_space="lab")
    ax = cloud(image, result, by="segment")
    assert ax.get_zlabel() == "b*"
    lab = np.unique(rgb2lab(image).reshape(-1, 3).round(6), axis=0)
    found = np.unique(places(ax.collections[0]).round(6), axis=0)
    npt.assert_allclose(found, lab, atol=1e-5)
    assert cloud(image, result, axes="rgb").get_xlabel() == "R"
    assert cloud(image, result, axes="hsv").get_xlabel() == "S cos H"


def test_many_values_are_drawn_as_so_many_points_at_most(photograph):
    image = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    result = segment(image, 3, channel_axis=-1)
    assert len(places(cloud(image, result).collections[0])) > 3000
    assert len(places(cloud(image, result, most=200).collections[0])) <= 200


def test_two_channels_are_drawn_in_a_plane(photograph, new_axes):
    image = photograph(2, "u2")
    result, given = segment(image, 3, channel_axis=-1), new_axes()
    assert cloud(image, result, by="segment", ax=given) is given
    points, centroids = given.collections
    found = {tuple(place) for place in points.get_offsets().tolist()}
    assert found == {tuple(value) for value in image.reshape(-1, 2).tolist()}
    npt.assert_allclose(centroids.get_offsets(), result.model.centroids)
    assert (given.get_xlabel(), given.get_ylabel()) == ("channel 0", "channel 1")


def test_channels_can_be_chosen(photograph, new_axes):
    image = photograph(5, "f4")
    image[0, :3, 2] = np.nan
    result = segment(image, 3, channel_axis=-1)
    ax = cloud(image, result, axes=(4, 0, 2), by="segment")
    assert (ax.get_xlabel(), ax.get_zlabel()) == ("channel 4", "channel 2")
    low, high = (f(image[np.isfinite(image).all(axis=-1)][:, 4]) for f in (min, max))
    x = places(ax.collections[0])[:, 0]
    assert (x.min(), x.max()) == pytest.approx((low, high), abs=1)
    npt.assert_allclose(
        places(ax.collections[1])[:, [1, 2, 0]], result.model.centroids[:, [0, 2, 4]]
    )
    assert cloud(image, result).get_zlabel() == "channel 2"


def test_pixels_in_no_segment_are_not_drawn(photograph):
    image = photograph()
    mask = np.zeros(image.shape[:2], bool)
    mask[:4, :4] = True
    ax = cloud(image, segment(image, 2, channel_axis=-1, mask=mask))
    assert len(places(ax.collections[0])) <= 16


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "label"}, 'give "own" or "segment"'),
        ({"axes": "xyz"}, "axes is 'xyz' for 3 channels"),
        ({"axes": (0, 1, 3)}, r"axes is \[0, 1, 3\]"),
        ({"axes": (0, 0)}, r"two or three different channels"),
    ],
)
def test_what_cannot_be_drawn_is_said(options, message, photograph):
    image = photograph()
    with pytest.raises(ValueError, match=message):
        cloud(image, segment(image, 2, channel_axis=-1), **options)


def test_axes_of_another_kind_and_one_channel_are_refused(photograph, new_axes):
    image = photograph()
    result = segment(image, 2, channel_axis=-1)
    with pytest.raises(ValueError, match='give ax with projection="3d"'):
        cloud(image, result, ax=new_axes())
    with pytest.raises(ValueError, match="give ax with two axes"):
        cloud(image, result, axes=(0, 1), ax=new_axes(projection="3d"))
    grey = image[..., 0]
    with pytest.raises(ValueError, match="draw its values with histogram"):
        cloud(grey, segment(grey, 2))
