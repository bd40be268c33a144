"""The cloud: what it shows, what the mouse does in it, and over the canvas."""

import numpy as np
import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication, QDockWidget
from tests.widgets.conftest import NONE, Mouse

from napari_kmeans.layers import plotted_pixels
from napari_kmeans.widgets.canvas import camera_of
from napari_kmeans.widgets.docks import dock_explorer
from napari_kmeans.widgets.explorer import cloud_view
from napari_kmeans.widgets.explorer.cloud_page import (
    BY_SEGMENT,
    ONE_CHANNEL,
    TWO_CHANNELS,
)
from napari_kmeans.widgets.explorer.plotting import NOT_YET


@pytest.fixture
def patches():
    """Four patches of one colour each, far apart."""
    image = np.zeros((40, 40, 3), np.uint8)
    image[:20, :20], image[:20, 20:] = (20, 20, 20), (220, 30, 30)
    image[20:, :20], image[20:, 20:] = (30, 200, 40), (240, 240, 240)
    return image


@pytest.fixture
def cloud(viewer, patches, segment, open_page):
    viewer.add_image(patches, name="patches")
    segment()
    return open_page("Cloud")


def place_of(page, point):
    """Return where a point is, from the middle of the canvas, as `Mouse` has it."""
    native = page.view.canvas.native
    x, y, _ = page.view.on_canvas(page.view.scene.places[point])[0]
    return x - native.width() / 2, y - native.height() / 2


def point_with(page, color):
    return int(np.abs(page.plotting.made.cloud.values - color).sum(axis=1).argmin())


def test_each_colour_is_a_point_of_its_segment(cloud, panel, patches):
    made, segments = cloud.plotting.made, panel.target.clustering.segments
    assert len(made.cloud) == 4
    assert made.cloud.counts.tolist() == [400] * 4
    np.testing.assert_allclose(made.colors, made.cloud.values / 255)
    assert [axis.name for axis in made.axes] == ["R", "G", "B"]
    cloud.colors.setCurrentText(BY_SEGMENT)
    cloud.colors.activated.emit(1)
    by_label = {segment.value: segment.color for segment in segments.map}
    labels = segments.map.table[made.cloud.ids]
    wanted = [by_label[label] for label in labels.tolist()]
    np.testing.assert_allclose(cloud.view.scene.colors, wanted, atol=1e-6)
    np.testing.assert_allclose(
        cloud.view.scene.centroids, cloud.view.scene.places, atol=1e-6
    )
    segments.set_visible([2], False)
    assert cloud.view.scene.shown.tolist() == (labels != 2).tolist()
    assert cloud.view.scene.numbers == [1, 3, 4]


def test_a_drag_turns_it_and_a_double_click_turns_it_back(cloud, qtbot):
    view, mouse = cloud.view, Mouse(cloud.view.canvas.native, qtbot)
    start = view.camera.azimuth
    mouse.press((100, 0))
    mouse.move((140, 10))
    mouse.move((160, 20))
    mouse.release((160, 20))
    assert view.camera.azimuth != start
    assert cloud.flash.shown is None
    mouse.double_click((100, 50))
    assert view.camera.azimuth == start


def test_the_wheel_zooms(cloud, qtbot):
    native, before = cloud.view.canvas.native, cloud.view.camera.scale_factor
    place = QPointF(native.rect().center())
    event = QWheelEvent(
        place,
        native.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120),
        NONE,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(native, event)
    assert cloud.view.camera.scale_factor < before


def test_a_large_cloud_turns_with_fewer_points_and_then_has_all(
    cloud, qtbot, monkeypatch
):
    view = cloud.view
    monkeypatch.setattr(cloud_view, "FEWEST", 2)
    monkeypatch.setattr(cloud_view, "FLUENT", 0)  # as if it were very slow
    view._per_second = 1.0
    view._rest.setInterval(1000)
    mouse = Mouse(view.canvas.native, qtbot)
    mouse.press((100, 0))
    mouse.move((140, 0))
    assert view.n_drawn == 2
    mouse.release((140, 0))
    qtbot.waitUntil(lambda: view.n_drawn == 4)


