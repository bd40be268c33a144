"""Pixels of up to 24 bits: the same result as in memory, bit for bit."""

import dask.array as da
import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from napari_kmeans import KMeansModel, segment

KINDS = [("u1", None), ("u2", None), ("i2", None), ("i1", None), ("bool", None)]
KINDS += [("u1", 2), ("u1", 3), ("bool", 3), ("i1", 3), (">u2", None)]


def same(lazy, memory):
    """Compare all that a segmentation has."""
    assert isinstance(lazy.labels, da.Array)
    assert lazy.labels.dtype == memory.labels.dtype
    assert lazy.recolored.dtype == memory.recolored.dtype
    np.testing.assert_array_equal(lazy.labels.compute(), memory.labels)
    np.testing.assert_array_equal(lazy.recolored.compute(), memory.recolored)
    assert lazy.model == memory.model


def drawn_chunks(data, shape):
    """Draw chunks of any size along each axis."""
    return tuple(
        tuple(
            np.diff(
                [0, *sorted(data.draw(st.sets(st.integers(1, n - 1)))), n]
                if n > 1
                else [0, n]
            ).tolist()
        )
        for n in shape
    )


@pytest.mark.parametrize(("dtype", "n_channels"), KINDS)
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_any_image_in_any_chunks(dtype, n_channels, data):
    space = data.draw(stn.array_shapes(min_dims=1, max_dims=3, max_side=6))
    axis = None if n_channels is None else data.draw(st.integers(0, len(space)))
    shape = space if axis is None else (*space[:axis], n_channels, *space[axis:])
    image = data.draw(stn.arrays(dtype, shape))
    n_clusters = min(data.draw(st.integers(1, 4)), int(np.prod(space)))
    chunks = drawn_chunks(data, shape)
    memory = segment(image, n_clusters, channel_axis=axis)
    lazy = da.from_array(image, chunks=chunks)
    same(segment(lazy, n_clusters, channel_axis=axis), memory)


@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_alpha_and_mask_in_any_chunks(data):
    image = data.draw(stn.arrays("u1", (5, 7, 4), elements=st.integers(0, 3)))
    mask = data.draw(stn.arrays("bool", (5, 7)))
    image[2, 3], mask[2, 3] = 1, True  # one pixel to cluster, at least
    memory = segment(image, 1, channel_axis=-1, mask=mask)
    lazy = da.from_array(image, chunks=drawn_chunks(data, image.shape))
    masks = mask, da.from_array(mask, chunks=drawn_chunks(data, mask.shape))
    for given_mask in masks:
        same(segment(lazy, 1, channel_axis=-1, mask=given_mask), memory)


@pytest.fixture(scope="module")
def photograph():
    from skimage.data import immunohistochemistry

    return immunohistochemistry()


@pytest.mark.parametrize("space", ["rgb", "lab", "hsv", "grey"])
@pytest.mark.parametrize("scaling", ["none", "standardize", "percentile"])
def test_every_feature_space(photograph, space, scaling):
    choices = {"channel_axis": -1, "color_space": space, "scaling": scaling}
    image = photograph[::2, ::2]
    memory = segment(image, 4, **choices)
    same(segment(da.from_array(image, chunks=(100, 90, 1)), 4, **choices), memory)


def test_label_all_labels_what_the_mask_leaves_out(photograph):
    mask = np.zeros(photograph.shape[:2], bool)
    mask[100:200, 50:90] = True
    image = da.from_array(photograph, chunks=(128, 128, 3))
    for label_all in (False, True):
        choices = {"channel_axis": -1, "mask": mask, "label_all": label_all}
        same(segment(image, 3, **choices), segment(photograph, 3, **choices))


def test_chunks_without_a_pixel_of_the_mask_are_not_read(photograph):
    read = []

    def reading(block, block_info=None):
        read.append(block_info[0]["chunk-location"])
        return block

    image = da.from_array(photograph, chunks=(128, 128, 3))
    image = image.map_blocks(reading, dtype="u1", meta=np.empty((0, 0, 0), "u1"))
    mask = np.zeros(photograph.shape[:2], bool)
    mask[130:140, 10:20] = True
    model = KMeansModel.fit(image, 2, channel_axis=-1, mask=mask)
    assert set(read) == {(1, 0, 0)}
    memory = KMeansModel.fit(photograph, 2, channel_axis=-1, mask=mask)
    assert model == memory


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_zarr_on_disk(photograph, zarr_format, tmp_path):
    array = zarr.create_array(
        tmp_path / "image.zarr",
        shape=photograph.shape,
        chunks=(200, 100, 3),
        dtype="u1",
        zarr_format=zarr_format,
    )
    array[:] = photograph
    memory = segment(photograph, 5, channel_axis=-1)
    same(segment(array, 5, channel_axis=-1), memory)
    same(segment(da.from_zarr(array), 5, channel_axis=-1), memory)
    labels = memory.model.predict(array)
    np.testing.assert_array_equal(labels.compute(), memory.labels)
    recolored = memory.model.recolor(labels)
    np.testing.assert_array_equal(recolored.compute(), memory.recolored)


def test_many_chunks_of_many_values():
    image = np.random.default_rng(0).integers(0, 256, (700, 900, 3), np.uint8)
    memory = segment(image, 3, channel_axis=-1)
    same(segment(da.from_array(image, chunks=(64, 64, 3)), 3, channel_axis=-1), memory)


def test_only_what_is_looked_at_is_computed(photograph):
    read = []

    def reading(block, block_info=None):
        read.append(block_info[0]["chunk-location"])
        return block

    image = da.from_array(photograph, chunks=(128, 128, 3))
    image = image.map_blocks(reading, dtype="u1", meta=np.empty((0, 0, 0), "u1"))
    result = segment(image, 3, channel_axis=-1)
    assert len(read) == 16
    assert result.labels.chunks == image.chunks[:2]
    read.clear()
    result.labels[:100, 300].compute()
    assert read == [(0, 2, 0)]


def test_the_table_is_not_in_the_graph(photograph):
    import cloudpickle

    image = da.from_array(photograph, chunks=(512, 64, 3))
    labels = segment(image, 3, channel_axis=-1).labels
    graph = len(cloudpickle.dumps(dict(labels.__dask_graph__())))
    assert graph < photograph.nbytes + 200_000
