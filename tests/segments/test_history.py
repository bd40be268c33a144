"""One order of steps, bounded by bytes."""

import numpy as np

from napari_kmeans.segments.segments import Segments


def test_names_and_order(segments):
    heard = []
    segments.history.changed.connect(lambda: heard.append(segments.history.undo_name))
    segments.merge([3, 2])
    segments.set_visible([1], False)
    painted = np.array(segments.labels)
    painted[0, 0] = 9
    segments.take_paint(painted)
    assert heard == ["Merge 2 + 3", "Hide 1", "Paint"]
    segments.undo()
    assert segments.history.redo_name == "Paint"
    segments.undo()
    segments.rename(1, "Sky")
    assert segments.history.redo_name is None
    segments.undo()
    segments.undo()
    assert segments.history.undo_name is None
    segments.undo()
    assert segments.history.redo_name == "Merge 2 + 3"
    assert heard[-1] is None


def test_dragging_a_colour_is_one_step(segments):
    first = segments.map
    for red in np.linspace(0, 1, 5):
        segments.set_color(1, (red, 0, 0), goes_on=True)
    segments.set_color(2, (0, 1, 0), goes_on=True)
    assert len(segments.history.past) == 2
    segments.undo()
    assert segments.map[1].color == (1, 0, 0)
    segments.undo()
    assert segments.map == first


def test_what_changes_nothing_is_no_step(segments, run):
    segments.set_visible([1], True)
    segments.show_all()
    segments.take_paint(np.array(segments.labels))
    segments.rerun(*run(3))
    assert segments.history.past == []


def bounded(result, show, max_bytes):
    """Segments whose history may take so many bytes."""
    segments = Segments(*result, show)
    segments.history.max_bytes = max_bytes
    return segments


def test_the_bytes_are_bounded_and_the_oldest_goes_first(run, show):
    segments = bounded(run(3), show, 10_000)
    random = np.random.default_rng(0)
    states = []
    for _ in range(30):
        states.append(np.array(segments.labels))
        segments.take_paint(random.integers(0, 4, segments.labels.shape, np.uint8))
        assert segments.history.nbytes <= 10_000
    done = len(segments.history.past)
    assert 1 < done < 30
    for expected in states[: -done - 1 : -1]:
        segments.undo()
        np.testing.assert_array_equal(segments.labels, expected)
    assert segments.history.undo_name is None
    assert segments.history.nbytes <= 10_000


def test_undone_steps_count_too(run, show):
    segments = bounded(run(3), show, 1)
    segments.rename(1, "Sky")
    assert segments.history.undo_name is None
    assert segments.map[1].name == "Sky"


def draw(segments, moves):
    """Paint a stroke of some moves; give what the labels were before."""
    before = np.array(segments.labels)
    painted = before.copy()
    for move in range(moves):
        region = slice(move % 20, move % 20 + 3), slice(move % 7, move % 7 + 5)
        painted[region] = 1 + move % 3
        segments.take_paint(painted, region, goes_on=True)
    segments.history.end_step()
    return before


def test_a_stroke_of_many_moves_is_one_step(segments):
    first = draw(segments, 12)
    assert [step.name for step in segments.history.past] == ["Paint"]
    segments.undo()
    np.testing.assert_array_equal(segments.labels, first)
    assert segments.history.undo_name is None


def test_the_moves_of_a_stroke_count_in_its_bytes(run, show):
    few, many = (Segments(*run(3), show) for _ in range(2))
    draw(few, 2)
    draw(many, 30)
    assert many.history.nbytes > 2 * few.history.nbytes
    little = bounded(run(3), show, 3_000)
    draw(little, 60)
    assert little.history.nbytes <= 3_000


def test_only_painting_joins_painting(segments):
    draw(segments, 2)
    segments.set_visible([1], False)
    painted = np.array(segments.labels)
    painted[0] = 3
    segments.take_paint(painted, goes_on=True)
    assert len(segments.history.past) == 3


def test_nothing_joins_what_came_before_an_undo(segments):
    draw(segments, 3)
    draw(segments, 4)
    segments.undo()
    before = np.array(segments.labels)
    painted = before.copy()
    painted[-3:] = 2
    segments.take_paint(painted, goes_on=True)
    assert len(segments.history.past) == 2
    segments.undo()
    np.testing.assert_array_equal(segments.labels, before)
