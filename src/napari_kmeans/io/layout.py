"""The layout of a file: levels, axes and blocks as in OME-Zarr."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from napari_kmeans.core.lazy.arrays import UncopiedArray, as_blocks, drop_axis
from napari_kmeans.core.lazy.chunks import Chunk, chunks_of
from napari_kmeans.core.pixels import find_channel_axis
from napari_kmeans.io.folder_record import KEY, Contents, attribute
from napari_kmeans.io.ngff import (
    dimension_names,
    image_metadata,
    import_zarr,
    label_metadata,
    list_metadata,
)

SMALLEST = 64
"""Pixels along an axis below which a block counts as small."""
SMALLEST_PIXELS = 1 << 16
LARGEST_PIXELS = 1 << 24
"""The numbers of pixels below and above which blocks are enlarged and split."""


@dataclass(frozen=True, eq=False)
class Level:
    """One level, with the blocks and axes of the file."""

    labels: Any  # in equal blocks along each axis, all channels in one
    recolored: Any
    place: int | None  # the axis on which the file has the channels

    def plan(self) -> dict[str, Any]:
        """Return shape, dtype and chunks of both arrays."""
        return {
            kind: [list(array.shape), str(array.dtype), list(array.chunksize)]
            for kind, array in (("labels", self.labels), ("recolored", self.recolored))
        }

    @property
    def chunks(self) -> list[Chunk]:
        """The blocks, by the axes of the recoloured image."""
        return chunks_of(self.recolored)

    def ranges_of_labels(self, chunk: Chunk) -> tuple[slice, ...]:
        """Return where the labels of a block lie."""
        return drop_axis(chunk.ranges, self.place)

    @cached_property
    def source(self) -> str | None:
        """Dask's name for the pixels; None if they are in memory, and may change."""
        for array in (self.labels, self.recolored):
            for node in dict(array.__dask_graph__()).values():
                if _is_in_memory(getattr(node, "value", node)):
                    return None
        return f"{self.labels.name} {self.recolored.name}"


def _is_in_memory(source: object) -> bool:
    """Whether what dask reads from is an array of this process, not of a file."""
    return isinstance(source, UncopiedArray | np.ndarray) and not isinstance(
        source, np.memmap
    )


def file_levels(
    labels: Any, recolored: Any, channel_axis: int | None, place: int | None
) -> list[Level]:
    """Return levels as they are in a file."""
    all_labels = labels if isinstance(labels, list | tuple) else [labels]
    pictures = recolored if isinstance(recolored, list | tuple) else [recolored]
    if len(all_labels) != len(pictures) or not all_labels:
        raise ValueError(
            f"labels has {len(all_labels)} levels and recolored {len(pictures)}: give "
            "both with the same levels."
        )
    return [
        _level(one, picture, channel_axis, place)
        for one, picture in zip(all_labels, pictures, strict=True)
    ]


def _level(
    labels: Any, recolored: Any, channel_axis: int | None, place: int | None
) -> Level:
    """Rechunk one level into equal blocks, with channels before the spatial axes."""
    labels, recolored = map(_native, (as_blocks(labels), as_blocks(recolored)))
    if channel_axis is not None and place is not None:
        axis = find_channel_axis(recolored, channel_axis)
        recolored = np.moveaxis(recolored, axis or 0, place)
    shape = tuple(n for axis, n in enumerate(recolored.shape) if axis != place)
    if shape != labels.shape:
        raise ValueError(
            f"labels has the shape {labels.shape}, and recolored, without its "
            f"channels, {shape}: give those of one image, and its channel_axis."
        )
    sizes = _block_shape(labels)
    of_picture = list(sizes)
    if place is not None:
        of_picture.insert(place, recolored.shape[place])
    return Level(labels.rechunk(sizes), recolored.rechunk(tuple(of_picture)), place)


def _native(array: Any) -> Any:
    """Return the same numbers in this machine's order of bytes, as files give them."""
    native = array.dtype.newbyteorder("=")
    return array if array.dtype == native else array.astype(native)


def _block_shape(labels: Any) -> tuple[int, ...]:
    """Return the shape of the blocks: the present one, unless very small or large."""
    sizes = [max(parts) for parts in labels.chunks]
    # Slices stay thin, if they can: who looks at one, or paints on it, needs no other.
    for axis in reversed(range(labels.ndim)):
        if np.prod(sizes) < SMALLEST_PIXELS:
            sizes[axis] = min(max(sizes[axis], SMALLEST), labels.shape[axis])
    while np.prod(sizes) > LARGEST_PIXELS:
        longest = int(np.argmax(sizes))
        sizes[longest] = -(-sizes[longest] // 2)
    return tuple(sizes)


def make_arrays(partial: Path, levels: list[Level], contents: Contents) -> None:
    """Make the groups and the empty arrays of a file, in a folder that is ours."""
    zarr, _ = import_zarr()
    place, geometry = levels[0].place, contents.geometry
    finest = levels[0].labels.shape
    geometries = [
        geometry.coarser(np.divide(finest, level.labels.shape).tolist())
        for level in levels
    ]
    n_channels = None if place is None else levels[0].recolored.shape[place]
    dtype, name = levels[0].recolored.dtype, contents.name
    image = image_metadata(geometries, partial.stem, n_channels, dtype)
    ours = attribute(contents, is_complete=False)
    root = zarr.open_group(partial, mode="a", zarr_format=3)
    root.update_attributes({"ome": image, KEY: ours})
    of_labels = root.require_group("labels")
    of_labels.attrs["ome"] = list_metadata(name)
    group = of_labels.require_group(name)
    group.attrs["ome"] = label_metadata(geometries, name, contents.segments)
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
                # Whoever reads a damaged chunk, now or in years, is told.
                compressors=zarr.codecs.ZstdCodec(level=0, checksum=True),
                dimension_names=dimension_names(geometry, with_channels=channels),
                overwrite=True,
            )


def open_arrays(folder: Path, name: str, n_levels: int) -> list[tuple[Any, Any]]:
    """Return labels and recoloured image of each level, to be read and written."""
    zarr, _ = import_zarr()
    # A chunk that is not there was lost, so those that hold zeros are there, too.
    with zarr.config.set({"array.write_empty_chunks": True}):
        group = zarr.open_group(folder, mode="r+")
        return [
            (group[f"labels/{name}/{number}"], group[str(number)])
            for number in range(n_levels)
        ]
