"""Segments of labels that are on disk."""

from copy import deepcopy
from shutil import rmtree

import numpy as np
import numpy.testing as npt
import pytest
import zarr

from napari_kmeans.segments.pixel_change import full_region
from napari_kmeans.segments.segments import Segments
from napari_kmeans.segments.stores.on_disk import StoredLabels


def on_disk(labels, folder):
    array = zarr.create_array(
        folder / "labels", shape=labels.shape, dtype=labels.dtype, chunks=(7, 10)
    )
    array[...] = labels
    return array


@pytest.fixture
def array(run, tmp_path):
    return on_disk(run(3)[1], tmp_path)


@pytest.fixture
def stored(segments, array):
    """The labels of `segments`, which are on disk and told what is painted."""
    stored = StoredLabels(array)
    segments.rename(1, "Dark")
    segments.store(stored)
    stored.on_paint = segments.paint_on_disk
    return stored


INDICES = {
    "all": (...,),
    "slices": (slice(2, 9), slice(None, None, 3)),
    "row": (4,),
    "last column": (..., -1),
    "pixel": (4, 5),
    "points of a row": (4, np.array([9, 0, 3])),
    "points": (np.array([1, 20, 7, 20]), np.array([9, 0, 3, 27])),
    "no points": (np.zeros(0, int), np.zeros(0, int)),
}


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_parts_are_read_and_written_as_of_numpys(run, tmp_path, index, told):
    expected = run(3)[1].copy()
    array = on_disk(expected, tmp_path)
    stored = StoredLabels(array)
    if told:
        stored.on_paint = lambda region, before, after: stored.write(region, after)
    npt.assert_array_equal(stored[index], expected[index])
    expected[index] = 2
    stored[index] = 2
    npt.assert_array_equal(array[...], expected)
    npt.assert_array_equal(np.asarray(stored), expected)


def test_points_take_a_value_each(array):
    stored = StoredLabels(array)
    stored[np.array([0, 5]), np.array([3, 1])] = np.array([2, 1], np.uint8)
    assert (stored[0, 3], stored[5, 1]) == (2, 1)


def test_segments_are_as_they_were(run, segments, stored):
    before = run(3)[1]
    npt.assert_array_equal(np.asarray(segments.labels), before)
    assert segments.map[1].name == "Dark"
    expected = {v: np.count_nonzero(before == v) for v in (1, 2, 3)}
    assert segments.counts == expected
    assert not segments.history.past
    npt.assert_array_equal(np.asarray(segments.atoms), before)


def test_what_is_painted_is_on_disk_at_once_and_undone(run, segments, stored, array):
    told = []
    segments.labels_changed.connect(told.append)
    stored[2:9, 3:8] = 2
    expected = run(3)[1].copy()
    expected[2:9, 3:8] = 2
    npt.assert_array_equal(array[...], expected)
    npt.assert_array_equal(np.asarray(segments.labels), expected)
    assert segments.counts[2] == np.count_nonzero(expected == 2)
    assert told == [(slice(2, 9), slice(3, 8))]
    segments.undo()
    npt.assert_array_equal(array[...], run(3)[1])
    assert segments.counts[2] == np.count_nonzero(run(3)[1] == 2)
    segments.redo()
    npt.assert_array_equal(array[...], expected)


def test_nothing_new_is_no_step(segments, stored):
    stored[0, 0] = stored[0, 0]
    assert not segments.history.past


def test_label_painted_new_is_a_segment_until_it_is_undone(segments, stored, array):
    stored[0, :5] = 9
    assert 9 in segments.map
    assert segments.counts[9] == 5
    segments.undo()
    assert 9 not in segments.map
    assert not (array[...] == 9).any()
    segments.redo()
    assert segments.counts[9] == 5
    stored[0, :2] = 0
    assert segments.counts[9] == 3


def test_parts_of_a_stroke_are_one_step(run, segments, stored, array):
    for row in range(4):
        before = stored[row : row + 1, :]
        after = np.full_like(before, 1)
        segments.paint_on_disk(
            (slice(row, row + 1), slice(0, 28)), before, after, goes_on=True
        )
    assert len(segments.history.past) == 1
    segments.undo()
    npt.assert_array_equal(array[...], run(3)[1])


def test_names_and_looks_go_on(segments, stored):
    segments.set_visible([2], visible=False)
    segments.set_palette("okabe-ito")
    segments.undo()
    segments.undo()
    assert segments.map[2].visible


