"""How long a user waits for the picture, and for how long the window does not answer.

    python -m benchmarks.window [NAME ...]

The real panel in a real window (on a screen, or under `xvfb-run`), driven by clicks and
keys. Each image has a process of its own, so that its first result is a first one. An
act takes until the canvas has been drawn for the last time; the longest gap is that of
a timer of the event loop. Beside it: `segment()` alone, and napari's own time to show
an image and labels of that size without the panel.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any

import numpy as np
from napari import Viewer
from qtpy.QtCore import QEvent, QEventLoop, QPoint, QPointF, Qt, QTimer
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from benchmarks.peer import Array
from benchmarks.pictures import four_channels, one_channel, photograph
from benchmarks.table import markdown
from napari_kmeans import segment
from napari_kmeans.layers.clusterings import clustering_of
from napari_kmeans.widgets.docks import dock_explorer, dock_panel

if TYPE_CHECKING:
    from napari_kmeans.widgets.panel import KMeansPanel

SIZES = {"0.25": (512, 512), "2": (1224, 1632), "8": (2448, 3264), "15": (3264, 4608)}
KINDS = {"RGB": photograph, "16-bit": one_channel, "4 channels": four_channels}
STACK = "500 MB stack"
CASES = [*(f"{size} MP {kind}" for size in SIZES for kind in KINDS), STACK]

SETTLED = 0.15
"""Seconds without a drawing after which all has been drawn."""

N_PANS = 200
"""Moves of the camera."""

N_STEPS = 12
"""Of a cut line that is dragged."""

LONGEST = 120.0
"""Seconds after which an act has failed."""

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def picture(case: str) -> tuple[Array, int | None]:
    """Return the image of a case, and its channel axis."""
    if case == STACK:
        slices = [one_channel(1024, 1024, seed) for seed in range(4)]
        return np.stack([slices[n % 4] + np.uint16(n) for n in range(250)]), None
    size, kind = case.split(" MP ")
    pixels = KINDS[kind](*SIZES[size], 8)
    return pixels, None if kind == "16-bit" else -1


class Stopwatch:
    """Measures acts until the canvas is drawn for the last time, and the gaps."""

    def __init__(self, viewer: Viewer) -> None:
        self._last_tick = self._gap = self._last_drawn = 0.0
        self._timer = QTimer(interval=2)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        canvas = viewer.window._qt_viewer.canvas._scene_canvas  # noqa: SLF001
        canvas.events.draw.connect(self._draw, position="last")

    def _tick(self) -> None:
        now = perf_counter()
        self._gap, self._last_tick = max(self._gap, now - self._last_tick), now

    def _draw(self, _event: Any) -> None:
        self._last_drawn = perf_counter()

    def time(
        self, act: Callable[[], object], done: Callable[[], bool] = lambda: True
    ) -> tuple[float, float]:
        """Return the seconds of an act, and the longest without an answer."""
        wait(SETTLED)
        self._timer.start()
        start = self._last_tick = self._last_drawn = perf_counter()
        self._gap = 0.0
        act()
        finished = 0.0
        flag = QEventLoop.ProcessEventsFlag.WaitForMoreEvents
        while not finished or perf_counter() - self._last_change(finished) < SETTLED:
            # As the application does: it sleeps until something happens, else it would
            # hold the interpreter's lock, for which the worker would wait.
            QApplication.processEvents(flag)
            if not finished and done():
                finished = perf_counter()
            if perf_counter() - start > LONGEST:
                raise TimeoutError("The window did not come to rest.")
        self._timer.stop()
        return self._last_change(finished) - start, self._gap

    def longest_gap(
        self,
        act: Callable[[], object],
        n: int,
        goes_on: Callable[[], bool] | None = None,
    ) -> float:
        """Return the longest time without an answer while an act is repeated."""
        self._timer.start()
        self._last_tick, self._gap, longest = perf_counter(), 0.0, 0.0
        for _ in range(n):
            act()
            QApplication.processEvents()
            if goes_on is not None and not goes_on():
                break  # what came last is not of it
            longest = self._gap
        self._timer.stop()
        return longest

    def _last_change(self, finished: float) -> float:
        return max(finished, self._last_drawn)


def wait(seconds: float) -> None:
    """Let the window do what it has to."""
    end = perf_counter() + seconds
    while perf_counter() < end:
        QApplication.processEvents()
        sleep(0.001)


def add_source(viewer: Viewer, pixels: Array, channel_axis: int | None) -> None:
    """Add an image as a user has it: of colours, or a layer for each channel."""
    if pixels.dtype == np.uint8:
        viewer.add_image(pixels, rgb=True)
    else:
        viewer.add_image(pixels, channel_axis=channel_axis)


def bare(pixels: Array, channel_axis: int | None) -> dict[str, tuple[float, float]]:
    """Time napari's own: a picture and labels that are new, then new data in both."""
    viewer = Viewer(show_welcome_screen=False)
    viewer.window.resize(1400, 900)
    add_source(viewer, pixels, channel_axis)
    is_color = channel_axis is not None
    shown = np.zeros((*pixels.shape[:2], 3), np.uint8) if is_color else pixels
    labels = np.ones(shown.shape[:2] if is_color else shown.shape, np.uint8)
    wait(1)
    watch = Stopwatch(viewer)

    def add() -> None:
        viewer.add_image(shown.copy(), rgb=is_color)
        viewer.add_labels(labels)

    def exchange() -> None:
        viewer.layers[-2].data = shown.copy()
        viewer.layers[-1].data = labels.copy()

    times = {"first": watch.time(add), "next": watch.time(exchange)}
    viewer.close()
    return times


