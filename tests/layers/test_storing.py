"""Clusterings that are written to OME-Zarr, and their labels on disk."""

import json
import re
from copy import deepcopy
from shutil import copytree

import dask.array as da
import numpy as np
import numpy.testing as npt
import pytest
import zarr
from napari.components import ViewerModel
from napari.layers import Labels

from napari_kmeans.core.lazy.chunks import ChunkError
from napari_kmeans.core.progress import finish
from napari_kmeans.core.settings import Settings
from napari_kmeans.io.ome_zarr import open_ome_zarr
from napari_kmeans.layers import picture, storing
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.layers.reader import get_reader, read
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import read_source
from napari_kmeans.layers.storing import Storing
from napari_kmeans.segments.stores.on_disk import StoredLabels

PLACE = {
    "scale": (2, 0.5, 0.25),
    "translate": (5, -3, 8),
    "units": ("s", "um", "um"),
    "axis_labels": ("time", "y", "x"),
}

TURNED = ("rotate", "shear", "affine")
PLAN = ("attributes", "napari-kmeans", "plan")
LOOK, PLACEMENT = ((*PLAN, "metadata", name) for name in ("look", "placement"))


@pytest.fixture
def viewer():
    return ViewerModel()


@pytest.fixture
def stack():
    return np.random.default_rng(0).integers(0, 256, (3, 140, 150)).astype(np.uint8)


def lazily(stack):
    return da.from_array(stack, chunks=(1, 70, 80))


def cluster(viewer, source, channels_as="mix", n_clusters=3):
    pixels = read_source(source)
    segmentation = finish(pixels.segment_steps(Settings(n_clusters)))
    return show_segmentation(
        viewer, source, segmentation, pixels=pixels, channels_as=channels_as
    )


@pytest.fixture
def lazy(viewer, stack):
    look = {"contrast_limits": (20, 200), "gamma": 0.8, "colormap": "magenta"}
    source = viewer.add_image(lazily(stack), name="stack", **look, **PLACE)
    return cluster(viewer, source)


def write(clustering, folder):
    to_store = Storing(clustering)
    path = folder / "stack.kmeans.zarr"
    written = finish(to_store.steps(path))
    return path, written, to_store.take_over(path)


@pytest.fixture
def stored(lazy, tmp_path):
    """A clustering whose labels are on disk, and the labels there."""
    before = np.asarray(lazy.labels.data)
    path, _, words = write(lazy, tmp_path)
    assert words == "The labels are on disk now: what you paint is written at once."
    npt.assert_array_equal(open_ome_zarr(path).labels[0][...], before)
    return lazy, path


def stop_at(fraction, steps):
    while next(steps).fraction < fraction:
        pass
    steps.close()


def labels_in(path):
    return open_ome_zarr(path).labels[0][...]


# What is written


def test_everything_is_in_the_folder(lazy, tmp_path):
    lazy.segments.rename(2, "Cells")
    lazy.segments.set_color(2, (1, 0, 0))
    before = np.asarray(lazy.labels.data), np.asarray(lazy.recolored.data)
    path, written, _ = write(lazy, tmp_path)
    assert (written.n_blocks, written.n_there) == (4, 0)
    opened = open_ome_zarr(path)
    npt.assert_array_equal(opened.labels[0][...], before[0])
    npt.assert_array_equal(opened.recolored[0].compute(), before[1])
    assert opened.geometry.axes == ("t", "y", "x")
    assert opened.geometry.scale == PLACE["scale"]
    assert opened.geometry.translate == PLACE["translate"]
    assert opened.geometry.units == ("second", "micrometer", "micrometer")
    assert opened.segments[1].name == "Cells"
    assert opened.metadata["napari-kmeans"]["source"] == "stack"


def test_slices_stay_thin_on_disk_if_they_are_not_small(viewer, tmp_path):
    data = np.random.default_rng(0).integers(0, 256, (4, 300, 300)).astype(np.uint8)
    source = viewer.add_image(da.from_array(data, chunks=(1, 300, 300)), name="stack")
    path, _, _ = write(cluster(viewer, source), tmp_path)
    assert open_ome_zarr(path).labels[0].chunks == (1, 300, 300)


