import numpy as np
import numpy.testing as npt
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels, Shapes

from napari_kmeans.layers.region import (
    Slices,
    current_slice,
    inside_labels,
    inside_shapes,
    read_label_values,
)
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.world_grid import grid_of


def frame(shape=(40, 50), **options):
    return grid_of(Image(np.zeros(shape), name="image", **options), shape)


def box(top, left, bottom, right, *place):
    corners = [(top, left), (top, right), (bottom, right), (bottom, left)]
    return [[*place, *corner] for corner in corners]


def expected_box(shape, top, left, bottom, right):
    mask = np.zeros(shape, bool)
    mask[..., top : bottom + 1, left : right + 1] = True
    return mask


def is_inside(layer, grid, contains):
    """Tell of each pixel whether its place is inside, asked in the shapes' own data."""
    indices = np.indices(grid.shape).reshape(len(grid.shape), -1).T
    world = indices @ grid.matrix[:-1, :-1].T + grid.matrix[:-1, -1]
    places = np.array([layer.world_to_data(place) for place in world])
    return np.array([contains(*place) for place in places]).reshape(grid.shape)


# Slices


def test_range_of_slices():
    mask = Slices(((0, 2, 4),)).mask(frame((6, 4, 5)))
    npt.assert_array_equal(mask.any(axis=(1, 2)), [0, 0, 1, 1, 1, 0])
    assert mask[2:5].all()


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [(3, 2, "goes from 3 to 2"), (4, 9, "go from 0 to 5"), (-1, 2, "go from 0 to 5")],
)
def test_slices_that_are_not_there(first, last, words):
    with pytest.raises(ValueError, match=words):
        Slices(((0, first, last),)).mask(frame((6, 4, 5)))


@pytest.fixture
def viewer():
    return ViewerModel()


def test_current_slice_is_the_one_that_is_shown(viewer):
    layer = viewer.add_image(
        np.zeros((3, 6, 4, 5)), scale=(2, 0.5, 1, 1), translate=(7, -1, 0, 0)
    )
    viewer.dims.set_current_step(0, 2)
    viewer.dims.set_current_step(1, 5)
    region = current_slice(viewer, Sources((layer,)).grid())
    assert region == Slices(((0, 2, 2), (1, 5, 5)))


def test_current_slice_follows_the_order_of_the_axes(viewer):
    layer = viewer.add_image(np.zeros((6, 8, 5)))
    viewer.dims.order = (2, 0, 1)
    viewer.dims.set_current_step(2, 3)
    assert current_slice(viewer, Sources((layer,)).grid()) == Slices(((2, 3, 3),))


def test_current_slice_where_another_layer_has_more_axes_and_finer_units(viewer):
    layer = viewer.add_image(np.zeros((6, 4, 5)), scale=(2, 1, 1), units=("um",) * 3)
    viewer.add_image(
        np.zeros((2, 60, 4, 5)), scale=(1, 200, 1, 1), units=("s", "nm", "nm", "nm")
    )
    viewer.dims.set_point(1, 8000)
    assert viewer.layers.extent.units is not None
    assert current_slice(viewer, Sources((layer,)).grid()) == Slices(((0, 4, 4),))


def test_there_is_no_current_slice_in_3d(viewer):
    layer = viewer.add_image(np.zeros((6, 4, 5)))
    viewer.dims.ndisplay = 3
    with pytest.raises(ValueError, match="2-D view"):
        current_slice(viewer, Sources((layer,)).grid())


def test_slider_outside_of_the_image(viewer):
    layer = viewer.add_image(np.zeros((6, 4, 5)), name="short")
    viewer.add_image(np.zeros((60, 4, 5)))
    viewer.dims.set_current_step(0, 40)
    with pytest.raises(ValueError, match="'short' has no slice"):
        current_slice(viewer, Sources((layer,)).grid())


# Shapes


def test_rectangle():
    shapes = Shapes([box(10, 5, 20, 30)])
    mask = inside_shapes(shapes).mask(frame())
    npt.assert_array_equal(mask, expected_box((40, 50), 10, 5, 20, 30))


def test_shapes_add_up():
    shapes = Shapes([box(1, 2, 5, 9), box(20, 20, 30, 30)])
    expected = expected_box((40, 50), 1, 2, 5, 9)
    expected |= expected_box((40, 50), 20, 20, 30, 30)
    npt.assert_array_equal(inside_shapes(shapes).mask(frame()), expected)


