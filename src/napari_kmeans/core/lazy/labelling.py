"""Labels and recoloured image of a lazy image: lazy arrays of its chunks.

Only the model's centroids are in the graph. The table in which labels are looked up is
made once in each process, whatever the number of chunks and of threads.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.blocks import on_this_thread
from napari_kmeans.core.labelling import Labeller
from napari_kmeans.core.lazy.arrays import drop_axis
from napari_kmeans.core.lazy.block_reader import BlockReader
from napari_kmeans.core.lazy.pixels import LazyPixels
from napari_kmeans.core.lazy.smoothing import smooth_lazily
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.progress import finish

Array = NDArray[Any]

KEPT = 4
"""Models whose tables are kept: each has up to 32 MiB."""

_labellers: OrderedDict[Any, Labeller] = OrderedDict()
_lock = threading.Lock()


def share_labeller(model: KMeansModel, labeller: Labeller) -> None:
    """Let every chunk be labelled by this labeller, in this process."""
    with _lock:
        _keep(_key(model), labeller)


def shared_labeller(model: KMeansModel) -> Labeller:
    """Give the labeller that all copies of a model in this process have in common."""
    key = _key(model)
    with _lock:
        labeller = _labellers.get(key)
        if labeller is None:
            labeller = Labeller(model.space, model.feature_centroids)
        _keep(key, labeller)
        return labeller


def _key(model: KMeansModel) -> tuple[Any, ...]:
    """Give what makes two models label the same."""
    return model.space, model.feature_centroids.tobytes()


def _keep(key: tuple[Any, ...], labeller: Labeller) -> None:
    """Keep the labellers used last."""
    _labellers[key] = labeller
    _labellers.move_to_end(key)
    while len(_labellers) > KEPT:
        _labellers.popitem(last=False)


def label_lazily(
    model: KMeansModel, pixels: LazyPixels, origin: Sequence[int] | None = None
) -> Any:
    """Give the labels of a lazy image; nothing is computed yet."""
    import dask.array  # noqa: PLC0415

    pixels = smooth_lazily(pixels, model.settings)
    axes, spatial_axes = _axes(pixels.image.ndim, pixels.channel_axis)
    arguments: list[Any] = [pixels.image, axes]
    if pixels.mask is None:
        arguments += [None, None]
    else:
        arguments += [pixels.mask, spatial_axes]
    if model.space.n_positions:
        arguments += _coordinates(pixels.image, spatial_axes, origin)
    return dask.array.blockwise(
        _label_block,
        spatial_axes,
        *arguments,
        model=model,
        reader=pixels.reader(model.settings),
        dtype=np.uint8 if model.n_clusters <= 255 else np.uint16,
        meta=np.empty((0,) * len(spatial_axes), np.uint8),
    )


def _coordinates(
    image: Any, spatial_axes: tuple[int, ...], origin: Sequence[int] | None
) -> Iterator[Any]:
    """Give the coordinates along each axis, in the image's chunks, and the axis."""
    import dask.array  # noqa: PLC0415

    for axis, first in zip(spatial_axes, origin or [0] * image.ndim, strict=False):
        stop = first + image.shape[axis]
        yield dask.array.arange(first, stop, chunks=(image.chunks[axis],))
        yield (axis,)


def recolor_lazily(model: KMeansModel, labels: Any, image: Any = None) -> Any:
    """Draw the pixels of lazy labels in the mean colours; nothing is computed yet."""
    import dask.array  # noqa: PLC0415

    n_axes = labels.ndim + (model.channel_axis is not None)
    axes, spatial_axes = _axes(n_axes, model.channel_axis)
    dtype = np.dtype(model.dtype if image is None else image.dtype)
    arguments: list[Any] = [labels, spatial_axes]
    new_axes = {}
    if image is not None:
        arguments += [image, axes]
    elif model.channel_axis is not None:
        n_channels = model.n_channels + model.has_alpha
        new_axes = {model.channel_axis % n_axes: n_channels}
    return dask.array.blockwise(
        _recolor_block,
        axes,
        *arguments,
        model=model,
        new_axes=new_axes,
        dtype=dtype,
        meta=np.empty((0,) * n_axes, dtype),
    )


def _axes(
    n_axes: int, channel_axis: int | None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Give numbers to the axes of an image, and those of its spatial axes."""
    axes = tuple(range(n_axes))
    return axes, drop_axis(axes, channel_axis)


def _label_block(
    image: Any,
    mask: Array | None,
    *coordinates: Array,
    model: KMeansModel,
    reader: BlockReader,
) -> Array:
    """Label the pixels of one block."""
    if isinstance(image, list):  # along the channel axis, with one block
        (image,) = image
    origin = [int(axis[0]) for axis in coordinates]
    pixels = reader.read(image, mask, origin)
    with on_this_thread():
        return finish(shared_labeller(model).label_pixels(pixels))


def _recolor_block(
    labels: Array, image: Array | None = None, *, model: KMeansModel
) -> Array:
    """Draw the pixels of one block."""
    with on_this_thread():
        return finish(model.recolor_steps(labels, image))