def test_labels_in_memory_are_saved_and_stay_there(viewer, stack, tmp_path):
    clustering = cluster(viewer, viewer.add_image(stack, name="stack"))
    clustering.labels.data[0, :9] = 3
    clustering.labels.refresh()
    clustering.take_paint()
    to_store = Storing(clustering)
    clustering.labels.data[1] = 1  # after the start: not written
    clustering.take_paint()
    path = tmp_path / "stack.kmeans.zarr"
    finish(to_store.steps(path))
    assert to_store.take_over(path).startswith("The layers stay in memory")
    assert (labels_in(path)[0, :9] == 3).all()
    assert not (labels_in(path)[1] == 1).all()
    assert isinstance(clustering.labels.data, np.ndarray)


def test_what_a_script_has_painted_is_written(viewer, stack, tmp_path):
    clustering = cluster(viewer, viewer.add_image(stack, name="stack"))
    clustering.labels.data[1] = 2
    path, _, _ = write(clustering, tmp_path)
    npt.assert_array_equal(labels_in(path), clustering.labels.data)
    assert (labels_in(path)[1] == 2).all()


def test_a_preview_is_not_written(viewer, stack, tmp_path):
    clustering = cluster(viewer, viewer.add_image(stack, name="stack"))
    before = np.array(clustering.segments.labels)
    clustering.preview(np.ones_like(before))
    path, _, _ = write(clustering, tmp_path)
    npt.assert_array_equal(labels_in(path), before)
    assert clustering.segments.n_edited == 0


def test_picture_too_large_to_be_drawn_at_once(viewer, stack, tmp_path, monkeypatch):
    monkeypatch.setattr(picture, "MOST_DRAWN", stack.size - 1)
    data = np.stack([stack, 255 - stack], axis=1)
    clustering = cluster(viewer, Sources((viewer.add_image(data, name="a"),), 1))
    shown = np.asarray(clustering.recolored.data)
    path, _, _ = write(clustering, tmp_path)
    npt.assert_array_equal(open_ome_zarr(path).recolored[0], shown.squeeze(1))
    npt.assert_array_equal(labels_in(path), clustering.labels.data.squeeze(1))


def test_painting_and_writing_in_turns_never_mixes(viewer, tmp_path):
    data = np.random.default_rng(0).integers(0, 256, (4, 400, 300)).astype(np.uint8)
    clustering = cluster(viewer, viewer.add_image(data, name="stack"))
    path = tmp_path / "stack.kmeans.zarr"
    stop_at(0.5, Storing(clustering).steps(path))
    clustering.labels.fill((0, 0, 0), 2)
    clustering.labels.data[:3] = 2
    clustering.set_look(show_as="original")
    written = finish(Storing(clustering).steps(path))
    assert written.n_there == 0
    npt.assert_array_equal(labels_in(path), clustering.segments.labels)
    npt.assert_array_equal(open_ome_zarr(path).recolored[0], data)


def test_undo_after_writing_is_written_again(viewer, stack, tmp_path):
    clustering = cluster(viewer, viewer.add_image(stack, name="stack"))
    before = np.array(clustering.labels.data)
    clustering.labels.data[0] = 3
    path = tmp_path / "stack.kmeans.zarr"
    steps = Storing(clustering).steps(path)
    next(steps)
    clustering.segments.undo()  # meanwhile
    finish(steps)
    assert (labels_in(path)[0] == 3).all()
    finish(Storing(clustering).steps(tmp_path / "again.kmeans.zarr"))
    npt.assert_array_equal(labels_in(tmp_path / "again.kmeans.zarr"), before)


@pytest.mark.parametrize("channels_as", ["mix", "channels"])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_several_channels(viewer, stack, tmp_path, channels_as, axis):
    if axis is None:
        pairs = zip(stack, "abc", strict=True)
        source = Sources(tuple(viewer.add_image(one, name=name) for one, name in pairs))
    else:
        data = np.moveaxis(np.stack([stack, 255 - stack]), 0, axis)
        source = Sources((viewer.add_image(data, name="a"),), axis)
    clustering = cluster(viewer, source, channels_as)
    path, _, words = write(clustering, tmp_path)
    assert words.startswith("The layers stay")
    opened = open_ome_zarr(path)
    labels = np.asarray(clustering.labels.data)
    npt.assert_array_equal(opened.labels[0][...], labels.squeeze())
    n_channels = 3 if channels_as == "mix" or axis is None else 2
    assert opened.recolored[0].shape == (*labels.squeeze().shape, n_channels)
    other = ViewerModel()
    for data, attributes, kind in get_reader(str(path))(str(path)):
        getattr(other, f"add_{kind}")(data, **attributes)
    assert len(other.layers) == (2 if channels_as == "mix" else 1 + n_channels)


