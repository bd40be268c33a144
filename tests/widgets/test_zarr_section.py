"""Write to zarr from the panel, with the mouse."""

import re
from pathlib import Path

import dask.array as da
import numpy as np
import numpy.testing as npt
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog

from napari_kmeans.io.ome_zarr import Written, open_ome_zarr
from napari_kmeans.layers.clusterings import clustering_of
from napari_kmeans.widgets import zarr_section
from napari_kmeans.widgets.zarr_section import ZarrSection


@pytest.fixture
def data():
    return np.random.default_rng(0).integers(0, 256, (4, 140, 150)).astype(np.uint8)


@pytest.fixture
def named(monkeypatch, tmp_path):
    """Answer the file dialog with a folder."""
    path = tmp_path / "cells.kmeans.zarr"
    asked = []

    def answer(*args, **kwargs):
        asked.append(args[2])
        return str(path).removesuffix(".kmeans.zarr"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return path, asked


@pytest.fixture
def source(viewer, panel, data, click, wait_for_run):
    """A lazy layer that is clustered."""
    source = viewer.add_image(da.from_array(data, chunks=(2, 70, 80)), name="cells")
    click(panel.segment_button)
    wait_for_run(panel)
    return source


@pytest.fixture
def wait_for_writing(qtbot, panel):
    def wait():
        qtbot.waitUntil(lambda: not panel.storing.row.is_running, timeout=20_000)

    return wait


@pytest.mark.parametrize(
    ("n_blocks", "n_there", "words"),
    [
        (1, 0, "Wrote 'cells.kmeans.zarr' (1 block)."),
        (1, 1, "Wrote 'cells.kmeans.zarr': 1 of 1 block was already there."),
        (2500, 0, "Wrote 'cells.kmeans.zarr' (2,500 blocks)."),
        (4, 1, "Wrote 'cells.kmeans.zarr': 1 of 4 blocks was already there."),
        (4, 3, "Wrote 'cells.kmeans.zarr': 3 of 4 blocks were already there."),
    ],
)
def test_blocks_are_counted_in_words(n_blocks, n_there, words):
    path = Path("cells.kmeans.zarr")
    assert zarr_section.in_words(Written(path, n_blocks, n_there)) == words


def test_labels_are_written_and_painted_on_disk(
    viewer, panel, source, click, named, wait_for_writing
):
    path, asked = named
    clustering = clustering_of(viewer, source)
    before = np.asarray(clustering.labels.data)
    assert not clustering.labels.editable
    click(panel.storing.write_button)
    assert panel.storing.row.native.isVisible()
    assert not panel.storing.write_button.native.isVisible()
    wait_for_writing()
    assert asked == ["cells.kmeans.zarr"]
    assert panel.status.value == (
        "Wrote 'cells.kmeans.zarr' (4 blocks).\n"
        "The labels are on disk now: what you paint is written at once."
    )
    npt.assert_array_equal(open_ome_zarr(path).labels[0][...], before)
    labels = clustering.labels
    assert labels.editable
    labels.brush_size = 10
    labels.paint((0, 70, 75), 4)
    assert (open_ome_zarr(path).labels[0][0, 68:72, 73:77] == 4).all()
    buttons = panel.segments.buttons.buttons
    assert not buttons["merge"].isEnabled()
    assert "on disk" in buttons["merge"].toolTip()
    assert buttons["undo"].isEnabled()
    buttons["undo"].click()
    npt.assert_array_equal(open_ome_zarr(path).labels[0][...], before)


class Gate:
    """Holds the writing once some of it is done."""

    def __init__(self, monkeypatch):
        self.is_open = False
        inner = zarr_section.Storing.steps
        gate = self

        def steps(storing, path):
            writing = inner(storing, path)
            while True:
                try:
                    step = next(writing)
                except StopIteration as end:
                    return end.value
                yield step
                while step.fraction > 0 and not gate.is_open:
                    yield step

        monkeypatch.setattr(zarr_section.Storing, "steps", steps)


def test_cancel_and_go_on(
    viewer, panel, source, click, named, wait_for_writing, monkeypatch, qtbot
):
    path, _ = named
    gate = Gate(monkeypatch)
    click(panel.storing.write_button)
    qtbot.waitUntil(lambda: panel.storing.row.progress_bar.value > 0)
    qtbot.wait(200)
    click(panel.storing.row.cancel_button)
    assert panel.status.value.startswith("Stopped. Write to 'cells.kmeans.zarr' again")
    assert panel.storing.write_button.native.isVisible()
    qtbot.wait(100)
    assert not path.exists()
    gate.is_open = True
    click(panel.storing.write_button)
    wait_for_writing()
    assert re.search("of 4 blocks (was|were) already there", panel.status.value)
    labels = np.asarray(clustering_of(viewer, source).labels.data)
    npt.assert_array_equal(open_ome_zarr(path).labels[0][...], labels)


def test_any_error_ends_the_writing(
    panel, source, click, named, wait_for_writing, monkeypatch
):
    def failing(*_):
        raise RuntimeError("no more threads")
        yield

    monkeypatch.setattr(zarr_section.Storing, "steps", failing)
    monkeypatch.setattr(notification_manager, "receive_error", lambda *_: None)
    click(panel.storing.write_button)
    wait_for_writing()
    assert panel.status.value == "Something went wrong: no more threads"
    assert panel.storing.write_button.native.isVisible()


def test_folder_that_cannot_be_opened_again_is_said(
    panel, source, click, named, wait_for_writing, monkeypatch
):
    def failing(*_):
        raise OSError("The disk is gone.")

    monkeypatch.setattr(zarr_section.Storing, "take_over", failing)
    click(panel.storing.write_button)
    wait_for_writing()
    assert panel.status.value == (
        "Wrote 'cells.kmeans.zarr' (4 blocks).\nThe disk is gone."
    )


def test_folder_that_exists_is_left_alone(
    panel, source, click, named, wait_for_writing
):
    path, _ = named
    path.mkdir()
    click(panel.storing.write_button)
    wait_for_writing()
    assert "already exists: choose another name" in panel.status.value
    assert not list(path.iterdir())


def test_no_name_writes_nothing(panel, source, click, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: ("", ""))
    click(panel.storing.write_button)
    assert not panel.storing.row.is_running


def test_button_is_there_when_there_is_something_to_write(viewer, panel, data):
    viewer.add_image(data)
    assert not panel.storing.visible


def test_missing_packages_are_named(monkeypatch, qtbot):
    monkeypatch.setattr(zarr_section, "PACKAGES", ("zarr", "no_such_package"))
    section = ZarrSection()
    qtbot.addWidget(section.native)
    assert not section.write_button.enabled
    assert 'pip install "napari-kmeans[zarr]"' in section.write_button.tooltip


def test_finest_of_several_levels_is_painted_with_the_mouse(
    viewer, panel, data, click, wait_for_run, named, wait_for_writing, qtbot
):
    path, _ = named
    lazy = da.from_array(data[0], chunks=70)
    source = viewer.add_image([lazy, lazy[::2, ::2]], multiscale=True, name="cells")
    click(panel.segment_button)
    wait_for_run(panel)
    click(panel.storing.write_button)
    wait_for_writing()
    labels = clustering_of(viewer, source).labels
    assert [layer.name for layer in viewer.layers][-1] == labels.name
    viewer.layers.selection.active = labels
    labels.mode, labels.selected_label, labels.brush_size = "paint", 4, 30
    native = viewer.window._qt_viewer.canvas.native
    viewer.reset_view()
    qtbot.wait(100)
    middle = native.rect().center()
    qtbot.mouseMove(native, middle)
    qtbot.mousePress(native, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseRelease(native, Qt.MouseButton.LeftButton, pos=middle)
    fine, coarse = (level[...] for level in open_ome_zarr(path).labels)
    assert (fine[65:75, 70:80] == 4).all()
    assert (coarse[33:37, 36:39] == 4).all()
