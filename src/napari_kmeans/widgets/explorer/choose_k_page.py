"""The page that shows the image in several numbers of segments, and suggests one."""

from collections.abc import Callable
from math import prod
from typing import Any

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from napari_kmeans.core.choosing.suggestion import Compared, Fit, Suggestion
from napari_kmeans.core.kept import Kept
from napari_kmeans.core.progress import Progress, Steps
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.types import Array, Floats
from napari_kmeans.layers.compared_pixels import MOST_KEPT, Scene, gather_layers
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.layers.view import View, view_of
from napari_kmeans.widgets.explorer.numbers import USUAL, read_numbers
from napari_kmeans.widgets.explorer.strip import Strip
from napari_kmeans.widgets.explorer.sweep_section import SweepSection
from napari_kmeans.widgets.job import Job, message_for, one_step
from napari_kmeans.widgets.layout import keep_lines
from napari_kmeans.widgets.links import Links
from napari_kmeans.widgets.panel import KMeansPanel
from napari_kmeans.widgets.run import RunRequest
from napari_kmeans.widgets.texts import plain_tooltip

SETTLING_MS = 120
"""Milliseconds after the last change of several until it is looked at."""
LOOK_MS = 200
"""Milliseconds between two looks at where the camera is, which rests if it did not
move in between."""
EACH_SLICE = (
    "Each slice has a model of its own. To compare numbers of segments, choose one "
    "model for all slices, or the current slice as the region."
)

Drawn = tuple[Array, Floats]
"""A small picture, and the colours of its segments."""


