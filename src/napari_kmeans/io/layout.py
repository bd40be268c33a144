"""What goes where in a file: levels, axes and blocks as OME-Zarr has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_kmeans.core.lazy.arrays import as_blocks
from napari_kmeans.core.pixels import find_channel_axis
from napari_kmeans.io.axes import Geometry
from napari_kmeans.io.ngff import (
    dimension_names,
    image_metadata,
    import_zarr,
    label_metadata,
    list_metadata,
)
from napari_kmeans.segments.segment import Segment

SMALLEST = 64
"""Pixels along an axis of a block that is small."""
SMALLEST_PIXELS = 1 << 16
LARGEST_PIXELS = 1 << 24
"""Pixels in a block: fewer make it grow, and more make it shrink."""
WHOLE = {"write_empty_chunks": True}
"""Of zarr: a chunk that is not there has not been written, whatever it holds."""


@dataclass(frozen=True, eq=False)
class Level:
    """One level, in the blocks and with the axes that the file has."""

    labels: Any  # in equal blocks along each axis, all channels in one
    recolored: Any
    place: int | None  # the axis on which the file has the channels

    def plan(self) -> dict[str, Any]:
        """Say what is to be written."""
        return {
            kind: [list(array.shape), str(array.dtype), list(array.chunksize)]
            for kind, array in (("labels", self.labels), ("recolored", self.recolored))
        }


def file_levels(
    labels: Any, recolored: Any, channel_axis: int | None, place: int | None
) -> list[Level]:
    """Give levels as a file has them."""
    all_labels = labels if isinstance(labels, list | tuple) else [labels]
    pictures = recolored if isinstance(recolored, list | tuple) else [recolored]
    if len(all_labels) != len(pictures) or not all_labels:
        raise ValueError(
            f"labels has {len(all_labels)} levels and recolored {len(pictures)}: give "
            "the same levels of both."
        )
    return [
        _level(one, picture, channel_axis, place)
        for one, picture in zip(all_labels, pictures, strict=True)
    ]


def _level(
    labels: Any, recolored: Any, channel_axis: int | None, place: int | None
) -> Level:
    """Bring one level into equal blocks, with the channels before the axes of space."""
    labels, recolored = as_blocks(labels), as_blocks(recolored)
    if channel_axis is not None and place is not None:
        axis = find_channel_axis(recolored, channel_axis)
        recolored = np.moveaxis(recolored, axis or 0, place)
    shape = tuple(n for axis, n in enumerate(recolored.shape) if axis != place)
    if shape != labels.shape:
        raise ValueError(
            f"labels has the shape {labels.shape}, and recolored, without its "
            f"channels, {shape}: give the two of one image, and channel_axis."
        )
    sizes = _block_shape(labels)
    of_picture = list(sizes)
    if place is not None:
        of_picture.insert(place, recolored.shape[place])
    return Level(labels.rechunk(sizes), recolored.rechunk(tuple(of_picture)), place)


def _block_shape(labels: Any) -> tuple[int, ...]:
    """Give the shape of the blocks: as they are, if not very small or large."""
    sizes = [max(parts) for parts in labels.chunks]
    # Slices stay thin, if they can: who looks at one, or paints on it, needs no other.
    for axis in reversed(range(labels.ndim)):
        if np.prod(sizes) < SMALLEST_PIXELS:
            sizes[axis] = min(max(sizes[axis], SMALLEST), labels.shape[axis])
    while np.prod(sizes) > LARGEST_PIXELS:
        longest = int(np.argmax(sizes))
        sizes[longest] = -(-sizes[longest] // 2)
    return tuple(sizes)


def make_arrays(
    partial: Path,
    levels: list[Level],
    geometry: Geometry,
    name: str,
    segments: Sequence[Segment],
) -> None:
    """Make the groups and the empty arrays of a file."""
    zarr, _ = import_zarr()
    place = levels[0].place
    finest = levels[0].labels.shape
    geometries = [
        geometry.coarser(np.divide(finest, level.labels.shape).tolist())
        for level in levels
    ]
    root = zarr.open_group(partial, mode="w", zarr_format=3)
    n_channels = None if place is None else levels[0].recolored.shape[place]
    dtype = levels[0].recolored.dtype
    root.attrs["ome"] = image_metadata(geometries, partial.stem, n_channels, dtype)
    of_labels = root.create_group("labels")
    of_labels.attrs["ome"] = list_metadata(name)
    group = of_labels.create_group(name)
    group.attrs["ome"] = label_metadata(geometries, name, segments)
    for number, level in enumerate(levels):
        for parent, array, channels in (
            (group, level.labels, False),
            (root, level.recolored, place is not None),
        ):
            parent.create_array(
                str(number),
                shape=array.shape,
                dtype=array.dtype,
                chunks=array.chunksize,
                dimension_names=dimension_names(geometry, with_channels=channels),
                config=WHOLE,
            )
