"""Keeps the confidence layers up to date: in a worker, when the model changes."""

from typing import Any
from weakref import WeakKeyDictionary, ref

from napari.utils.notifications import show_warning

from napari_kmeans.layers.confidence import confidence_steps, why_no_confidence
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.widgets.job import Job


class _Following:
    """Computes the confidence of a clustering again for each model it gets."""

    def __init__(self, layers: SegmentLayers) -> None:
        self._layers = ref(layers)
        self._job: Job[Any, Any] | None = None
        layers.segments.map_changed.connect(self._on_changed)

    @property
    def is_running(self) -> bool:
        return self._job is not None and self._job.is_running

    def refresh(self) -> None:
        """Compute the confidence, and show it."""
        layers = self._layers()
        if self._job is not None:
            self._job.stop()
        if layers is None:
            return
        pixels, model = layers.pictures.pixels, layers.segments.recipe.model
        if why_no_confidence(pixels):
            layers.confidence.remove()
            return

        def show(confidence: Any) -> None:
            if layers.segments.recipe.model is model:
                layers.confidence.show(model, confidence, layers.name)

        self._job = Job(confidence_steps(model, pixels), show, show_warning)

    def _on_changed(self) -> None:
        layers = self._layers()
        if layers is None or layers.confidence.present is None:
            return
        if layers.confidence.model is not layers.segments.recipe.model:
            self.refresh()


_following: "WeakKeyDictionary[SegmentLayers, _Following]" = WeakKeyDictionary()


def show_confidence(layers: SegmentLayers) -> None:
    """Show the confidence of a clustering as a layer, of every later run too."""
    if layers not in _following:
        _following[layers] = _Following(layers)
    _following[layers].refresh()


def is_computing(layers: SegmentLayers) -> bool:
    """Whether the confidence of a clustering is being computed."""
    return layers in _following and _following[layers].is_running
