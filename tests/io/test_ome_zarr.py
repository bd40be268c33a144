"""Results on disk: whole, where they belong, and gone on with after an interruption."""

import json
import os
import signal
import subprocess
import sys
import time

import dask.array as da
import numpy as np
import pytest
import yaozarrs
import zarr
from skimage import data

from napari_kmeans import KMeansModel, segment
from napari_kmeans.core.lazy.chunks import ChunkError
from napari_kmeans.io.ome_zarr import open_ome_zarr, write_ome_zarr
from napari_kmeans.segments.segment_map import Segment

SEGMENTS = [
    Segment(1, "nuclei", (0.2, 0.4, 0.6), (1,)),
    Segment(2, "stroma", (1.0, 0.0, 0.0), (2, 3), visible=False, ignored=True),
]


@pytest.fixture(scope="module")
def result():
    image = da.from_array(data.immunohistochemistry(), chunks=(100, 130, 2))
    return segment(image, 3, channel_axis=-1)


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def interrupted(fraction, *arguments, **options):
    """Write a part, then stop."""

    def stop(progress):
        if progress.fraction >= fraction:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_ome_zarr(*arguments, callback=stop, **options)


def test_comes_back_as_it_was(result, tmp_path):
    seen = []
    written = write_ome_zarr(
        tmp_path / "out.zarr",
        result.labels,
        result.recolored,
        channel_axis=-1,
        scale=(2, 0.5),
        translate=(10, -3),
        units=("micrometer", "pixel"),
        segments=SEGMENTS,
        metadata={"model": result.model.to_dict()},
        callback=seen.append,
    )
    assert (written.n_blocks, written.n_there) == (24, 0)
    assert files(tmp_path) == ["out.zarr"]
    fractions = [progress.fraction for progress in seen]
    assert len(fractions) > 20
    assert fractions == sorted(fractions)
    found = open_ome_zarr(tmp_path / "out.zarr")
    np.testing.assert_array_equal(found.labels[0][:], result.labels.compute())
    assert found.recolored[0].shape == result.recolored.shape
    np.testing.assert_array_equal(found.recolored[0], result.recolored.compute())
    assert found.geometry.scale == (2, 0.5)
    assert found.geometry.translate == (10, -3)
    assert found.geometry.units == ("micrometer", None)
    assert found.segments == tuple(SEGMENTS)
    assert KMeansModel.from_dict(found.metadata["model"]) == result.model


def test_is_what_the_specification_says(result, tmp_path):
    path = tmp_path / "out.zarr"
    write_ome_zarr(
        path,
        result.labels,
        result.recolored,
        channel_axis=-1,
        scale=(2, 0.5),
        units=("micrometer", "micrometer"),
        segments=SEGMENTS,
        name="stain",
    )
    yaozarrs.validate_zarr_store(str(path))
    image = zarr.open_group(path, mode="r")
    (multiscale,) = image.attrs["ome"]["multiscales"]
    assert [axis["name"] for axis in multiscale["axes"]] == ["c", "y", "x"]
    assert multiscale["axes"][1]["unit"] == "micrometer"
    scale = multiscale["datasets"][0]["coordinateTransformations"][0]
    assert scale == {"type": "scale", "scale": [1, 2, 0.5]}
    assert image["0"].metadata.dimension_names == ("c", "y", "x")
    assert image["labels"].attrs["ome"]["labels"] == ["stain"]
    described = image["labels/stain"].attrs["ome"]["image-label"]
    assert described["colors"] == [
        {"label-value": 1, "rgba": [51, 102, 153, 255]},
        {"label-value": 2, "rgba": [255, 0, 0, 0]},
    ]
    assert described["properties"][0]["name"] == "nuclei"
    assert described["properties"][1]["ignored"] is True
    assert described["source"]["image"] == "../../"