@pytest.mark.filterwarnings("ignore:Non-orthogonal slicing")
def test_what_ome_zarr_cannot_hold_is_said_and_kept_for_napari(viewer, stack, tmp_path):
    turn = np.array([[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]])
    shear = [0, 0, 0.2]
    source = viewer.add_image(stack, name="stack", rotate=turn, shear=shear, **PLACE)
    clustering = cluster(viewer, source)
    path, _, words = write(clustering, tmp_path)
    assert "OME-Zarr cannot store rotation, shear or affine" in words
    other = ViewerModel()
    for data, attributes, kind in get_reader(str(path))(str(path)):
        layer = getattr(other, f"add_{kind}")(data, **attributes)
        npt.assert_allclose(layer.extent.world, source.extent.world)
        npt.assert_allclose(
            layer.data_to_world([1, 2, 3]), source.data_to_world([1, 2, 3])
        )
        assert layer.units == source.units
        assert layer.axis_labels == source.axis_labels


@pytest.fixture
def pyramid(viewer, stack):
    levels = [lazily(stack), lazily(stack[:, ::2, ::2])]
    source = viewer.add_image(levels, multiscale=True, name="stack", **PLACE)
    return cluster(viewer, source)


def test_levels_are_painted_at_the_finest_and_the_others_follow(pyramid, tmp_path):
    before = np.asarray(pyramid.labels.data[1])
    extent = pyramid.labels.extent.world
    path, _, words = write(pyramid, tmp_path)
    assert words.startswith("The labels are on disk now")
    opened = open_ome_zarr(path)
    assert len(opened.labels) == len(opened.recolored) == 2
    npt.assert_array_equal(opened.labels[1][...], before)
    labels = pyramid.labels
    assert labels.editable
    assert not labels.multiscale
    assert pyramid.recolored.multiscale
    npt.assert_array_equal(labels.extent.world, extent)
    counts = pyramid.segments.counts
    labels.brush_size = 20
    labels.paint((1, 70, 80), 3)
    fine, coarse = (level[...] for level in open_ome_zarr(path).labels)
    assert (fine[1, 67:74, 77:84] == 3).all()
    npt.assert_array_equal(coarse[1, 33:37, 36:44], fine[1, 67:74:2, 73:88:2])
    assert pyramid.segments.counts[3] > counts[3]
    picture = np.asarray(pyramid.recolored.data[1])
    assert len(np.unique(picture[coarse == 3])) == 1
    pyramid.segments.undo()
    assert pyramid.segments.counts == counts


def test_levels_opened_again_are_painted_at_the_finest(pyramid, tmp_path):
    path, _, _ = write(pyramid, tmp_path)
    viewer = ViewerModel()
    for data, attributes, kind in get_reader(str(path))(str(path)):
        getattr(viewer, f"add_{kind}")(data, **attributes)
    picture, labels = viewer.layers
    assert picture.multiscale
    labels.brush_size = 20
    labels.paint((1, 70, 80), 3)
    fine, coarse = (level[...] for level in open_ome_zarr(path).labels)
    assert (fine[1, 66:74, 76:84] == 3).all()
    assert (coarse[1, 33:37, 38:42] == 3).all()


def test_slices_too_large_to_be_painted_stay_as_they_are(
    pyramid, tmp_path, monkeypatch
):
    monkeypatch.setattr(storing, "LARGEST_SLICE", 140 * 150 - 1)
    path, _, words = write(pyramid, tmp_path)
    assert "their slices are too large for napari to paint" in words
    assert pyramid.labels.multiscale
    assert isinstance(read(str(path))[1][0], list)


def test_segments_that_change_meanwhile_stay_as_they_are(lazy, tmp_path):
    to_store = Storing(lazy)
    path = tmp_path / "stack.kmeans.zarr"
    lazy.segments.merge([1, 2])
    finish(to_store.steps(path))
    assert to_store.take_over(path).startswith("The segments have changed meanwhile")
    assert len(open_ome_zarr(path).segments) == 3
    assert lazy.segments.stored is None


