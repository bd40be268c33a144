"""Start colours: picked on the canvas or taken from a layer, pinned, and used."""

import dask.array
import numpy as np
import pytest
from napari.layers import Image
from qtpy.QtCore import QPoint, Qt

from napari_kmeans.widgets.canvas import camera_of
from napari_kmeans.widgets.docks import dock_explorer
from napari_kmeans.widgets.explorer.starts_page import PIN, REMOVE


@pytest.fixture
def patches():
    """Four patches of one colour each, far apart, with a little noise."""
    image = np.zeros((40, 40, 3), np.uint8)
    image[:20, :20], image[:20, 20:] = (20, 20, 20), (220, 30, 30)
    image[20:, :20], image[20:, 20:] = (30, 200, 40), (240, 240, 240)
    return image


@pytest.fixture
def open_starts(viewer, panel, qtbot):
    """Open the page, in front of the others."""

    def open_page():
        explorer = dock_explorer(viewer)
        explorer.open("Start colours")
        qtbot.waitUntil(explorer.isVisible)
        qtbot.wait(50)
        return next(p for p in explorer.pages if p.title == "Start colours")

    return open_page


@pytest.fixture
def page(viewer, patches, open_starts):
    viewer.add_image(patches, name="patches")
    return open_starts()


@pytest.fixture
def press(qtbot):
    return lambda button: qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def settle(qtbot):
    def wait(page):
        qtbot.wait(20)
        qtbot.waitUntil(lambda: not page.is_running, timeout=20_000)
        qtbot.wait(20)

    return wait


@pytest.fixture
def pick(viewer, mouse, page_settled):
    """Click on a pixel of the canvas."""

    def at(row, column):
        mouse.click(on_canvas(viewer, row, column))
        page_settled()

    return at


@pytest.fixture
def page_settled(qtbot, viewer, settle):
    def wait():
        pages = dock_explorer(viewer).pages
        settle(next(p for p in pages if p.title == "Start colours"))

    return wait


def on_canvas(viewer, row, column):
    """Return a place of the world as pixels from the middle of the canvas."""
    camera = camera_of(viewer)
    rows, columns = camera.center[-2:]
    return (column - columns) * camera.zoom, (row - rows) * camera.zoom


def starts_of(panel):
    return panel.starts.of(panel.choice.sources)


def tick(page, row, qtbot):
    """Click on the tick of a row."""
    box = page.table.cellWidget(row, PIN)
    at = QPoint(8, box.height() // 2)
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=at)
    qtbot.wait(20)


def test_clicks_on_the_image_add_what_is_there(
    page, panel, press, pick, qtbot, viewer, mouse, patches
):
    labels = viewer.add_labels(np.zeros((40, 40), int), name="mine")
    labels.mode = "paint"
    center = tuple(camera_of(viewer).center)
    press(page.pick_button)
    pick(5, 30)
    pick(30, 5)
    assert [one.value for one in starts_of(panel)] == [(220, 30, 30), (30, 200, 40)]
    assert [one.place for one in starts_of(panel)] == [(5, 30), (30, 5)]
    assert page.table.rowCount() == 2
    assert page.table.item(0, 0).text() == "R 220  G 30  B 30"
    assert not labels.data.any()  # nothing was painted
    assert tuple(camera_of(viewer).center) == center
    qtbot.keyClick(viewer.window._qt_viewer.canvas.native, Qt.Key.Key_Escape)
    assert not page.pick_button.isChecked()
    mouse.click(on_canvas(viewer, 20, 20))
    assert labels.data.any()  # clicks are napari's again
    assert len(starts_of(panel)) == 2


