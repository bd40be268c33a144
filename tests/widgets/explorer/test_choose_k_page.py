"""The strip of pictures for each k: when it is computed, what it shows, and a click."""

import dask.array as da
import numpy as np
import pytest
from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QFocusEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QDockWidget

from napari_kmeans import suggest
from napari_kmeans.layers.clusterings import clustering_of
from napari_kmeans.widgets.canvas import camera_of
from napari_kmeans.widgets.controls import FocusFrame
from napari_kmeans.widgets.docks import dock_explorer
from napari_kmeans.widgets.explorer import explorer as explorer_module
from napari_kmeans.widgets.explorer.choose_k_page import ChooseKPage
from napari_kmeans.widgets.explorer.numbers import read_numbers

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def three():
    """Three grey values with some noise, in stripes."""
    random = np.random.default_rng(0)
    image = np.repeat([40, 120, 220], 20)[:, np.newaxis] + random.normal(0, 4, (60, 50))
    return image.round().astype(np.uint8)


@pytest.fixture
def open_page(viewer, panel, click, qtbot, monkeypatch):
    """Open the page by the panel's button."""
    monkeypatch.setattr(explorer_module, "PAGES", (ChooseKPage,))

    def open_it():
        click(panel.run.explore_button)
        explorer = dock_explorer(viewer)
        qtbot.waitUntil(explorer.isVisible)
        return explorer.pages[0]

    return open_it


@pytest.fixture
def compared(qtbot):
    """Wait until all numbers were compared."""

    def wait(page, words="adds"):
        qtbot.waitUntil(lambda: words in page.message.text(), timeout=30_000)

    return wait


def color_of(thumbnail, x, y):
    """Return the colour at a place of the picture, given in shares of its size."""
    image = thumbnail.picture.toImage()
    color = image.pixelColor(int(x * image.width()), int(y * image.height()))
    return color.getRgb()


def adopt(page, number):
    QTest.mouseClick(page.strip.thumbnails[number], LEFT)


def test_each_number_is_shown_with_what_it_explains(
    viewer, panel, three, open_page, compared
):
    viewer.add_image(three, contrast_limits=(0, 255))
    page = open_page()
    compared(page)
    assert list(page.strip.thumbnails) == [2, 3, 4, 5, 6, 7, 8]
    found = suggest(three)
    assert page.message.text() == f"Suggested: 3 segments. {found.reason}"
    assert found.n_clusters == 3
    shown = page.strip.thumbnails
    assert [n for n, each in shown.items() if each.is_suggested] == [3]
    assert shown[3].explained == "over 99 %"
    greys = [color_of(shown[3], 0.5, y)[0] for y in (0.1, 0.5, 0.9)]
    assert greys == pytest.approx([40, 120, 220], abs=2)
    assert page.strip.thumbnails[panel.form.n_clusters.value].isChecked()


def test_a_click_adopts_a_number(viewer, panel, three, open_page, compared, qtbot):
    layer = viewer.add_image(three)
    page = open_page()
    compared(page)
    adopt(page, 3)
    qtbot.waitUntil(lambda: clustering_of(viewer, layer) is not None, timeout=30_000)
    assert panel.form.n_clusters.value == 3
    assert clustering_of(viewer, layer).segments.recipe.model.n_clusters == 3
    checked = [n for n, each in page.strip.thumbnails.items() if each.isChecked()]
    assert checked == [3]


def test_with_the_keys_one_goes_along_and_adopts(
    viewer, panel, three, open_page, compared, wait_for_run, qtbot
):
    layer = viewer.add_image(three)
    page = open_page()
    compared(page)
    shown = page.strip.thumbnails
    shown[2].setFocus()
    qtbot.keyClick(shown[2], Qt.Key.Key_Right)
    window = page.native.window()
    assert window.focusWidget() is shown[3]
    qtbot.keyClick(shown[3], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: clustering_of(viewer, layer) is not None, timeout=30_000)
    assert clustering_of(viewer, layer).segments.recipe.model.n_clusters == 3
    assert window.focusWidget() is shown[3]


def test_painted_labels_are_asked_about(
    viewer, panel, three, open_page, compared, click, wait_for_run, qtbot
):
    layer = viewer.add_image(three)
    click(panel.segment_button)
    wait_for_run(panel)
    labels = clustering_of(viewer, layer).labels
    labels.data_setitem((np.array([1]), np.array([1])), np.array([4]))
    page = open_page()
    compared(page)
    before = labels.data.copy()
    adopt(page, 3)
    qtbot.waitUntil(lambda: panel.run.question.visible, timeout=30_000)
    assert (labels.data == before).all()
    click(panel.run.question.buttons["discard"])
    assert (labels.data == before).all()