@pytest.mark.parametrize("shape", [(5, 30, 40), (3, 5, 30, 40)])
def test_one_channel_of_any_number_of_axes(shape, tmp_path):
    image = np.random.default_rng(0).integers(0, 9, shape).astype("f4")
    result = segment(image, 4)  # in memory
    write_ome_zarr(tmp_path / "out.zarr", result.labels, result.recolored)
    found = open_ome_zarr(tmp_path / "out.zarr")
    assert found.channel_axis is None
    np.testing.assert_array_equal(found.labels[0][:], result.labels)
    np.testing.assert_array_equal(found.recolored[0], result.recolored)


def test_channels_come_after_time(tmp_path):
    image = np.random.default_rng(0).integers(0, 9, (2, 3, 20, 30, 5)).astype("u2")
    result = segment(image, 3, channel_axis=-1)
    path = tmp_path / "out.zarr"
    write_ome_zarr(path, result.labels, result.recolored, channel_axis=-1)
    assert zarr.open_group(path, mode="r")["0"].shape == (2, 5, 3, 20, 30)
    np.testing.assert_array_equal(open_ome_zarr(path).recolored[0], result.recolored)


def test_levels(tmp_path):
    image = data.immunohistochemistry()
    levels = [image, image[::2, ::2], image[::4, ::4]]
    model = KMeansModel.fit(image, 3, channel_axis=-1)
    labels = [model.predict(level) for level in levels]
    recolored = [model.recolor(one) for one in labels]
    path = tmp_path / "out.zarr"
    write_ome_zarr(path, labels, recolored, channel_axis=-1, scale=(1, 3))
    yaozarrs.validate_zarr_store(str(path))
    found = open_ome_zarr(path)
    for array, expected in zip(found.labels, labels, strict=True):
        np.testing.assert_array_equal(array[:], expected)
    group = zarr.open_group(path, mode="r")
    for place in (group, group["labels/segments"]):
        datasets = place.attrs["ome"]["multiscales"][0]["datasets"]
        scales = [one["coordinateTransformations"][0]["scale"] for one in datasets]
        assert [scale[-2:] for scale in scales] == [[1, 3], [2, 6], [4, 12]]
        starts = [
            one["coordinateTransformations"][1]["translation"] for one in datasets
        ]
        assert [start[-2:] for start in starts] == [[0, 0], [0.5, 1.5], [1.5, 4.5]]


def test_an_existing_path_is_never_overwritten(result, tmp_path):
    path = tmp_path / "out.zarr"
    path.mkdir()
    (path / "thesis.txt").write_text("all of it")
    with pytest.raises(FileExistsError, match="already exists"):
        write_ome_zarr(path, result.labels, result.recolored, channel_axis=-1)
    assert files(tmp_path) == ["out.zarr"]
    assert files(path) == ["thesis.txt"]


def test_what_does_not_fit_is_refused(result, tmp_path):
    path = tmp_path / "out.zarr"
    with pytest.raises(ValueError, match="those of one image"):
        write_ome_zarr(path, result.labels[1:], result.recolored, channel_axis=-1)
    with pytest.raises(ValueError, match="both with the same levels"):
        write_ome_zarr(path, [result.labels] * 2, result.recolored, channel_axis=-1)
    assert files(tmp_path) == []


def test_a_cancelled_run_goes_on(result, tmp_path):
    path = tmp_path / "out.zarr"
    arguments = path, result.labels, result.recolored
    interrupted(0.4, *arguments, channel_axis=-1)
    assert files(tmp_path) == ["out.zarr.partial"]
    with pytest.raises(FileNotFoundError):
        open_ome_zarr(path)
    written = write_ome_zarr(*arguments, channel_axis=-1)
    assert 9 <= written.n_there < 24
    np.testing.assert_array_equal(
        open_ome_zarr(path).labels[0][:], result.labels.compute()
    )


def test_only_the_same_goes_on(result, tmp_path):
    path = tmp_path / "out.zarr"
    arguments = path, result.labels, result.recolored
    interrupted(0.2, *arguments, channel_axis=-1, metadata={"k": 3})
    with pytest.raises(FileExistsError, match="another image, model or settings"):
        write_ome_zarr(*arguments, channel_axis=-1, metadata={"k": 4})


