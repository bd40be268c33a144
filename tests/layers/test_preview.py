"""A preview on the labels layer, and all that may happen while it is shown."""

import numpy as np
import numpy.testing as npt
import pytest
from napari.components import ViewerModel

from napari_kmeans.core.progress import finish
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.layers.source_pixels import read_source


@pytest.fixture
def viewer():
    return ViewerModel()


def cluster(viewer, source, n_clusters=4, **options):
    steps = read_source(source).segment_steps(Settings(n_clusters))
    return show_segmentation(viewer, source, finish(steps), **options)


@pytest.fixture(params=[(40, 50), (6, 20, 30)], ids=["2d", "stack"])
def previewed(request, viewer):
    pixels = np.random.default_rng(0).integers(0, 256, request.param)
    clustering = cluster(viewer, viewer.add_image(pixels.astype(np.uint8)))
    clustering.segments.set_visible([4], visible=False)
    clustering.preview(np.ones_like(clustering.segments.labels))
    return clustering


def move_slider(clustering):
    clustering.viewer.dims.set_current_step(0, 4)


def show_in_3d(clustering):
    clustering.viewer.dims.ndisplay = 3
    clustering.viewer.dims.ndisplay = 2


# What shows the preview, and takes nothing over

LOOKS = {
    "slider": move_slider,
    "3-D": show_in_3d,
    "refresh": lambda clustering: clustering.labels.refresh(),
    "take paint": lambda clustering: clustering.take_paint(),
    "edited labels, as Segment asks": lambda clustering: clustering.edited_labels,
    "show as": lambda clustering: setattr(clustering, "show_as", "original"),
    "opacity": lambda clustering: setattr(clustering.labels, "opacity", 0.3),
    "napari's undo": lambda clustering: clustering.labels.undo(),
    "colours": lambda clustering: clustering.labels.new_colormap(),
    "another preview": lambda clustering: clustering.preview(
        np.ones_like(clustering.segments.labels)
    ),
}


@pytest.mark.parametrize("look", LOOKS)
def test_what_is_looked_at_is_no_paint(previewed, look):
    labels = np.array(previewed.segments.labels)
    history = list(previewed.segments.history.past)
    LOOKS[look](previewed)
    assert (previewed.labels.data == 1).all()
    npt.assert_array_equal(previewed.segments.labels, labels)
    assert previewed.segments.history.past == history
    assert previewed.edited_labels is None
    assert not previewed.labels.editable
    previewed.preview(None)
    npt.assert_array_equal(previewed.labels.data, labels)
    assert previewed.labels.editable


# What ends it

CHANGES = {
    "merge": lambda clustering: clustering.segments.merge([1, 2]),
    "split": lambda clustering: clustering.segments.split(2, 2, clustering.image),
    "hide": lambda clustering: clustering.segments.set_visible([2], visible=False),
    "rename": lambda clustering: clustering.segments.rename(2, "nuclei"),
    "undo": lambda clustering: clustering.segments.undo(),
    "another run": lambda clustering: cluster(clustering.viewer, clustering.source, 3),
    "the same run": lambda clustering: cluster(clustering.viewer, clustering.source),
    "a run that keeps edits": lambda clustering: cluster(
        clustering.viewer, clustering.source, 3, keep_edits=True
    ),
    "clean up": lambda clustering: clustering.segments.replace_pixels(
        np.full_like(clustering.segments.labels, 2), "Fill holes"
    ),
    "layer deleted and made again": lambda clustering: (
        clustering.viewer.layers.remove(clustering.labels),
        clustering.add_missing_layers(),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_ends_it_and_takes_none_of_it_over(previewed, viewer, change):
    other = ViewerModel()
    plain = cluster(other, other.add_image(previewed.source.data))
    plain.segments.set_visible([4], visible=False)
    ended = []

    def on_ended():
        ended.append(True)
        previewed.preview(None)  # as a panel that asks for no preview any longer

    previewed.labels_layer.preview_ended.connect(on_ended)
    for clustering in (previewed, plain):
        CHANGES[change](clustering)
    assert ended == [True]
    npt.assert_array_equal(previewed.segments.labels, plain.segments.labels)
    npt.assert_array_equal(previewed.labels.data, plain.segments.labels)
    npt.assert_array_equal(
        previewed.recolored.data, previewed.pictures._pictures[0].draw()
    )
    names = [step.name for step in previewed.segments.history.past]
    assert names == [step.name for step in plain.segments.history.past]
    assert "Paint" not in names
    assert previewed.labels.editable


PAINTS = {
    "paint": lambda labels, at: labels.paint(at, 9),
    "fill": lambda labels, at: labels.data_setitem(tuple(map(np.atleast_1d, at)), 9),
    "data and refresh": lambda labels, at: (
        labels.data.__setitem__(at, 9),
        labels.refresh(),
    ),
}


@pytest.mark.parametrize("paint", PAINTS)
def test_what_a_script_paints_on_it_is_taken_over_without_it(previewed, paint):
    before = np.array(previewed.segments.labels)
    at = (0,) * before.ndim
    previewed.labels.brush_size = 1
    PAINTS[paint](previewed.labels, at)
    after = np.array(previewed.segments.labels)
    assert after[at] == 9
    assert np.count_nonzero(after != before) == 1
    npt.assert_array_equal(previewed.labels.data, after)
    assert previewed.labels.editable
    previewed.segments.undo()
    npt.assert_array_equal(previewed.labels.data, before)


def test_new_layers_beside_it_have_nothing_of_it(previewed, viewer):
    second = cluster(viewer, previewed.source, in_new_layers=True)
    npt.assert_array_equal(second.labels.data, previewed.segments.labels)
    assert (previewed.labels.data == 1).all()
    previewed.preview(None)
    npt.assert_array_equal(previewed.labels.data, second.labels.data)


def test_a_result_of_another_shape_takes_the_layer_without_it(previewed, viewer):
    layer = previewed.labels
    previewed.source.data = previewed.source.data[..., ::2]
    again = cluster(viewer, previewed.source)
    assert again.labels is layer
    npt.assert_array_equal(layer.data, again.segments.labels)
    assert layer.editable
    assert again.edited_labels is None


def test_what_was_painted_before_it_is_kept(viewer):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50)).astype(np.uint8)
    clustering = cluster(viewer, viewer.add_image(pixels))
    clustering.labels.data[5:20, 5:20] = 2  # by a script, which tells nobody
    clustering.preview(np.ones_like(clustering.segments.labels))
    clustering.preview(None)
    assert (clustering.labels.data[5:20, 5:20] == 2).all()
    assert (clustering.segments.labels[5:20, 5:20] == 2).all()
