"""Labels by other cuts, of every kind of image: those that the model predicts."""

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image

from napari_kmeans.core.adjusting import adjusted, cuts_of, moved
from napari_kmeans.core.kept import Kept
from napari_kmeans.core.levels import levels_of
from napari_kmeans.core.progress import finish
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.layers.fitted_pixels import (
    fitted_values_steps,
    relabel_steps,
    why_no_cuts,
)
from napari_kmeans.layers.region import Slices
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import PixelSelection, read_source


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 200, (4, 24, 30)).astype(np.uint8)


@pytest.fixture
def show():
    """Return the clustering of an image, in a viewer without a window."""
    viewer = ViewerModel()

    def show(data, selection=None, **settings):
        layer = Image(data, rgb=False, multiscale=isinstance(data, list))
        viewer.add_layer(layer)
        sources = Sources((layer,))
        pixels = read_source(sources, selection or PixelSelection())
        request = Settings(3, **settings)
        result = finish(pixels.segment_steps(request))
        layers = show_segmentation(viewer, sources, result, pixels=pixels)
        layers.keep = viewer
        return layers

    return show


def moved_cut(layers, to, index=0):
    """Move a cut as the window does; return the model and the values counted."""
    kept = Kept()
    values = finish(fitted_values_steps(layers, kept))
    model = layers.segments.recipe.model
    assert values.levels.n_pixels == model.counts.sum()
    after = adjusted(
        model, values.levels, moved(values.levels, cuts_of(model), index, to)
    )
    labels = finish(relabel_steps(layers, after, values, kept))
    layers.adjust(after, labels)
    return after


def by_cuts(image, model):
    return 1 + (np.asarray(image, float)[..., np.newaxis] > model.cuts).sum(axis=-1)


@pytest.mark.parametrize("smoothing", ["gaussian", "median"])
def test_smoothed_pixels_are_cut_smoothed(show, image, smoothing):
    layers = show(image, sigma=1.0, smoothing=smoothing)
    model = moved_cut(layers, 80)
    np.testing.assert_array_equal(layers.segments.labels, model.predict(image))
    np.testing.assert_array_equal(
        [layers.segments.counts[value] for value in (1, 2, 3)], model.counts
    )


@pytest.mark.parametrize("label_all", [False, True])
def test_a_region_is_counted_and_all_else_labelled_if_it_was(show, image, label_all):
    selection = PixelSelection(Slices(((0, 1, 2),)), label_all=label_all)
    layers = show(image, selection)
    model = moved_cut(layers, 50)
    expected = by_cuts(image, model)
    if not label_all:
        expected[[0, 3]] = 0
    np.testing.assert_array_equal(layers.segments.labels, expected)


def test_all_levels_of_a_pyramid_follow(show, image):
    levels = [image, image[:, ::2, ::2], image[:, ::4, ::4]]
    layers = show(levels)
    model = moved_cut(layers, 50)
    for level, labels in zip(levels, levels_of(layers.segments.labels), strict=True):
        np.testing.assert_array_equal(np.asarray(labels), by_cuts(level, model))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_lazy_labels_follow_block_by_block(show, image, dtype):
    dask = pytest.importorskip("dask.array")
    data = image.astype(dtype) * (0.37 if dtype == "float32" else 1)
    data = data.astype(dtype)
    layers = show(dask.from_array(data, chunks=(2, 10, 12)))
    model = moved_cut(layers, 30)
    labels = np.asarray(layers.segments.labels)
    np.testing.assert_array_equal(labels, by_cuts(data, model))
    np.testing.assert_array_equal(model.counts, np.bincount(labels.ravel())[1:])


def test_a_film_out_of_order_in_memory_is_labelled_where_it_lies(show, image):
    data = np.asfortranarray(image.astype(np.int16) - 100)
    layers = show(data)
    model = moved_cut(layers, -30)
    np.testing.assert_array_equal(layers.segments.labels, by_cuts(data, model))


def test_what_has_no_cuts_says_why(show, image):
    each = show(image, PixelSelection(slice_axis=0))
    assert why_no_cuts(each).startswith("Each slice has its own model")
    placed = show(image, position_weight=1.0)
    assert why_no_cuts(placed) == "Cut lines are for one channel only."