@pytest.mark.parametrize("kind", ["file", "folder", "zarr", "empty record"])
def test_a_partial_folder_of_others_is_left_alone(kind, tmp_path):
    pixels, partial = np.ones((30, 40), "u1"), tmp_path / "out.zarr.partial"
    if kind == "zarr":
        group = zarr.create_group(partial, attributes={"mine": 1})
        group.create_array("0", shape=pixels.shape, dtype=pixels.dtype)[...] = pixels
    elif kind != "file":
        partial.mkdir()
    name = {"folder": "thesis.txt", "empty record": "napari-kmeans-written.jsonl"}
    kept = partial if kind == "file" else partial / name.get(kind, "zarr.json")
    if kind != "zarr":
        kept.write_text("all of it")
    before = kept.read_bytes()
    with pytest.raises(FileExistsError, match="partial is in the way"):
        write_ome_zarr(tmp_path / "out.zarr", pixels, pixels)
    assert kept.read_bytes() == before
    assert files(tmp_path) == ["out.zarr.partial"]


def test_an_empty_partial_folder_is_taken(tmp_path):
    (tmp_path / "out.zarr.partial").mkdir()
    pixels = np.ones((30, 40), "u1")
    write_ome_zarr(tmp_path / "out.zarr", pixels, pixels)
    assert files(tmp_path) == ["out.zarr"]


def assert_holds(path, labels, recolored):
    found = open_ome_zarr(path)
    np.testing.assert_array_equal(found.labels[0][...], labels)
    np.testing.assert_array_equal(found.recolored[0], recolored)


@pytest.mark.parametrize(
    ("changed", "n_there"),
    [
        ("nothing", (3, 4)),
        ("some labels", (2, 3)),
        ("all labels", (0,)),
        ("picture", (0,)),
    ],
)
def test_old_and_new_pixels_are_never_mixed(changed, n_there, tmp_path):
    labels, picture = np.random.default_rng(0).integers(1, 4, (2, 1200, 300), "u1")
    path = tmp_path / "out.zarr"
    arrays = [da.from_array(one, chunks=300) for one in (labels, picture)]
    interrupted(0.7, path, *arrays)
    if changed == "some labels":
        labels[:10] = 2
    elif changed == "all labels":
        labels[:] = 5
    elif changed == "picture":
        picture[:] = 9
    arrays = [da.from_array(one, chunks=300) for one in (labels, picture)]
    written = write_ome_zarr(path, *arrays)
    assert written.n_there in n_there
    assert_holds(path, labels, picture)


@pytest.fixture
def on_disk(tmp_path):
    """Labels in a file, of which other programs may change a chunk."""
    pixels = np.random.default_rng(0).integers(0, 4, (1500, 1100), "u1")
    array = zarr.create_array(tmp_path / "image.zarr", data=pixels, chunks=(300, 1100))
    return tmp_path / "out.zarr", array


def lazily(array):
    again = zarr.open_array(array.store_path.store.root, mode="r")
    return da.from_array(again, chunks=again.chunks)


def test_blocks_from_the_same_file_are_not_computed_again(on_disk, tmp_path):
    path, array = on_disk
    interrupted(0.6, path, lazily(array), lazily(array))
    expected = array[...]
    (tmp_path / "image.zarr/c/1/0").write_bytes(b"cannot be read any longer")
    written = write_ome_zarr(path, lazily(array), lazily(array))
    assert 2 <= written.n_there < written.n_blocks == 5
    assert_holds(path, expected, expected)


def test_a_file_of_the_same_name_with_other_pixels_is_noticed(on_disk):
    path, array = on_disk
    interrupted(0.6, path, lazily(array), lazily(array))
    array[...] = 3 - array[...]
    written = write_ome_zarr(path, lazily(array), lazily(array))
    assert written.n_there == 0
    assert_holds(path, array[...], array[...])


def test_names_of_lazy_results_are_the_same_in_another_process(on_disk):
    names = set()
    for _ in range(2):
        image = zarr.open_array(on_disk[1].store_path.store.root, mode="r")
        result = segment(image, 3)
        names.add((result.labels.name, result.recolored.name))
    assert len(names) == 1


