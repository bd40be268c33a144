"""What cannot be read is named; chunks of any size are read alike."""

import re

import dask
import dask.array as da
import numpy as np
import pytest
import zarr
from skimage import data

from napari_kmeans import KMeansModel, segment, segment_levels
from napari_kmeans.core.lazy.chunks import ChunkError
from napari_kmeans.io.ome_zarr import open_ome_zarr, write_ome_zarr


@pytest.fixture(scope="module")
def tissue():
    return data.immunohistochemistry()


def on_disk(path, image, zarr_format):
    """Write an image to disk, in chunks of which each is read by itself."""
    array = zarr.create_array(
        path,
        shape=image.shape,
        chunks=(1024, 700),
        dtype=image.dtype,
        zarr_format=zarr_format,
    )
    array[:] = image
    return array


def chunk_file(path, zarr_format):
    return path / {2: "1.2", 3: "c/1/2"}[zarr_format]


def damage(file, how):
    kept = file.read_bytes()
    file.write_bytes(kept[: len(kept) // 2] if how == "cut short" else b"?" * len(kept))
    return kept


@pytest.mark.parametrize("scheduler", ["threads", "synchronous"])
@pytest.mark.parametrize("how", ["cut short", "overwritten"])
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_damaged_chunk_is_named_with_its_file(zarr_format, how, scheduler, tmp_path):
    random = np.random.default_rng(0)
    image = random.integers(0, 999, (2000, 2100), np.uint16)
    path = tmp_path / "image.zarr"
    array = on_disk(path, image, zarr_format)
    kept = damage(chunk_file(path, zarr_format), how)
    wanted = r"Chunk \(1, 2\) of the image, \[1024:2000, 1400:2100\].*/image\.zarr: "
    with dask.config.set(scheduler=scheduler):
        for lazy in (array, da.from_zarr(path)):
            with pytest.raises(ChunkError, match=wanted):
                segment(lazy, 2)
    chunk_file(path, zarr_format).write_bytes(kept)
    assert segment(array, 2).model == segment(image, 2).model


@pytest.mark.parametrize("n_channels", [1, 3])
def test_a_damaged_chunk_is_named_also_where_many_are_read_at_once(
    n_channels, tmp_path
):
    image = np.random.default_rng(0).integers(0, 99, (500, 700, n_channels), np.uint8)
    path = tmp_path / "image.zarr"
    array = zarr.create_array(path, data=image, chunks=(100, 200, 1))
    damage(path / f"c/1/3/{n_channels - 1}", "cut short")
    ranges = rf"\[100:200, 600:700, {n_channels - 1}:{n_channels}\]"
    wanted = rf"Chunk \(1, 3, {n_channels - 1}\) of the image, {ranges}.*/image\.zarr: "
    with pytest.raises(ChunkError, match=wanted):
        segment(array, 2, channel_axis=-1)


@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_a_region_without_the_damaged_chunk_is_clustered(dtype, tmp_path):
    image = np.random.default_rng(0).integers(0, 999, (2000, 2100)).astype(dtype)
    array = on_disk(tmp_path / "image.zarr", image, 3)
    damage(chunk_file(tmp_path / "image.zarr", 3), "cut short")
    mask = np.zeros(image.shape, bool)
    mask[:1024] = True
    model = KMeansModel.fit(array, 2, mask=mask)
    memory = KMeansModel.fit(image, 2, mask=mask)
    assert model.counts.sum() == memory.counts.sum() == 1024 * 2100
    assert model.inertia <= 1.001 * memory.inertia


def test_an_image_of_ome_zarr_as_its_reader_gives_it(tissue, tmp_path):
    # A pyramid of dask arrays, of which each level is an array of one group.
    group = zarr.create_group(tmp_path / "image.zarr")
    levels = []
    for number, step in enumerate((1, 2)):
        level = tissue[::step, ::step].transpose(2, 0, 1)
        chunks = {"shape": level.shape, "chunks": (1, 64, 64)}
        group.create_array(str(number), dtype="u1", **chunks)[:] = level
        levels.append(da.from_zarr(tmp_path / "image.zarr", component=str(number)))
    result = segment_levels(levels, 3, channel_axis=0)
    memory = segment(tissue, 3, channel_axis=-1)
    np.testing.assert_array_equal(result.labels[0].compute(), memory.labels)
    damaged = tmp_path / "image.zarr" / "0" / "c" / "1" / "3" / "4"
    damage(damaged, "overwritten")
    wanted = r"Chunk \(1, 3, 4\) of the image.*/image\.zarr/0: "
    with pytest.raises(ChunkError, match=wanted):
        segment_levels(levels, 3, channel_axis=0)


def test_a_block_that_raises_is_named(tissue):
    def fail(block, block_info=None):
        if block_info[0]["chunk-location"] == (2, 1, 0):
            raise ValueError("no such tile")
        return block

    image = da.from_array(tissue, chunks=(128, 256, 3))
    image = image.map_blocks(fail, dtype="u1", meta=np.empty((0, 0, 0), "u1"))
    wanted = (
        r"Chunk \(2, 1, 0\) of the image, \[256:384, 256:512, 0:3\] along its axes, "
        r"could not be read: ValueError: no such tile\. Check that the file is complete"
    )
    with pytest.raises(ChunkError, match=wanted):
        segment(image, 3, channel_axis=-1)
    with pytest.raises(ChunkError, match=r"Chunk \(2, 1, 0\)"):
        segment(image.astype("f4"), 3, channel_axis=-1)


def test_what_is_read_at_the_second_try_is_counted_once():
    image = np.random.default_rng(0).integers(0, 99, (256, 8), np.uint8)
    failed = []

    def fail_once(block, block_info=None):
        number = block_info[0]["chunk-location"][0]
        if number % 4 == 1 and number not in failed:  # the second of each task
            failed.append(number)
            raise OSError("not there yet")
        return block

    lazy = da.from_array(image, chunks=(1, 8))
    lazy = lazy.map_blocks(fail_once, dtype=image.dtype, meta=np.empty((0, 0), "u1"))
    with dask.config.set(scheduler="threads", num_workers=2):
        assert segment(lazy, 4).model == segment(image, 4).model
    assert len(failed) == 64


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_nothing_half_written_is_left_where_the_result_goes(zarr_format, tmp_path):
    random = np.random.default_rng(0)
    image = random.integers(0, 999, (2000, 2100), np.uint16)
    source = tmp_path / "image.zarr"
    array = on_disk(source, image, zarr_format)
    result = segment(array, 3)
    kept = damage(chunk_file(source, zarr_format), "cut short")
    path = tmp_path / "out.zarr"
    with pytest.raises(ChunkError, match=re.escape("Chunk (1, 2)")):
        write_ome_zarr(path, result.labels, result.recolored)
    assert not path.exists()
    assert (tmp_path / "out.zarr.partial").is_dir()
    chunk_file(source, zarr_format).write_bytes(kept)
    written = write_ome_zarr(path, result.labels, result.recolored)
    assert 0 < written.n_there < written.n_blocks
    assert not (tmp_path / "out.zarr.partial").exists()
    memory = segment(image, 3)
    found = open_ome_zarr(path)
    np.testing.assert_array_equal(found.labels[0][:], memory.labels)
    np.testing.assert_array_equal(found.recolored[0], memory.recolored)


def test_chunks_of_any_size_give_the_same_labels(tissue):
    memory = segment(tissue, 4, channel_axis=-1)
    for chunks in (
        ((1, 500, 11), (300, 212), (3,)),
        ((512,), (7, 5, 250, 250), (1, 2)),
    ):
        lazy = segment(da.from_array(tissue, chunks=chunks), 4, channel_axis=-1)
        assert lazy.model == memory.model
        np.testing.assert_array_equal(lazy.labels.compute(), memory.labels)


def test_uneven_chunks_are_written_too(tissue, tmp_path):
    image = da.from_array(tissue, chunks=((100, 400, 12), (300, 212), (1, 2)))
    lazy = segment(image, 4, channel_axis=-1)
    write_ome_zarr(tmp_path / "out.zarr", lazy.labels, lazy.recolored, channel_axis=-1)
    found = open_ome_zarr(tmp_path / "out.zarr")
    memory = segment(tissue, 4, channel_axis=-1)
    np.testing.assert_array_equal(found.labels[0][:], memory.labels)
    np.testing.assert_array_equal(found.recolored[0], memory.recolored)
