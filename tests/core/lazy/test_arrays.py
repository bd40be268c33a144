"""Which arrays are lazy, and what is said of those that cannot be clustered."""

import subprocess
import sys

import dask.array as da
import numpy as np
import pytest
import zarr
from dask.callbacks import Callback

from napari_kmeans import KMeansModel, segment
from napari_kmeans.core.lazy.arrays import as_blocks, is_lazy


def test_what_is_lazy(tmp_path):
    array = zarr.create_array(tmp_path / "a.zarr", shape=(4, 4), dtype="u1")
    assert is_lazy(array)
    assert is_lazy(da.ones(3))
    assert not is_lazy(np.ones(3))
    assert not is_lazy([1, 2])
    assert not is_lazy(zarr.create_group(tmp_path / "g.zarr"))


class DataArray:
    """Stands for that of xarray, which may not be installed."""

    __module__ = "xarray.core.dataarray"

    def __init__(self, data):
        self.data = data
        self.shape, self.dtype, self.ndim = data.shape, data.dtype, data.ndim

    def __array__(self, dtype=None, copy=None):
        assert isinstance(self.data, np.ndarray), "all of it is read"
        return self.data


def test_a_labelled_array_is_as_lazy_as_what_is_in_it():
    values = np.arange(120, dtype="u2").reshape(10, 12)
    lazy = DataArray(da.from_array(values, chunks=5))
    result = segment(lazy, 3, mask=DataArray(da.from_array(values > 4)))
    expected = segment(DataArray(values), 3, mask=values > 4)
    assert isinstance(expected.labels, np.ndarray)
    assert isinstance(result.labels, da.Array)
    np.testing.assert_array_equal(result.labels.compute(), expected.labels)


def test_dask_is_not_imported_for_arrays_in_memory():
    code = (
        "import sys, numpy; from napari_kmeans import segment; "
        "segment(numpy.arange(9), 2); "
        "sys.exit(', '.join({'dask', 'zarr'} & set(sys.modules)) or None)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_chunks_are_refused_with_the_way_out():
    image = da.from_array(np.arange(100.0), chunks=10)
    image = image[image > 17]
    with pytest.raises(ValueError, match=r"compute_chunk_sizes\(\)"):
        segment(image, 2)
    image.compute_chunk_sizes()
    assert segment(image, 2).model.counts.sum() == 82


def test_what_cannot_be_clustered_is_refused_before_it_is_read():
    with pytest.raises(TypeError, match="complex"):
        KMeansModel.fit(da.ones((4, 4), dtype=complex), 2)
    with pytest.raises(ValueError, match="has no pixels"):
        KMeansModel.fit(da.ones((4, 0)), 2)
    with pytest.raises(ValueError, match="channel_axis is 5"):
        KMeansModel.fit(da.ones((4, 4)), 2, channel_axis=5)
    with pytest.raises(ValueError, match="channel_axis is None"):
        KMeansModel.fit(da.ones((4, 4)), 2, alpha=True)
    with pytest.raises(TypeError, match="mask has the type"):
        KMeansModel.fit(da.ones((4, 4)), 2, mask=np.ones((4, 4)))
    with pytest.raises(ValueError, match="mask has the shape"):
        KMeansModel.fit(da.ones((4, 4)), 2, mask=np.ones((3, 4), bool))


def test_a_model_refuses_another_kind_of_lazy_image():
    model = KMeansModel.fit(np.arange(9, dtype="u1"), 2)
    with pytest.raises(TypeError, match="fitted on uint8"):
        model.predict(da.ones((4, 4), dtype="u2"))
    with pytest.raises(ValueError, match="3 channels"):
        model.predict(da.ones((4, 4, 3), dtype="u1"), channel_axis=-1)
    with pytest.raises(ValueError, match="labels has the shape"):
        model.recolor(da.ones((4, 4), dtype="u1"), da.ones((4, 5), dtype="u1"))


def test_small_chunks_of_zarr_are_read_several_at_once(tmp_path):
    array = zarr.create_array(
        tmp_path / "a.zarr", shape=(2000, 2000), chunks=(50, 50), dtype="u1"
    )
    assert as_blocks(array).npartitions < 10
    large = zarr.create_array(
        tmp_path / "b.zarr", shape=(4000, 3000), chunks=(2000, 1500), dtype="u1"
    )
    assert as_blocks(large).chunks == ((2000, 2000), (1500, 1500))


@pytest.mark.parametrize("on_disk", [False, True])
def test_an_array_in_memory_or_mapped_goes_the_same_way(tmp_path, on_disk):
    image = np.random.default_rng(0).integers(0, 256, (900, 1000, 3), np.uint8)
    memory = segment(image, 4, channel_axis=-1)
    if on_disk:
        np.save(tmp_path / "image.npy", image)
        image = np.load(tmp_path / "image.npy", mmap_mode="r")
    blocks = as_blocks(image)
    lazy = segment(blocks, 4, channel_axis=-1)
    assert lazy.model == memory.model
    np.testing.assert_array_equal(lazy.labels.compute(), memory.labels)
    np.testing.assert_array_equal(lazy.recolored.compute(), memory.recolored)


def test_an_array_in_memory_is_read_where_it_is():
    image = np.zeros((50, 60), np.uint8)
    blocks = as_blocks(image)
    image[3, 4] = 7
    assert blocks[3, 4].compute() == 7


class Keeper(Callback):
    """Keeps what is computed, as napari's cache does."""

    def __init__(self):
        self.kept = []
        super().__init__(posttask=lambda key, *_: self.kept.append(key))


def test_a_cache_of_all_that_dask_computes_keeps_no_blocks():
    with Keeper() as keeper:
        before = set(Callback.active)
        segment(da.arange(1000, chunks=10), 2)
        assert set(Callback.active) == before
    assert not keeper.kept