@pytest.mark.parametrize("dtype", [">u2", ">f4", ">i2"])
def test_big_endian_pixels(dtype, tmp_path):
    image = np.random.default_rng(0).integers(0, 9, (30, 40, 2)).astype(dtype)
    labels = (image[..., 0] % 3).astype(">u2")
    path = tmp_path / "out.zarr"
    write_ome_zarr(path, labels, image, channel_axis=-1)
    assert_holds(path, labels, image)


@pytest.mark.parametrize("damage", ["cut short", "emptied", "deleted", "exchanged"])
def test_a_block_damaged_while_others_were_written_is_told_and_mended(
    damage, on_disk, tmp_path
):
    path, array = on_disk
    interrupted(0.6, path, lazily(array), lazily(array))
    chunk = tmp_path / "out.zarr.partial/labels/segments/0/c/1/0"
    if damage == "deleted":
        chunk.unlink()
    elif damage == "exchanged":
        chunk.write_bytes((chunk.parents[1] / "0/0").read_bytes())
    else:
        chunk.write_bytes(chunk.read_bytes()[: 20 if damage == "cut short" else 0])
    with pytest.raises(OSError, match=r"block \(1, 0\) of level 0 is not as it was"):
        write_ome_zarr(path, lazily(array), lazily(array))
    assert not path.exists()
    written = write_ome_zarr(path, lazily(array), lazily(array))
    assert written.n_there == 4
    assert_holds(path, array[...], array[...])


def test_a_folder_that_cannot_be_renamed_is_kept(on_disk, monkeypatch):
    path, array = on_disk

    rename = type(path).replace

    def replace(self, target):
        if self.name == "out.zarr.partial":
            raise PermissionError("in use")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(type(path), "replace", replace)
        with pytest.raises(PermissionError):
            write_ome_zarr(path, lazily(array), lazily(array))
    written = write_ome_zarr(path, lazily(array), lazily(array))
    assert written.n_there == written.n_blocks
    assert_holds(path, array[...], array[...])


def test_all_files_are_on_the_disk_before_the_folder_has_its_name(
    on_disk, tmp_path, monkeypatch
):
    path, array = on_disk
    synced = set()
    fsync = os.fsync

    def note(descriptor):
        assert not path.exists() or os.path.samestat(
            os.fstat(descriptor), tmp_path.stat()
        )
        synced.add(os.fstat(descriptor).st_ino)
        return fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    write_ome_zarr(path, lazily(array), lazily(array))
    written = [one for one in path.rglob("*") if one.is_file()]
    assert {one.stat().st_ino for one in written} <= synced
    assert path.stat().st_ino in synced


def test_numbers_that_json_has_no_word_for(tmp_path):
    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    pixels, path = np.ones((30, 40), "u1"), tmp_path / "out.zarr"
    metadata = {"inertia": np.inf, "means": [[np.nan, -np.inf, 1.5]], "name": "NaN"}
    write_ome_zarr(path, pixels, pixels, metadata=metadata)
    for file in path.rglob("zarr.json"):
        json.loads(file.read_text(), parse_constant=refuse)
    assert repr(open_ome_zarr(path).metadata) == repr(metadata)


def test_erased_labels_are_no_damage(tmp_path):
    pixels, path = np.ones((30, 40), "u1"), tmp_path / "out.zarr"
    write_ome_zarr(path, pixels, pixels)
    open_ome_zarr(path).labels[0][...] = 0
    assert not open_ome_zarr(path).labels[0][...].any()


SCRIPT = """
import sys, time
import dask, dask.array as da, numpy as np
from napari_kmeans.io.ome_zarr import write_ome_zarr

def slowly(block):
    time.sleep({seconds})
    return block % 5

def arrays():
    image = da.from_array(np.arange(240 * 300, dtype="u1").reshape(240, 300), 30)
    labels = image.map_blocks(slowly, dtype="u1", meta=np.empty((0, 0), "u1"))
    return labels, labels * 2

if __name__ == "__main__":
    write_ome_zarr(sys.argv[1], *arrays())
"""