def test_a_pinned_colour_stays_and_the_line_says_so(
    page, panel, press, pick, qtbot, click, wait_for_run
):
    press(page.pick_button)
    pick(5, 30)
    pick(30, 5)
    press(page.pick_button)
    tick(page, 1, qtbot)
    assert [one.pinned for one in starts_of(panel)] == [False, True]
    click(panel.segment_button)
    wait_for_run(panel)
    model = panel.target.clustering.segments.recipe.model
    assert model.settings.init == ((220, 30, 30), (30, 200, 40))
    assert model.settings.pinned == (1,)
    assert model.n_clusters == 4
    assert "2 start colours, 1 pinned" in panel.status.value
    panel.form.n_clusters.value = 1  # fewer than there are starts
    click(panel.segment_button)
    wait_for_run(panel)
    assert panel.target.clustering.segments.recipe.model.n_clusters == 2


def test_live_follows_a_pin_and_undo_takes_it_back(
    page, panel, press, pick, qtbot, click, wait_for_run
):
    panel.form.n_clusters.value = 2
    click(panel.segment_button)
    wait_for_run(panel)
    segments = panel.target.clustering.segments
    before = segments.labels.copy()
    panel.run.live.box.value = True
    press(page.pick_button)
    pick(5, 30)
    tick(page, 0, qtbot)
    qtbot.waitUntil(lambda: segments.recipe.model.settings.pinned == (0,))
    assert segments.labels[5, 30] != segments.labels[5, 5]
    segments.undo()
    np.testing.assert_array_equal(segments.labels, before)


def test_rows_are_removed_one_by_one_or_all(page, panel, press, pick, qtbot):
    press(page.pick_button)
    for place in ((5, 5), (5, 30), (30, 5)):
        pick(*place)
    press(page.table.cellWidget(1, REMOVE))
    qtbot.wait(20)
    assert [one.place for one in starts_of(panel)] == [(5, 5), (30, 5)]
    page.table.setFocus()
    page.table.selectRow(0)
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    qtbot.wait(20)
    assert [one.pinned for one in starts_of(panel)] == [True, False]
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    qtbot.wait(20)
    assert [one.place for one in starts_of(panel)] == [(30, 5)]
    press(page.clear_button)
    qtbot.wait(20)
    assert starts_of(panel) == ()
    assert page.table.rowCount() == 0


def test_points_and_labels_give_their_values(
    page, panel, viewer, press, settle, patches, segment
):
    viewer.add_points([[5, 5], [30, 30.4]], name="spots")
    labels = np.zeros((40, 40), int)
    labels[:20, :] = 3
    viewer.add_labels(labels, name="drawn")
    assert [page.layer.itemText(i) for i in range(2)] == ["drawn", "spots"]
    press(page.add_button)
    settle(page)
    assert [one.value for one in starts_of(panel)] == [(120, 25, 25)]
    page.layer.setCurrentIndex(1)
    page.layer.activated.emit(1)
    press(page.add_button)
    settle(page)
    values = [one.value for one in starts_of(panel)[1:]]
    assert values == [(20, 20, 20), (240, 240, 240)]
    assert page.layer.currentText() == "spots"
    segment()  # whose labels are offered last, and are not in the way
    assert page.layer.currentText() == "spots"
    assert page.layer.itemText(2) == "patches segments"


def test_starts_belong_to_one_image(page, panel, viewer, press, pick, patches, qtbot):
    press(page.pick_button)
    pick(5, 5)
    press(page.pick_button)
    viewer.add_image(patches[..., 0], name="grey")
    qtbot.wait(20)
    assert starts_of(panel) == ()
    assert page.table.rowCount() == 0
    viewer.layers.selection.active = viewer.layers["patches"]
    qtbot.wait(20)
    assert page.table.rowCount() == 1
    viewer.layers.remove("patches")
    viewer.add_image(patches, name="patches")
    assert starts_of(panel) == ()


