import dask.array
import numpy as np
import numpy.testing as npt
import pytest
from napari.layers import Image

from napari_kmeans.core.kept import Kept
from napari_kmeans.core.memory import estimate_memory
from napari_kmeans.core.progress import finish
from napari_kmeans.core.segmentation import segment
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.region import Slices
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import (
    PixelSelection,
    memory_to_segment,
    read_source,
)


@pytest.mark.parametrize(
    ("shape", "rgb", "channel_axis", "alpha"),
    [
        ((6, 5), False, None, False),
        ((6, 5, 3), True, -1, False),
        ((6, 5, 4), True, -1, True),
        ((6, 5, 3), False, None, False),
        ((6, 5, 4), False, None, False),
        ((4, 6, 5, 3), True, -1, False),
    ],
)
def test_rgb_flag_of_the_layer_tells_the_channels(shape, rgb, channel_axis, alpha):
    layer = Image(np.zeros(shape, np.uint8), rgb=rgb)
    source = read_source(layer)
    assert (source.channel_axis, source.alpha) == (channel_axis, alpha)


@pytest.mark.parametrize("lazy", [False, True])
def test_segments_have_the_spatial_shape(lazy):
    pixels = np.random.default_rng(0).integers(0, 255, (4, 6, 5, 3)).astype(np.uint8)
    data = dask.array.from_array(pixels, chunks=2) if lazy else pixels
    source = read_source(Image(data, rgb=True))
    segmentation = finish(source.segment_steps(Settings(n_clusters=3)))
    assert segmentation.labels.shape == (4, 6, 5)
    assert segmentation.recolored is None  # the layers draw it, once


def test_finest_level_of_a_pyramid_is_read():
    fine = np.arange(64, dtype=np.uint8).reshape(8, 8)
    source = read_source(Image([fine, fine[::2, ::2]], multiscale=True))
    assert np.asarray(source.image).shape == (8, 8)


# What is left out

VALUES = np.random.default_rng(0).integers(0, 256, (20, 24)).astype(np.uint8)


def labels_of(data, choice, settings=None, **options):
    pixels = read_source(Image(data, **options), choice)
    steps = pixels.segment_steps(settings or Settings(n_clusters=3))
    return finish(steps).labels, pixels


@pytest.mark.parametrize("label_all", [False, True])
def test_region_is_fitted_as_with_the_mask_in_python(label_all):
    region = Slices(((0, 3, 9),))
    labels, pixels = labels_of(VALUES, PixelSelection(region, label_all=label_all))
    mask = np.zeros(VALUES.shape, bool)
    mask[3:10] = True
    expected = segment(VALUES, 3, mask=mask, label_all=label_all)
    npt.assert_array_equal(labels, expected.labels)
    assert (labels[~mask] > 0).all() == label_all
    assert pixels.n_outside_region() == (~mask).sum()


def test_background_and_saturated_values_are_left_out():
    data = VALUES.copy()
    data[:2], data[2:4] = 0, 255
    labels, _ = labels_of(data, PixelSelection(background=0, saturated=True))
    npt.assert_array_equal(labels > 0, (data != 0) & (data != 255))


def test_channels_are_saturated_at_the_largest_value_of_their_own_type():
    bytes_, words = VALUES.copy(), VALUES.astype(np.uint16)
    bytes_[0], words[1], words[2] = 255, 65_535, 255
    ratio = np.ones(VALUES.shape, np.float32)
    sources = Sources(tuple(map(Image, (bytes_, words, ratio))))
    mask = read_source(sources, PixelSelection(saturated=True)).mask
    npt.assert_array_equal(~mask, (bytes_ == 255) | (words == 65_535))


def test_floats_cannot_be_saturated():
    with pytest.raises(TypeError, match="no value means saturated"):
        labels_of(VALUES.astype(np.float32), PixelSelection(saturated=True))


def test_region_and_values_are_left_out_together():
    data = VALUES.copy()
    data[3:5] = 0
    labels, pixels = labels_of(data, PixelSelection(Slices(((0, 3, 9),)), background=0))
    inside = np.zeros(data.shape, bool)
    inside[5:10] = True
    npt.assert_array_equal(labels > 0, inside & (data != 0))
    assert pixels.n_outside_region() == VALUES.size - 7 * 24


