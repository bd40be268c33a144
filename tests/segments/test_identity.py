"""Names, colours and flags stay with what they were given to."""

import numpy as np
import pytest

from napari_kmeans import KMeansModel
from napari_kmeans.segments.identity import match
from napari_kmeans.segments.segments import Segments

NAMES = {1: "Background", 2: "Stroma", 3: "DAB", 4: "Tumour"}


def named(segments, names):
    for value, name in names.items():
        segments.rename(value, name)
    return segments


def names_by_color(segments):
    """What each pixel of the image is called."""
    table = np.array(["", *[""] * max(segments.map.values)], dtype=object)
    for segment in segments.map:
        table[segment.value] = segment.name
    return table[segments.labels]


def test_a_segment_more_adds_a_row(segments, run):
    named(segments, {1: "Background", 2: "Stroma", 3: "DAB"})
    called = names_by_color(segments)
    segments.rerun(*run(4))
    assert segments.map.values == (1, 2, 3, 4)
    (new,) = (s for s in segments.map if not s.is_named)
    assert new.name == f"Segment {new.value}"
    agrees = names_by_color(segments) == called
    assert agrees[segments.labels != new.value].mean() > 0.9


@pytest.mark.parametrize("k", [1, 2, 3])
def test_fewer_and_back_restores_all(run, show, k):
    segments = named(Segments(*run(4), show), NAMES)
    segments.set_color(2, (1, 0, 1))
    segments.set_visible([3], False)
    segments.set_ignored([1], True)
    before, called = segments.map, names_by_color(segments)
    segments.rerun(*run(k))
    assert len(segments.map) == k
    segments.rerun(*run(4))
    assert segments.map == before
    np.testing.assert_array_equal(names_by_color(segments), called)


def test_three_four_three_four(segments, run):
    named(segments, {1: "Background", 2: "Stroma", 3: "DAB"})
    segments.rerun(*run(4))
    (new,) = (s.value for s in segments.map if not s.is_named)
    segments.rename(new, "Tumour")
    called = names_by_color(segments)
    segments.rerun(*run(3))
    assert "Tumour" not in [s.name for s in segments.map]
    segments.rerun(*run(4))
    np.testing.assert_array_equal(names_by_color(segments), called)


def test_a_merge_carries_over(run, show):
    segments = Segments(*run(4), show)
    segments.rename(4, "Tumour")
    segments.merge([2, 3])
    before = np.array(segments.labels)
    segments.rerun(*run(5))
    segments.rerun(*run(4))
    assert [s.atoms for s in segments.map] == [(1,), (2, 3), (4,)]
    assert segments.map.values == (1, 2, 3)
    assert segments.map[3].name == "Tumour"
    values = np.unique(before)
    np.testing.assert_array_equal(segments.labels, np.searchsorted(values, before) + 1)


def test_merges_are_dropped_in_one_step(run, show):
    segments = Segments(*run(5), show)
    first = np.array(segments.labels)
    segments.rename(3, "Lost")
    segments.rename(4, "Bright")
    segments.merge([1, 2])
    segments.merge([3, 5])
    assert segments.recipe.n_merges == 2
    painted = np.array(segments.labels)
    painted[0, 0] = 9
    segments.take_paint(painted)
    edits = segments.n_edited
    before, labels = segments.map, np.array(segments.labels)
    segments.drop_merges()
    assert segments.recipe.n_merges == 0
    assert [s.atoms for s in segments.map] == [(n,) for n in range(1, 7)]
    assert segments.map.values == (1, 2, 3, 4, 5, 6)
    named = {s.value: s.name for s in segments.map if s.is_named}
    assert named in ({3: "Lost", 4: "Bright"}, {5: "Lost", 4: "Bright"})
    assert segments.map[6].name == "Painted 6"
    assert segments.n_edited == edits
    first[0, 0] = 6
    np.testing.assert_array_equal(segments.labels, first)
    segments.undo()
    assert segments.map == before
    np.testing.assert_array_equal(segments.labels, labels)


def test_a_split_segment_is_not_a_merge(segments, image):
    segments.split(2, 3, image)
    assert segments.recipe.n_merges == 0
    values = np.array(segments.labels)
    segments.drop_merges()
    pairs = set(
        zip(values.ravel().tolist(), segments.labels.ravel().tolist(), strict=True)
    )
    assert len(pairs) == len(segments.map) == 5


@pytest.mark.parametrize("between", [(2,), (7,), (3, 1, 6)])
@pytest.mark.parametrize("palette", ["mean", "okabe-ito", "ordered"])
def test_a_run_is_as_if_it_were_the_first(run, show, between, palette):
    fresh = Segments(*run(4), show)
    fresh.set_palette(palette)
    segments = Segments(*run(5), show)
    segments.set_palette(palette)
    for k in (*between, 4):
        segments.rerun(*run(k))
    assert segments.map == fresh.map
    np.testing.assert_array_equal(segments.labels, fresh.labels)


def test_a_lost_segment_is_not_taken_for_another_of_its_number(run, show):
    segments = named(Segments(*run(5), show), {3: "Lost", 5: "Bright"})
    segments.merge([1, 2])
    for k in (1, 2, 5):
        segments.rerun(*run(k))
        assert len({s.name for s in segments.map}) == len(segments.map)
    assert [s.atoms for s in segments.map] == [(1, 2), (3,), (4,), (5,)]
    assert [s.name for s in segments.map] == [
        "Segment 1",
        "Lost",
        "Segment 3",
        "Bright",
    ]