def test_labels_painted_on_disk_while_they_are_copied_are_not_mixed(stored, tmp_path):
    clustering, first = stored
    path = tmp_path / "again.kmeans.zarr"
    steps = Storing(clustering).steps(path)
    next(steps)
    clustering.labels.paint((0, 20, 20), 3)
    with pytest.raises(ValueError, match="painted on while they were written"):
        finish(steps)
    assert not path.exists()
    to_store = Storing(clustering)
    finish(to_store.steps(path))
    npt.assert_array_equal(labels_in(path), labels_in(first))
    assert to_store.take_over(path).startswith("The labels are on disk now")


# Stopped in the middle


def test_second_try_goes_on_where_the_first_was_stopped(lazy, tmp_path):
    path = tmp_path / "stack.kmeans.zarr"
    stop_at(0.4, Storing(lazy).steps(path))
    assert not path.exists()
    to_store = Storing(lazy)
    written = finish(to_store.steps(path))
    assert 0 < written.n_there < written.n_blocks == 4
    npt.assert_array_equal(labels_in(path), np.asarray(lazy.labels.data))
    to_store.take_over(path)
    assert lazy.segments.stored is not None


def test_unreadable_block_is_named_and_nothing_half_written_stays(
    viewer, stack, tmp_path
):
    is_broken = [False]

    def read(block, block_info=None):
        if is_broken[0] and block_info[0]["chunk-location"] == (1, 0, 1):
            raise OSError("bad sector")
        return block

    data = lazily(stack).map_blocks(read, dtype=np.uint8)
    clustering = cluster(viewer, viewer.add_image(data, name="stack"))
    is_broken[0] = True
    path = tmp_path / "stack.kmeans.zarr"
    with pytest.raises(ChunkError, match=r"Chunk \(0, 0, 1\) .* could not be read"):
        finish(Storing(clustering).steps(path))
    assert not path.exists()
    assert clustering.segments.stored is None
    is_broken[0] = False
    finish(Storing(clustering).steps(path))
    npt.assert_array_equal(labels_in(path), np.asarray(clustering.labels.data))


# On disk


def test_what_is_painted_is_on_disk_and_in_the_picture(stored, viewer):
    clustering, path = stored
    labels = clustering.labels
    viewer.dims.set_current_step(0, 1)
    labels.brush_size = 9
    before = labels_in(path)
    labels.paint((1, 70, 80), 3)
    on_disk = labels_in(path)
    assert (on_disk[1, 68:73, 78:83] == 3).all()
    assert not (before[1, 68:73, 78:83] == 3).all()
    npt.assert_array_equal(on_disk[0], before[0])
    picture = np.asarray(clustering.recolored.data)
    assert len(np.unique(picture[on_disk == 3])) == 1
    clustering.segments.undo()
    npt.assert_array_equal(labels_in(path), before)
    npt.assert_array_equal(np.asarray(labels.data[1]), before[1])
    clustering.segments.redo()
    npt.assert_array_equal(labels_in(path), on_disk)


def test_files_that_cannot_be_written_are_not_painted_on(lazy, tmp_path, monkeypatch):
    monkeypatch.setattr(StoredLabels, "is_writable", False)
    write(lazy, tmp_path)
    assert lazy.segments.stored is not None
    assert not lazy.labels.editable


def test_a_duplicate_of_labels_on_disk_is_painted_in_memory(stored, viewer):
    clustering, _ = stored
    before = np.asarray(clustering.labels.data).copy()
    copy = Labels(deepcopy(clustering.labels.data))
    copy.data_setitem((np.array([0]), np.array([0]), np.array([0])), 9)
    npt.assert_array_equal(np.asarray(clustering.labels.data), before)


def test_stroke_is_one_step(stored, viewer):
    clustering, path = stored
    labels, before = clustering.labels, labels_in(path)
    with labels.block_history():
        for column in range(20, 120, 10):
            labels.paint((0, 70, column), 1)
    assert len(clustering.segments.history.past) == 1
    after = labels_in(path)
    assert (after[0, 70, 20:111:10] == 1).all()
    picture = np.asarray(clustering.recolored.data)
    assert len(np.unique(picture[after == 1])) == 1
    clustering.segments.undo()
    npt.assert_array_equal(labels_in(path), before)
    labels.paint((0, 20, 20), 1)
    labels.paint((0, 90, 90), 1)
    assert len(clustering.segments.history.past) == 2


