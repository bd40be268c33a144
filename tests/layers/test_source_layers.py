import numpy as np
import numpy.testing as npt
import pytest
from napari.components import ViewerModel
from napari.layers import Image

from napari_kmeans.core.progress import finish
from napari_kmeans.core.segmentation import segment
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.clusterings import (
    clustering_from,
    clustering_of,
    show_segmentation,
    shown_by,
)
from napari_kmeans.layers.source_layers import Sources, possible_channel_axes
from napari_kmeans.layers.source_pixels import read_source


def channels(n=5, shape=(20, 24), dtype=np.uint16):
    return np.random.default_rng(0).integers(0, 60_000, (n, *shape)).astype(dtype)


def layer(data=None, **options):
    return Image(channels(1)[0] if data is None else data, **options)


@pytest.fixture
def viewer():
    return ViewerModel()


def run(viewer, sources, n_clusters=3, **options):
    pixels = read_source(sources)
    segmentation = finish(pixels.segment_steps(Settings(n_clusters=n_clusters)))
    return show_segmentation(viewer, sources, segmentation, pixels=pixels, **options)


# Do they match?


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scale": (2, 2)}, ("scale differs (1, 1 and 2, 2)",)),
        ({"translate": (0, 5)}, ("translate differs", "0, 5")),
        ({"rotate": 30}, ("rotate differs",)),
        ({"shear": [0.5]}, ("shear differs",)),
        ({"affine": np.diag([2, 2, 1])}, ("affine differs",)),
        ({"units": ("um", "um")}, ("units differs (px, px and µm, µm)",)),
        ({"data": np.zeros((8, 9))}, ("shapes differ (20 × 24 and 8 × 9)", "Resample")),
        ({"data": np.zeros((4, 20, 24))}, ("shapes differ (20 × 24 and 4 × 20 × 24)",)),
    ],
)
def test_layers_that_do_not_match_are_named_with_what_differs(options, words):
    sources = Sources((layer(name="DAPI"), layer(name="GFP", **options)))
    with pytest.raises(ValueError, match="'DAPI' and 'GFP'") as error:
        read_source(sources)
    for word in words:
        assert word in str(error.value)
    assert "clear the tick of 'GFP'" in str(error.value)


def test_colour_image_among_several_is_explained():
    photo = Image(np.zeros((20, 24, 3), np.uint8), rgb=True, name="photo")
    with pytest.raises(ValueError, match=r"'photo' is a colour image.*Split RGB"):
        Sources((layer(name="DAPI"), photo)).check()


def test_rounding_of_scales_is_no_difference():
    Sources((layer(scale=(0.1, 0.3)), layer(scale=(0.1, 0.1 * 3)))).check()


# Several layers


def test_layers_are_clustered_as_their_stack(viewer):
    data = channels(5)
    layers = tuple(viewer.add_image(one, name=f"c{i}") for i, one in enumerate(data))
    pixels = read_source(Sources(layers))
    ours = finish(pixels.segment_steps(Settings(4, scaling="standardize")))
    reference = segment(data, 4, channel_axis=0, scaling="standardize")
    npt.assert_array_equal(ours.labels, reference.labels)
    assert pixels.image.dtype == np.uint16


def test_types_are_promoted_to_one_that_holds_both():
    bytes_ = layer(channels(1, dtype=np.uint8)[0])
    assert read_source(Sources((bytes_, layer()))).image.dtype == np.uint16
    floats = layer(np.zeros((20, 24), np.float32))
    assert read_source(Sources((bytes_, floats))).image.dtype == np.float32


def test_lazy_layers_are_stacked_lazily():
    import dask.array

    lazy = layer(dask.array.zeros((20, 24), dtype=np.uint8))
    image = read_source(Sources((lazy, layer()))).image
    assert hasattr(image, "dask")
    assert image.shape == (20, 24, 2)


def test_every_level_of_pyramids_is_stacked():
    pyramid = [channels(1, (20, 24))[0], channels(1, (10, 12))[0]]
    sources = Sources(tuple(Image(pyramid, multiscale=True) for _ in range(3)))
    assert [level.shape for level in read_source(sources).levels] == [
        (20, 24, 3),
        (10, 12, 3),
    ]