class Panel:
    """The panel, as a user drives it."""

    def __init__(self, pixels: Array, channel_axis: int | None) -> None:
        self.viewer = Viewer(show_welcome_screen=False)
        self.viewer.window.resize(1400, 900)
        add_source(self.viewer, pixels, channel_axis)
        self.viewer.layers.selection = set(self.viewer.layers)
        self.panel: KMeansPanel = dock_panel(self.viewer)
        self.view = self.panel.segments.view
        self.canvas = self.viewer.window._qt_viewer.canvas.native  # noqa: SLF001

    def press_segment(self) -> None:
        """Click Segment."""
        QTest.mouseClick(self.panel.segment_button.native, LEFT)

    def has_result(self) -> bool:
        """Whether the run has ended."""
        return not self.panel.is_running

    def drag_to(self, k: int) -> None:
        """Move the slider of the segments."""
        self.panel.form.n_clusters.value = k

    def shows(self, clustering: Any, k: int) -> bool:
        """Whether a result is shown; without Live, as slow as it may be, none comes."""
        live = self.panel.run.live
        is_due = live.is_wanted and not live.why_not(clustering)
        return not (is_due or self.panel.is_running) and (
            len(clustering.segments.map) == k or bool(self.panel.note.value)
        )

    def key(self, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key in the table."""
        QTest.keyClick(self.view, key, modifier)

    def select(self, *rows: int) -> None:
        """Click rows of the table, with Ctrl from the second on."""
        for row in rows:
            self._click(row, 3, Qt.KeyboardModifier.ControlModifier)

    def click_eye(self) -> None:
        """Click the eye of the second row."""
        self._click(1, 0, Qt.KeyboardModifier.NoModifier)

    def _click(self, row: int, column: int, modifier: Any) -> None:
        index = self.view.model().index(row, column)
        place = self.view.visualRect(index).center()
        QTest.mouseClick(self.view.viewport(), LEFT, modifier, place)

    def rename(self) -> None:
        """Type a name for the current row."""
        self.key(Qt.Key.Key_F2)
        editor = QApplication.focusWidget() or self.view
        QTest.keyClicks(editor, "nuclei")
        QTest.keyClick(editor, Qt.Key.Key_Return)

    def pan(self) -> None:
        """Move the camera a little, as a drag with the mouse does."""
        y, x = self.viewer.camera.center[-2:]
        self.viewer.camera.center = (y + 1, x + 1)

    def paint(self, kind: QEvent.Type, x: int, held: Any) -> None:
        """Send a mouse event to the middle of the canvas, and x pixels right of it."""
        place = QPointF(self.canvas.rect().center() + QPoint(x, 0))
        button = NONE if kind == QEvent.Type.MouseMove else LEFT
        there = self.canvas.mapToGlobal(place)
        no_key = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, place, there, button, held, no_key)
        QApplication.sendEvent(self.canvas, event)


def drag(user: Panel, clustering: Any, watch: Stopwatch) -> dict[str, Any]:
    """Time each step of a drag with Live on; none of those for which Live waits."""
    live, times = user.panel.run.live.box, {}
    live.value = True
    for k in (2, 4, 8, 16, 7):
        before = len(clustering.segments.map)
        took = watch.time(partial(user.drag_to, k), partial(user.shows, clustering, k))
        if before != len(clustering.segments.map) == k:
            times[f"live, k = {k}"] = took
    live.value = False
    return times


def choose_k(user: Panel, clustering: Any, watch: Stopwatch) -> dict[str, Any]:
    """Time the pictures for 2 to 8 segments, and the result of a click on one."""
    panel = user.panel
    while clustering.segments.n_edited:  # else a click would be asked about
        clustering.segments.undo()
    explorer = dock_explorer(user.viewer)
    wait(1)  # the canvas makes room
    page = next(one for one in explorer.pages if one.title == "Choose k")
    strip = page.strip

    def is_drawn() -> bool:
        return all(each.picture is not None for each in strip.thumbnails.values())

    def is_adopted() -> bool:
        return not panel.is_running and panel.form.n_clusters.value == 5

    return {
        "strip of 2 to 8": watch.time(lambda: explorer.open(page.title), is_drawn),
        "click in the strip": watch.time(
            lambda: QTest.mouseClick(strip.thumbnails[5], LEFT), is_adopted
        ),
    }


def pan(user: Panel, watch: Stopwatch) -> dict[str, Any]:
    """Measure the gaps while the user moves the image, at rest and during a run."""
    gap = watch.longest_gap(user.pan, N_PANS)
    user.panel.form.n_clusters.value = 8
    user.press_segment()
    during = watch.longest_gap(user.pan, N_PANS, lambda: user.panel.is_running)
    while user.panel.is_running:
        wait(SETTLED)
    return {"panning": (0.0, gap), "panning during a run": (0.0, during)}


class Explored:
    """A page of the explorer, as a user drives it."""

    def __init__(self, user: Panel, title: str) -> None:
        self.explorer = dock_explorer(user.viewer)
        self.explorer.open(title)
        self.page = self.explorer.pages[self.explorer.tabs.currentIndex()]
        wait(SETTLED)
        while self.page.plotting.is_running:
            wait(SETTLED)
        wait(1)  # all points have been drawn, so it is known how fast that is

    def send(self, widget: Any, kind: QEvent.Type, x: float, y: float) -> None:
        """Send an event of the left button to a place, from the middle of a widget."""
        place = QPointF(widget.width() / 2 + x, widget.height() / 2 + y)
        there, is_move = widget.mapToGlobal(place), kind == QEvent.Type.MouseMove
        held = NONE if kind == QEvent.Type.MouseButtonRelease else LEFT
        no_key = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, place, there, NONE if is_move else LEFT, held, no_key)
        QApplication.sendEvent(widget, event)


def turn(user: Panel, watch: Stopwatch) -> dict[str, Any]:
    """Measure the gaps while the cloud turns."""
    explored = Explored(user, "Cloud")
    canvas, steps = explored.page.view.canvas.native, iter(range(N_PANS))

    def move() -> None:
        n = next(steps)
        explored.send(canvas, QEvent.Type.MouseMove, n, n / 9)

    explored.send(canvas, QEvent.Type.MouseButtonPress, 0, 0)
    gap = watch.longest_gap(move, N_PANS)
    explored.send(canvas, QEvent.Type.MouseButtonRelease, N_PANS, N_PANS / 9)
    n_points = len(explored.page.view.scene.places)
    return {f"cloud of {n_points:,} points, turned": (0.0, gap)}


def lasso(user: Panel, clustering: Any, watch: Stopwatch) -> dict[str, Any]:
    """Time the segment that is made of what a line in the density encloses."""
    explored = Explored(user, "Density")
    page = explored.page
    page.lasso_button.click()
    plot = page.plot.canvas.viewport()
    angles = np.linspace(0, 2 * np.pi, 60)
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    corners = circle * (plot.width() / 5, plot.height() / 4)
    n_segments = len(clustering.segments.map)

    def draw() -> None:
        explored.send(plot, QEvent.Type.MouseButtonPress, *corners[0])
        for corner in corners[1:]:
            explored.send(plot, QEvent.Type.MouseMove, *corner)
        explored.send(plot, QEvent.Type.MouseButtonRelease, *corners[-1])

    times = {
        "lasso": watch.time(draw, lambda: len(clustering.segments.map) > n_segments)
    }
    clustering.segments.undo()
    explored.explorer.hide()
    return times


def drag_cut(user: Panel, watch: Stopwatch) -> dict[str, Any]:
    """Time the steps of a cut line that is dragged: the median, and the longest gap."""
    explorer = dock_explorer(user.viewer)
    explorer.open("Histogram")
    page = explorer.pages[explorer.tabs.currentIndex()]
    while page.bars is None:
        wait(SETTLED)
    wait(1)
    plot, line = page.plot.canvas, page.plot.cuts.lines[1]
    view, box = plot.viewport(), page.plot.box
    there = box.mapViewToScene(QPointF(line.value(), 0))
    start = QPointF(plot.mapFromScene(there).x(), view.height() / 2)

    def send(kind: QEvent.Type, x: float, button: Any, held: Any) -> None:
        place = start + QPointF(x, 0)
        there, no_key = view.mapToGlobal(place), Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, place, there, button, held, no_key)
        QApplication.sendEvent(view, event)

    send(QEvent.Type.MouseMove, 0, NONE, NONE)
    send(QEvent.Type.MouseButtonPress, 0, LEFT, LEFT)
    wait(SETTLED)
    steps = [
        watch.time(
            partial(send, QEvent.Type.MouseMove, 6 * n, NONE, LEFT),
            lambda: not page.adjuster.is_running,
        )
        for n in range(1, N_STEPS + 1)
    ]
    send(QEvent.Type.MouseButtonRelease, 6 * N_STEPS, LEFT, NONE)
    seconds, gaps = zip(*steps[1:], strict=True)  # the first may be below a drag yet
    explorer.hide()
    return {"a cut dragged, each step": (float(np.median(seconds)), max(gaps))}


def explore(
    user: Panel, clustering: Any, watch: Stopwatch, *, has_channels: bool
) -> dict[str, Any]:
    """Time what a user does in the explorer."""
    times = choose_k(user, clustering, watch)
    if has_channels:
        return times | turn(user, watch) | lasso(user, clustering, watch)
    return times | drag_cut(user, watch)


def in_the_window(
    pixels: Array, channel_axis: int | None
) -> dict[str, tuple[float, float]]:
    """Time what a user does, one act after another."""
    user = Panel(pixels, channel_axis)
    panel = user.panel
    wait(2)  # as long as it takes to read the panel
    watch, times = Stopwatch(user.viewer), {}
    panel.run.live.box.value = False
    panel.form.n_clusters.value = 8
    times["first result"] = watch.time(user.press_segment, user.has_result)
    panel.form.n_clusters.value = 7
    times["next result"] = watch.time(user.press_segment, user.has_result)
    clustering = clustering_of(user.viewer, user.viewer.layers[0])
    assert clustering is not None
    assert clustering.labels is not None
    times |= drag(user, clustering, watch)
    times |= pan(user, watch)
    control = Qt.KeyboardModifier.ControlModifier
    times["eye"] = watch.time(user.click_eye)
    user.select(2)
    times["only this"] = watch.time(lambda: user.key(Qt.Key.Key_S))
    times["undo"] = watch.time(lambda: user.key(Qt.Key.Key_Z, control))
    times["rename"] = watch.time(user.rename)
    user.select(4)
    times["merge"] = watch.time(lambda: user.key(Qt.Key.Key_J, control))
    times["undo merge"] = watch.time(lambda: user.key(Qt.Key.Key_Z, control))
    clustering.labels.mode, clustering.labels.brush_size = "paint", 20
    user.viewer.layers.selection.active = clustering.labels
    user.paint(QEvent.Type.MouseMove, 0, NONE)
    user.paint(QEvent.Type.MouseButtonPress, 0, LEFT)
    user.paint(QEvent.Type.MouseMove, 5, LEFT)
    times["a stroke's move"] = watch.time(
        lambda: user.paint(QEvent.Type.MouseMove, 15, LEFT)
    )
    user.paint(QEvent.Type.MouseButtonRelease, 15, LEFT)
    times["undo stroke"] = watch.time(lambda: user.key(Qt.Key.Key_Z, control))
    actions = panel.segments.actions
    user.view.select_values([2])
    n_segments = len(clustering.segments.map)

    def split() -> None:
        user.key(Qt.Key.Key_D)
        QTest.keyClick(actions.split_popup, Qt.Key.Key_Return)

    times["split"] = watch.time(
        split, lambda: len(clustering.segments.map) > n_segments
    )
    user.view.select_values([1])
    panel.clean_up.folded = False
    times["clean-up preview"] = watch.time(
        lambda: QTest.mouseClick(panel.clean_up.preview.native, LEFT, pos=QPoint(8, 8)),
        lambda: not panel.clean_up.is_running,
    )
    panel.clean_up.folded = True
    n_layers = len(user.viewer.layers)
    user.view.select_values([1])
    times["objects"] = watch.time(
        lambda: user.key(Qt.Key.Key_O), lambda: len(user.viewer.layers) > n_layers
    )
    times |= explore(user, clustering, watch, has_channels=channel_axis is not None)
    user.viewer.close()
    return times


def measure(case: str) -> dict[str, Any]:
    """Measure a case in this process."""
    pixels, axis = picture(case)
    times = in_the_window(pixels, axis)
    alone = []
    for _ in range(3):
        start = perf_counter()
        segment(pixels, 7, channel_axis=axis, alpha=False)
        alone.append(perf_counter() - start)
    return {"acts": times, "alone": min(alone), "napari": bare(pixels, axis)}


def rows_of(case: str, measured: dict[str, Any]) -> list[list[str]]:
    """Write what was measured as rows of the table."""
    alone, napari = measured["alone"], measured["napari"]
    rows = [[case, "`segment()` alone", f"{1000 * alone:.0f}", "", ""]]
    for name, (seconds, gap) in napari.items():
        ms = f"{1000 * seconds:.0f}"
        rows.append([case, f"napari alone, {name}", ms, f"{1000 * gap:.0f}", ""])
    for act, (seconds, gap) in measured["acts"].items():
        own = napari["first" if act == "first result" else "next"][0]
        is_run = "result" in act or "live" in act
        floor = own + (alone if is_run else 0)
        took = [f"{1000 * seconds:.0f}", f"{1000 * gap:.0f}", f"{seconds / floor:.1f}"]
        if not seconds:  # only whether it answers is measured
            took[::2] = "", ""
        rows.append([case, act, *took])
    return rows


def main(words: list[str]) -> int:
    """Measure the cases whose names hold one of the words, or all; print a table."""
    if words[:1] == ["--case"]:
        print(json.dumps(measure(words[1])))
        return 0
    rows = []
    for case in CASES:
        if words and not any(word in case for word in words):
            continue
        command = [sys.executable, "-m", "benchmarks.window", "--case", case]
        with TemporaryDirectory() as folder:  # the user's own settings stay as they are
            env = {**os.environ, "XDG_CONFIG_HOME": folder}
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, env=env
            )
        if done.returncode:
            print(f"{case}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            continue
        rows += rows_of(case, json.loads(done.stdout.splitlines()[-1]))
    print("To `segment()` and napari alone, or for an edit to napari's new data:\n")
    print(markdown(["image", "act", "ms", "longest gap, ms", "ratio"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
