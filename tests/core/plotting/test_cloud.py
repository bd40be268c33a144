"""Values counted by part, as points and as boxes of a plane, against brute force."""

from collections import Counter

import numpy as np
import pytest
from skimage.color import rgb2hsv, rgb2lab

from napari_kmeans.core.pixels import read_pixels
from napari_kmeans.core.plotting import tally as tally_module
from napari_kmeans.core.plotting.cloud import cloud_steps
from napari_kmeans.core.plotting.density import density_of, inside_polygon
from napari_kmeans.core.plotting.plot_axes import (
    CHANNELS,
    COLOR_AXES,
    HSV,
    HSV_CYLINDER,
    LAB,
    PlotAxis,
    channels_of,
    coordinates_steps,
)
from napari_kmeans.core.plotting.tally import tally_steps
from napari_kmeans.core.plotting.value_grid import grid_steps, pixels_of_steps
from napari_kmeans.core.progress import finish

RNG = np.random.default_rng(0)
STAIN = RNG.integers(0, 8, (60, 70, 3)).astype(np.uint8) * 30


def counted(image, ids, axes=CHANNELS):
    pixels = read_pixels(image, channel_axis=-1, alpha=False)
    grid = finish(grid_steps(pixels, channels_of(axes)))
    return pixels, finish(tally_steps(pixels, np.asarray(ids).reshape(-1), grid))


def by_brute_force(image, ids):
    rows = zip(image.reshape(-1, image.shape[-1]).tolist(), ids.ravel(), strict=True)
    finite = ((tuple(v), int(i)) for v, i in rows if np.isfinite(v).all())
    return Counter(pair for pair in finite if pair[1])


def as_counter(tally):
    rows = zip(tally.values.tolist(), tally.ids, tally.counts, strict=True)
    return Counter({(tuple(v), int(i)): int(n) for v, i, n in rows})


