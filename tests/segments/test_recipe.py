"""A recipe does the same to another image, and survives JSON."""

import json

import numpy as np
import pytest

from napari_kmeans import KMeansModel
from napari_kmeans.segments.recipe import Recipe
from napari_kmeans.segments.segments import Segments


@pytest.fixture
def edited(segments, image, run):
    """Segments with a merge and two splits."""
    segments.split(2, 3, image)
    segments.merge([1, 2])
    segments.split(3, 2, image)
    segments.rename(1, "Ground")
    return segments


def test_another_image_is_merged_and_split_the_same_way(edited, image):
    np.testing.assert_array_equal(edited.recipe.predict(image), edited.labels)
    other = image[::-1, 5:]
    np.testing.assert_array_equal(edited.recipe.predict(other), edited.labels[::-1, 5:])


def test_json(edited, image, run):
    edited.rerun(*run(4))
    edited.rerun(*run(3))
    text = json.dumps(edited.recipe.to_dict())
    again = Recipe.from_dict(json.loads(text))
    assert again == edited.recipe
    np.testing.assert_array_equal(again.predict(image), edited.labels)


@pytest.mark.parametrize("bad", [{}, {"format": "x"}])
def test_something_else_is_refused(bad):
    with pytest.raises(ValueError, match="napari-kmeans segments"):
        Recipe.from_dict(bad)


def test_means_are_those_of_the_pixels(edited, image):
    for segment, mean in zip(edited.map, edited.recipe.means, strict=True):
        own = image[edited.labels == segment.value]
        np.testing.assert_allclose(mean, own.mean(axis=0))


def test_a_segment_painted_new_has_no_mean(segments):
    painted = np.array(segments.labels)
    painted[0, 0] = 9
    segments.take_paint(painted)
    means = segments.recipe.means
    assert np.isnan(means[-1]).all()
    assert np.isfinite(means[:-1]).all()


@pytest.mark.parametrize("channel_axis", [0, 1, -1])
def test_channels_may_be_anywhere(image, show, channel_axis):
    moved = np.moveaxis(image, -1, channel_axis)
    model = KMeansModel.fit(moved, 2, channel_axis=channel_axis)
    segments = Segments(model, model.predict(moved), show)
    segments.split(1, 2, moved)
    assert len(segments.map) == 3
    np.testing.assert_array_equal(segments.recipe.predict(moved), segments.labels)
