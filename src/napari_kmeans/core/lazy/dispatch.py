"""What the model does with lazy images, in its own words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from napari_kmeans.core.lazy.arrays import as_blocks, drop_axis, whole_pixels
from napari_kmeans.core.lazy.labelling import label_lazily, recolor_lazily
from napari_kmeans.core.lazy.pixels import LazyPixels, read_lazy
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.pixels import check_positions, check_type


def predict_lazily(
    model: KMeansModel,
    image: Any,
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    mask: Any = None,
    origin: Sequence[int] | None = None,
) -> Any:
    """Give the labels of a lazy image; nothing is computed yet."""
    if channel_axis is None:
        channel_axis = model.channel_axis
    if alpha is None:
        alpha = model.has_alpha
    pixels = read_lazy(image, channel_axis=channel_axis, alpha=alpha, mask=mask)
    check_type(pixels.n_channels, pixels.dtype, model.n_channels, model.dtype)
    check_positions(len(pixels.shape), model.space.n_positions)
    return label_lazily(model, pixels, origin)


def redraw_lazily(model: KMeansModel, labels: Any, image: Any = None) -> Any:
    """Draw the pixels of lazy labels; nothing is computed yet."""
    labels = as_blocks(labels)
    if image is None:
        return recolor_lazily(model, labels)
    image = whole_pixels(as_blocks(image), model.channel_axis)
    shape = drop_axis(image.shape, model.channel_axis)
    if shape != labels.shape:
        raise ValueError(
            f"labels has the shape {labels.shape}, but the image without its channels "
            f"has {shape}: give the labels of this image."
        )
    labels = labels.rechunk(drop_axis(image.chunks, model.channel_axis))
    return recolor_lazily(model, labels, image)


def draw_lazily(
    model: KMeansModel, pixels: LazyPixels, *, label_all: bool = False
) -> tuple[Any, Any]:
    """Give labels and recoloured image of the image fitted; nothing is computed yet."""
    if label_all:
        pixels = replace(pixels, mask=None, chosen=None)
    labels = label_lazily(model, pixels)
    return labels, recolor_lazily(model, labels, pixels.image)