def test_nothing_is_computed_while_nobody_looks(
    viewer, panel, three, open_page, compared, qtbot
):
    viewer.add_image(three)
    page = open_page()
    compared(page)
    explorer = dock_explorer(viewer)
    dock = explorer.parent()
    while not isinstance(dock, QDockWidget):
        dock = dock.parent()
    dock.hide()
    viewer.add_image(255 - three, name="other")
    qtbot.wait(400)
    assert page._job is None
    dock.show()
    compared(page)
    assert page._job is None


def test_it_stops_when_one_looks_away(viewer, panel, open_page, qtbot):
    pixels = np.random.default_rng(0).random((600, 600, 3))
    viewer.add_image(pixels, rgb=True)
    page = open_page()
    qtbot.waitUntil(lambda: page._job is not None, timeout=30_000)
    job = page._job
    page.look_away()
    assert not job.is_running
    qtbot.wait(300)
    assert page._suggestion is None


def test_noise_has_no_clear_number(viewer, panel, open_page, compared):
    viewer.add_image(np.random.default_rng(0).random((60, 70)))
    page = open_page()
    compared(page, "No clear number")
    assert not any(each.is_suggested for each in page.strip.thumbnails.values())


def test_other_numbers_can_be_typed(viewer, panel, three, open_page, compared, qtbot):
    viewer.add_image(three)
    page = open_page()
    compared(page)
    page.numbers.selectAll()
    qtbot.keyClicks(page.numbers, "1 3, 5-6 20")
    qtbot.keyClick(page.numbers, Qt.Key.Key_Return)
    assert list(page.strip.thumbnails) == [1, 3, 5, 6, 20]
    compared(page, "5 would add")
    assert all(each.picture is not None for each in page.strip.thumbnails.values())
    page.numbers.selectAll()
    qtbot.keyClicks(page.numbers, "many")
    qtbot.keyClick(page.numbers, Qt.Key.Key_Return)
    assert page.message.text() == (
        "Type numbers from 1 to 255, such as 2-8 or 1 2 4 8 16."
    )
    assert list(page.strip.thumbnails) == [1, 3, 5, 6, 20]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("2-4", (2, 3, 4)), ("8, 2;3 3", (2, 3, 8)), ("1 - 2 250–251", (1, 2, 250, 251))],
)
def test_numbers_in_words(text, numbers):
    assert read_numbers(text) == numbers


@pytest.mark.parametrize("text", ["", "0-3", "5-2", "3-300", "2.5", "1-99"])
def test_what_is_no_list_of_numbers_is_refused(text):
    with pytest.raises(ValueError, match=r"^Type "):
        read_numbers(text)


def test_other_settings_and_other_pixels_are_compared_anew(
    viewer, panel, three, open_page, compared, qtbot
):
    layer = viewer.add_image(three)
    page = open_page()
    compared(page, "3 segments")
    two = np.where(three > 80, 200, three)
    layer.data = two.astype(np.uint8)
    compared(page, "Suggested: 2 segments")
    panel.form.n_clusters.value = 7  # which changes no picture
    before = page._suggestion
    qtbot.wait(400)
    assert page._suggestion is before
    assert page.strip.thumbnails[7].isChecked()


def test_the_part_that_the_camera_shows_is_drawn(
    viewer, panel, three, open_page, compared, qtbot
):
    viewer.add_image(three, contrast_limits=(0, 255))
    page = open_page()
    compared(page)
    thumbnail = page.strip.thumbnails[3]
    before = [color_of(thumbnail, 0.5, y)[0] for y in (0.1, 0.9)]
    assert before == pytest.approx([40, 220], abs=2)
    camera = camera_of(viewer)
    camera.center = (0, 50, 25)
    camera.zoom *= 8
    qtbot.waitUntil(
        lambda: color_of(page.strip.thumbnails[3], 0.5, 0.1)[0] > 200, timeout=30_000
    )
    after = [color_of(thumbnail, 0.5, y)[0] for y in (0.1, 0.9)]
    assert after == pytest.approx([220, 220], abs=2)


