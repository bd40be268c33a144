"""A look at the source leaves no trace."""

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_kmeans.core.progress import finish
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.layers.comparison import Comparison
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import read_source


@pytest.fixture
def viewer():
    return ViewerModel()


def picture(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (30, 40)).astype(np.uint8)


def cluster(viewer, *sources):
    pixels = read_source(Sources(sources))
    segmentation = finish(pixels.segment_steps(Settings(3)))
    return show_segmentation(viewer, pixels.sources, segmentation, pixels=pixels)


def visible(viewer):
    return [layer.name for layer in viewer.layers if layer.visible]


def test_only_the_source_is_seen_meanwhile(viewer):
    below = viewer.add_image(picture(1), name="below")
    clustering = cluster(viewer, viewer.add_image(picture(), name="cell"))
    clustering.recolored.visible = False
    viewer.add_image(picture(2), name="above")
    viewer.add_shapes(name="shapes")
    before = visible(viewer)
    comparison = Comparison()
    comparison.begin(clustering)
    comparison.begin(clustering)
    assert visible(viewer) == ["below", "cell", "shapes"]
    comparison.end()
    comparison.end()
    assert visible(viewer) == before
    assert below.visible
    assert not clustering.segments.history.past
    assert clustering.edited_labels is None


def test_hidden_source_is_seen_meanwhile(viewer):
    clustering = cluster(viewer, viewer.add_image(picture(), name="cell"))
    clustering.source.visible = False
    before = visible(viewer)
    comparison = Comparison()
    comparison.begin(clustering)
    assert visible(viewer) == ["cell"]
    comparison.end()
    assert visible(viewer) == before


def test_channel_that_was_hidden_stays_so(viewer):
    one, two = (viewer.add_image(picture(n), name=f"c{n}") for n in (1, 2))
    clustering = cluster(viewer, one, two)
    two.visible = False
    comparison = Comparison()
    comparison.begin(clustering)
    assert visible(viewer) == ["c1"]
    comparison.end()


def test_without_a_source_nothing_is_hidden(viewer):
    clustering = cluster(viewer, viewer.add_image(picture(), name="cell"))
    viewer.layers.remove(clustering.source)
    before = visible(viewer)
    comparison = Comparison()
    comparison.begin(clustering)
    assert not comparison.is_on
    assert visible(viewer) == before


def test_mode_of_the_labels_layer_comes_back(viewer):
    clustering = cluster(viewer, viewer.add_image(picture(), name="cell"))
    clustering.labels.mode = "paint"
    comparison = Comparison()
    comparison.begin(clustering)
    comparison.end()
    assert clustering.labels.mode == "paint"