def take_back_by_undo(clustering):
    with clustering.labels.block_history():
        clustering.labels.paint((0, 70, 50), 1)
        clustering.segments.undo()


def take_back_by_napari(clustering):
    if not hasattr(clustering.labels, "_abort_stroke"):
        pytest.skip("this napari ends what it has begun")
    clustering.labels._begin_stroke()
    clustering.labels.paint((0, 70, 50), 1)
    clustering.labels._abort_stroke()


@pytest.mark.parametrize("take_back", [take_back_by_undo, take_back_by_napari])
def test_stroke_that_is_taken_back_is_over(stored, take_back):
    clustering, path = stored
    before, picture = labels_in(path), np.asarray(clustering.recolored.data)
    take_back(clustering)
    npt.assert_array_equal(labels_in(path), before)
    npt.assert_array_equal(np.asarray(clustering.recolored.data), picture)
    n_steps = len(clustering.segments.history.past)
    with clustering.labels.block_history():
        clustering.labels.paint((0, 20, 50), 1)
    assert len(clustering.segments.history.past) == n_steps + 1
    assert (np.asarray(clustering.recolored.data) != picture).any()


def test_fill_and_new_label(stored):
    clustering, path = stored
    clustering.labels.fill((0, 5, 5), 9)
    assert 9 in clustering.segments.map
    assert (labels_in(path) == 9).any()


def test_names_colours_and_hiding_go_on(stored):
    clustering, path = stored
    clustering.segments.set_color(1, (1, 0, 0))
    clustering.segments.set_visible([2], visible=False)
    npt.assert_allclose(clustering.labels.colormap.map(1)[:3], (1, 0, 0))
    assert clustering.labels.colormap.map(2)[3] == 0
    picture = np.asarray(clustering.recolored.data)
    assert not picture[labels_in(path) == 2].any()


def test_another_run_leaves_what_is_on_disk_alone(stored, viewer):
    clustering, path = stored
    clustering.labels.paint((0, 20, 20), 3)
    before = labels_in(path)
    other = cluster(viewer, clustering.sources, n_clusters=2)
    assert other is not clustering
    assert len(viewer.layers) == 5
    npt.assert_array_equal(labels_in(path), before)
    clustering.labels.paint((0, 90, 90), 3)
    assert not np.array_equal(labels_in(path), before)


def test_deleted_labels_layer_is_made_again_on_disk(stored, viewer):
    clustering, path = stored
    viewer.layers.remove(clustering.labels)
    clustering.add_missing_layers()
    assert clustering.labels.editable
    before = labels_in(path)
    clustering.labels.paint((0, 20, 20), 0)
    assert not np.array_equal(labels_in(path), before)
    assert len(clustering.segments.history.past) == 1


# Opened again


def test_folder_is_opened_with_names_colours_and_place(stored):
    clustering, path = stored
    clustering.segments.rename(1, "Later")  # after writing: not in the folder
    viewer = ViewerModel()
    for data, attributes, kind in get_reader(str(path))(str(path)):
        getattr(viewer, f"add_{kind}")(data, **attributes)
    picture, labels = viewer.layers
    assert (picture.name, labels.name) == ("stack k-means", "stack segments")
    assert (picture.contrast_limits, picture.gamma) == ([20, 200], 0.8)
    assert picture.colormap.name == "magenta"
    npt.assert_array_equal(np.asarray(labels.data), labels_in(path))
    assert labels.extent.world.tolist() == clustering.labels.extent.world.tolist()
    assert list(labels.features["name"]) == ["", "Segment 1", "Segment 2", "Segment 3"]
    npt.assert_allclose(
        labels.colormap.map(3), clustering.labels.colormap.map(3), atol=1e-6
    )
    labels.paint((0, 20, 20), 3)
    assert labels_in(path)[0, 20, 20] == 3


def test_segments_that_were_hidden_are_seen_when_they_are_opened(lazy, tmp_path):
    lazy.segments.set_visible([1, 3], False)
    path, *_ = write(lazy, tmp_path)
    (_, (_, attributes, _)) = read(str(path))
    assert (attributes["colormap"].map(np.array([1, 2, 3]))[:, 3] == 1).all()