def test_ellipse_is_round():
    shapes = Shapes([box(5.5, 10.5, 25.5, 40.5)], shape_type="ellipse")
    mask = inside_shapes(shapes).mask(frame())
    y, x = np.indices((40, 50))
    distance = ((y - 15.5) / 10) ** 2 + ((x - 25.5) / 15) ** 2
    assert mask[distance < 0.98].all()
    assert not mask[distance > 1.02].any()


def test_polygon_is_filled_and_lines_are_not():
    shapes = Shapes([[[5, 5], [35, 5], [5, 35]]], shape_type="polygon")
    shapes.add_lines([[0, 0], [39, 49]])
    shapes.add_paths([[0, 40], [39, 40], [20, 20]])
    mask = inside_shapes(shapes).mask(frame())
    y, x = np.indices((40, 50))
    assert mask[(y > 5) & (x > 5) & (x + y < 39)].all()
    assert not mask[(y < 4) | (x < 4) | (x + y > 41)].any()


@pytest.mark.parametrize(
    ("image", "shapes"),
    [
        ({"scale": (2, 0.5)}, {"scale": (0.7, 3)}),
        ({"translate": (-3, 8)}, {"translate": (4, 4), "rotate": 30}),
        ({"rotate": 25, "scale": (2, 1)}, {"shear": [0.4]}),
        ({"affine": [[0, 2, 1], [1, 0, 3], [0, 0, 1]]}, {}),
    ],
)
def test_shapes_lie_where_they_lie_in_the_world(image, shapes):
    grid = frame((30, 34), **image)
    layer = Shapes([box(2.3, 3.3, 12.6, 15.7)], **shapes)
    mask = inside_shapes(layer).mask(grid)
    expected = is_inside(
        layer, grid, lambda y, x: 2.3 <= y <= 12.6 and 3.3 <= x <= 15.7
    )
    assert expected.any()
    npt.assert_array_equal(mask, expected)


def test_units_of_one_kind_are_converted_as_napari_does():
    grid = frame((40, 50), units=("um", "um"), scale=(0.5, 0.5))
    layer = Shapes([box(2100, 3100, 5900, 8900)], units=("nm", "nm"))
    mask = inside_shapes(layer).mask(grid)
    npt.assert_array_equal(mask, expected_box((40, 50), 5, 7, 11, 17))


def test_flat_shapes_apply_to_every_slice_of_a_volume():
    mask = inside_shapes(Shapes([box(1, 2, 5, 9)])).mask(frame((4, 3, 20, 20)))
    npt.assert_array_equal(mask, expected_box((4, 3, 20, 20), 1, 2, 5, 9))


def test_shapes_with_a_slice_apply_to_it_alone_unless_told_otherwise():
    shapes = Shapes([box(1, 2, 5, 9, 3), box(7, 7, 9, 9, 1)])
    grid = frame((5, 20, 20))
    expected = np.zeros((5, 20, 20), bool)
    expected[3, 1:6, 2:10] = True
    expected[1, 7:10, 7:10] = True
    npt.assert_array_equal(inside_shapes(shapes).mask(grid), expected)
    through_all = inside_shapes(shapes, every_slice=True).mask(grid)
    npt.assert_array_equal(through_all, np.broadcast_to(expected.any(0), grid.shape))


def test_slice_of_a_shape_is_found_in_the_world():
    grid = frame((5, 20, 20), scale=(2, 1, 1), translate=(10, 0, 0))
    mask = inside_shapes(Shapes([box(1, 2, 5, 9, 14)])).mask(grid)
    npt.assert_array_equal(mask.any(axis=(1, 2)), [0, 0, 1, 0, 0])


def test_shapes_drawn_in_another_plane():
    corners = [[1, 7, 2], [1, 7, 9], [3, 7, 9], [3, 7, 2]]
    mask = inside_shapes(Shapes([corners])).mask(frame((5, 20, 20)))
    expected = np.zeros((5, 20, 20), bool)
    expected[1:4, 7, 2:10] = True
    npt.assert_array_equal(mask, expected)


