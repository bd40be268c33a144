"""Large volumes and films, of which the slice on the screen is drawn."""

import numpy as np
import numpy.testing as npt
import pytest
from napari.components import ViewerModel

from napari_kmeans.core.progress import finish
from napari_kmeans.core.recoloring import LabelStyle
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers import picture as picture_module
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.layers.picture import LivePicture
from napari_kmeans.layers.source_pixels import read_source
from napari_kmeans.segments import segments as state_module


@pytest.fixture(params=[False, True], ids=["grey", "rgb"])
def volume(request):
    shape = (6, 30, 40, 3) if request.param else (6, 30, 40)
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def cluster(viewer, source, n_clusters=4):
    pixels = read_source(source)
    segmentation = finish(pixels.segment_steps(Settings(n_clusters)))
    return show_segmentation(viewer, source, segmentation, pixels=pixels)


@pytest.fixture
def pair(volume, monkeypatch):
    """The same volume drawn when it is looked at, and all at once."""
    viewers = ViewerModel(), ViewerModel()
    made = []
    for viewer, most in zip(viewers, (100, 1 << 24), strict=True):
        monkeypatch.setattr(picture_module, "MOST_DRAWN", most)
        made.append(cluster(viewer, viewer.add_image(volume, rgb=volume.ndim == 4)))
    monkeypatch.setattr(
        picture_module.Picture,
        "is_live",
        property(lambda self: self._segments is made[0].segments),
    )
    assert isinstance(made[0].recolored.data, LivePicture)
    assert isinstance(made[1].recolored.data, np.ndarray)
    yield made
    del viewers  # which nobody else keeps


def paint(clustering):
    with clustering.labels.block_history():
        clustering.labels.paint((2, 10, 10), 3)
        clustering.labels.paint((2, 10, 20), 9)


ACTS = {
    "hide": lambda clustering: clustering.segments.set_visible([2], False),
    "colour": lambda clustering: clustering.segments.set_color(2, (1, 0, 0)),
    "merge": lambda clustering: clustering.segments.merge([1, 3]),
    "split": lambda clustering: clustering.segments.split(2, 2, clustering.image),
    "paint": paint,
    "original": lambda clustering: setattr(clustering, "show_as", "original"),
    "palette": lambda clustering: setattr(clustering, "show_as", "palette"),
    "transparent": lambda clustering: setattr(clustering, "hidden_as", "transparent"),
    "rerun": lambda clustering: cluster(clustering.viewer, clustering.source, 5),
}


def shown(layer):
    """Give what napari has sliced for the screen."""
    return np.asarray(layer._slice.image.raw)


def assert_alike(live, drawn):
    one, other = live.recolored, drawn.recolored
    npt.assert_array_equal(shown(one), shown(other))
    npt.assert_array_equal(np.asarray(one.data), other.data)
    npt.assert_array_equal(live.labels.data, drawn.labels.data)
    assert (one.data.shape, one.data.dtype) == (other.data.shape, other.data.dtype)


@pytest.mark.parametrize("act", ACTS)
def test_all_looks_as_if_drawn_at_once(pair, act):
    for clustering in pair:
        clustering.viewer.dims.set_current_step(0, 2)
        clustering.segments.set_visible([1], False)
        ACTS[act](clustering)
    assert_alike(*pair)
    for clustering in pair:
        clustering.viewer.dims.set_current_step(0, 4)
    assert_alike(*pair)
    for clustering in pair:
        clustering.segments.undo()
    assert_alike(*pair)


@pytest.mark.parametrize(
    "index",
    [3, -1, (2, 5), (slice(None), 3), (slice(4, 0, -2), 7, slice(2, 9)), ..., [0, 2]],
)
def test_parts_are_read_as_from_an_array(pair, index):
    live, drawn = (clustering.recolored.data for clustering in pair)
    part = live[index]
    assert isinstance(part, np.ndarray)
    npt.assert_array_equal(part, drawn[index])
    assert (live.ndim, live.size, len(live)) == (drawn.ndim, drawn.size, len(drawn))


def test_hiding_draws_the_slice_on_the_screen_only(pair, monkeypatch):
    drawn, draw = [], LabelStyle.draw

    def spy(style, labels, *others):
        drawn.append(labels.size)
        return draw(style, labels, *others)

    live = pair[0]
    monkeypatch.setattr(LabelStyle, "draw", spy)
    live.segments.set_visible([2], False)
    assert drawn
    assert set(drawn) == {30 * 40}
    drawn.clear()
    live.segments.rename(2, "nuclei")
    assert not drawn


def test_moving_a_slider_looks_at_the_slice_it_moves_to(pair, monkeypatch):
    looked_at, find = [], state_module.find_painted

    def spy(painted, labels, within=None):
        looked_at.append(within)
        return find(painted, labels, within)

    live = pair[0]
    live.viewer.dims.set_current_step(0, 1)
    live.labels.data[4] = 2  # by a script, which tells nobody
    monkeypatch.setattr(state_module, "find_painted", spy)
    live.viewer.dims.set_current_step(0, 4)
    assert looked_at == [(slice(4, 5), slice(0, 30), slice(0, 40))]
    assert (live.segments.labels[4] == 2).all()
    npt.assert_array_equal(shown(live.recolored), live.recolored.data[4])
    live.labels.data[0] = 3
    live.labels.refresh()
    assert looked_at[-1] is None
    assert (live.segments.labels[0] == 3).all()
