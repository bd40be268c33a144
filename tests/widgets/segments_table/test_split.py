"""A split in a worker thread: the window lives on, whatever happens meanwhile."""

import threading
import time

import pytest
from qtpy.QtCore import Qt

from napari_kmeans.core.progress import Progress
from napari_kmeans.core.segmentation import segment
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.widgets.segments_table.segments_section import SegmentsSection


@pytest.fixture
def gate(layers, monkeypatch):
    """Hold every split between two of its steps until the gate is opened."""
    opened = threading.Event()
    split_steps = layers.segments.split_steps

    def held(*args):
        steps = split_steps(*args)

        def all_steps():
            while not opened.wait(0.01):
                yield Progress("Waiting at the gate", 0)
            return (yield from steps)

        return all_steps()

    monkeypatch.setattr(layers.segments, "split_steps", held)
    yield opened
    opened.set()


@pytest.fixture
def split(section, view, layers, gate, qtbot):
    """Ask for a split of a segment of three grey levels; it waits at the gate."""
    layers.segments.merge([2, 3, 4])
    view.select_values([4])
    section.act("split")
    qtbot.keyClick(section.actions.split_popup.n_pieces, Qt.Key.Key_Return)
    return section.actions


def finish(split, gate, qtbot):
    gate.set()
    qtbot.waitUntil(lambda: split.splitting is None)


def test_window_lives_on_and_only_split_is_disabled(
    section, layers, view, split, gate, qtbot
):
    button = section.buttons.buttons["split"]
    assert not button.isEnabled()
    assert "'Segment 4' is being split" in button.toolTip()
    assert section.message.value == "Splitting 'Segment 4' …"
    assert len(layers.segments.map) == 3
    assert section.buttons.buttons["undo"].isEnabled()
    view.select_values([1])
    section.act("split")
    assert not section.actions.split_popup.isVisible()
    assert "'Segment 4' is being split" in section.message.value
    finish(split, gate, qtbot)
    assert len(layers.segments.map) == 4
    assert len(view.selected_values) == 2
    assert 4 in view.selected_values
    assert layers.segments.history.undo_name == "Split 4"
    assert not section.message.native.isVisible()
    view.select_values([1])
    assert button.isEnabled()


def test_what_is_said_of_segments_meanwhile_is_kept(layers, split, gate, qtbot):
    layers.segments.rename(4, "Nuclei")
    layers.segments.set_visible([1], False)
    finish(split, gate, qtbot)
    assert [s.name for s in layers.segments.map if s.name.startswith("Nuc")] == [
        "Nuclei.1",
        "Nuclei.2",
    ]
    layers.segments.undo()
    assert layers.segments.map[4].name == "Nuclei"


@pytest.mark.parametrize(
    "act",
    [
        lambda layers: layers.labels.paint((30, 20), 1),
        lambda layers: layers.segments.undo(),
        lambda layers: layers.segments.merge([1, 4]),
        lambda layers: show_segmentation(
            layers.viewer, layers.source, segment(layers.source.data, 3)
        ),
    ],
    ids=["paint", "undo", "merge", "rerun"],
)
def test_segment_that_changes_meanwhile_is_left_and_that_is_said(
    section, layers, split, gate, act, qtbot
):
    act(layers)
    before = layers.segments.map
    finish(split, gate, qtbot)
    assert layers.segments.map == before
    assert "changed while it was being split" in section.message.value
    assert section.message.native.isVisible()


@pytest.mark.parametrize("name", ["labels", "recolored", "source"])
def test_layer_that_is_deleted_meanwhile_does_not_matter(
    layers, viewer, split, gate, name, qtbot
):
    viewer.layers.remove(getattr(layers, name))
    finish(split, gate, qtbot)
    assert len(layers.segments.map) == 4
    layers.add_missing_layers()
    assert (layers.labels.data == layers.segments.labels).all()
    assert (layers.recolored.data == layers.pictures._pictures[0].draw()).all()


def test_other_segments_shown_meanwhile(section, layers, image, split, gate, qtbot):
    other = show_segmentation(
        layers.viewer, layers.source, segment(image, 2), in_new_layers=True
    )
    section.show_segments(other)
    finish(split, gate, qtbot)
    assert len(layers.segments.map) == 4
    assert len(other.segments.map) == 2
    assert section.model.rowCount() == 2


def test_panel_that_is_closed_meanwhile_drops_the_split(layers, monkeypatch, qtbot):
    section = SegmentsSection()
    section.show_segments(layers)
    ended = []

    def steps(*_):
        try:
            while True:
                time.sleep(0.01)
                yield Progress("Without an end", 0)
        finally:
            ended.append(True)

    monkeypatch.setattr(layers.segments, "split_steps", steps)
    section.view.select_values([5])
    section.act("split")
    section.actions.split_popup.accept()
    assert section.actions.splitting == "Segment 5"
    with qtbot.waitSignal(section.native.destroyed):
        section.native.deleteLater()
    qtbot.waitUntil(lambda: bool(ended))
    assert len(layers.segments.map) == 5


def test_unexpected_error_is_said_and_reported(
    section, layers, view, monkeypatch, qtbot
):
    def failing(*_):
        raise ArithmeticError("out of luck")
        yield

    monkeypatch.setattr(layers.segments, "split_steps", failing)
    reported = []
    monkeypatch.setattr(
        "napari_kmeans.widgets.job.notification_manager.receive_error",
        lambda *error: reported.append(error),
    )
    view.select_values([4])
    section.act("split")
    qtbot.keyClick(section.actions.split_popup.n_pieces, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(reported))
    assert section.message.value == "Something went wrong: out of luck"
    assert section.actions.splitting is None