class ChooseKPage:
    """Compares numbers of segments, one after the other, while it is looked at."""

    title = "Choose k"
    tooltip = "See the image in several numbers of segments, and what each explains."

    def __init__(self, panel: KMeansPanel) -> None:
        self._panel = panel
        self._viewer = panel.target.viewer
        self._links = Links()
        self._job: Job[Any, Any] | None = None
        self._request: RunRequest | None = None
        self._refusal = ""  # why nothing is compared
        self._key: Any = None  # what the fits depend on
        self._kept = Kept()
        self._compared: Compared | None = None
        self._fits: dict[int, Fit] = {}
        self._settings: Settings | None = None  # of any number
        self._is_gathered = False  # whether they are still those of the layers
        self._scene: Scene | None = None
        self._view: View | None = None  # of the scene
        self._drawn: set[int] = set()  # which numbers are shown in the scene
        self._suggestion: Suggestion | None = None
        self._seen: View | None = None  # where the camera was last
        self._choices: tuple[int, ...] = read_numbers(USUAL)
        self.native = QWidget()
        self.message = QLabel()
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setWordWrap(True)
        keep_lines(self.message, 2)
        self.numbers = QLineEdit(USUAL)
        self.strip = Strip()
        self.sweep = SweepSection(panel, lambda: self._choices)
        self._lay_out()
        self._changes = QTimer(self.native, singleShot=True, interval=SETTLING_MS)
        self._changes.timeout.connect(self._refresh)
        self._looks = QTimer(self.native, interval=LOOK_MS)
        self._looks.timeout.connect(self._look)
        self.numbers.editingFinished.connect(self._read_numbers)
        self.strip.chosen.connect(panel.adopt)
        self.strip.show_numbers(self._choices)
        self.native.destroyed.connect(self._stop)

    def _lay_out(self) -> None:
        """Place the suggestion above the strip, and what is compared below it."""
        self.numbers.setMinimumWidth(90)
        self.numbers.setMaximumWidth(360)
        self.numbers.setToolTip(
            "Which numbers of segments to compare, such as 2-8 or 1 2 4 8 16 (Enter)."
        )
        self.numbers.setAccessibleName("Numbers of segments to compare")
        caption = QLabel("Compare")
        caption.setToolTip(self.numbers.toolTip())
        below = QHBoxLayout()
        below.addWidget(caption)
        below.addWidget(self.numbers, stretch=1)
        below.addWidget(self.sweep, stretch=1)
        layout = QVBoxLayout(self.native)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(2)
        layout.addWidget(self.message)
        layout.addWidget(self.strip, stretch=1)
        layout.addLayout(below)

    # What the explorer tells

    def look_at(self, _clustering: SegmentLayers | None) -> None:
        """Compare numbers of segments of the chosen image from now on."""
        panel, sources = self._panel, self._panel.choice.sources
        layers = () if sources is None else sources.layers
        self._links.follow(
            (panel.job.changed, self._refresh_soon),
            (panel.region.drawn, self._refresh_soon),
            # The region may be the slice that the viewer shows.
            (self._viewer.dims.events.current_step, self._refresh_soon),
            (panel.form.n_clusters.box.changed, self.strip.mark_current),
            *((layer.events.data, self._on_replaced) for layer in layers),
            *(
                (getattr(layer.events, look), self._draw_again)
                for layer in layers
                for look in ("colormap", "contrast_limits", "gamma")
            ),
        )
        self.strip.mark_current(panel.form.n_clusters.value)
        self._looks.start()
        self._refresh()

    def look_away(self) -> None:
        """Stop, and forget what takes memory."""
        self._stop()
        self._links.follow()
        self._changes.stop()
        self._looks.stop()
        self._kept, self._compared, self._scene = Kept(), None, None
        self._key, self._request, self._refusal = None, None, ""

    # What is to be compared

    def _refresh_soon(self, _event: Any = None) -> None:
        self._changes.start()

    def _refresh(self) -> None:
        """Compare what the panel is set to now."""
        if not self._looks.isActive():
            return
        try:
            request, refusal = self._panel.request(), ""
            if request.pixels.selection.slice_axis is not None:
                refusal = EACH_SLICE
        except ValueError as error:
            refusal = message_for(error)
        before, self._refusal = self._refusal, refusal
        if refusal == before != "":
            return
        if refusal:
            self._stop()
            self._forget(None)
            self._say(refusal)
            return
        key = _key_of(request)
        if key != self._key:
            self._stop()
            self._forget(key)
        elif self._compared is not None and _is_large(request):
            return  # what is not kept cannot be compared
        self._request = request
        self._is_gathered = False
        self._go_on()

    def _forget(self, key: Any) -> None:
        """Show nothing of what was compared before."""
        is_other = key is None or self._key is None or key[0] != self._key[0]
        self._key, self._request = key, None
        self._compared, self._scene, self._suggestion = None, None, None
        self._fits, self._drawn = {}, set()
        if is_other:
            self._kept = Kept()
            self.strip.show_numbers(self._choices)
        self.strip.show_criteria((), None)
        self._say("")

    def _on_replaced(self, _event: Any) -> None:
        """Compare other pixels."""
        self._key = None
        self._refresh_soon()

    def _read_numbers(self) -> None:
        """Compare the numbers that were typed."""
        try:
            numbers = read_numbers(self.numbers.text())
        except ValueError as error:
            self._say(str(error))
            return
        if numbers != self._choices:
            self._stop()  # what is compared now may be the numbers before
            self.numbers.setCursorPosition(0)  # so that the first ones are seen
            self._choices = numbers
            self._suggestion, self._drawn = None, set()
            self.strip.show_numbers(numbers)
        self._say(self._refusal)
        self._tell()
        self._go_on()

    # What the camera shows

    def _look(self) -> None:
        """Draw the part that the camera shows, once it rests."""
        if self._refusal:  # not every choice tells that it was changed
            self._refresh()
        before, self._seen = self._seen, self._where()
        if self._seen == before != self._view and self._scene is not None:
            self._scene = None
        self._go_on()

    def _where(self) -> View | None:
        """Return what the camera shows of the image; None if it has no such slice."""
        sources = self._panel.choice.sources
        try:
            return None if sources is None else view_of(self._viewer, sources)
        except ValueError:
            return None

    def _draw_again(self, _event: Any) -> None:
        """Draw in other colours."""
        self._scene = None

    # One step after the other

    def _go_on(self) -> None:
        """Start what is to be done next, unless something is being done.

        A run of the panel comes first: what it keeps is used here.
        """
        request, compared = self._request, self._compared
        if self._job is not None or request is None or self._panel.is_running:
            return
        if compared is None or not self._is_gathered:
            self._start(self._gather(request), self._on_gathered)
        elif self._scene is None:
            view = self._where()
            if view is not None:
                looking = one_step(lambda: Scene(compared, view, request.pixels))
                self._start(looking, lambda made: self._on_scene(made, view))
        elif known := [
            n for n in self._choices if n in self._fits.keys() - self._drawn
        ]:
            fits, scene = [(n, self._fits[n]) for n in known], self._scene
            drawing = one_step(lambda: [(n, fit, scene.draw(fit)) for n, fit in fits])
            self._start(drawing, self._on_drawn)
        elif waiting := [n for n in self._choices if n not in self._fits]:
            self._start(self._fit(waiting[0]), lambda fit: self._on_fit(*fit))
        elif self._suggestion is None:
            every = [self._fits[number] for number in self._choices]
            self._start(compared.compare(every), self._on_suggestion)

    def _start(self, steps: Any, on_result: Callable[[Any], object]) -> None:
        def end(result: Any) -> None:
            self._job = None
            on_result(result)
            self._go_on()

        self._job = Job(steps, end, self._on_error, self._show_progress)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.stop()
            self._job = None

    def _gather(self, request: RunRequest) -> Steps[tuple[Compared, Settings]]:
        if self._kept.is_empty:
            self._kept = self._panel.run.kept_of(request.pixels.sources)
        return gather_layers(request.pixels, request.settings, self._kept)

    def _on_gathered(self, gathered: tuple[Compared, Settings]) -> None:
        before, (self._compared, self._settings) = self._compared, gathered
        compared = self._compared
        self._is_gathered = True
        if before is None or before.sample.histogram is not compared.sample.histogram:
            self._fits, self._scene, self._suggestion = {}, None, None
            self._say("Comparing …")
        elif before.prepared is not compared.prepared:
            self._scene = None

    def _on_scene(self, scene: Scene, view: View) -> None:
        self._scene, self._view, self._drawn = scene, view, set()

    def _fit(self, number: int) -> Steps[tuple[int, Fit, Drawn]]:
        """Cluster into a number of segments, and draw them."""
        compared, scene, settings = self._compared, self._scene, self._settings
        assert compared is not None
        assert scene is not None
        assert settings is not None
        settings = settings.with_clusters(number)
        fit = yield from compared.fit(settings, self._kept)
        return number, fit, scene.draw(fit)

    def _on_fit(self, number: int, fit: Fit, drawn: Drawn) -> None:
        self._fits[number] = fit
        self._on_drawn([(number, fit, drawn)])

    def _on_drawn(self, pictures: list[tuple[int, Fit, Drawn]]) -> None:
        for number, fit, (picture, colors) in pictures:
            self._drawn.add(number)
            self.strip.show_picture(number, picture, colors, fit.counts)

    def _on_suggestion(self, suggestion: Suggestion) -> None:
        self._suggestion = suggestion
        self._tell()

    def _tell(self) -> None:
        """Say what is suggested, and why."""
        found = self._suggestion
        if found is not None:
            self.strip.show_criteria(found.criteria, found.n_clusters)
            self._say(_in_words(found))

    def _show_progress(self, progress: Any) -> None:
        if isinstance(progress, Progress):
            self._say(f"{progress.phase} …")

    def _on_error(self, words: str) -> None:
        self._job = None
        self._request = None  # until something changes
        self._say(words)

    def _say(self, words: str) -> None:
        self.message.setText(words)
        self.message.setToolTip(plain_tooltip(words))


def _key_of(request: RunRequest) -> Any:
    """Return what fits depend on, but for the number; first, the layers."""
    settings = {**request.settings.to_dict(), "n_clusters": None}
    pixels = request.pixels
    return pixels.sources, settings, pixels.selection.record()


def _is_large(request: RunRequest) -> bool:
    """Whether the pixels are not kept, so that changes in place are not noticed."""
    pixels = request.pixels
    is_plain = len(pixels.shapes) == 1 and not pixels.is_lazy
    return not is_plain or prod(pixels.shapes[0]) > MOST_KEPT


def _in_words(found: Suggestion) -> str:
    """Write a suggestion in a line."""
    words = found.reason
    if found.n_clusters is not None:
        plural = "" if found.n_clusters == 1 else "s"
        words = f"Suggested: {found.n_clusters} segment{plural}. {words}"
    if found.n_fitted < found.n_pixels:
        words += f" (Of a sample of {found.n_fitted:,} px.)"
    return words