def test_alpha_is_no_value_that_can_be_background():
    data = np.dstack([VALUES, VALUES, VALUES, np.full_like(VALUES, 255)])
    data[0, :, :3], data[1, :, 3] = 0, 0
    labels, _ = labels_of(data, PixelSelection(background=0), rgb=True)
    npt.assert_array_equal(
        labels > 0, (data[..., :3] != 0).all(-1) & (data[..., 3] > 0)
    )


def test_nan_is_always_left_out():
    data = VALUES.astype(np.float32)
    data[:4] = np.nan
    whole, _ = labels_of(data, PixelSelection(), contrast_limits=(0, 255))
    npt.assert_array_equal(whole > 0, ~np.isnan(data))
    region = PixelSelection(Slices(((0, 2, 9),)), label_all=True)
    labels, _ = labels_of(data, region, contrast_limits=(0, 255))
    npt.assert_array_equal(labels > 0, ~np.isnan(data))


def test_values_of_a_lazy_layer_are_not_looked_at_before_they_are_needed():
    lazy = dask.array.from_array(VALUES, chunks=10)
    pixels = read_source(Image(lazy), PixelSelection(background=0))
    assert hasattr(pixels.mask, "dask")
    npt.assert_array_equal(np.asarray(pixels.mask), VALUES != 0)


def test_a_film_that_fades_has_a_model_a_frame_by_choice():
    frame = VALUES.astype(np.float32) + 50
    film = np.stack([frame * fade for fade in (1, 0.8, 0.5, 0.3)])
    one, _ = labels_of(film, PixelSelection(), contrast_limits=(0, 400))
    each, _ = labels_of(film, PixelSelection(slice_axis=0), contrast_limits=(0, 400))
    for labels in each[1:]:
        assert np.mean(labels == each[0]) > 0.999
    assert np.mean(one[3] == one[0]) < 0.5


def test_five_channels_of_16_bits_in_a_region_with_weights_as_in_python():
    rng = np.random.default_rng(1)
    data = rng.integers(0, 65_536, (5, 20, 24)).astype(np.uint16)
    sources = Sources(tuple(Image(one) for one in data))
    weights, scalings = (1, 2, 0.5, 0, 1), ("standardize",) * 3 + ("none", "percentile")
    settings = Settings(4, channel_weights=weights, scaling=scalings)
    pixels = read_source(sources, PixelSelection(Slices(((1, 5, 20),)), label_all=True))
    labels = finish(pixels.segment_steps(settings)).labels
    mask = np.zeros((20, 24), bool)
    mask[:, 5:21] = True
    expected = segment(
        data,
        4,
        channel_axis=0,
        mask=mask,
        label_all=True,
        channel_weights=weights,
        scaling=scalings,
    )
    npt.assert_array_equal(labels, expected.labels)


class Labelled:
    """An array with names of its axes, as xarray has: it wraps another."""

    def __init__(self, data):
        self.data, self.chunks = data, getattr(data, "chunks", None)
        self.shape, self.dtype, self.ndim = data.shape, data.dtype, data.ndim

    def __getitem__(self, index):
        return self.data[index]

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.data, dtype)


def test_a_labelled_array_is_lazy_only_if_what_it_wraps_is():
    limits = {"contrast_limits": (0, 255)}
    in_memory = read_source(Image(Labelled(VALUES), **limits))
    assert not in_memory.is_lazy
    assert isinstance(in_memory.image, np.ndarray)
    lazy = dask.array.from_array(VALUES, chunks=(7, 7))
    assert read_source(Image(Labelled(lazy), **limits)).is_lazy


# The memory that it takes

SETTINGS = Settings(4)


def picture(shape):
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def test_more_than_what_is_needed_for_the_fit():
    shape = (300, 400)
    needed = memory_to_segment(
        read_source(Image(np.zeros((*shape, 3), "u1"))), SETTINGS
    )
    fitting = estimate_memory(shape, "u1", SETTINGS, n_channels=3, draw=False)
    assert needed == fitting + 300 * 400 * (2 + 3 + 3)


def test_one_picture_is_made_even_if_slices_are_fitted_one_by_one():
    film = Image(np.broadcast_to(np.uint8(0), (8, 300, 400)), contrast_limits=(0, 9))
    needed = memory_to_segment(
        read_source(film, PixelSelection(slice_axis=0)), SETTINGS
    )
    fitting = estimate_memory((1, 300, 400), "u1", SETTINGS, draw=False)
    copied, drawn, labels = 1, 1, 3
    assert needed == fitting + 8 * 300 * 400 * (copied + drawn + labels)