def test_a_killed_process_loses_nothing_that_was_written(tmp_path):
    path, script = tmp_path / "out.zarr", tmp_path / "write.py"
    script.write_text(SCRIPT.format(seconds=0.05))
    record = tmp_path / "out.zarr.partial" / "napari-kmeans-written.jsonl"
    process = subprocess.Popen([sys.executable, script, path])
    while not record.exists() or record.read_text().count("\n") < 8:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert files(tmp_path) == ["out.zarr.partial", "write.py"]
    with record.open("a") as file:
        file.write("[0, 3")  # a line cut short
    names = {"__name__": "again"}
    exec(SCRIPT.format(seconds=0), names)
    labels, recolored = names["arrays"]()
    written = write_ome_zarr(path, labels, recolored)
    assert 7 <= written.n_there < written.n_blocks
    found = open_ome_zarr(path)
    np.testing.assert_array_equal(found.labels[0][:], labels.compute())
    np.testing.assert_array_equal(found.recolored[0], recolored.compute())


def test_a_chunk_that_cannot_be_read_is_named_and_can_be_mended(tmp_path):
    class Source:
        shape, dtype, ndim = (200, 300), np.dtype("u1"), 2
        broken = True

        def __getitem__(self, index):
            rows, columns = index
            if self.broken and (rows.start, columns.start) == (100, 200):
                raise OSError("Input/output error")
            return np.full((100, 100), columns.start // 100, "u1")

    source = Source()
    labels = da.from_array(source, chunks=100, name="source")
    path = tmp_path / "out.zarr"
    with pytest.raises(ChunkError, match=r"Chunk \(1, 2\).*100:200, 200:300.*Input"):
        write_ome_zarr(path, labels, labels)
    assert files(tmp_path) == ["out.zarr.partial"]
    source.broken = False
    written = write_ome_zarr(path, labels, labels)
    assert written.n_there == 5
    np.testing.assert_array_equal(open_ome_zarr(path).labels[0][:], labels.compute())


def test_what_is_not_whole_is_told(result, tmp_path):
    path = tmp_path / "out.zarr"
    write_ome_zarr(path, result.labels, result.recolored, channel_axis=-1)
    chunk = path / "labels/segments/0/c/2/1"
    kept = chunk.read_bytes()
    chunk.unlink()
    with pytest.raises(ValueError, match="23 of 24 chunks"):
        open_ome_zarr(path)
    chunk.write_bytes(kept)
    metadata = path / "zarr.json"
    described = json.loads(metadata.read_text())
    del described["attributes"]["ome"]["multiscales"][0]["axes"]
    metadata.write_text(json.dumps(described))
    with pytest.raises(ValueError, match="not valid OME-Zarr"):
        open_ome_zarr(path)
    del described["attributes"]
    other = zarr.create_group(tmp_path / "other.zarr")
    other.create_array("0", shape=(3, 3), dtype="u1")
    with pytest.raises(ValueError, match="not valid OME-Zarr"):
        open_ome_zarr(tmp_path / "other.zarr")


def test_napari_shows_and_edits_what_is_on_disk(result, tmp_path):
    from napari.components import ViewerModel

    path = tmp_path / "out.zarr"
    write_ome_zarr(path, result.labels, result.recolored, channel_axis=-1)
    found = open_ome_zarr(path)
    viewer = ViewerModel()
    viewer.add_image(found.recolored[0], rgb=True)
    layer = viewer.add_labels(found.labels[0], scale=found.geometry.scale)
    layer.data_setitem((np.array([3, 4]), np.array([5, 5])), 3)
    again = open_ome_zarr(path).labels[0]
    assert again[3:5, 5].tolist() == [3, 3]


def test_what_to_install_is_said(monkeypatch, result, tmp_path):
    monkeypatch.setitem(sys.modules, "yaozarrs", None)
    with pytest.raises(ImportError, match=r'pip install "napari-kmeans\[zarr\]"'):
        write_ome_zarr(tmp_path / "out.zarr", result.labels, result.labels)