def test_pixels_without_a_value_are_left_out(viewer, panel, three, open_page, compared):
    image = three.astype(np.float32)
    image[:, :10] = np.nan
    viewer.add_image(image, contrast_limits=(0, 255))
    page = open_page()
    compared(page, "3 segments")
    assert color_of(page.strip.thumbnails[3], 0.05, 0.5)[3] == 0
    assert color_of(page.strip.thumbnails[3], 0.5, 0.5)[3] == 255


def test_the_region_may_be_the_slice_on_the_screen(
    viewer, panel, three, open_page, compared
):
    two = np.where(three > 80, 200, three).astype(np.uint8)
    viewer.add_image(np.stack([three, two]))
    viewer.dims.set_current_step(0, 0)
    panel.region.kind.value = "current"
    page = open_page()
    compared(page, "3 segments")
    viewer.dims.set_current_step(0, 1)
    compared(page, "2 segments")


def test_numbers_above_that_of_the_values_explain_all(
    viewer, panel, open_page, compared
):
    viewer.add_image(np.repeat(np.array([[9, 90, 200]], np.uint8), 20, axis=0))
    page = open_page()
    compared(page, "the image has only 3 different values")
    explained = [each.explained for each in page.strip.thumbnails.values()]
    assert explained[0] != "100 %"
    assert set(explained[1:]) == {"100 %"}


def test_the_focus_is_seen(viewer, panel, three, open_page, compared):
    viewer.add_image(three)
    page = open_page()
    compared(page)
    thumbnail = page.strip.thumbnails[5]
    QApplication.sendEvent(thumbnail, QFocusEvent(QEvent.Type.FocusIn))
    frame = next(
        frame
        for frame in page.native.window().findChildren(FocusFrame)
        if frame.isVisible()
    )
    place = thumbnail.mapToGlobal(thumbnail.rect().center())
    assert frame.rect().contains(frame.mapFromGlobal(place))


def test_several_channels_are_drawn_as_they_look(
    viewer, panel, three, open_page, compared
):
    names = ["a", "b"]
    viewer.add_image(
        np.stack([three, 255 - three]).astype(np.uint16),
        channel_axis=0,
        name=names,
        contrast_limits=[(0, 255), (0, 255)],
        colormap=["red", "green"],
    )
    viewer.layers.selection = set(viewer.layers)
    page = open_page()
    assert panel.choice.sources.is_multichannel
    compared(page, "3 segments")
    red, green, blue, _ = color_of(page.strip.thumbnails[3], 0.5, 0.1)
    assert (red, green, blue) == pytest.approx((40, 215, 0), abs=3)


def test_a_slice_of_a_lazy_stack_is_drawn(viewer, panel, three, open_page, compared):
    stack = np.stack([three, 255 - three, three])
    layer = viewer.add_image(
        da.from_array(stack, chunks=(1, 30, 50)), contrast_limits=(0, 255)
    )
    viewer.dims.current_step = (1, 0, 0)
    page = open_page()
    compared(page)
    greys = [color_of(page.strip.thumbnails[5], 0.5, y)[0] for y in (0.1, 0.5, 0.9)]
    assert greys == pytest.approx([215, 135, 35], abs=12)  # there is noise
    adopt(page, 5)
    assert panel.form.n_clusters.value == 5
    assert layer in viewer.layers


def test_a_pyramid_is_compared_at_the_level_that_is_fitted(
    viewer, panel, three, open_page, compared
):
    fine = np.kron(three, np.ones((4, 4), np.uint8))
    viewer.add_image([fine, three], multiscale=True, contrast_limits=(0, 255))
    page = open_page()
    compared(page, "3 segments")
    greys = [color_of(page.strip.thumbnails[3], 0.5, y)[0] for y in (0.1, 0.5, 0.9)]
    assert greys == pytest.approx([40, 120, 220], abs=2)


def test_with_a_model_for_each_slice_it_says_what_to_do(
    viewer, panel, three, open_page, compared
):
    viewer.add_image(np.stack([three, three]))
    page = open_page()
    compared(page)
    panel.region.models.value = 0
    compared(page, "Each slice has a model of its own.")
    assert not any(each.picture for each in page.strip.thumbnails.values())
    panel.region.models.value = None
    compared(page)


def test_without_an_image_it_says_what_to_do(viewer, panel, monkeypatch, qtbot):
    monkeypatch.setattr(explorer_module, "PAGES", (ChooseKPage,))
    page = dock_explorer(viewer).pages[0]
    qtbot.waitUntil(lambda: bool(page.message.text()))
    assert page.message.text().startswith("Choose an image first")