def test_read_only_labels_are_not_painted(folder, monkeypatch):
    path, _ = folder
    (_, (data, attributes, _)) = read(str(path))
    labels = ViewerModel().add_labels(data, **attributes)
    before = labels_in(path)
    monkeypatch.setattr(StoredLabels, "is_writable", False)
    with pytest.raises(PermissionError, match="read-only, so nothing was painted"):
        labels.fill((0, 5, 5), 9)
    npt.assert_array_equal(labels_in(path), before)
    npt.assert_array_equal(np.asarray(labels.data), before)


def test_folders_of_others_are_left_to_others(tmp_path):
    zarr.create_array(tmp_path / "other.zarr", shape=(4, 4), dtype="u1")
    assert get_reader(str(tmp_path / "other.zarr")) is None
    assert get_reader([str(tmp_path / "a.kmeans.zarr")]) is None


@pytest.fixture(scope="module")
def written_once(tmp_path_factory):
    """A small folder, which is copied: writing it takes far longer."""
    image = np.random.default_rng(0).integers(0, 256, (3, 20, 30)).astype(np.uint8)
    viewer = ViewerModel()
    clustering = cluster(viewer, viewer.add_image(image, **PLACE))
    return write(clustering, tmp_path_factory.mktemp("once"))[0]


@pytest.fixture
def folder(written_once, tmp_path):
    """A small folder, and what its outermost group says."""
    path = tmp_path / written_once.name
    copytree(written_once, path)
    return path, json.loads((path / "zarr.json").read_text())


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("attributes", "napari-kmeans"), "x"),
        (("attributes", "napari-kmeans", "plan"), None),
        (("attributes", "napari-kmeans", "format"), 99),
        ((*PLAN, "geometry"), [["y", "x"], [1]]),
        ((*PLAN, "levels"), [{"labels": 3}]),
        ((*PLAN, "name"), "../.."),
        ((*PLAN, "segments", 0), {}),
        ((*PLAN, "segments", 0, "color"), [2, 0, 0]),
        ((*PLAN, "segments", 1, "value"), 1),
        ((*PLAN, "channel_axis"), 9),
        ((*PLAN, "channel_axis"), 0),
        ((*PLAN, "channel_axis"), True),
        ((*PLAN, "metadata"), []),
        ((*LOOK, "gamma"), "bright"),
        ((*LOOK, "colormap"), "no such map"),
        ((*LOOK, "contrast_limits"), [2, 1]),
        ((*PLACEMENT, "scale"), [1, 0, 1]),
        ((*PLACEMENT, "rotate"), None),
        ((*PLACEMENT, "units"), ["s", "um", "no such unit"]),
    ],
)
def test_damaged_record_is_told(folder, place, value):
    path, record = folder
    *outer, last = place
    inner = record
    for key in outer:
        inner = inner[key]
    inner[last] = value
    (path / "zarr.json").write_text(json.dumps(record))
    with pytest.raises(ValueError, match=re.escape(str(path))) as told:
        read(str(path))
    if last == "channel_axis":
        assert f"channel_axis is {value}" in str(told.value)


def test_record_hands_napari_only_what_belongs_to_it(folder):
    path, record = folder
    metadata = record["attributes"]["napari-kmeans"]["plan"]["metadata"]
    metadata["look"]["metadata"] = metadata["placement"]["plane"] = {"of": "others"}
    (path / "zarr.json").write_text(json.dumps(record))
    (_, picture, _), (_, labels, _) = read(str(path))
    assert picture.keys() == {
        "name",
        "rgb",
        "contrast_limits",
        "gamma",
        "colormap",
        *PLACE,
        *TURNED,
    }
    assert labels.keys() == {
        "name",
        "colormap",
        "features",
        "metadata",
        *PLACE,
        *TURNED,
    }


@pytest.mark.parametrize("linked", ["labels", "labels/segments/0/c/0/0/0"])
def test_nothing_is_painted_through_a_link(folder, tmp_path, linked):
    path, _ = folder
    elsewhere = tmp_path / "elsewhere"
    (path / linked).rename(elsewhere)
    (path / linked).symlink_to(elsewhere)
    with pytest.raises(ValueError, match="is a link"):
        read(str(path))
