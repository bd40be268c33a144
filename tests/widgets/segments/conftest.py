"""A section docked in a viewer, over segments of a small image."""

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.utils import DirectLabelColormap
from psygnal import Signal
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QApplication

from napari_kmeans.core.model import KMeansModel
from napari_kmeans.segments.state import Segments
from napari_kmeans.widgets.segments.columns import Column
from napari_kmeans.widgets.segments.section import SegmentsSection


class FakeLayers:
    """The interface of `SegmentLayers` that the section uses."""

    layers_changed = Signal()

    def __init__(self, viewer, image, k, scale=None, unit="px"):
        self.viewer = viewer
        self.source = viewer.add_image(image, name="stain", scale=scale)
        channel_axis = -1 if image.ndim == 3 else None
        self.model = KMeansModel.fit(image, n_clusters=k, channel_axis=channel_axis)
        clusters = self.model.predict(image)
        self.segments = Segments(self.model, clusters, self._look)
        self.labels = viewer.add_labels(
            np.array(self.segments.labels), name="stain segments", scale=scale
        )
        self.segments.map_changed.connect(self._draw)
        self.segments.labels_changed.connect(self._draw)
        self._draw()
        self.show_as, self.hidden_as = "mean", "black"
        self.highlighted = []
        self.pixel_size = (float(np.prod(scale)) if scale else 1.0, unit)
        self.state_message = None
        self.n_measured = 0

    def _look(self, centroids):
        return np.nan_to_num(np.broadcast_to(centroids, (len(centroids), 3)) / 255)

    def _draw(self, _=None):
        colors = {None: "cyan", 0: "transparent"}
        colors |= {s.value: (*s.color, float(s.visible)) for s in self.segments.map}
        self.labels.colormap = DirectLabelColormap(color_dict=colors)
        self.labels.data = np.array(self.segments.labels)

    def highlight(self, value):
        self.highlighted.append(value)

    def split(self, value, n):
        self.segments.split(value, n, self.source.data)

    def undo(self):
        self.segments.undo()

    def redo(self):
        self.segments.redo()

    def mean_values(self):
        image, labels = self.source.data, self.segments.labels
        return {
            v: np.atleast_1d(image[labels == v].mean(0))
            for v in self.segments.map.values
        }

    def n_objects(self, value):
        from scipy.ndimage import label

        self.n_measured += 1
        return label(self.segments.labels == value)[1]

    def recreate(self):
        self.state_message = None
        self.layers_changed.emit()


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
    return FakeLayers(viewer, image, 5)


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

    def click(value, column=Column.NAME, modifier=Qt.KeyboardModifier.NoModifier):
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
        model = view.model()
        role = Qt.ItemDataRole.EditRole
        return [model.index(row, column).data(role) for row in range(model.rowCount())]

    return texts
