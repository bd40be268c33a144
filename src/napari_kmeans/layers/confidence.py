"""How sure the segments of image layers are: as steps, and as an image layer."""

from typing import Any

import numpy as np
from napari.layers import Image

from napari_kmeans.core.levels import levels_of
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.pyramid import mask_at_level, model_at_level
from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.layers.layer_stack import LayerStack
from napari_kmeans.layers.source_pixels import SourcePixels
from napari_kmeans.segments.certainty import Certainty
from napari_kmeans.segments.recipe import Recipe

PER_SLICE = (
    "Each slice has a model of its own: confidence needs one model for all slices."
)


def why_no_confidence(pixels: SourcePixels) -> str:
    """Say why it is not known how sure segments are; "" if it is."""
    return "" if pixels.selection.slice_axis is None else PER_SLICE


def certainty_steps(recipe: Recipe, pixels: SourcePixels) -> Steps[Certainty]:
    """Compare how sure all pixels in memory are, step by step."""
    return Certainty.steps(recipe, pixels.image, _mask(pixels))


def confidence_steps(model: KMeansModel, pixels: SourcePixels) -> Steps[Any]:
    """Find the confidence of all pixels, or of all levels; lazily where they are."""
    mask, found = _mask(pixels), []
    finest = pixels.shapes[0]
    for image, shape in zip(pixels.levels, pixels.shapes, strict=True):
        here = model_at_level(model, np.divide(finest, shape))
        read = here.read(image, pixels.channel_axis, pixels.alpha)
        masked = read.masked(mask_at_level(mask, finest, shape))
        found.append((yield from here.confidence_steps(masked)))
    return tuple(found) if len(found) > 1 else found[0]


def decided_steps(
    segmentation: Segmentation, pixels: SourcePixels, below: float
) -> Steps[Segmentation]:
    """Leave the pixels of a result that are less sure in no segment, step by step."""
    confidence = yield from confidence_steps(segmentation.model, pixels)
    is_unsure = confidence < np.float32(below)
    labels = np.where(is_unsure, segmentation.labels.dtype.type(0), segmentation.labels)
    return Segmentation(labels, segmentation.recolored, segmentation.model)


def _mask(pixels: SourcePixels) -> Any:
    """Return which pixels have a label; None if all have."""
    return None if pixels.selection.label_all else pixels.mask


class ConfidenceLayer:
    """Shows the confidence of a clustering in one image layer."""

    def __init__(self, stack: LayerStack) -> None:
        self._stack = stack
        self.layer: Image | None = None
        self.model: KMeansModel | None = None  # whose confidence is shown

    @property
    def present(self) -> Image | None:
        """The layer; None if it was not made, or was deleted."""
        return self.layer if self._stack.holds(self.layer) else None

    def remove(self) -> None:
        """Remove the layer: it is not known any more how sure segments are."""
        if self.present is not None:
            self._stack.remove(self.present)

    def show(self, model: KMeansModel, confidence: Any, name: str) -> None:
        """Show the confidence of a model, in the layer there is or a new one."""
        self.model, layer = model, self.present
        is_pyramid = isinstance(confidence, tuple)
        if layer is not None and layer.multiscale == is_pyramid:
            layer.data = list(confidence) if is_pyramid else confidence
            self._stack.place([layer])
            return
        if layer is not None:
            self._stack.remove(layer)
        self.layer = Image(
            list(levels_of(confidence)) if is_pyramid else confidence,
            name=f"{name} confidence",
            contrast_limits=(0, 1),
            colormap="viridis",
            multiscale=is_pyramid,
            **self._stack.attributes(),
        )
        with self._stack.keeping_active():
            self._stack.add(self.layer, None)