def test_mean_colours_are_those_of_the_new_run_but_for_chosen_ones(run, show):
    segments = Segments(*run(3), show)
    segments.set_color(1, (1, 0, 1))
    model, clusters = run(4)
    segments.rerun(model, clusters)
    assert segments.map[1].color == (1, 0, 1)
    for segment in segments.map:
        if segment.value != 1:
            mean = model.centroids[segment.atoms[0] - 1] / 255
            np.testing.assert_allclose(segment.color, mean)


@pytest.mark.parametrize("keep", [True, False])
def test_painted_pixels_are_kept_or_replaced(segments, run, keep):
    painted = np.array(segments.labels)
    painted[:3, :3] = 9
    painted[5:8, :3] = 0
    segments.take_paint(painted)
    edits = segments.n_edited
    model, clusters = run(4)
    segments.rerun(model, clusters, keep_edits=keep)
    if keep:
        assert (segments.labels[:3, :3] == 5).all()
        assert (segments.labels[5:8, :3] == 0).all()
        assert segments.map[5].name == "Painted 5"
        assert segments.n_edited == edits
    else:
        assert 9 not in segments.map
        assert segments.n_edited == 0
    segments.undo()
    np.testing.assert_array_equal(segments.labels, painted)


def test_an_image_of_another_size_is_refused(image, run, segments):
    half, model = image[:12], run(3)[0]
    with pytest.raises(ValueError, match="shape"):
        segments.rerun(model, model.predict(half))


def test_a_painted_segment_without_a_pixel_goes_with_the_next_run(segments, run):
    first = np.array(segments.labels)
    painted = first.copy()
    painted[0, 0] = 9
    segments.take_paint(painted)
    segments.take_paint(first)
    regions = []
    segments.labels_changed.connect(regions.append)
    segments.rerun(*run(3))
    assert segments.counts.keys() == {1, 2, 3}
    segments.undo()
    assert segments.counts[9] == 0
    assert regions == []
    segments.rerun(*run(4))
    assert len(segments.map) == 4


def test_another_number_of_channels_is_new_throughout(image, segments, run):
    named(segments, {1: "Background"})
    gray = KMeansModel.fit(image[..., 0], 2)
    segments.rerun(gray, gray.predict(image[..., 0]))
    assert [s.name for s in segments.map] == ["Segment 1", "Segment 2"]
    segments.rerun(*run(4))
    assert len(segments.map) == 4


def test_hundreds_of_clusters_and_back(show):
    ramp = np.arange(3000, dtype=np.uint16).reshape(50, 60)
    many, few = (KMeansModel.fit(ramp, k) for k in (300, 3))
    segments = Segments(few, few.predict(ramp), show)
    first = np.array(segments.labels)
    segments.rerun(many, many.predict(ramp))
    assert len(segments.map) == 300
    painted = np.array(segments.labels)
    painted[:2] = 150
    segments.take_paint(painted)
    segments.rerun(few, few.predict(ramp))
    assert len(np.unique(segments.labels[:2])) == 1
    last = np.array(segments.labels)
    for _ in range(3):
        segments.undo()
    np.testing.assert_array_equal(segments.labels, first)
    assert segments.labels.dtype == np.uint8
    for _ in range(3):
        segments.redo()
    np.testing.assert_array_equal(segments.labels, last)


def test_match_refuses_what_is_far():
    old = [[[0.0]], [[100.0]], [[200.0]]]
    assert match(old, np.array([[205.0], [1.0]])) == {0: 2, 1: 0}
    assert match(old, np.array([[10.0], [1000.0], [1100.0]])) == {0: 0}
    huge = [[[0.0]], [[1e300]], [[2e300]]]
    assert match(huge, np.array(huge)[:, 0]) == {0: 0, 1: 1, 2: 2}
    assert match([[[0.0]]], np.zeros((1, 1))) == {0: 0}


def test_segments_are_known_by_their_position_if_that_counts(show):
    frame = np.tile(np.uint8([118, 122]), (10, 45))
    frame[:, :20], frame[:, -20:] = 50, 53
    later = frame.copy()
    later[:, :20], later[:, -20:] = 53, 50
    models = [KMeansModel.fit(image, 3, position_weight=1) for image in (frame, later)]
    segments = Segments(models[0], models[0].predict(frame), show)
    left, right = (int(segments.labels[0, x]) for x in (0, -1))
    named(segments, {left: "Left", right: "Right"})
    segments.split(int(segments.labels[0, 45]), 2, frame)
    segments.rerun(models[1], models[1].predict(later))
    for name, x in (("Left", 0), ("Right", -1)):
        assert segments.map[int(segments.labels[0, x])].name == name


def test_names_stay_when_positions_begin_and_end_to_count(image, run, segments):
    named(segments, {1: "Background", 2: "Stroma", 3: "DAB"})
    near = KMeansModel.fit(image, 3, channel_axis=-1, position_weight=1)
    segments.rerun(near, near.predict(image))
    assert {s.name for s in segments.map} == {"Background", "Stroma", "DAB"}
    called = segments.map
    segments.rerun(*run(3))
    assert {s.name for s in segments.map} == {"Background", "Stroma", "DAB"}
    segments.rerun(near, near.predict(image))
    assert [s.name for s in segments.map] == [s.name for s in called]


def test_match_knows_where_a_part_was_before():
    trails = [[[0.0], [60.0]], [[100.0]]]
    assert match(trails, np.array([[0.0], [100.0]])) == {0: 0, 1: 1}
    assert match(trails, np.array([[55.0], [101.0]])) == {0: 0, 1: 1}


def test_what_was_painted_new_and_split_meets_another_run(segments, run, image):
    painted = np.array(segments.labels)
    painted[:8, :8] = 9
    segments.take_paint(painted)
    segments.split(9, 2, image)
    segments.rerun(*run(4), keep_edits=False)
    assert len(segments.map) == 4
    segments.undo()
    assert 9 in segments.map