def test_a_click_selects_the_segment_and_its_pixels_flash(
    cloud, panel, patches, qtbot, viewer
):
    point = point_with(cloud, (30, 200, 40))
    Mouse(cloud.view.canvas.native, qtbot).click(place_of(cloud, point))
    label = int(panel.target.clustering.segments.labels[30, 5])
    assert panel.segments.view.selected_values == [label]
    qtbot.waitUntil(lambda: cloud.flash.shown is not None)
    green = (patches == (30, 200, 40)).all(axis=-1)
    np.testing.assert_array_equal(cloud.flash.shown, green)
    assert cloud.plotting.said.text().startswith("400 px")
    n_layers, history = len(viewer.layers), panel.target.clustering.segments.history
    assert history.undo_name in (None, "Segment")
    qtbot.waitUntil(lambda: cloud.flash.shown is None)
    assert len(viewer.layers) == n_layers


def test_selected_segments_stand_out_until_a_click_beside_all(cloud, panel, qtbot):
    made, view = cloud.plotting.made, cloud.view
    assert not view.scene.faded.any()
    panel.segments.view.select_values([3])
    labels = panel.target.clustering.segments.map.table[made.cloud.ids]
    np.testing.assert_array_equal(view.scene.faded, labels != 3)
    ground = np.full(3, 0.5)
    drawn, own = view.scene.colors_over(ground), view.scene.colors
    np.testing.assert_array_equal(drawn[labels == 3], own[labels == 3])
    assert (np.abs(drawn - ground) <= 0.11)[labels != 3].all()
    Mouse(view.canvas.native, qtbot).click((200, 60))
    assert not view.scene.faded.any()


def test_the_pixel_under_the_mouse_is_marked(cloud, viewer, mouse, qtbot):
    zoom = camera_of(viewer).zoom
    mouse.move((int(5 * zoom), int(-10 * zoom)), held=NONE)
    point = point_with(cloud, (220, 30, 30))
    qtbot.waitUntil(lambda: cloud.view.marked is not None)
    np.testing.assert_allclose(cloud.view.marked, cloud.view.scene.places[point])
    mouse.move((int(60 * zoom), 0), held=NONE)
    qtbot.waitUntil(lambda: cloud.view.marked is None)


def test_it_follows_edits_and_the_space_chosen(cloud, panel, settle):
    segments = panel.target.clustering.segments
    painted = np.array(segments.labels)
    painted[:5, :5] = 4
    segments.replace_pixels(painted, "Paint")
    settle(cloud)
    cloud_now = cloud.plotting.made.cloud
    assert len(cloud_now) == 5  # a colour of which pixels are in two segments
    assert sorted(cloud_now.counts.tolist()) == [25, 375, 400, 400, 400]
    painted[:5, :5] = 9
    segments.replace_pixels(painted, "Paint")
    settle(cloud)
    assert cloud.view.scene.numbers == [1, 2, 3, 4, 9]
    np.testing.assert_allclose(
        cloud.view.scene.centroids[4], cloud.view.scene.centroids[0], atol=1e-6
    )
    segments.undo()
    segments.undo()
    settle(cloud)
    assert len(cloud.plotting.made.cloud) == 4
    cloud.space.setCurrentText("Lab")
    cloud.space.activated.emit(1)
    settle(cloud)
    assert [axis.name for axis in cloud.plotting.made.axes] == ["a*", "b*", "L*"]


def test_what_has_no_cloud_says_so(viewer, panel, patches, segment, open_page, settle):
    viewer.add_image(patches[..., 0], name="grey")
    page = open_page("Cloud")
    assert page.plotting.message.text() == NOT_YET
    segment()
    assert page.plotting.message.text() == ONE_CHANNEL
    viewer.add_image(patches[..., 1], name="green")
    viewer.layers.selection = {viewer.layers["grey"], viewer.layers["green"]}
    segment()
    settle(page)
    assert page.plotting.message.text() == TWO_CHANNELS


def test_channels_with_nan_and_another_image(viewer, segment, open_page, settle, panel):
    rng = np.random.default_rng(0)
    channels = rng.normal(100, 20, (4, 30, 30)).astype(np.float32)
    channels[2, 4:6] = np.nan
    layers = viewer.add_image(channels, channel_axis=0, name=list("ABCD"))
    viewer.layers.selection = set(layers)
    segment()
    page = open_page("Cloud")
    assert page.plotting.made.cloud.counts.sum() == 900 - 60
    assert [axis.name for axis in page.plotting.made.axes] == ["A", "B", "C"]
    assert [combo.isVisible() for combo in page.channels] == [True] * 3
    page.channels[1].setCurrentIndex(3)
    page.channels[1].activated.emit(3)
    settle(page)
    assert [axis.name for axis in page.plotting.made.axes] == ["A", "D", "C"]
    viewer.add_image(rng.integers(0, 255, (20, 20, 3)).astype(np.uint8), name="other")
    assert page.plotting.message.text() == NOT_YET
    viewer.layers.selection.active = layers[0]
    assert page.plotting.layers is panel.target.clustering


