"""A viewer with the panel docked, and runs that end when the test says."""

import threading

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication, QScrollArea

from napari_kmeans.core.progress import Progress
from napari_kmeans.layers import source_pixels as source_module
from napari_kmeans.widgets.docks import dock_panel

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer(show=True)


@pytest.fixture
def panel(viewer):
    """The panel; a run starts only when Segment is pressed, unless Live is ticked."""
    panel = dock_panel(viewer)
    panel.run.live.box.value = False
    return panel


@pytest.fixture
def stain():
    return np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)


@pytest.fixture
def click(qtbot):
    """Scroll to a magicgui button and press it with the mouse."""

    def press(button):
        parent = button.native.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if parent is not None:
            qtbot.wait(20)
            parent.ensureWidgetVisible(button.native)
        assert button.native.isVisible()
        assert button.native.isEnabled()
        qtbot.mouseClick(button.native, Qt.MouseButton.LeftButton)

    return press


@pytest.fixture
def wait_for_run(qtbot):
    def wait(panel):
        qtbot.waitUntil(lambda: not panel.is_running, timeout=60_000)

    return wait


class Gate:
    """Holds a run between two of its steps until `open` is called."""

    def __init__(self):
        self._opened = threading.Event()
        self.started, self.closed = threading.Event(), threading.Event()

    def open(self):
        self._opened.set()

    def shut(self):
        for event in (self._opened, self.started, self.closed):
            event.clear()

    def steps(self, inner):
        """Wrap a computation's steps: wait in short ones, as a real one would."""

        def segment_steps(*args, **kwargs):
            self.started.set()
            try:
                while not self._opened.wait(0.01):
                    yield Progress("Waiting at the gate", 0.4)
                return (yield from inner(*args, **kwargs))
            finally:
                self.closed.set()  # the worker has let go of the steps

        return segment_steps


@pytest.fixture
def gate(monkeypatch):
    gate = Gate()
    monkeypatch.setattr(
        source_module, "segment_steps", gate.steps(source_module.segment_steps)
    )
    yield gate
    gate.open()


class Mouse:
    """The real mouse on a canvas; places are pixels from the middle of it."""

    def __init__(self, canvas, qtbot):
        self.canvas = canvas
        self._qtbot = qtbot

    def _send(self, kind, at, button, buttons):
        at = at if isinstance(at, tuple) else (at, 0)
        middle = QPointF(self.canvas.width() / 2, self.canvas.height() / 2)
        place = middle + QPointF(*at)
        event = QMouseEvent(
            kind,
            place,
            self.canvas.mapToGlobal(place),
            button,
            buttons,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(self.canvas, event)
        self._qtbot.wait(20)

    def press(self, at, button=LEFT):
        self._send(QEvent.Type.MouseMove, at, NONE, NONE)
        self._send(QEvent.Type.MouseButtonPress, at, button, button)

    def move(self, at, held=LEFT):
        self._send(QEvent.Type.MouseMove, at, NONE, held)

    def release(self, at, button=LEFT):
        self._send(QEvent.Type.MouseButtonRelease, at, button, NONE)

    def click(self, at, button=LEFT):
        self.press(at, button)
        self.release(at, button)

    def double_click(self, at):
        self.click(at)
        self._send(QEvent.Type.MouseButtonDblClick, at, LEFT, LEFT)
        self.release(at)


@pytest.fixture
def mouse(viewer, qtbot):
    qtbot.wait(100)
    return Mouse(viewer.window._qt_viewer.canvas.native, qtbot)
