"""Counting the slices in a real window: what is said when it does not end well."""

import time

import numpy as np
import pytest

from napari_kmeans.core.progress import Progress
from napari_kmeans.widgets.areas import areas_section


@pytest.fixture
def segmented(viewer, panel, click, wait_for_run):
    """The panel with a segmented volume, and what its segments table shows."""
    volume = np.arange(4 * 12 * 10, dtype=np.uint16).reshape(4, 12, 10)
    viewer.add_image(volume, name="volume")
    click(panel.segment_button)
    wait_for_run(panel)
    return panel, list(panel.segments.model.rows)


@pytest.fixture
def count_by(monkeypatch):
    """Let slices be counted by other steps."""

    def count_by(steps):
        monkeypatch.setattr(areas_section, "count_slices", lambda *_: steps())

    return count_by


def endless():
    while True:
        yield Progress("Counting", 0.4)
        time.sleep(0.001)


def damaged():
    yield Progress("Counting", 0.4)
    raise OSError("chunk 3/0/1 is damaged")


def test_cancelled_counting_is_said_and_can_be_asked_for_again(
    segmented, count_by, click, qtbot
):
    panel, rows = segmented
    count = areas_section.count_slices
    count_by(endless)
    panel.areas.folded = False
    qtbot.waitUntil(lambda: panel.areas.row.progress_bar.value == 40)
    click(panel.areas.row.cancel_button)
    assert panel.status.value == "Cancelled: the slices were not counted."
    assert panel.status.native.isVisible()
    qtbot.wait(100)
    assert not panel.areas.row.is_running
    assert panel.segments.model.rows == rows
    count_by(lambda: count(*arguments(panel)))
    click(panel.areas.count_button)
    qtbot.waitUntil(lambda: panel.areas.model.rowCount() == 4)


def arguments(panel):
    segments = panel.areas._layers.segments
    return segments.atoms, segments.map.n_atoms, panel.areas.axis.value


def test_failed_counting_is_said_and_leaves_the_segments(segmented, count_by, qtbot):
    panel, rows = segmented
    count_by(damaged)
    panel.areas.folded = False
    said = "The slices could not be counted: chunk 3/0/1 is damaged"
    qtbot.waitUntil(lambda: panel.status.value == said)
    assert panel.status.native.isVisible()
    assert panel.segments.model.rows == rows
    assert panel.segments.view.isVisible()
    assert panel.areas.model.rowCount() == 0
    qtbot.wait(100)
    assert not panel.areas.row.is_running, "it is not tried again unasked"
    assert panel.areas.count_button.native.isVisible()
