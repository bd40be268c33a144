"""The cloud on the screen: points in a box that the mouse turns, zooms and clicks."""

from time import perf_counter
from typing import Any

import numpy as np
from psygnal import Signal
from qtpy.QtCore import QEvent, QTimer
from qtpy.QtGui import QColor, QHideEvent, QImage, QPainter, QPalette, QShowEvent
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_kmeans.core.types import Array, Floats, Indices
from napari_kmeans.widgets.explorer.cloud_scene import EDGES, CloudScene
from napari_kmeans.widgets.explorer.cloud_signs import CloudSigns, draw_signs

START = {"elevation": 20.0, "azimuth": -25.0}
"""How the box is seen at first, in degrees."""
ROOM = 1.05
"""How high the view is, of the diagonal of the box."""
REST_MS = 150
"""Milliseconds after the last move until all points are drawn."""
FLUENT = 0.03
"""Seconds that drawing may take while the cloud turns; of more points only some are."""
FEWEST = 5_000
STILL = 4
"""The maximum distance of press and release in a click, in pixels."""
REACH = 6
"""How far from the middle of a point a click may be, in pixels."""
PICTURE = 1600
"""Pixels across of a saved picture, at least."""


class CloudView(QWidget):
    """Draws points with vispy, and tells which one is clicked.

    While it turns, no more points are drawn than there is time for; all are a moment
    later.
    """

    clicked = Signal(object)
    """The index of a point, or None beside all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.scene = CloudScene()
        self.canvas: Any = None  # there is one only while it is seen
        self.camera: Any = None
        self.n_drawn = 0
        self.signs = CloudSigns(self)
        self._order: Indices = np.zeros(0, np.intp)  # of the points that are shown
        self._per_second = 0.0  # points that can be drawn; 0: not known yet
        self._pressed: Any = None
        self._hovered: Array | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._draw_all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)

    # What is drawn

    def show_scene(self, scene: CloudScene) -> None:
        """Draw this from now on."""
        is_other_box = not np.array_equal(scene.box, self.scene.box)
        self.scene = scene
        # In an order without any, so that the first of them are like all.
        order = np.random.default_rng(0).permutation(len(scene.places))
        self._order = order[scene.shown[order]]
        if self.canvas is not None:
            self._fill()
        if self.camera is not None and is_other_box:
            self._fit()

    def mark(self, place: Array | None) -> None:
        """Mark a place in the box; None: none."""
        self._hovered = place
        self._place_signs()

    @property
    def marked(self) -> Array | None:
        """The place that is marked."""
        return self._hovered

    def reset(self) -> None:
        """Look at the box as at first."""
        for name, value in START.items():
            setattr(self.camera, name, value)
        self._fit()
        self._on_turned()

    def _fit(self) -> None:
        """Look at all of the box, however it is turned."""
        self.camera.center = (0, 0, 0)
        self.camera.scale_factor = ROOM * float(np.linalg.norm(self.scene.box))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Make the canvas anew.

        It would not survive a move to another window, as of a dock that floats.
        """
        super().showEvent(event)
        if self.canvas is None:
            self._build()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Let the canvas go, unless the window is only minimized."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.close_canvas()

    def close_canvas(self) -> None:
        """Let go of all that is drawn."""
        self._rest.stop()
        canvas, self.canvas = self.canvas, None
        if canvas is None:
            return
        canvas.events.disconnect()
        self.layout().removeWidget(canvas.native)
        canvas.native.hide()
        # Closed at once, it would be gone while Qt still hides what it was in. The
        # timer goes with it if the window does.
        timer = QTimer(canvas.native, singleShot=True, interval=0)
        timer.timeout.connect(canvas.close)
        timer.timeout.connect(canvas.native.deleteLater)
        timer.start()

    def _build(self) -> None:
        """Make the canvas and what is on it."""
        from vispy import scene  # noqa: PLC0415 (only who looks waits for it)

        from napari_kmeans.widgets.explorer.point_cloud import PointCloud  # noqa: PLC0415

        state = None if self.camera is None else self.camera.get_state()
        self.canvas = scene.SceneCanvas(keys=None, parent=self, show=False)
        self.layout().addWidget(self.canvas.native)
        view = self.canvas.central_widget.add_view()
        self.camera = scene.TurntableCamera(fov=0, **START)
        # Depth has so many steps: of a longer way each would be too large.
        self.camera.depth_value = 10.0
        view.camera = self.camera
        if state is None:
            self._fit()
        else:
            self.camera.set_state(state)
        self._points = PointCloud(parent=view.scene)
        self._box = scene.visuals.Line(
            np.zeros((2, 3)), connect="segments", method="gl", parent=view.scene
        )
        events = self.canvas.events
        events.mouse_press.connect(self._on_press)
        events.mouse_release.connect(self._on_release)
        events.mouse_double_click.connect(lambda _: self.reset())
        for event in (events.mouse_move, events.mouse_wheel):
            event.connect(self._on_mouse, position="last")
        events.draw.connect(self._before_draw, position="first")
        events.draw.connect(self._after_draw, position="last")
        self._fill()
        self.signs.raise_()

    def _fill(self) -> None:
        """Put the scene on the canvas."""
        scene = self.scene
        self._points.set_points(scene.places, scene.sizes)
        self._points.magnify(self.canvas.pixel_scale)
        self._box.set_data(scene.corners[EDGES].reshape(-1, 3))
        self._wear_theme()
        self._draw_all()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Take the colours of another theme."""
        super().changeEvent(event)
        if event.type() in (event.Type.StyleChange, event.Type.PaletteChange):
            self._wear_theme()

    def _wear_theme(self) -> None:
        palette = self.palette()
        text = palette.color(QPalette.ColorRole.WindowText)
        self._wear(text, palette.color(QPalette.ColorRole.Window))

    def _wear(self, text: QColor, ground: QColor) -> None:
        """Draw the box in one colour, over another, into which points fade."""
        if self.canvas is not None:
            colors = self.scene.colors_over(np.array(ground.getRgbF()[:3]))
            self._points.set_colors(colors)
            self.canvas.bgcolor = ground.getRgbF()
            self._box.set_data(color=(*text.getRgbF()[:3], 0.5))
            self.canvas.update()

    # How many points are drawn

    def _draw_all(self) -> None:
        self._draw_first(len(self._order))

    def _draw_first(self, n: int) -> None:
        """Draw so many of the points."""
        self.n_drawn = n
        if self.canvas is not None:
            self._points.draw_only(self._order[:n])
            self.canvas.update()

    def _on_turned(self) -> None:
        """Draw as many points as there is time for, and all after the last move."""
        self._place_signs()
        n = max(FEWEST, int(FLUENT * self._per_second))
        if self._per_second and n < len(self._order):
            if self.n_drawn > n:
                self._draw_first(n)
            self._rest.start()

    def _before_draw(self, _event: object) -> None:
        self._started = perf_counter()

    def _after_draw(self, _event: object) -> None:
        """Find out how fast points are drawn, and put the signs in their places."""
        from vispy.gloo import gl  # noqa: PLC0415 (as above)

        if len(self._order) == self.n_drawn > FEWEST:  # of few, all else takes longer
            gl.glFinish()  # else they are drawn only after this has been measured
            speed = self.n_drawn / (perf_counter() - self._started)
            self._per_second = 0.5 * (self._per_second or speed) + 0.5 * speed
        self._place_signs()

    # The mouse

    def on_canvas(self, places: Array) -> Floats:
        """Return where places (M, 3) are on the canvas: x, y and depth, (M, 3)."""
        transform = self._points.get_transform("visual", "canvas")
        mapped = transform.map(np.atleast_2d(places))
        found: Floats = mapped[:, :3] / mapped[:, 3:]
        return found

    def point_at(self, x: float, y: float) -> int | None:
        """Return the point in front at a place of the canvas."""
        index = self._order
        if not len(index):
            return None
        at = self.on_canvas(self.scene.places[index])
        away = np.hypot(at[:, 0] - x, at[:, 1] - y)
        covering = away <= np.maximum(self.scene.sizes[index] / 2, 1)
        if covering.any():
            return int(index[np.where(covering, at[:, 2], np.inf).argmin()])
        nearest = int(away.argmin())
        return int(index[nearest]) if away[nearest] <= REACH else None

    def _on_press(self, event: Any) -> None:
        self._pressed = np.array(event.pos) if event.button == 1 else None

    def _on_mouse(self, event: Any) -> None:
        if event.type == "mouse_wheel" or event.is_dragging:
            self._on_turned()

    def _on_release(self, event: Any) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is not None and np.abs(event.pos - pressed).max() <= STILL:
            self.clicked.emit(self.point_at(*event.pos))

    def _place_signs(self) -> None:
        """Bring the names, the centroids and the mark to where they are now."""
        if self.canvas is None:
            return
        self.signs.setGeometry(self.canvas.native.geometry())
        self.signs.show_at(self.scene, self.on_canvas, self._hovered)

    # Saving

    def picture(self) -> QImage:
        """Return all points as a picture, on white."""
        width, height = self.canvas.size
        ratio = max(1.0, PICTURE / width)
        self._draw_all()
        self._points.magnify(ratio)
        ink, paper = QColor("black"), QColor("white")
        self._wear(ink, paper)
        pixels = self._rendered(int(width * ratio), int(height * ratio), paper)
        self._points.magnify(self.canvas.pixel_scale)
        self._wear_theme()
        rows, columns = pixels.shape[:2]
        kind = QImage.Format.Format_RGB888
        image = QImage(pixels.data, columns, rows, 3 * columns, kind).copy()
        painter = QPainter(image)
        painter.scale(ratio, ratio)
        draw_signs(painter, self.scene, self.on_canvas, ink)
        painter.end()
        return image

    def _rendered(self, width: int, height: int, paper: QColor) -> Array:
        """Draw the canvas on so many pixels, (height, width, 3).

        vispy's own `render` would leave the drawing as small as it is on the screen.
        """
        from vispy import gloo  # noqa: PLC0415 (as above)

        canvas, size = self.canvas, (height, width)
        canvas.set_current()
        colors, depths = gloo.RenderBuffer(size), gloo.RenderBuffer(size)
        canvas.push_fbo(gloo.FrameBuffer(colors, depths), (0, 0), canvas.size)
        try:
            canvas.transforms.configure(
                viewport=(0, 0, width, height),
                fbo_size=(width, height),
                fbo_rect=(0, 0, *canvas.size),
            )
            canvas.context.clear(color=paper.getRgbF(), depth=True)
            canvas.draw_visual(canvas.scene)
            pixels = gloo.read_pixels((0, 0, width, height), alpha=False)
        finally:
            canvas.pop_fbo()
        return np.ascontiguousarray(pixels)
