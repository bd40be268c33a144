"""Two features at once: what one makes is kept, or undone, by the other."""

import numpy as np
import numpy.testing as npt
import pytest


def paint(segments, value, region=(slice(4), slice(6))):
    painted = segments.labels.astype(np.uint16)
    painted[region] = value
    segments.take_paint(painted)


def test_painting_another_run_and_undo(segments, run):
    first = np.array(segments.labels)
    paint(segments, 9)
    segments.rename(9, "Mine")
    painted = np.array(segments.labels)
    edits = segments.n_edited
    segments.rerun(*run(4))
    assert (segments.labels[:4, :6] == 5).all()
    assert segments.map[5].name == "Mine"
    assert segments.n_edited == edits
    segments.undo()
    npt.assert_array_equal(segments.labels, painted)
    segments.undo()
    segments.undo()
    npt.assert_array_equal(segments.labels, first)
    assert segments.n_edited == 0
    for _ in range(3):
        segments.redo()
    assert (segments.labels[:4, :6] == 5).all()


def test_painting_splitting_undo_and_redo(segments, image):
    paint(segments, 2)
    before, counts = np.array(segments.labels), segments.counts
    segments.split(2, 2, image)
    split, pieces = np.array(segments.labels), segments.counts
    assert counts[2] == pieces[2] + pieces[4]
    segments.undo()
    npt.assert_array_equal(segments.labels, before)
    assert segments.counts == counts
    segments.redo()
    npt.assert_array_equal(segments.labels, split)
    assert segments.counts == pieces


def test_merging_a_palette_and_another_run(segments, run):
    segments.set_color(1, (1, 0, 0))
    segments.merge([2, 3])
    segments.set_palette("okabe-ito")
    (merged,) = set(segments.map.values) - {1}
    colors = {s.value: s.color for s in segments.map}
    segments.rerun(*run(4))
    segments.rerun(*run(3))
    assert {s.value: s.color for s in segments.map} == colors
    assert segments.map[1].color == (1, 0, 0)
    assert segments.map[merged].atoms == (2, 3)
    segments.set_palette("mean")
    assert segments.map[1].color == (1, 0, 0)


def test_a_plan_to_split_does_not_fit_after_painting(segments, image):
    steps = segments.split_steps(2, 2, image)
    paint(segments, 1)
    plan = None
    try:
        while True:
            next(steps)
    except StopIteration as stop:
        plan = stop.value
    assert not plan.fits(segments.map, segments.revision)
    segments.undo()
    assert not plan.fits(segments.map, segments.revision)


@pytest.mark.parametrize(
    "act",
    [
        lambda segments, image, run: segments.merge([1, 2]),
        lambda segments, image, run: segments.split(2, 2, image),
        lambda segments, image, run: segments.rerun(*run(4)),
        lambda segments, image, run: segments.replace_pixels(run(3)[1], "Fill"),
        lambda segments, image, run: segments.undo(),
        lambda segments, image, run: segments.redo(),
    ],
)
def test_each_act_asks_for_edits_once(segments, image, run, act):
    asked = []
    segments.about_to_change.connect(lambda: asked.append(segments.labels))
    act(segments, image, run)
    assert len(asked) == 1


def test_edits_that_are_announced_are_part_of_an_act(segments):
    painted = np.array(segments.labels)
    painted[:4, :6] = 3
    segments.about_to_change.connect(lambda: segments.take_paint(painted))
    segments.merge([1, 2])
    assert [s.name for s in segments.history.past] == ["Paint", "Merge 1 + 2"]
    assert (segments.labels[:4, :6] == 3).all()
    assert segments.counts[3] == np.count_nonzero(segments.labels == 3)