def test_outputs_belong_to_all_layers(viewer):
    one, two = (
        viewer.add_image(data, name=n)
        for n, data in zip("ab", channels(2), strict=True)
    )
    sources = Sources((one, two))
    clustering = run(viewer, sources)
    assert [layer.name for layer in viewer.layers] == [
        "a",
        "b",
        "a + b k-means",
        "a + b segments",
    ]
    for source in (one, two):
        assert clustering_of(viewer, source) is clustering
    for output in (clustering.recolored, clustering.labels):
        assert shown_by(viewer, output).sources == sources
        assert shown_by(viewer, output).source is one
    record = clustering.labels.metadata["napari-kmeans"]
    assert record["sources"] == record["channels"] == ["a", "b"]
    assert record["source"] == "a + b"


def test_layers_alone_and_together_have_outputs_of_their_own(viewer):
    one, two = (
        viewer.add_image(data, name=n)
        for n, data in zip("ab", channels(2), strict=True)
    )
    alone = run(viewer, Sources((one,)))
    together = run(viewer, Sources((one, two)))
    assert alone is not together
    assert clustering_from(viewer, Sources((one,))) is alone
    assert clustering_from(viewer, Sources((one, two))) is together
    assert run(viewer, Sources((one, two)), n_clusters=4) is together
    assert len(viewer.layers) == 6


def test_many_layers_are_counted_in_the_name():
    sources = Sources(tuple(layer(name=name) for name in "abcdefg"))
    assert sources.name == "a + b + c + 4 more"


# A channel axis


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_channel_axis_is_clustered_as_in_python(axis):
    data = np.moveaxis(channels(5, (20, 24)), 0, axis)
    pixels = read_source(Sources((Image(data),), axis))
    labels = finish(pixels.segment_steps(Settings(4))).labels
    npt.assert_array_equal(labels.squeeze(), segment(data, 4, channel_axis=axis).labels)


def test_chosen_entries_of_the_axis_are_clustered():
    data = channels(5)
    pixels = read_source(Sources((Image(data),), 0, (1, 3)))
    labels = finish(pixels.segment_steps(Settings(3))).labels
    npt.assert_array_equal(labels, segment(data[[1, 3]], 3, channel_axis=0).labels)


@pytest.mark.filterwarnings("ignore:Non-orthogonal slicing")
@pytest.mark.parametrize("axis", [0, 1])
def test_outputs_of_a_channel_axis_fill_their_source(viewer, axis):
    data = np.moveaxis(channels(5, (4, 20, 24)), 0, axis)
    affine = np.eye(5)
    affine[2:4, -1] = 3, -2
    source = viewer.add_image(
        data,
        scale=(1, 2, 0.5, 0.25),
        translate=(10, 20, 30, 40),
        rotate=_in_plane(20),
        shear=[0, 0, 0, 0, 0, 0.3],
        affine=affine,
        units=("pixel", "pixel", "um", "um"),
    )
    clustering = run(viewer, Sources((source,), axis))
    n = clustering.labels.ndim
    for output in (clustering.recolored, clustering.labels):
        # napari counts the extent of an axis with a slider from centre to centre.
        others = [a for a in range(4 - n, 4) if a != axis]
        world, expected = output.extent.world, source.extent.world
        inner = [a - 4 + n for a in others]
        npt.assert_allclose(world[:, inner], expected[:, others], atol=1e-9)
        # Whatever the place along the channels, the same pixel is shown.
        spatial = [3, 10, 12]
        for channel in range(5):
            index = np.insert(spatial, axis, channel)
            place = np.array(source.data_to_world(index))[-n:]
            shown = np.round(output.world_to_data(place)).astype(int)
            npt.assert_array_equal(shown, spatial if axis == 0 else [3, 0, 10, 12])


