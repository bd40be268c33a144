"""Save sweep: what is asked, what is written, and what is said of it."""

import dask.array as da
import numpy as np
import numpy.testing as npt
import pytest
from PIL import Image
from qtpy.QtCore import QPoint, Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QFileDialog, QMessageBox

from napari_kmeans import segment
from napari_kmeans.widgets import run as run_module
from napari_kmeans.widgets.docks import dock_explorer
from napari_kmeans.widgets.explorer import explorer as explorer_module
from napari_kmeans.widgets.explorer.choose_k_page import ChooseKPage

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def photograph():
    random = np.random.default_rng(0)
    tiles = random.integers(0, 200, (8, 10, 3)).repeat(5, axis=0).repeat(5, axis=1)
    return (tiles + random.integers(0, 50, tiles.shape)).astype(np.uint8)


@pytest.fixture
def section(viewer, panel, qtbot, monkeypatch):
    """The row of the page."""
    monkeypatch.setattr(explorer_module, "PAGES", (ChooseKPage,))
    explorer = dock_explorer(viewer)
    qtbot.waitUntil(explorer.isVisible)
    return explorer.pages[0].sweep


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder that the user chooses."""
    path = tmp_path / "chosen"
    path.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(path))
    return path


@pytest.fixture
def press(qtbot):
    """Open the box, tick only some kinds, and press its button."""

    def open_and_press(section, *kinds):
        dialog = section.dialog
        QTest.mouseClick(section.save_button, LEFT)
        qtbot.waitUntil(dialog.isVisible)
        for name in ("pictures", "sheet", "gif", "convergence"):
            box = getattr(dialog, name)
            if box.isChecked() != (name in kinds):
                QTest.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
            assert box.isChecked() == (name in kinds)
        QTest.mouseClick(dialog.save_button, LEFT)

    return open_and_press


@pytest.fixture
def saved(qtbot):
    """Wait until what is said of the files begins with some words."""

    def wait(section, words="Saved"):
        qtbot.waitUntil(lambda: section.status.text().startswith(words), timeout=30_000)
        assert not section.row.is_running
        assert section.save_button.isVisible()

    return wait


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def set_numbers(page, text):
    page.numbers.selectAll()
    QTest.keyClicks(page.numbers, text)
    QTest.keyClick(page.numbers, Qt.Key.Key_Return)


def test_all_kinds_are_saved_for_the_numbers_of_the_page(
    viewer, panel, photograph, section, folder, press, saved
):
    viewer.add_image(photograph, name="stain: 1/2", rgb=True)
    page = dock_explorer(viewer).pages[0]
    set_numbers(page, "2 4")
    section.dialog.seconds.setValue(0.5)
    section.dialog.iteration_seconds.setValue(0.1)
    section.dialog.width_box.setValue(200)
    press(section, "pictures", "sheet", "gif", "convergence")
    saved(section)
    assert section.status.text() == f"Saved 5 files (PNG and GIF) in '{folder}'."
    assert names(folder) == [
        f"stain- 1-2_{name}"
        for name in ("convergence.gif", "k02.png", "k04.png", "sheet.png", "sweep.gif")
    ]
    with Image.open(folder / "stain- 1-2_k04.png") as opened:
        drawn = np.asarray(opened.convert("RGB"))[-40:]
    alone = segment(photograph, 4, channel_axis=-1)
    left = (drawn.shape[1] - 50) // 2
    npt.assert_array_equal(drawn[:, left : left + 50], alone.recolored)
    with Image.open(folder / "stain- 1-2_sweep.gif") as opened:
        looks = opened.n_frames, opened.width, opened.info["duration"]
    assert looks == (2, 200, 500)
    with Image.open(folder / "stain- 1-2_convergence.gif") as opened:
        assert (opened.width, opened.info["duration"]) == (200, 100)
    assert not [layer for layer in viewer.layers if "k-means" in layer.name]


def test_the_box_tells_of_what_and_offers_what_has_an_effect(
    viewer, panel, photograph, section, qtbot
):
    viewer.add_image(photograph, name="stain", rgb=True)
    panel.form.n_clusters.value = 5
    dialog = section.dialog
    QTest.mouseClick(section.save_button, LEFT)
    qtbot.waitUntil(dialog.isVisible)
    assert dialog.about.text() == "'stain' in 2 to 8 segments, as it is seen."
    assert dialog.convergence.text() == "Animation of one run, into 5"
    assert dialog.seconds.isEnabled()
    dialog.gif.setChecked(False)
    assert not dialog.seconds.isEnabled()
    for box in (dialog.pictures, dialog.sheet):
        box.setChecked(False)
    assert not dialog.save_button.isEnabled()
    dialog.convergence.setChecked(True)
    assert dialog.save_button.isEnabled()
    assert not dialog.seconds.isEnabled()
    assert dialog.iteration_seconds.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert not section.row.is_running


def test_nothing_is_saved_without_a_folder(
    viewer, panel, photograph, section, press, monkeypatch
):
    viewer.add_image(photograph, rgb=True)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    press(section, "sheet")
    assert not section.row.is_running
    assert section.status.text() == ""


@pytest.mark.parametrize("answer", ["Yes", "Cancel"])
def test_files_are_replaced_only_if_the_user_says_so(
    answer, viewer, panel, photograph, section, folder, press, saved
):
    viewer.add_image(photograph, name="stain", rgb=True)
    there = folder / "stain_sheet.png"
    there.write_bytes(b"mine")
    asked = []

    def reply():
        box = QApplication.activeModalWidget()
        asked.append(box.text())
        button = box.button(getattr(QMessageBox.StandardButton, answer))
        QTest.mouseClick(button, LEFT)

    QTimer.singleShot(300, reply)
    press(section, "sheet")
    assert asked == [f"'stain_sheet.png' is in '{folder}' already. Replace?"]
    if answer == "Yes":
        saved(section)
        assert section.status.text() == f"Saved '{there}'."
        assert there.read_bytes().startswith(b"\x89PNG")
    else:
        assert not section.row.is_running
        assert there.read_bytes() == b"mine"


def test_it_can_be_cancelled(
    viewer, panel, section, folder, press, saved, new_store, qtbot
):
    store = new_store(np.arange(4000, dtype=np.uint16).reshape(40, 100), (5, 100))
    store.seconds = 0.2
    viewer.add_image(store.dask(), name="slow", contrast_limits=(0, 4000))
    press(section, "pictures")
    qtbot.waitUntil(section.row.cancel_button.native.isVisible, timeout=10_000)
    assert not section.save_button.isVisible()
    QTest.mouseClick(section.row.cancel_button.native, LEFT)
    saved(section, "Cancelled.")
    assert "written" in section.status.text()


def test_what_does_not_fit_into_memory_is_not_started(
    viewer, panel, photograph, section, monkeypatch
):
    viewer.add_image(photograph, name="huge", rgb=True)
    monkeypatch.setattr(run_module, "free_memory", lambda: 10)
    QTest.mouseClick(section.save_button, LEFT)
    assert not section.dialog.isVisible()
    assert section.status.text().startswith("Clustering 'huge' in memory needs about")


def test_what_cannot_be_saved_is_said(
    viewer, panel, photograph, section, folder, press, saved
):
    QTest.mouseClick(section.save_button, LEFT)
    assert section.status.text()  # there is no image
    assert not section.dialog.isVisible()
    lazy = da.from_array(photograph, chunks=(20, 50, 3))
    viewer.add_image(lazy, name="lazy", rgb=True)
    press(section, "convergence")
    saved(section, "'lazy' is read block by block")
    folder.rmdir()
    folder.write_bytes(b"no folder")
    press(section, "sheet")
    saved(section, "'")
    assert "could not be written" in section.status.text()