def test_what_is_renamed_or_hidden_meanwhile_is_seen_on_coming_back(
    cloud, viewer, panel, open_page
):
    explorer = dock_explorer(viewer)
    explorer.open("Density")
    panel.target.clustering.segments.set_visible([1, 3], False)
    explorer.open("Cloud")
    assert cloud.view.scene.numbers == [2, 4]


def test_of_a_stack_the_pixels_of_the_slice_flash(
    viewer, patches, segment, open_page, qtbot
):
    stack = np.stack([patches, patches[::-1], np.zeros_like(patches)])
    viewer.add_image(stack, name="stack")
    segment()
    page = open_page("Cloud")
    viewer.dims.set_current_step(0, 1)
    point = point_with(page, (220, 30, 30))
    page.view.clicked.emit(point)
    qtbot.waitUntil(lambda: page.flash.shown is not None)
    red = (stack[1] == (220, 30, 30)).all(axis=-1)
    np.testing.assert_array_equal(page.flash.shown, red)
    viewer.dims.set_current_step(0, 2)
    page.flash.stop()
    page.view.clicked.emit(point)
    qtbot.waitUntil(lambda: "none is in view" in page.plotting.said.text())
    assert page.flash.shown is None


def test_of_a_region_its_pixels_are_counted(
    viewer, panel, patches, segment, open_page, settle
):
    viewer.add_image(patches, name="patches")
    inside = np.zeros((40, 40), int)
    inside[:20] = 1
    viewer.add_labels(inside, name="inside")
    viewer.layers.selection.active = viewer.layers["patches"]
    panel.region.kind.value = "labels"
    panel.form.n_clusters.value = 2
    segment()
    page = open_page("Cloud")
    assert sorted(map(tuple, page.plotting.made.cloud.values.tolist())) == [
        (20, 20, 20),
        (220, 30, 30),
    ]


def test_a_lazy_image_is_read_unless_it_is_too_large(
    viewer, patches, segment, open_page, settle, monkeypatch
):
    import dask.array as da

    viewer.add_image(da.from_array(patches, chunks=(20, 20, 3)), name="lazy", rgb=True)
    segment()
    page = open_page("Cloud")
    assert page.plotting.made.cloud.counts.tolist() == [400] * 4
    monkeypatch.setattr(plotted_pixels, "MOST_READ", 1000)
    page.plotting.refresh()
    assert "too many to read" in page.plotting.message.text()
    assert not page.save_button.isEnabled()


def test_it_survives_floating_hiding_and_closing(cloud, viewer, qtbot):
    dock = cloud.native
    while not isinstance(dock, QDockWidget):
        dock = dock.parent()
    dock.setFloating(True)
    qtbot.wait(100)
    dock.setFloating(False)
    qtbot.wait(100)
    assert np.asarray(cloud.view.canvas.render()).any()
    dock.hide()
    assert cloud.view.canvas is None
    dock.show()
    qtbot.wait(50)
    assert cloud.view.canvas is not None


def test_it_is_saved_as_picture_and_table(cloud, tmp_path):
    from skimage.io import imread

    from napari_kmeans.widgets.explorer.save_plot import save_plot

    for suffix in (".png", ".csv"):
        save_plot(tmp_path / f"cloud{suffix}", cloud.kinds)
    picture = imread(tmp_path / "cloud.png")
    assert picture.shape[1] >= 1600
    is_paper = (picture[..., :3] == 255).all(axis=-1)
    assert is_paper.mean() > 0.5
    rows = np.flatnonzero(~is_paper.all(axis=1))
    assert np.ptp(rows) > 0.6 * len(picture)  # drawn as large as the picture is
    lines = (tmp_path / "cloud.csv").read_text().splitlines()
    assert lines[0] == "R,G,B,Pixels,Segment"
    assert "220,30,30,400,2" in lines
