"""Pixels that are not sure enough are left in no segment, undone like all else."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kmeans.core.progress import finish
from napari_kmeans.segments.certainty import Certainty
from napari_kmeans.segments.recipe import Recipe


def certainty_of(segments, image, mask=None):
    return finish(Certainty.steps(segments.recipe, image, mask))


def test_what_is_less_sure_is_in_no_segment(segments, image):
    before = segments.labels.copy()
    confidence = segments.recipe.model.confidence(image)
    segments.leave_undecided(certainty_of(segments, image), 40)
    undecided = confidence < np.float32(0.4)
    assert undecided.any()
    np.testing.assert_array_equal(segments.labels, np.where(undecided, 0, before))
    assert sum(segments.counts.values()) == np.count_nonzero(~undecided)
    assert segments.n_edited == 0
    segments.undo()
    np.testing.assert_array_equal(segments.labels, before)
    assert segments.recipe.undecided_below == 0
    segments.redo()
    np.testing.assert_array_equal(segments.labels, np.where(undecided, 0, before))
    assert segments.recipe.undecided_below == 0.4


@settings(deadline=None, max_examples=20)
@given(percent=st.integers(0, 100))
def test_the_recipe_leaves_the_same_undecided(percent, run, show, image):
    from napari_kmeans.segments.segments import Segments

    segments = Segments(*run(3), show)
    segments.split(2, 2, image)
    certainty = certainty_of(segments, image)
    segments.leave_undecided(certainty, percent)
    again = Recipe.from_dict(json.loads(json.dumps(segments.recipe.to_dict())))
    np.testing.assert_array_equal(again.predict(image), segments.labels)
    counts = certainty.counts
    assert counts.sum() == segments.labels.size
    n_undecided = counts[1:, :percent].sum()
    assert n_undecided == np.count_nonzero(segments.labels == 0)


def test_a_recipe_saved_before_decides_all(segments):
    saved = segments.recipe.to_dict()
    del saved["undecided_below"]
    assert Recipe.from_dict(saved).undecided_below == 0


def test_what_was_painted_stays_and_what_was_left_comes_back(segments, image):
    painted = np.array(segments.labels)
    painted[:3, :3] = 2
    painted[5:8, 5:8] = 9
    segments.take_paint(painted)
    certainty = certainty_of(segments, image)
    segments.leave_undecided(certainty, 100)
    predicted = segments.recipe.model.predict(image)
    edited = painted != predicted
    np.testing.assert_array_equal(segments.labels, np.where(edited, painted, 0))
    assert segments.n_edited == np.count_nonzero(edited)
    segments.leave_undecided(certainty, 0)
    np.testing.assert_array_equal(segments.labels, painted)


def test_what_is_painted_on_undecided_pixels_is_an_edit(segments, image):
    certainty = certainty_of(segments, image)
    segments.leave_undecided(certainty, 100)
    painted = np.array(segments.labels)
    painted[0, :5] = 1
    segments.take_paint(painted)
    assert segments.n_edited == 5
    segments.leave_undecided(certainty, 50)
    assert (segments.labels[0, :5] == 1).all()


def test_merges_stay(segments, image):
    segments.merge([1, 2])
    certainty = certainty_of(segments, image)
    segments.leave_undecided(certainty, 30)
    assert set(np.unique(segments.labels)) <= {0, *segments.map.values}
    segments.drop_merges()
    np.testing.assert_array_equal(segments.recipe.predict(image), segments.labels)


def test_pixels_outside_a_mask_are_not_undecided(segments, image):
    mask = np.zeros(image.shape[:2], bool)
    mask[4:] = True
    certainty = certainty_of(segments, image, mask)
    assert not certainty.decided(0)[:4].any()
    assert certainty.counts[1:].sum() == mask.sum()


def test_segments_that_changed_meanwhile_are_left_as_they_are(segments, image, run):
    certainty = certainty_of(segments, image)
    segments.rerun(*run(4))
    with pytest.raises(ValueError, match="changed while"):
        segments.leave_undecided(certainty, 50)
