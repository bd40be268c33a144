import dask.array
import numpy as np
import pytest
from napari.layers import Image

from napari_kmeans.core.memory import estimate_memory
from napari_kmeans.core.progress import finish
from napari_kmeans.core.segmentation import segment
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.memory_needed import memory_to_segment
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import PixelSelection, read_source

SETTINGS = Settings(4)


def picture(shape):
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def test_more_than_what_is_needed_for_the_fit():
    shape = (300, 400)
    needed = memory_to_segment(
        read_source(Image(np.zeros((*shape, 3), "u1"))), SETTINGS
    )
    fitting = estimate_memory(shape, "u1", SETTINGS, n_channels=3)
    assert needed == fitting + 300 * 400 * (2 + 3 + 3)


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
        "napari_kmeans.layers.memory_needed.is_on_cluster", lambda: True
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