@pytest.mark.parametrize("dtype", ["u1", "i1", "?", "u2", "i2"])
@pytest.mark.parametrize("id_dtype", ["u1", "u2"])
def test_a_tally_counts_each_value_of_each_part(dtype, id_dtype):
    image = (STAIN // 30).astype(dtype)
    ids = RNG.integers(0, 4, STAIN.shape[:2]).astype(id_dtype)
    if id_dtype == "u2":
        ids[ids == 3] = 300
    _, tally = counted(image, ids)
    assert as_counter(tally) == by_brute_force(image, ids)


@pytest.mark.parametrize("channels", [(0, 1), (1, 3), (0, 2, 3)])
def test_a_tally_of_some_channels_looks_at_these_only(channels):
    image = RNG.integers(0, 5, (40, 30, 4)).astype(np.uint8)
    ids = RNG.integers(1, 3, image.shape[:2]).astype(np.uint8)
    axes = [PlotAxis(str(channel), "channel", channel) for channel in channels]
    _, tally = counted(image, ids, axes)
    assert as_counter(tally) == by_brute_force(image[..., list(channels)], ids)


def test_pixels_without_a_value_are_not_counted():
    image = RNG.integers(0, 3, (20, 20, 3)).astype(np.float32)
    image[3, 4, 1], image[7] = np.nan, np.inf
    ids = np.ones(image.shape[:2], np.uint8)
    _, tally = counted(image, ids)
    assert tally.counts.sum() == 400 - 1 - 20
    assert np.isfinite(tally.values).all()


@pytest.mark.parametrize("kind", ["u2", "f4", "f8", "tail"])
def test_the_levels_of_long_channels_are_fine(kind):
    values = RNG.normal(1000, 100, (300, 300, 2))
    if kind == "tail":
        values[0, :5] = 6e4
    image = values.astype("f4" if kind == "tail" else kind)
    ids = np.ones(image.shape[:2], np.uint8)
    axes = [PlotAxis(name, "channel", n) for n, name in enumerate("AB")]
    pixels, tally = counted(image, ids, axes)
    assert tally.counts.sum() == ids.size
    represented = tally.grid.values(tally.grid.keys(pixels.values))
    core = np.abs(image.reshape(-1, 2) - 1000) < 300
    assert np.abs(represented - image.reshape(-1, 2))[core].max() <= 1
    np.testing.assert_allclose(represented, image.reshape(-1, 2), rtol=0.01)


def test_large_images_are_counted_in_parts(monkeypatch):
    monkeypatch.setattr(tally_module, "AT_ONCE", 1000)
    ids = RNG.integers(0, 4, STAIN.shape[:2]).astype(np.uint8)
    _, tally = counted(STAIN, ids)
    assert as_counter(tally) == by_brute_force(STAIN, ids)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_the_pixels_of_some_values_are_found_again(dtype):
    image = STAIN.astype(dtype)
    if dtype == "f4":
        image[5, 5] = np.nan
    ids = np.ones(image.shape[:2], np.uint8)
    pixels, tally = counted(image, ids)
    chosen = np.abs(tally.values[:, 0] - 60) < 1  # floats are in levels
    found = finish(pixels_of_steps(pixels, tally.grid, tally.keys[chosen]))
    np.testing.assert_array_equal(found.reshape(ids.shape), image[..., 0] == 60)


def test_coordinates_are_those_of_scikit_image():
    ids = np.ones(STAIN.shape[:2], np.uint8)
    _, tally = counted(STAIN, ids)
    grid = tally.grid
    args = tally.values, grid.channels
    found = finish(coordinates_steps(*args, COLOR_AXES, grid.dtype))
    lab, hsv = (to(tally.values / 255).T for to in (rgb2lab, rgb2hsv))
    hsv[0] *= 360
    np.testing.assert_allclose(found, [*lab, *tally.values.T, *hsv])
    found = finish(coordinates_steps(*args, HSV_CYLINDER, grid.dtype))
    angle = np.deg2rad(hsv[0])
    wanted = [hsv[1] * np.cos(angle), hsv[1] * np.sin(angle), hsv[2]]
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_few_values_are_a_point_each():
    ids = RNG.integers(1, 4, STAIN.shape[:2]).astype(np.uint8)
    _, tally = counted(STAIN, ids)
    cloud = finish(cloud_steps(tally, CHANNELS))
    np.testing.assert_array_equal(cloud.places, tally.values.T)
    np.testing.assert_array_equal(cloud.of_each, np.arange(len(tally)))


@pytest.mark.parametrize("axes", [CHANNELS, LAB, HSV])
def test_many_values_are_grouped_and_none_are_lost(axes):
    image = RNG.integers(0, 256, (80, 90, 3)).astype(np.uint8)
    ids = (image[..., 0] // 100 + 1).astype(np.uint8)
    _, tally = counted(image, ids)
    cloud = finish(cloud_steps(tally, axes, most=1000))
    assert 300 < len(cloud) <= 1000
    point_of = cloud.of_each
    np.testing.assert_array_equal(cloud.ids[point_of], tally.ids)
    np.testing.assert_array_equal(
        cloud.counts, np.bincount(point_of, tally.counts).astype(int)
    )
    sums = [np.bincount(point_of, tally.counts * one) for one in tally.values.T]
    np.testing.assert_allclose(cloud.values, (sums / cloud.counts).T)
    at = finish(coordinates_steps(tally.values, (0, 1, 2), axes, np.dtype("u1")))
    sums = [np.bincount(point_of, tally.counts * one) for one in at]
    np.testing.assert_allclose(cloud.places, sums / cloud.counts, atol=1e-9)
    # Those of one point are near each other.
    size = (cloud.high - cloud.low) / 3
    offsets = np.abs(at - cloud.places[:, point_of])
    assert (offsets <= size[:, np.newaxis]).all()


def test_a_density_counts_each_box_and_says_whose_it_is():
    ids = RNG.integers(1, 4, STAIN.shape[:2]).astype(np.uint8)
    _, tally = counted(STAIN, ids)
    places = tally.values[:, [0, 2]].T
    density = density_of(tally, places)
    table = np.array([0, 1, 1, 0, 2], np.uint8)  # parts 1 and 2 merged, 3 hidden
    totals, owners = density.by_label(table)
    assert totals.shape == owners.shape == (211, 211)
    labels = table[ids]
    wanted = np.zeros_like(totals)
    keep = labels > 0
    np.add.at(wanted, (STAIN[..., 0][keep], STAIN[..., 2][keep]), 1)
    np.testing.assert_array_equal(totals, wanted)
    assert set(np.unique(owners)) == {0, 1}
    np.testing.assert_array_equal(owners > 0, totals > 0)


def test_a_box_belongs_to_the_label_of_most_of_its_pixels():
    image = np.zeros((1, 9, 2), np.uint8)
    image[0, 5:] = 1
    ids = np.array([[1, 2, 2, 3, 3, 1, 1, 1, 2]], np.uint8)
    axes = [PlotAxis(name, "channel", n) for n, name in enumerate("AB")]
    _, tally = counted(image, ids, axes)
    density = density_of(tally, tally.values.T)
    _, owners = density.by_label(np.arange(4, dtype=np.uint8))
    assert owners.tolist() == [[2, 0], [0, 1]]  # of equal ones the lower label
    _, owners = density.by_label(np.array([0, 1, 2, 1], np.uint8))
    assert owners[0, 0] == 1


def test_a_lasso_holds_what_lies_inside_it():
    places = RNG.uniform(-1, 1, (2, 500))
    square = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    inside = inside_polygon(places, square)
    np.testing.assert_array_equal(inside, (np.abs(places) < 0.5).all(axis=0))
    assert not inside_polygon(places, square + 10).any()
