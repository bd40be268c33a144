"""One clustering of one or more layers, in a worker thread."""

from dataclasses import dataclass
from math import inf
from time import perf_counter
from typing import Any

from napari.components import ViewerModel
from napari.layers import Layer
from napari.qt.threading import GeneratorWorker, create_worker
from napari.utils import progress
from psygnal import Signal

from napari_kmeans.core.levels import levels_of
from napari_kmeans.core.progress import Progress, Steps
from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.label_colors import warm_up
from napari_kmeans.layers.recolored_layers import ChannelsAs
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import SourcePixels
from napari_kmeans.widgets.telling import telling

SHOW_AFTER = 0.15
"""Seconds before progress is shown: most runs are over by then."""

SHOW_EVERY = 0.05
"""Seconds between two updates of the progress: steps may be far shorter."""


@dataclass(frozen=True)
class Result:
    """What a run has made."""

    pixels: SourcePixels  # what was clustered
    source_name: str  # what its layers were called when the run started
    parts: ChannelsAs  # how several channels are to be recoloured
    segmentation: Segmentation  # the labels, the recoloured image and the model
    seconds: float  # how long the clustering took

    @property
    def sources(self) -> Sources:
        """The layers that were clustered."""
        return self.pixels.sources


class Run:
    """Clusters layers while the window stays alive, and says how it ends.

    Exactly one of `succeeded`, `failed` and `stopped` is emitted, on the main thread;
    what arrives after that is dropped.
    """

    progressed = Signal(Progress)
    succeeded = Signal(Result)
    failed = Signal(Exception)
    stopped = Signal(str)

    def __init__(
        self,
        viewer: ViewerModel,
        pixels: SourcePixels,
        settings: Settings,
        parts: ChannelsAs = "mix",
    ) -> None:
        self.pixels = pixels
        self.settings = settings
        self.parts: ChannelsAs = parts
        self.source_name = pixels.sources.name
        self._names = [layer.name for layer in pixels.sources.layers]
        self._viewer = viewer
        self._worker: GeneratorWorker = create_worker(
            _steps, pixels, settings, parts, _ignore_errors=True
        )
        # Functions, not bound methods: those do not keep the run alive, and PySide then
        # delivers a signal that was waiting to an object that is gone.
        self._worker.yielded.connect(lambda step: self._on_progress(step))  # noqa: PLW0108
        self._worker.returned.connect(lambda result: self._on_result(result))  # noqa: PLW0108
        self._worker.errored.connect(lambda error: self._on_error(error))  # noqa: PLW0108
        self._activity: progress | None = None
        self._over = False

    def start(self) -> None:
        """Start the worker."""
        self._next_shown = perf_counter() + SHOW_AFTER
        self._viewer.layers.events.removed.connect(self._on_layer_removed)
        for layer in self.pixels.sources.layers:
            layer.events.data.connect(self._on_data_replaced)
        self._worker.start()

    def stop(self, reason: str) -> None:
        """Stop at the next step and drop the result."""
        if self._finish():
            self._worker.quit()
            self.stopped.emit(reason)

    def _finish(self) -> bool:
        """Let go of all that the run holds; tell whether it was not over before."""
        if self._over:
            return False
        self._over = True
        self._viewer.layers.events.removed.disconnect(self._on_layer_removed)
        for layer in self.pixels.sources.layers:
            layer.events.data.disconnect(self._on_data_replaced)
        if self._activity is not None:
            self._activity.close()
        return True

    def _on_progress(self, step: Progress) -> None:
        if self._over or perf_counter() < self._next_shown:
            return
        # napari's activity dock handles pending events: the next steps, even the end of
        # the run, may come while this one is being shown.
        self._next_shown = inf
        self.progressed.emit(step)
        self._show_activity(step)
        self._next_shown = perf_counter() + SHOW_EVERY

    def _show_activity(self, step: Progress) -> None:
        """Show a step in napari's activity dock."""
        if self._activity is None:
            self._activity = progress(total=100, desc=f"Segmenting {self.source_name}")
        if self._over:
            self._activity.close()
        else:
            self._activity.update(round(100 * step.fraction) - self._activity.n)

    def _on_result(self, returned: tuple[Segmentation, float]) -> None:
        if self._finish():
            result = Result(self.pixels, self.source_name, self.parts, *returned)
            self.succeeded.emit(result)

    def _on_error(self, error: Exception) -> None:
        if self._finish():
            self.failed.emit(error)

    def _on_layer_removed(self, event: Any) -> None:
        if event.value in self.pixels.sources.layers:
            self.stop(
                f"{self._name_of(event.value)} was removed while it was being "
                "segmented, so nothing was added."
            )

    def _on_data_replaced(self, event: Any) -> None:
        self.stop(
            f"The pixels of {self._name_of(event.source)} were replaced while it was "
            "being segmented. Press Segment again."
        )

    def _name_of(self, layer: Layer) -> str:
        """Give what a layer was called when the run started."""
        return f"'{self._names[self.pixels.sources.layers.index(layer)]}'"


def _steps(
    pixels: SourcePixels, settings: Settings, parts: ChannelsAs
) -> Steps[tuple[Segmentation, float]]:
    """Cluster, say how long it took, and prepare what would keep the window waiting."""
    start = perf_counter()
    segmentation = yield from telling(pixels.segment_steps(settings))
    seconds = perf_counter() - start
    warm_up(levels_of(segmentation.labels)[0].dtype)
    if pixels.sources.is_multichannel and parts == "mix":
        pixels.mix.pictures  # noqa: B018 (drawn here: the window would wait for it)
    return segmentation, seconds
