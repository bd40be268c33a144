"""Cuts moved by hand: what was said and painted stays, and a drag is one step."""

import numpy as np
import pytest

from napari_kmeans import segment
from napari_kmeans.core.adjusting import Levels, adjusted, cuts_of, moved
from napari_kmeans.core.clustering import count_pixels
from napari_kmeans.core.progress import finish
from napari_kmeans.segments.recipe import Recipe
from napari_kmeans.segments.segments import ADJUST, Segments


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (20, 30)).astype(np.uint8)


@pytest.fixture
def made(image):
    result = segment(image, 3)
    return Segments(result.model, result.labels, lambda v: np.repeat(v, 3, 1) / 255)


def with_cut(segments, image, index, to):
    model = segments.recipe.model
    histogram = finish(count_pixels(model.read(image)))
    levels = finish(Levels.of_steps(histogram, model.space))
    return adjusted(model, levels, moved(levels, cuts_of(model), index, to))


def move(segments, image, to, *, index=0, joins=False):
    model = with_cut(segments, image, index, to)
    segments.adjust(model, model.predict(image), joins=joins)
    return model


def test_labels_follow_and_undo_and_redo_bring_them_back(made, image):
    before, fitted = made.labels.copy(), made.recipe.model
    model = move(made, image, 50)
    np.testing.assert_array_equal(made.labels, model.predict(image))
    assert made.counts[1] == (image <= 50).sum()
    assert made.recipe.model == model
    made.undo()
    np.testing.assert_array_equal(made.labels, before)
    assert made.recipe.model == fitted
    made.redo()
    np.testing.assert_array_equal(made.labels, model.predict(image))


def test_a_drag_is_one_step_of_undo_also_if_its_first_move_changes_no_pixel(made):
    image = np.repeat(np.array([[0, 10, 200, 250]], np.uint8), 5, axis=0)
    result = segment(image, 2)
    made = Segments(result.model, result.labels, lambda v: np.repeat(v, 3, 1) / 255)
    before = made.labels.copy()
    move(made, image, 100)
    move(made, image, 5, joins=True)
    move(made, image, 220, joins=True)
    assert [step.name for step in made.history.past] == [ADJUST]
    assert (made.labels == 1).sum() == 15
    made.undo()
    np.testing.assert_array_equal(made.labels, before)
    assert made.recipe.model.fitted is None


def test_names_colours_flags_and_merges_stay(made, image):
    made.rename(2, "cells")
    made.set_color(2, (1, 0, 0))
    made.set_visible([3], False)
    made.merge([1, 2])
    before = made.map
    move(made, image, 20)
    assert [s.name for s in made.map] == [s.name for s in before]
    assert [s.visible for s in made.map] == [s.visible for s in before]
    assert [s.atoms for s in made.map] == [s.atoms for s in before]
    move(made, image, 220, index=1)
    assert made.counts[before.values[0]] == (image <= 220).sum()


def test_mean_colours_follow_the_means(made, image):
    move(made, image, 20)
    dark = image[image <= 20].mean() / 255
    np.testing.assert_allclose(made.map[1].color, dark)


def test_paint_stays_on_top_wherever_the_cut_was_meanwhile(made, image):
    painted = made.labels.copy()
    value = int(painted[3, 4])
    other = value % 3 + 1
    painted[3, 4] = other
    made.take_paint(painted)
    n_past = len(made.history.past)
    for step, to in enumerate((10, 120, 60, 90)):
        move(made, image, to, joins=step > 0)
        assert made.labels[3, 4] == other
    assert len(made.history.past) == n_past + 1
    made.undo()
    np.testing.assert_array_equal(made.labels, painted)


def test_names_are_found_again_by_a_fresh_fit(made, image):
    for value, name in ((1, "dark"), (2, "middle"), (3, "bright")):
        made.rename(value, name)
    move(made, image, 3)
    move(made, image, 240, index=1)
    result = segment(image, 3)
    made.rerun(result.model, result.labels)
    assert [s.name for s in made.map] == ["dark", "middle", "bright"]
    assert made.recipe.model.fitted is None


def test_the_recipe_is_saved_and_labels_other_images_by_the_cuts(made, image):
    made.merge([2, 3])
    model = move(made, image, 50)
    recipe = Recipe.from_dict(made.recipe.to_dict())
    assert recipe.model == model
    other = 255 - image
    expected = np.where(other <= 50, made.map.values[0], made.map.values[1])
    np.testing.assert_array_equal(recipe.predict(other), expected)


def test_labels_on_demand_follow_as_one_step(image):
    dask = pytest.importorskip("dask.array")
    lazy = dask.from_array(image, chunks=8)
    result = segment(lazy, 3)
    made = Segments(result.model, result.labels, lambda v: np.repeat(v, 3, 1) / 255)
    before = np.asarray(made.labels)
    for step, to in enumerate((30, 40, 50)):
        model = with_cut(made, image, 0, to)
        made.adjust(model, model.predict(lazy), joins=step > 0)
    expected = 1 + (image[..., np.newaxis] > made.recipe.model.cuts).sum(axis=-1)
    np.testing.assert_array_equal(np.asarray(made.labels), expected)
    assert len(made.history.past) == 1
    made.undo()
    np.testing.assert_array_equal(np.asarray(made.labels), before)