@pytest.mark.parametrize(
    "act",
    [
        lambda s, r: s.merge([1, 2]),
        lambda s, r: s.split(1, 2, np.zeros((24, 28, 3), np.uint8)),
        lambda s, r: s.take_paint(r(3)[1]),
        lambda s, r: s.replace_pixels(r(3)[1], "Fill holes"),
    ],
)
def test_what_would_rewrite_all_of_it_is_explained(segments, stored, run, act):
    before = segments.map
    with pytest.raises(ValueError, match="on disk, where they can only be painted"):
        act(segments, run)
    assert segments.map is before
    assert not segments.history.past


def test_another_run_does_not_take_the_place_of_what_is_on_disk(segments, stored, run):
    assert not segments.takes(run(3)[1])
    assert not segments.takes(segments.labels)


def test_another_shape_is_refused(segments, run, tmp_path):
    other = StoredLabels(on_disk(run(3)[1][:9], tmp_path))
    with pytest.raises(ValueError, match="shape"):
        segments.store(other)


def test_merged_labels_are_stored_as_they_are(run, show, tmp_path):
    segments = Segments(*run(4), show)
    segments.merge([2, 3])
    array = on_disk(np.asarray(segments.labels), tmp_path)
    stored = StoredLabels(array)
    counts = segments.counts
    segments.store(stored)
    stored.on_paint = segments.paint_on_disk
    assert segments.counts == counts
    segments.undo()  # the merge is not undone
    assert len(segments.map) == 3
    value = segments.map.values[1]
    stored[full_region(stored)] = value
    assert segments.counts[value] == array.size


class Full(StoredLabels):
    """Labels on a disk that is full after some writes, until one has failed."""

    writes_left = -1

    def write(self, region, labels):
        self.writes_left -= 1
        if self.writes_left == -1:
            raise OSError("No space left on device")
        super().write(region, labels)


def state(segments, array):
    history = segments.history
    steps = [step.name for step in history.past], [step.name for step in history.future]
    return segments.recipe, segments.counts, steps, array[...].tolist()


@pytest.mark.parametrize("writes_left", [0, 2])
@pytest.mark.parametrize("act", ["paint", "undo", "redo"])
def test_a_full_disk_changes_neither_counts_nor_history(
    segments, array, act, writes_left
):
    stored = Full(array)
    segments.store(stored)
    for row in range(3):
        before = stored[row : row + 1, :]
        region = slice(row, row + 1), slice(0, 28)
        segments.paint_on_disk(region, before, before * 0 + 9, goes_on=True)
    if act == "redo":
        segments.undo()
    expected = state(segments, array)
    stored.writes_left = 0 if act == "paint" else writes_left
    acts = {
        "paint": lambda: segments.paint_on_disk(region, before * 0 + 9, before * 0 + 2),
        "undo": segments.undo,
        "redo": segments.redo,
    }
    with pytest.raises(OSError, match="No space left"):
        acts[act]()
    assert state(segments, array) == expected
    segments.redo() if act == "redo" else segments.undo()
    labels, counts = np.unique(array[...], return_counts=True)
    assert {v: n for v, n in segments.counts.items() if n} == dict(
        zip(labels.tolist(), counts.tolist(), strict=True)
    )


def test_a_folder_that_is_gone_is_said_and_not_made_again(segments, stored, tmp_path):
    rmtree(tmp_path / "labels")
    with pytest.raises(FileNotFoundError, match=r"no longer in .*labels"):
        stored[:3] = 2
    assert not segments.history.past
    assert not (tmp_path / "labels").exists()


def test_files_that_cannot_be_written_are_told_from_others(segments, array):
    assert segments.is_paintable
    segments.store(
        StoredLabels(zarr.open_array(array.store, path=array.path, mode="r"))
    )
    assert not segments.is_paintable
    assert StoredLabels(array).is_writable


def test_a_deep_copy_is_in_memory(stored):
    copy = deepcopy(stored)
    copy[0] = 9
    assert isinstance(copy, np.ndarray)
    assert not (stored[0] == 9).any()


def test_storing_ends_what_can_be_undone_and_painting_begins_anew(
    run, show, tmp_path, image
):
    segments = Segments(*run(3), show)
    painted = np.array(segments.labels)
    painted[:4, :6] = 9
    segments.take_paint(painted)
    segments.split(2, 2, image)
    labels = np.array(segments.labels)
    stored = StoredLabels(on_disk(labels, tmp_path))
    segments.store(stored)
    stored.on_paint = segments.paint_on_disk
    segments.undo()
    npt.assert_array_equal(np.asarray(stored), labels)
    stored[:2] = 1
    segments.rename(9, "Mine")
    segments.undo()
    segments.undo()
    npt.assert_array_equal(np.asarray(stored), labels)
    assert segments.map[9].name == "Painted 9"
    assert segments.counts[9] == 24
    assert segments.history.undo_name is None