def test_stacked_channels_are_copied():
    data = np.zeros((300, 400), np.uint16)
    two = read_source(Sources((Image(data), Image(data))))
    last = estimate_memory(data.shape, "u2", SETTINGS, n_channels=2)
    assert memory_to_segment(two, SETTINGS) >= last + 2 * data.nbytes
    assert "levels" not in vars(two)  # nothing was stacked to find out


def test_lazy_layers_take_some_blocks_only():
    def needed(n_slices, slices_in_chunk):
        chunks = (slices_in_chunk, 1000, 1000)
        lazy = dask.array.zeros((n_slices, 1000, 1000), dtype="u1", chunks=chunks)
        source = read_source(Image(lazy, contrast_limits=(0, 255)))
        return memory_to_segment(source, SETTINGS)

    assert needed(4000, 4) == needed(40, 4) < 2**30
    assert needed(4000, 4000) > 4000 * 10**6


def test_on_a_cluster_blocks_take_memory_elsewhere(monkeypatch):
    monkeypatch.setattr(
        "napari_kmeans.layers.source_pixels.is_on_cluster", lambda: True
    )
    lazy = dask.array.zeros((40, 1000, 1000), dtype="u1", chunks=-1)
    source = read_source(Image(lazy, contrast_limits=(0, 255)))
    assert memory_to_segment(source, SETTINGS) == 0


def test_levels_and_slices_are_fitted_one_by_one():
    data = np.broadcast_to(np.float32(0), (64, 2000, 2000))
    whole = read_source(Image(data, contrast_limits=(0, 1)))
    levels = [data, data[:, ::2, ::2], data[:, ::4, ::4]]
    pyramid = read_source(Image(levels, contrast_limits=(0, 1)))
    each = read_source(
        Image(data, contrast_limits=(0, 1)), PixelSelection(slice_axis=0)
    )
    needed = memory_to_segment(whole, SETTINGS)
    assert memory_to_segment(pyramid, SETTINGS) < needed / 2
    assert memory_to_segment(each, SETTINGS) < needed / 2


@pytest.mark.parametrize(
    ("shape", "axis"), [((30, 40), None), ((30, 40, 3), -1), ((4, 30, 40), None)]
)
def test_out_of_core_gives_the_same_labels(shape, axis):
    data = picture(shape)
    pixels = read_source(Image(data, rgb=axis == -1)).out_of_core()
    assert pixels.is_lazy
    segmentation = finish(pixels.segment_steps(SETTINGS))
    expected = segment(data, 4, channel_axis=axis)
    assert hasattr(segmentation.labels, "dask")
    np.testing.assert_array_equal(np.asarray(segmentation.labels), expected.labels)


def test_blocks_suit_the_planes_that_are_looked_at():
    volume = read_source(Image(np.zeros((20, 1100, 1000), "u1"))).out_of_core()
    assert volume.image.chunks == ((1,) * 20, (1024, 76), (1000,))
    film = read_source(Image(np.zeros((200, 100, 100, 3), "u1"), rgb=True))
    assert film.out_of_core().image.chunks == ((104, 96), (100,), (100,), (3,))


# What is kept for the next run


@pytest.mark.parametrize("n_layers", [1, 3])
def test_pixels_that_changed_in_their_layer_are_read_again(n_layers):
    data = [np.roll(VALUES, n, axis=0) for n in range(n_layers)]
    sources, kept = Sources(tuple(map(Image, data))), Kept()

    def labels_and_image():
        pixels = read_source(sources, PixelSelection(background=7))
        return finish(pixels.segment_steps(Settings(3), kept)).labels, pixels.image

    labels, image = labels_and_image()
    again, same_image = labels_and_image()
    npt.assert_array_equal(again, labels)
    assert same_image is image
    data[0][:10] = 255 - data[0][:10]
    changed, other_image = labels_and_image()
    assert other_image is not image
    alone = read_source(sources, PixelSelection(background=7))
    npt.assert_array_equal(changed, finish(alone.segment_steps(Settings(3))).labels)
    assert (changed != labels).any()


@pytest.mark.parametrize("multiscale", [False, True])
def test_of_lazy_images_and_pyramids_nothing_is_kept(multiscale):
    data = dask.array.from_array(VALUES)
    source = Image(
        [data, data[::2, ::2]] if multiscale else data, multiscale=multiscale
    )
    kept = Kept()
    finish(read_source(source).segment_steps(Settings(3), kept))
    assert vars(kept) == vars(Kept())
