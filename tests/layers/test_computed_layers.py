"""Layers of labels that are computed as they are looked at: lazy ones, and levels."""

from dataclasses import replace

import dask.array
import numpy as np
import numpy.testing as npt
import pytest
import zarr
from napari.components import ViewerModel
from napari.layers import Image

from napari_kmeans.core.levels import levels_of
from napari_kmeans.core.progress import finish
from napari_kmeans.core.pyramid import segment_levels
from napari_kmeans.core.segmentation import segment
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.layers.region import Slices
from napari_kmeans.layers.source_layers import Sources, possible_channel_axes
from napari_kmeans.layers.source_pixels import PixelSelection, read_source

UNEVEN = (7, 20)
"""Chunks that fit no side of the pictures."""


@pytest.fixture
def viewer():
    return ViewerModel()


def picture(shape=(32, 48, 3), dtype=np.uint8):
    return np.random.default_rng(0).integers(0, 256, shape).astype(dtype)


def lazily(data, chunks=UNEVEN):
    return dask.array.from_array(data, chunks=(*chunks, *data.shape[2:]))


def pyramid(data):
    return [data[::step, ::step] for step in (1, 2, 4)]


def cluster(viewer, source, n_clusters=3, selection=None, channels_as="mix", **options):
    pixels = read_source(source, selection or PixelSelection())
    segmentation = finish(pixels.segment_steps(Settings(n_clusters)))
    return show_segmentation(
        viewer, source, segmentation, pixels=pixels, channels_as=channels_as, **options
    )


def levels_in(layer):
    """Give the pixels of all levels of a layer."""
    every = layer.data if layer.multiscale else [layer.data]
    return [np.asarray(level) for level in every]


