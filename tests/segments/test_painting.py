"""What the user paints is followed, and is an edit only where it differs."""

import sys

import numpy as np
import pytest

from napari_kmeans import KMeansModel
from napari_kmeans.segments.painting import distinct
from napari_kmeans.segments.segments import Segments


def test_a_new_value_becomes_a_segment(segments):
    painted = segments.labels.astype(np.int32)
    painted[2:5, 3:9] = 9
    heard = []
    segments.map_changed.connect(lambda m: heard.append(m.values))
    segments.labels_changed.connect(heard.append)
    assert segments.take_paint(painted)
    assert heard == [(slice(2, 5), slice(3, 9)), (1, 2, 3, 9)]
    assert segments.map[9].name == "Painted 9"
    assert segments.counts[9] == segments.n_edited == 18
    assert segments.history.undo_name == "Paint"


def test_painting_back_is_no_edit(segments):
    first = np.array(segments.labels)
    painted = first.copy()
    painted[:3] = 0
    segments.take_paint(painted)
    assert segments.n_edited == painted[:3].size
    segments.take_paint(first)
    assert segments.n_edited == 0


def test_labels_cannot_be_written_from_outside(segments):
    with pytest.raises(ValueError, match="read-only"):
        segments.labels[0, 0] = 1


def test_the_clusters_given_are_never_written(run, segments, image):
    clusters = np.array(run(3)[1])
    segments.split(1, 2, image)
    painted = np.array(segments.labels)
    painted[:] = 3
    segments.take_paint(painted)
    segments.undo()
    np.testing.assert_array_equal(run(3)[1], clusters)


def test_undo_puts_values_past_a_byte_away_again(segments):
    first = np.array(segments.labels)
    painted = first.astype(np.uint16)
    painted[0, 0] = 300
    segments.take_paint(painted)
    assert segments.labels.dtype == np.uint16
    segments.undo()
    assert segments.labels.dtype == np.uint8
    np.testing.assert_array_equal(segments.labels, first)


@pytest.mark.parametrize("value", [-1, 65_536])
def test_what_is_no_label_is_refused(segments, value):
    painted = segments.labels.astype(np.int64)
    painted[0, 0] = value
    with pytest.raises(ValueError, match="from 0 to 65535"):
        segments.take_paint(painted)
    assert segments.history.undo_name is None


def test_another_shape_is_refused(segments):
    with pytest.raises(ValueError, match="shape"):
        segments.take_paint(segments.labels[1:])


def calls(act):
    """How many functions are called by an act."""
    count = 0

    def hear(_frame, event, _arg):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(hear)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


def test_many_new_labels_cost_in_proportion(run, show):
    def paint(n):
        segments = Segments(*run(3), show)
        labels = np.array(segments.labels, np.uint16)
        labels.reshape(-1)[:n] = np.arange(4, n + 4)

        def act():
            segments.take_paint(labels)
            segments.show_all()
            segments.merge([5, 6])
            segments.set_palette("ordered")
            assert len(segments.counts) == n + 3 - 1
            segments.rerun(*run(4))
            segments.undo()

        return calls(act)

    paint(10)  # what is done once
    assert paint(640) < 5 * paint(160)


def test_thousands_of_new_labels(show):
    labels = np.arange(3_200, dtype=np.uint16).reshape(40, 80) + 1
    model = KMeansModel.fit(labels, 2)
    segments = Segments(model, model.predict(labels), show)
    segments.take_paint(labels)
    assert segments.map.values == tuple(range(1, 3_201))
    assert len({segment.color for segment in segments.map}) == 3_200
    assert set(segments.counts.values()) == {1}


def test_distinct():
    assert distinct(np.array([3, 0, 3, 7])) == (0, 3, 7)
    assert distinct(np.array([5, 5])) == (5,)
    assert distinct(np.array([], np.uint8)) == ()