@pytest.mark.parametrize(
    ("shape", "scale", "units", "size", "unit"),
    [
        ((5, 5), (2, 3), None, 1, "px"),
        ((5, 5), (2, 3), ("um", "um"), 6, "µm²"),
        ((5, 5, 5), (2, 3, -0.5), ("nm",) * 3, 3, "nm³"),
        ((5, 5, 5), (2, 3, 4), ("s", "um", "um"), 1, "px"),
        ((5, 5, 5, 5), (1, 1, 2, 2), ("angstrom",) * 4, 4, "Å⁴"),
        ((5, 5), (2, 3), ("inch", "inch"), 6, "in²"),
    ],
)
def test_pixel_size(shape, scale, units, size, unit):
    layer = Image(np.zeros(shape), scale=scale, units=units)
    assert Sources((layer,)).pixel_size() == (size, unit)


def test_pixels_of_a_channel_axis_have_an_area():
    source = Image(channels(5), scale=(9, 2, 3), units=("pixel", "um", "um"))
    assert Sources((source,), 0).pixel_size() == (6, "µm²")
    assert Sources((source,)).pixel_size() == (1, "px")


@pytest.mark.parametrize(
    ("shape", "options", "axes"),
    [
        ((5, 20, 24), {}, (0,)),
        ((30, 5, 20, 24), {}, (1,)),
        ((20, 24), {}, ()),
        ((5, 20, 24), {"axis_labels": ("z", "y", "x")}, ()),
        ((5, 20, 24), {"units": ("um",) * 3}, ()),
        ((5, 20, 3), {"rgb": True}, ()),
        ((30, 20, 24), {}, ()),
    ],
)
def test_axes_that_may_hold_channels(shape, options, axes):
    assert possible_channel_axes(Image(np.zeros(shape), **options)) == axes


def _in_plane(angle):
    turn = np.eye(4)
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    turn[2:, 2:] = [[c, -s], [s, c]]
    return turn


# The axes of the outputs


def made_of(shape=(6, 8, 9), **options):
    return Sources((Image(np.zeros(shape), **options),))


def test_lengths_become_pixels_of_each_axis():
    settings = Settings(3, position_weight=2.0, sigma=1.0)
    volume = made_of(scale=(4, -0.5, 0.25))
    ours = volume.in_pixels(settings, (0, 1, 2))
    assert ours.position_weight == (8, 1, 0.5)
    assert ours.sigma == (0.25, 2, 4)
    within_slices = volume.in_pixels(settings, (1, 2))
    assert within_slices.position_weight == (0, 1, 0.5)
    assert within_slices.sigma == (0, 2, 4)


def test_nothing_changes_where_no_length_is_set():
    settings = Settings(3)
    assert made_of(scale=(2, 2, 2)).in_pixels(settings, (0, 1, 2)) is settings


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
    assert made_of(shape).space_axes(in_3d=in_3d) == axes


@pytest.mark.parametrize(
    ("channel_axis", "axes"), [(0, (0, 1, 2)), (1, (0, 2, 3)), (3, (0, 1, 2))]
)
def test_channels_are_no_axis_of_space(channel_axis, axes):
    shape, units, labels = [6, 8, 9], ["um"] * 3, ["z", "y", "x"]
    for words, word in ((shape, 2), (units, "pixel"), (labels, "c")):
        words.insert(channel_axis, word)
    layer = Image(np.zeros(shape), units=units, axis_labels=labels)
    stack = Sources((layer,), channel_axis)
    assert stack.space_axes(in_3d=True) == axes
    assert stack.space_axes(in_3d=False) == axes[1:]
    assert stack.seems_3d
    assert stack.length_unit == "µm"


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
    assert made_of(shape, **options).seems_3d == expected


@pytest.mark.parametrize(
    ("options", "unit"),
    [({}, "px"), ({"units": ("um",) * 3}, "µm"), ({"scale": (1, 2, 2)}, "unit")],
)
def test_unit_of_lengths(options, unit):
    assert made_of(**options).length_unit == unit


def test_axes_have_the_names_that_people_gave_them():
    assert made_of(axis_labels=("z", "y", "x")).axis_name(0) == "z"
    assert made_of().axis_name(1) == "axis 1"