KINDS = {
    "dask": (lazily, {}),
    "levels": (pyramid, {"multiscale": True}),
    "dask levels": (
        lambda data: list(map(lazily, pyramid(data))),
        {"multiscale": True},
    ),
    "mixed levels": (
        lambda data: [lazily(data), *pyramid(data)[1:]],
        {"multiscale": True},
    ),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def add(viewer, data, kind, **options):
    make, how = kind
    return viewer.add_image(make(data), rgb=data.ndim == 3, **how, **options)


def assert_alike(computed, eager):
    """Every level looks as it does when all is in memory."""
    pairs = [
        (computed.recolored, eager.recolored),
        (computed.labels, eager.labels),
    ]
    for layer, expected in pairs:
        for number, level in enumerate(levels_in(layer)):
            step = 2**number
            npt.assert_array_equal(level, expected.data[::step, ::step])
            assert level.dtype == expected.data.dtype
    assert computed.segments.map == eager.segments.map
    for segment_ in computed.segments.map:
        npt.assert_array_equal(
            computed.labels.colormap.map(segment_.value),
            eager.labels.colormap.map(segment_.value),
        )


@pytest.fixture
def pair(viewer, kind):
    """The same picture clustered as it is looked at, and in memory."""
    computed = add(viewer, picture(), kind, name="stain")
    eager = viewer.add_image(picture(), name="in memory")
    return cluster(viewer, computed), cluster(viewer, eager)


ACTS = {
    "nothing": lambda clustering: None,
    "merge": lambda clustering: clustering.segments.merge([1, 3]),
    "hide": lambda clustering: clustering.segments.set_visible([2], False),
    "rename": lambda clustering: clustering.segments.rename(2, "nuclei"),
    "colour": lambda clustering: clustering.segments.set_color(2, (1, 0, 0)),
    "original": lambda clustering: setattr(clustering, "show_as", "original"),
    "palette": lambda clustering: setattr(clustering, "show_as", "palette"),
    "transparent": lambda clustering: setattr(clustering, "hidden_as", "transparent"),
    "rerun": lambda clustering: cluster(clustering.viewer, clustering.source, 4),
}


@pytest.mark.parametrize("act", ACTS)
def test_acts_look_as_in_memory_and_so_does_their_undo(pair, act):
    for clustering in pair:
        clustering.segments.set_visible([1], False)
        ACTS[act](clustering)
    assert_alike(*pair)
    for clustering in pair:
        clustering.segments.undo()
    assert_alike(*pair)
    for clustering in pair:
        clustering.segments.redo()
    assert_alike(*pair)


def test_outputs_lie_over_the_source_at_every_level(viewer):
    source = viewer.add_image(
        pyramid(picture()), scale=(0.5, 2), translate=(3, 4), rotate=30, rgb=True
    )
    clustering = cluster(viewer, source)
    for layer in (clustering.recolored, clustering.labels):
        npt.assert_array_equal(layer.downsample_factors, source.downsample_factors)
        for level in range(3):
            corner = (1, 2) * source.downsample_factors[level][:2]
            npt.assert_allclose(
                layer.data_to_world(corner), source.data_to_world(corner)
            )
        npt.assert_allclose(layer.extent.world, source.extent.world)


def test_pyramid_is_fitted_as_in_python(viewer):
    data, region = pyramid(picture()), Slices(((0, 4, 20),))
    source = viewer.add_image(data, rgb=True)
    for label_all in (False, True):
        clustering = cluster(viewer, source, 4, PixelSelection(region, label_all))
        mask = np.zeros((32, 48), bool)
        mask[4:21] = True
        expected = segment_levels(
            data, 4, channel_axis=-1, mask=mask, label_all=label_all
        )
        for level, labels in zip(
            levels_of(clustering.segments.labels), expected.labels, strict=True
        ):
            npt.assert_array_equal(np.asarray(level), labels)


def test_levels_have_one_model_for_all_slices(viewer):
    source = viewer.add_image(pyramid(picture((32, 48, 20))), rgb=False, name="deep")
    with pytest.raises(ValueError, match="'deep' is a pyramid, which has one"):
        cluster(viewer, source, selection=PixelSelection(slice_axis=0))


def test_lazy_slices_may_each_have_a_model(viewer):
    film = picture((3, 20, 24))
    source = viewer.add_image(dask.array.from_array(film, chunks=(1, 9, 24)))
    clustering = cluster(viewer, source, selection=PixelSelection(slice_axis=0))
    npt.assert_array_equal(
        np.asarray(clustering.labels.data), segment(film, 3, slice_axis=0).labels
    )


def test_zarr_on_disk(viewer, tmp_path):
    data = picture((6, 30, 40), np.uint16)
    store = zarr.create_array(
        str(tmp_path / "a.zarr"), shape=data.shape, dtype="u2", chunks=(1, 16, 16)
    )
    store[:] = data
    clustering = cluster(viewer, viewer.add_image(store, contrast_limits=(0, 256)))
    npt.assert_array_equal(np.asarray(clustering.labels.data), segment(data, 3).labels)
    npt.assert_array_equal(
        np.asarray(clustering.recolored.data), segment(data, 3).recolored
    )


@pytest.mark.parametrize("make", [lazily, pyramid])
@pytest.mark.parametrize("show", ["mean", "original", "palette"])
@pytest.mark.parametrize("channels_as", ["mix", "channels"])
def test_channels_are_mixed_or_shown_one_by_one(viewer, make, show, channels_as):
    stack = picture((3, 32, 48), np.uint16)
    sources = []
    for data in ([make(one) for one in stack], list(stack)):
        layers = [
            viewer.add_image(one, contrast_limits=(0, 256), colormap=color)
            for one, color in zip(data, ("red", "green", "blue"), strict=True)
        ]
        sources.append(Sources(tuple(layers)))
    computed, eager = (cluster(viewer, one, channels_as=channels_as) for one in sources)
    for clustering in (computed, eager):
        clustering.set_look(show_as=show)
        clustering.segments.set_visible([2], False)
    assert_alike(computed, eager)
    n_layers = 3 if channels_as == "channels" and show != "palette" else 1
    assert len(computed.output_layers()) == len(eager.output_layers()) == n_layers + 1


def test_channel_axis_of_a_lazy_layer(viewer):
    data = picture((20, 2, 24))
    source = viewer.add_image(dask.array.from_array(data, chunks=(9, 1, 9)))
    clustering = cluster(viewer, Sources((source,), 1))
    expected = segment(data, 3, channel_axis=1).labels
    assert clustering.labels.data.shape == (20, 1, 24)
    npt.assert_array_equal(np.asarray(clustering.labels.data)[:, 0], expected)


# Only what is looked at


@pytest.mark.usefixtures("no_cache")
def test_only_what_is_looked_at_is_computed(viewer, new_store):
    store = new_store(picture((8, 30, 40)), (1, 15, 20))
    source = viewer.add_image(store.dask(), contrast_limits=(0, 255))
    viewer.dims.set_current_step(0, 0)
    pixels = read_source(source)
    segmentation = finish(pixels.segment_steps(Settings(3)))
    shown = {(0, row, column) for row in range(2) for column in range(2)}
    store.read.clear()
    clustering = show_segmentation(viewer, source, segmentation, pixels=pixels)
    assert set(store.read) == shown
    store.read.clear()
    clustering.segments.rename(2, "nuclei")
    assert not store.read
    clustering.segments.set_visible([2], False)
    clustering.segments.set_color(2, (1, 0, 0))
    clustering.segments.merge([1, 3])
    assert set(store.read) == shown


@pytest.mark.usefixtures("no_cache")
def test_only_the_level_that_is_looked_at_is_computed(viewer, new_store):
    stores = [new_store(level, (16, 16)) for level in pyramid(picture((64, 64)))]
    source = viewer.add_image(
        [store.dask() for store in stores],
        multiscale=True,
        contrast_limits=(0, 255),
    )
    pixels = read_source(source)
    segmentation = finish(pixels.segment_steps(Settings(3)))
    for store in stores:
        store.read.clear()
    show_segmentation(viewer, source, segmentation, pixels=pixels)
    assert [bool(store.read) for store in stores] == [False, False, True]


def test_painting_is_not_possible(viewer, kind):
    clustering = cluster(viewer, add(viewer, picture(), kind))
    assert not clustering.labels.editable
    clustering.segments.merge([1, 2])
    clustering.segments.undo()
    assert not clustering.labels.editable
    assert clustering.edited_labels is None
    assert not clustering.take_paint()
    with pytest.raises(ValueError, match="write them to zarr to edit them"):
        clustering.segments.split(2, 2, clustering.image)


# Layers and sources that change


def test_deleted_layers_come_back(viewer, kind):
    clustering = cluster(viewer, add(viewer, picture(), kind))
    clustering.segments.set_visible([2], False)
    before = [levels_in(layer) for layer in clustering.output_layers()]
    for layer in clustering.output_layers():
        viewer.layers.remove(layer)
    clustering.segments.rename(1, "still here")
    clustering.add_missing_layers()
    after = [levels_in(layer) for layer in clustering.output_layers()]
    for one, other in zip(before, after, strict=True):
        for level, same in zip(one, other, strict=True):
            npt.assert_array_equal(level, same)
    assert not clustering.labels.editable


@pytest.mark.parametrize("back", [False, True])
def test_source_in_memory_becomes_lazy_or_the_reverse(viewer, back):
    data = [picture((20, 24)), lazily(picture((20, 24)))]
    if back:
        data.reverse()
    source = viewer.add_image(data[0], contrast_limits=(0, 255))
    first = cluster(viewer, source)
    layers = first.output_layers()
    source.data = data[1]
    second = cluster(viewer, source)
    assert second.output_layers() == layers
    assert second.labels.editable == back
    expected = segment(picture((20, 24)), 3)
    npt.assert_array_equal(np.asarray(second.labels.data), expected.labels)
    npt.assert_array_equal(np.asarray(second.recolored.data), expected.recolored)


def test_layers_are_exchanged_where_levels_take_the_place_of_one(viewer):
    source = viewer.add_image(lazily(picture()), rgb=True, name="stain")
    clustering = cluster(viewer, source)
    clustering.labels.opacity = 0.25
    pixels = read_source(Image(pyramid(picture()), rgb=True))
    segmentation = finish(pixels.segment_steps(Settings(3)))
    told = []
    pixels = replace(pixels, sources=Sources((source,)))
    levels = show_segmentation(viewer, source, segmentation, pixels=pixels)
    levels.layers_changed.connect(lambda: told.append(1))
    assert [layer.name for layer in viewer.layers] == [
        "stain",
        "stain k-means",
        "stain segments",
    ]
    assert levels.labels.multiscale
    assert levels.recolored.multiscale
    assert levels.labels.opacity == 0.25
    levels.segments.merge([1, 2])
    assert set(np.unique(np.asarray(levels.labels.data[0]))) == set(
        levels.segments.map.values
    )


def test_edits_that_fit_no_lazy_result_stay_in_their_layers(viewer):
    source = viewer.add_image(picture((20, 24)))
    painted = cluster(viewer, source)
    painted.labels.paint((10, 10), 2)
    kept = painted.labels.data.copy()
    source.data = lazily(picture((20, 24)))
    lazy = cluster(viewer, source, keep_edits=True)
    assert lazy is not painted
    npt.assert_array_equal(painted.labels.data, kept)
    assert len(viewer.layers) == 5


def test_another_image_that_is_lazy_has_names_of_its_own(viewer):
    first = cluster(viewer, viewer.add_image(picture((20, 24))))
    first.segments.rename(2, "nuclei")
    second = cluster(viewer, viewer.add_image(lazily(picture((20, 24)))))
    assert second.segments.map[2].name == "Segment 2"


def test_names_carry_over_to_another_run_on_a_lazy_image(viewer):
    source = viewer.add_image(lazily(picture((20, 24))))
    cluster(viewer, source).segments.rename(2, "nuclei")
    assert cluster(viewer, source).segments.map[2].name == "nuclei"


def test_chunks_of_unknown_size_are_explained(viewer):
    data = dask.array.from_array(picture((20, 24)), chunks=5)
    unknown = data[data[:, 0] >= 0]
    with pytest.warns(RuntimeWarning, match="invalid value"):  # napari's own
        source = viewer.add_image(unknown, name="part", contrast_limits=(0, 255))
    message = "'part' has chunks of unknown size.*compute_chunk_sizes"
    with pytest.raises(ValueError, match=message):
        read_source(source)
    assert Sources((source,)).shape == (1, 24)
    assert possible_channel_axes(source) == ()


@pytest.mark.usefixtures("no_cache")
def test_a_block_that_cannot_be_read_breaks_nothing(viewer, new_store):
    store = new_store(picture((4, 30, 40)), (1, 30, 40))
    source = viewer.add_image(store.dask(), contrast_limits=(0, 255))
    clustering = cluster(viewer, source)
    viewer.dims.set_current_step(0, 0)
    source.visible = False
    store.broken = {(3, 0, 0)}
    with pytest.raises(OSError, match="disk is gone"):
        viewer.dims.set_current_step(0, 3)
    store.broken = ()
    viewer.dims.set_current_step(0, 1)
    clustering.segments.merge([1, 2])
    npt.assert_array_equal(
        np.unique(np.asarray(clustering.labels.data)), clustering.segments.map.values
    )


def test_source_of_a_pyramid_has_the_finest_shape():
    layer = Image(pyramid(picture()), rgb=True)
    assert Sources((layer,)).shape == (32, 48)


def test_a_block_that_cannot_be_computed_is_told_of_in_its_own_words(viewer):
    is_damaged = []

    def look(block):
        if is_damaged:
            raise OSError("chunk 0/1 is damaged")
        return block

    data = lazily(picture((32, 48))).map_blocks(look, dtype="u1", meta=np.empty((0, 0)))
    layer = viewer.add_image(data, contrast_limits=(0, 255))
    clustering = cluster(viewer, layer)
    is_damaged.append(True)
    with pytest.raises(OSError, match=r"^chunk 0/1 is damaged$"):
        clustering.segments.set_visible([1], False)
    assert clustering.segments.history.undo_name == "Hide 1"
