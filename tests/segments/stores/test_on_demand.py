"""Segments of labels that are computed on demand."""

import dask
import dask.array as da
import numpy as np
import numpy.testing as npt
import pytest

from napari_kmeans.segments.segments import Segments

COMPUTED = "computed on demand: write them to zarr"


def lazily(clusters, chunks=(7, 10)):
    """Give clusters as a dask array, with uneven chunks."""
    return da.from_array(clusters, chunks=chunks)


def levels(clusters):
    """Give clusters as two levels, in memory."""
    return clusters, clusters[::2, ::2].copy()


def lazy_levels(clusters):
    return tuple(lazily(level) for level in levels(clusters))


KINDS = {"dask": lazily, "levels": levels, "dask levels": lazy_levels}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def computed(labels):
    """Give all levels of labels as arrays."""
    every = labels if isinstance(labels, tuple) else (labels,)
    return [np.asarray(level) for level in every]


@pytest.fixture
def pair(run, show, kind):
    """The same segments, computed on demand and in memory."""
    model, clusters = run(4)
    return Segments(model, kind(clusters), show), Segments(model, clusters, show)


ACTS = {
    "merge": lambda s, run, _: s.merge(s.map.values[::2]),
    "rename": lambda s, run, _: s.rename(2, "DAB"),
    "hide": lambda s, run, _: s.set_visible([2], False),
    "colour": lambda s, run, _: s.set_color(2, (1, 0, 0)),
    "palette": lambda s, run, _: s.set_palette("okabe-ito"),
    "ignore": lambda s, run, _: s.set_ignored([2], True),
    "rerun": lambda s, run, kind: s.rerun(run(5)[0], kind(run(5)[1])),
}


def in_memory(clusters):
    return clusters


def assert_alike(lazy, eager):
    assert lazy.map == eager.map
    assert lazy.counts == eager.counts
    for level, expected in zip(
        computed(lazy.labels), (eager.labels, eager.labels[::2, ::2]), strict=False
    ):
        assert level.dtype == expected.dtype
        npt.assert_array_equal(level, expected)


@pytest.mark.parametrize("act", ACTS)
def test_acts_and_their_undo_are_as_in_memory(pair, run, kind, act):
    lazy, eager = pair
    ACTS["ignore"](lazy, run, kind), ACTS["ignore"](eager, run, kind)
    ACTS["merge"](lazy, run, kind), ACTS["merge"](eager, run, kind)
    assert_alike(lazy, eager)
    ACTS[act](lazy, run, kind), ACTS[act](eager, run, in_memory)
    assert_alike(lazy, eager)
    assert lazy.history.undo_name == eager.history.undo_name
    lazy.undo(), eager.undo()
    assert_alike(lazy, eager)
    lazy.redo(), eager.redo()
    assert_alike(lazy, eager)


def test_names_and_merges_carry_over_to_another_run(pair, run, kind):
    lazy, eager = pair
    for segments in pair:
        segments.rename(1, "Night")
        segments.merge([2, 3])
    for k in (6, 3, 4):
        model, clusters = run(k)
        lazy.rerun(model, kind(clusters))
        eager.rerun(model, clusters)
        assert_alike(lazy, eager)
    for _ in range(5):
        lazy.undo(), eager.undo()
        assert_alike(lazy, eager)


def test_nothing_is_computed_until_it_is_looked_at(run, show):
    blocks = []

    def count(block):
        blocks.append(block.shape)
        return block

    model, clusters = run(4)
    lazy = lazily(clusters).map_blocks(count, dtype=clusters.dtype, meta=clusters[:0])
    segments = Segments(model, lazy, show)
    segments.merge([1, 2])
    segments.set_visible([3], False)
    segments.rerun(model, lazily(clusters))
    segments.undo()
    assert segments.counts[3] == model.counts[2]
    assert blocks == []
    with dask.config.set(scheduler="synchronous"):
        np.asarray(segments.labels[0])
    assert len(blocks) == 3


def test_history_of_lazy_labels_takes_no_memory_for_pixels(pair, run, kind):
    lazy, _ = pair
    before = lazy.history.nbytes
    model, clusters = run(5)
    lazy.rerun(model, kind(clusters))
    held = sum(a.nbytes for a in computed(kind(run(4)[1])) if kind is levels)
    assert lazy.history.nbytes - before < held + 5_000


@pytest.mark.parametrize(
    "act",
    [
        lambda s, image: s.split(1, 2, image),
        lambda s, image: s.take_paint(np.zeros(image.shape[:2], np.uint8)),
        lambda s, image: s.replace_pixels(np.zeros(image.shape[:2], int), "Fill"),
    ],
)
def test_edits_of_pixels_say_why_not(pair, image, act):
    lazy, eager = pair
    assert eager.is_editable
    assert not lazy.is_editable
    with pytest.raises(ValueError, match=COMPUTED):
        act(lazy, image)
    assert lazy.n_edited == 0
    assert lazy.history.undo_name is None


def test_labels_of_another_kind_or_shape_are_not_taken(pair, run, kind):
    lazy, eager = pair
    model, clusters = run(4)
    assert lazy.takes(kind(clusters))
    assert not lazy.takes(clusters)
    assert not lazy.takes(kind(clusters[:-2]))
    assert not eager.takes(kind(clusters))
    with pytest.raises(ValueError, match="give labels of the same image"):
        lazy.rerun(model, clusters)


def test_segments_of_another_image_are_called_by_their_numbers(pair, run, show, kind):
    lazy, _ = pair
    lazy.rename(1, "Night")
    model, clusters = run(4)
    other = Segments(model, kind(clusters), show)
    assert other.map[1].name == "Segment 1"
    assert other.shape == clusters.shape
