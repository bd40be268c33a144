"""A section docked in a viewer, over segments of a small image."""

import numpy as np
import pytest
from napari.components import ViewerModel
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QApplication

from napari_kmeans.core.segmentation import segment
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.widgets.outline import Outline
from napari_kmeans.widgets.segments_table.columns import POSITION
from napari_kmeans.widgets.segments_table.segments_section import SegmentsSection


@pytest.fixture
def image():
    """Five grey levels in rows of growing height; 2 is in two pieces."""
    image = np.zeros((60, 40), np.uint8)
    image[4:12] = 60
    image[12:24] = 120
    image[24:40] = 180
    image[40:] = 240
    image[50, 10:20] = 60
    return image


@pytest.fixture
def viewer(qapp):
    """A viewer without a window: ten times as fast as one with it."""
    return ViewerModel()


@pytest.fixture
def layers(viewer, image):
    source = viewer.add_image(image, name="stain")
    return show_segmentation(viewer, source, segment(image, 5))


@pytest.fixture
def outlined(monkeypatch):
    """What was outlined, in order."""
    values, show = [], Outline.show

    def spy(outline, layers, value):
        values.append(value)
        show(outline, layers, value)

    monkeypatch.setattr(Outline, "show", spy)
    return values


@pytest.fixture
def section(viewer, layers, qtbot):
    section = SegmentsSection()
    qtbot.addWidget(section.native)
    section.native.resize(300, 500)
    section.show_segments(layers)
    section.native.activateWindow()
    qtbot.waitUntil(section.view.isVisible)
    yield section
    section.show_segments(None)


@pytest.fixture
def view(section, qtbot):
    section.view.setFocus()
    qtbot.waitUntil(section.view.hasFocus)
    return section.view


@pytest.fixture
def press(view, qtbot):
    """Press a key in the table, with modifiers."""

    def press(key, modifier=Qt.KeyboardModifier.NoModifier):
        qtbot.keyClick(view, key, modifier)

    return press


@pytest.fixture
def click_cell(view, qtbot):
    """Click a cell with the mouse."""

    def click(value, column="name", modifier=Qt.KeyboardModifier.NoModifier):
        index = view.index_of(value, column)
        view.scrollTo(index)
        place = view.visualRect(index).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, place)

    return click


@pytest.fixture
def hover(view, qtbot):
    """Move the mouse over a row, or out of the table."""

    def hover(value):
        if value is None:
            from qtpy.QtCore import QEvent

            QApplication.sendEvent(view.viewport(), QEvent(QEvent.Type.Leave))
        else:
            place = view.visualRect(view.index_of(value)).center()
            qtbot.mouseMove(view.viewport(), place + QPoint(1, 0))
            qtbot.mouseMove(view.viewport(), place)

    return hover


@pytest.fixture
def texts(view):
    """Give what a column says, from top to bottom."""

    def texts(column):
        model, role = view.model(), Qt.ItemDataRole.EditRole
        rows = range(model.rowCount())
        return [model.index(row, POSITION[column]).data(role) for row in rows]

    return texts