def test_tilted_shape_is_explained():
    corners = [[1, 7, 2], [1, 7, 9], [3, 12, 9], [3, 12, 2]]
    with pytest.raises(ValueError, match="not parallel"):
        inside_shapes(Shapes([corners])).mask(frame((5, 20, 20)))


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (Shapes(name="ROI"), "'ROI' has no closed shape"),
        (
            Shapes([[[0, 0], [5, 5]]], shape_type="line", name="ROI"),
            "has no closed shape",
        ),
        (
            Shapes([box(100, 0, 120, 9)], name="ROI"),
            "'ROI' contain no pixel of 'image'",
        ),
    ],
)
def test_no_pixel_inside_shapes_is_explained(shapes, words):
    with pytest.raises(ValueError, match=words):
        inside_shapes(shapes).mask(frame())


# Labels


def test_all_labels_but_0():
    labels = np.random.default_rng(0).integers(0, 3, (40, 50))
    mask = inside_labels(Labels(labels)).mask(frame())
    npt.assert_array_equal(mask, labels != 0)


def test_chosen_labels():
    labels = np.random.default_rng(0).integers(0, 6, (40, 50))
    mask = inside_labels(Labels(labels), (0, 4)).mask(frame())
    npt.assert_array_equal(mask, np.isin(labels, (0, 4)))


def test_flat_labels_apply_to_every_slice():
    labels = np.random.default_rng(0).integers(0, 2, (20, 20))
    mask = inside_labels(Labels(labels)).mask(frame((3, 20, 20)))
    npt.assert_array_equal(mask, np.broadcast_to(labels != 0, (3, 20, 20)))


@pytest.mark.parametrize(
    ("image", "labels"),
    [
        ({}, {"scale": (2, 2)}),
        ({"scale": (0.5, 1)}, {"translate": (1, -2)}),
        ({"rotate": 20}, {"scale": (1.5, 0.8), "translate": (3, 3)}),
    ],
)
def test_labels_of_another_grid_are_looked_up_in_the_world(image, labels):
    values = np.zeros((25, 27), np.uint8)
    values[4:16, 3:18] = 1
    grid = frame((30, 34), **image)
    layer = Labels(values, **labels)
    mask = inside_labels(layer).mask(grid)
    expected = is_inside(
        layer, grid, lambda y, x: 3.5 <= y <= 15.5 and 2.5 <= x <= 17.5
    )
    assert expected.any()
    assert np.mean(mask != expected) < 0.01  # only pixels on the very border


@pytest.mark.parametrize(
    ("labels", "values", "words"),
    [
        (np.zeros((40, 50), np.uint8), None, "has no label other than 0"),
        (np.ones((40, 50), np.uint8), (7,), "no pixel with the label 7"),
        (np.ones((3, 40, 50), np.uint8), None, "3 axes, but 'image' has 2"),
    ],
)
def test_no_pixel_inside_labels_is_explained(labels, values, words):
    with pytest.raises(ValueError, match=words):
        inside_labels(Labels(labels, name="cells"), values).mask(frame())


def test_labels_beside_the_image_are_explained():
    layer = Labels(np.ones((5, 5), np.uint8), translate=(500, 0), name="cells")
    with pytest.raises(ValueError, match="'cells' contain no pixel of 'image'"):
        inside_labels(layer).mask(frame())


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", None),
        (" ", None),
        ("3", (3,)),
        ("1, 3-5", (1, 3, 4, 5)),
        ("7;2", (7, 2)),
    ],
)
def test_values_as_people_write_them(text, values):
    assert read_label_values(text) == values


@pytest.mark.parametrize("text", ["one", "1-", "1 2", "3,x"])
def test_values_that_are_none(text):
    with pytest.raises(ValueError, match="is not a list of labels"):
        read_label_values(text)


@pytest.mark.parametrize("text", ["5-3", "1, 9-7"])
def test_values_written_backwards_are_explained(text):
    with pytest.raises(ValueError, match=r"write the smaller one first, [37]-[59]"):
        read_label_values(text)


@pytest.mark.parametrize("text", ["1--3", "-2", "1-2-3"])
def test_values_below_0_are_no_list_of_labels(text):
    with pytest.raises(ValueError, match="is not a list of labels"):
        read_label_values(text)


@pytest.mark.parametrize("text", ["1-9999999999", "1-40000, 50000-90000"])
def test_too_many_values_are_explained_at_once(text):
    with pytest.raises(ValueError, match="more than 65,536 labels: give fewer"):
        read_label_values(text)
