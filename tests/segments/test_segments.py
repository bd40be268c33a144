"""What the user does, what it is called, and who hears of it."""

import numpy as np
import pytest


def test_a_new_result_is_shown_in_its_mean_colours(segments, run):
    model, clusters = run(3)
    assert segments.map.values == (1, 2, 3)
    assert [s.name for s in segments.map] == ["Segment 1", "Segment 2", "Segment 3"]
    np.testing.assert_allclose([s.color for s in segments.map], model.centroids / 255)
    np.testing.assert_array_equal(segments.labels, clusters)
    assert segments.counts == dict(enumerate(model.counts.tolist(), start=1))


@pytest.mark.parametrize(
    ("act", "name"),
    [
        (lambda s, _: s.merge([3, 1]), "Merge 1 + 3"),
        (lambda s, image: s.split(2, 2, image), "Split 2"),
        (lambda s, _: s.rename(2, "DAB"), "Rename 2"),
        (lambda s, _: s.set_color(2, (0, 0, 0)), "Colour 2"),
        (lambda s, _: s.set_palette("ordered"), "Colours: Dark to light"),
        (lambda s, _: s.set_visible([2, 1], False), "Hide 1, 2"),
        (lambda s, _: s.solo([2]), "Show only 2"),
        (lambda s, _: s.invert_visible(), "Swap hidden and shown"),
        (lambda s, _: s.set_ignored([1], True), "Ignore 1"),
    ],
)
def test_every_act_is_a_step_that_is_heard(segments, image, act, name):
    heard = []
    segments.map_changed.connect(heard.append)
    act(segments, image)
    assert heard == [segments.map]
    assert segments.history.undo_name == name
    segments.undo()
    assert heard[-1] == segments.map
    assert segments.history.redo_name == name


def test_showing_and_counting_again_have_their_own_names(segments):
    segments.set_visible([1], False)
    segments.set_visible([1], True)
    assert segments.history.undo_name == "Show 1"
    segments.set_ignored([1], True)
    segments.set_ignored([1], False)
    assert segments.history.undo_name == "Count 1"


def test_labels_are_heard_of_only_when_they_change(segments, run):
    regions = []
    segments.labels_changed.connect(regions.append)
    segments.set_visible([1], False)
    segments.rename(1, "Sky")
    assert regions == []
    segments.merge([1, 2])
    assert regions == [(slice(0, 24), slice(0, 28))]


def test_everything_is_reached_before_anybody_hears(segments):
    painted = np.array(segments.labels)
    painted[0, 0] = 9
    seen = []

    def look(*_):
        seen.append((segments.labels[0, 0], 9 in segments.map, segments.counts[9]))

    segments.map_changed.connect(look)
    segments.labels_changed.connect(look)
    segments.history.changed.connect(look)
    segments.take_paint(painted)
    assert seen == [(9, True, 1)] * 3


def test_a_rerun_with_another_model_is_heard_though_the_map_is_equal(segments, run):
    model, clusters = run(3)
    heard = []
    segments.map_changed.connect(heard.append)
    painted = np.array(clusters)
    painted[0, 0] = 1 + painted[0, 0] % 3
    segments.rerun(model, painted)
    assert heard == [segments.map]


def test_the_mean_palette_leaves_what_was_painted_new(segments):
    painted = np.array(segments.labels)
    painted[0, 0] = 9
    segments.take_paint(painted)
    color = segments.map[9].color
    segments.set_palette("okabe-ito")
    segments.set_palette("mean")
    assert segments.map[9].color != (0, 0, 0)
    assert segments.map[1].color != color
    np.testing.assert_allclose(
        segments.map[1].color, segments.recipe.model.centroids[0] / 255
    )


def test_an_unknown_palette_is_named(segments):
    with pytest.raises(ValueError, match="'rainbow' is not a palette"):
        segments.set_palette("rainbow")