def test_what_cannot_be_used_is_said_and_nothing_is_lost(
    viewer, panel, open_starts, press, pick, settle
):
    image = np.random.default_rng(0).random((40, 40)).astype("f4")
    image[:10] = np.nan
    viewer.add_image(image, name="heights")
    page = open_starts()
    press(page.pick_button)
    pick(30, 30)
    assert len(starts_of(panel)) == 1
    pick(5, 5)
    assert "no value there" in page.said.text()
    pick(30, 45)
    assert "There is no pixel of 'heights'" in page.said.text()
    press(page.pick_button)
    points = viewer.add_points(ndim=2, name="spots")
    for data, words in (
        (np.zeros((0, 2)), "has no points"),
        ([[1, 200]], "Point 0 of 'spots' is outside 'heights'"),
        ([[5, 5]], "no value there"),
    ):
        points.data = data
        press(page.add_button)
        settle(page)
        assert words in page.said.text()
    viewer.add_labels(np.zeros((40, 40), int), name="empty")
    press(page.add_button)
    settle(page)
    assert "has no labels" in page.said.text()
    viewer.add_labels(np.ones((4, 4), int), name="small")
    press(page.add_button)
    settle(page)
    assert "differ in shape (4 × 4 and 40 × 40)" in page.said.text()
    assert len(starts_of(panel)) == 1


def test_a_stack_a_pyramid_and_channels_that_are_read_where_needed(
    viewer, panel, open_starts, press, settle
):
    read = []

    def block(info):
        read.append(info[0]["chunk-location"])
        return np.full((1, 20, 20), 100 * info[0]["chunk-location"][0], "u2")

    stack = dask.array.map_blocks(
        lambda x, block_info=None: block(block_info),
        dask.array.zeros((3, 40, 40), chunks=(1, 20, 20), dtype="u2"),
        dtype="u2",
        meta=np.zeros((0, 0, 0), "u2"),
    )
    viewer.add_image(stack, name="stack", scale=(2, 0.5, 0.5), contrast_limits=(0, 300))
    page = open_starts()
    viewer.dims.set_point(0, 4)
    viewer.add_points([[5, 5]], name="flat", scale=(0.5, 0.5))
    viewer.add_points([[2, 39, 1]], name="deep", scale=(2, 0.5, 0.5))
    read.clear()
    for index, place in ((1, (2, 5, 5)), (0, (2, 39, 1))):
        page.layer.setCurrentIndex(index)
        press(page.add_button)
        settle(page)
        assert starts_of(panel)[-1].place == place
        assert starts_of(panel)[-1].value == (200,)
    assert {place[0] for place in read} == {2}
    fine = np.arange(6400, dtype="f4").reshape(80, 80)
    viewer.add_image([fine, fine[::2, ::2]], multiscale=True, name="pyramid")
    viewer.add_points([[70, 3]], name="spot")
    press(page.add_button)
    settle(page)
    assert starts_of(panel)[0].value == (70 * 80 + 3,)
    two = [Image(np.full((40, 40), v, "u1"), name=str(v)) for v in (50, 60)]
    for layer in two:
        viewer.add_layer(layer)
    viewer.layers.selection = set(two)
    press(page.add_button)
    settle(page)
    assert "Point 0 of 'spot' is outside" in page.said.text()
    viewer.layers["spot"].data = [[3, 3]]
    press(page.add_button)
    settle(page)
    assert starts_of(panel)[0].value == (50, 60)
    assert page.table.item(0, 0).text() == "50 50  60 60"


def test_picking_ends_when_the_page_is_left(page, viewer, press, qtbot):
    press(page.pick_button)
    assert page.pick_button.isChecked()
    dock_explorer(viewer).open("Cloud")
    assert not page.pick_button.isChecked()


def test_with_a_position_weight_starts_keep_their_place(
    page, panel, press, pick, click, wait_for_run
):
    press(page.pick_button)
    pick(5, 5)
    pick(30, 30)
    press(page.pick_button)
    panel.form.position_weight.value = 2
    click(panel.segment_button)
    wait_for_run(panel)
    init = panel.target.clustering.segments.recipe.model.settings.init
    assert init == ((20, 20, 20, 5, 5), (240, 240, 240, 30, 30))
