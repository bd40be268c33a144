"""Write labels and recoloured image as OME-Zarr, block by block, and open them again.

While it is being written the folder is called PATH.partial; it becomes PATH when all
blocks are there and what was written has been checked. Whatever ends the writing
before that, a second call with the same arguments goes on where it stopped.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from napari_kmeans.core.lazy.arrays import as_blocks
from napari_kmeans.core.lazy.chunks import Chunk, ChunkTasks
from napari_kmeans.core.progress import Callback, Steps, finish, subprogress
from napari_kmeans.io.axes import Geometry
from napari_kmeans.io.chunk_record import ChunkRecord
from napari_kmeans.io.layout import WHOLE, Level, file_levels, make_arrays
from napari_kmeans.io.ngff import channel_position, check_metadata, import_zarr
from napari_kmeans.segments.segment import Segment

OURS = "napari-kmeans"
"""The attribute in which our own metadata are."""
PHASE = "Writing to disk"


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes
    ----------
    path : Path
        The folder.
    n_blocks : int
        How many blocks it has.
    n_there : int
        How many of them an earlier, interrupted run had written.
    """

    path: Path
    n_blocks: int
    n_there: int


@dataclass(frozen=True, eq=False)
class OmeZarr:
    """The contents of a folder opened by `open_ome_zarr`.

    Attributes
    ----------
    labels : tuple of zarr.Array
        The labels of each level, the finest first. Assigning to them writes to disk.
    recolored : tuple of dask.array.Array
        The recoloured image of each level, with the channels on `channel_axis`.
    geometry : Geometry
        The axes, scale, translation and units of the finest level.
    channel_axis : int or None
        The channel axis of `recolored`.
    metadata : dict
        The `metadata` that were written.
    segments : tuple of Segment
        The names, colours and flags that were written.
    """

    labels: tuple[Any, ...]
    recolored: tuple[Any, ...]
    geometry: Geometry
    channel_axis: int | None
    metadata: dict[str, Any]
    segments: tuple[Segment, ...]


def write_ome_zarr(
    path: str | PathLike[str],
    labels: Any,
    recolored: Any,
    *,
    channel_axis: int | None = None,
    axes: Sequence[str] | None = None,
    scale: Sequence[float] | None = None,
    translate: Sequence[float] | None = None,
    units: Sequence[object] | None = None,
    name: str = "segments",
    segments: Iterable[Segment] = (),
    metadata: dict[str, Any] | None = None,
    callback: Callback | None = None,
) -> Written:
    """Write labels and a recoloured image as OME-Zarr 0.5.

    Blocks are computed by dask's scheduler and written by this process. If the writing
    is interrupted, the same call resumes it.

    Parameters
    ----------
    path : str or Path
        The folder to create; it must not exist.
    labels : array_like of int, or sequence of these
        Numpy, dask or zarr; a sequence holds the levels of a pyramid, the finest first.
    recolored : array_like, or sequence of these
        Of the same shape as the labels, plus a channel axis if there is one.
    channel_axis : int, optional
        The channel axis of `recolored`. None: there is none. In the file it follows the
        time axis and precedes the spatial axes.
    axes : sequence of str, optional
        The names of the axes without the channels: "t" for time, any other for space.
        None: the last of t, z, y, x.
    scale : sequence of float, optional
        The size of a pixel along each axis. None: 1.
    translate : sequence of float, optional
        The position of the centre of the first pixel along each axis. None: 0.
    units : sequence of str, optional
        The unit of each axis, such as "micrometer". None: pixels.
    name : str
        The name of the labels in the file.
    segments : iterable of Segment
        The names, colours and flags of the labels.
    metadata : dict, optional
        Anything that JSON can represent, such as the model. It must be the same in a
        call that resumes.
    callback : callable, optional
        Called with a `Progress` between blocks. An exception raised in it stops the
        writing.

    Returns
    -------
    Written
        The path and the numbers of blocks.

    Raises
    ------
    FileExistsError
        The path exists, or an interrupted run left something else there.
    OSError
        A block of the image could not be read or computed, or the disk is full.
    ValueError
        The arrays do not match each other or the format, or what is on disk is not what
        was written.
    ImportError
        zarr or yaozarrs is not installed.
    """
    steps = write_ome_zarr_steps(
        path,
        labels,
        recolored,
        channel_axis=channel_axis,
        axes=axes,
        scale=scale,
        translate=translate,
        units=units,
        name=name,
        segments=segments,
        metadata=metadata,
    )
    return finish(steps, callback)


def write_ome_zarr_steps(
    path: str | PathLike[str],
    labels: Any,
    recolored: Any,
    *,
    channel_axis: int | None = None,
    axes: Sequence[str] | None = None,
    scale: Sequence[float] | None = None,
    translate: Sequence[float] | None = None,
    units: Sequence[object] | None = None,
    name: str = "segments",
    segments: Iterable[Segment] = (),
    metadata: dict[str, Any] | None = None,
) -> Steps[Written]:
    """Write labels and a recoloured image as OME-Zarr, step by step."""
    path = Path(path)
    _refuse(path)
    n_axes = np.ndim(labels[0] if isinstance(labels, list | tuple) else labels)
    geometry = Geometry.of(n_axes, axes, scale, translate, units)
    place = None if channel_axis is None else channel_position(geometry)
    levels = file_levels(labels, recolored, channel_axis, place)
    segments = list(segments)
    plan = {
        "levels": [level.plan() for level in levels],
        "geometry": [geometry.axes, geometry.scale, geometry.translate, geometry.units],
        "channel_axis": channel_axis,
        "name": name,
        "segments": [segment.to_dict() for segment in segments],
        "metadata": metadata or {},
    }
    partial = path.with_name(path.name + ".partial")
    record = ChunkRecord.resume(partial, plan)
    if record is None:
        make_arrays(partial, levels, geometry, name, segments)
        record = ChunkRecord.begin(partial, plan)
    n_there = len(record.written)
    zarr, _ = import_zarr()
    group = zarr.open_group(partial, mode="r+")
    sizes = np.cumsum([0, *(level.labels.size for level in levels)])
    shares = sizes / sizes[-1]
    for number, level in enumerate(levels):
        targets = group[f"labels/{name}/{number}"], group[str(number)]
        writing = _write_level(level, number, targets, record)
        yield from subprogress(
            writing, float(shares[number]), float(shares[number + 1])
        )
    n_blocks = sum(level.labels.npartitions for level in levels)
    _complete(partial, plan, n_blocks)
    check(partial)
    record.remove()
    _refuse(path)
    partial.replace(path)
    return Written(path, n_blocks, n_there)


def open_ome_zarr(path: str | PathLike[str]) -> OmeZarr:
    """Open a folder written by `write_ome_zarr`, and check that it is complete.

    Parameters
    ----------
    path : str or Path
        The folder.

    Returns
    -------
    OmeZarr
        Its contents; no pixels are read yet.

    Raises
    ------
    ValueError
        The folder was not written by `write_ome_zarr`, or is incomplete.
    FileNotFoundError
        The folder does not exist.
    """
    path = Path(path)
    if not path.is_dir():
        raise FileNotFoundError(f"{path} is not there: choose a folder of OME-Zarr.")
    check(path)
    zarr, _ = import_zarr()
    group = zarr.open_group(path, mode="r+")
    ours = group.attrs[OURS]
    geometry = Geometry(*(tuple(part) for part in ours["plan"]["geometry"]))
    channel_axis = ours["plan"]["channel_axis"]
    name = ours["plan"]["name"]
    numbers = range(len(ours["plan"]["levels"]))
    recolored = []
    for number in numbers:
        image = as_blocks(group[str(number)])
        if channel_axis is not None:
            image = np.moveaxis(image, channel_position(geometry), channel_axis)
        recolored.append(image)
    return OmeZarr(
        tuple(group[f"labels/{name}/{number}"] for number in numbers),
        tuple(recolored),
        geometry,
        channel_axis,
        ours["plan"]["metadata"],
        tuple(Segment.from_dict(segment) for segment in ours["plan"]["segments"]),
    )


def check(path: str | PathLike[str]) -> None:
    """Raise ValueError if a folder is not what `write_ome_zarr` writes, or not all."""
    zarr, _ = import_zarr()
    check_metadata(path)
    group = zarr.open_group(path, mode="r")
    ours = group.attrs.get(OURS)
    if ours is None or not ours.get("complete"):
        raise ValueError(
            f"{path} is OME-Zarr, but not complete labels that napari-kmeans wrote: "
            "write it again, or open it as an image."
        )
    plan = ours["plan"]
    for number, level in enumerate(plan["levels"]):
        for kind, key in (
            ("labels", f"labels/{plan['name']}/{number}"),
            ("recolored", str(number)),
        ):
            array, wanted = group[key], level[kind]
            found = [list(array.shape), str(array.dtype), list(array.chunks)]
            if found != wanted:
                raise ValueError(
                    f"{path} is damaged: {key} is {found}, not {wanted}. Write it "
                    "again."
                )
            if array.nchunks_initialized < array.nchunks:
                raise ValueError(
                    f"{path} is damaged: of {key}, {array.nchunks_initialized} of "
                    f"{array.nchunks} chunks are there. Write it again."
                )


def _refuse(path: Path) -> None:
    """Say that a path is taken."""
    if path.exists():
        raise FileExistsError(
            f"{path} exists already: choose another name, or delete it first."
        )


def _write_level(
    level: Level, number: int, targets: tuple[Any, Any], record: ChunkRecord
) -> Steps[None]:
    """Write the blocks of a level that are not there yet."""
    tasks = ChunkTasks([level.recolored, level.labels], level.place)
    tasks.chunks = [
        chunk for chunk in tasks.chunks if (number, *chunk.index) not in record.written
    ]
    of_labels, of_picture = (target.with_config(WHOLE) for target in targets)

    def write(blocks: list[tuple[Chunk, Any, Any]]) -> None:
        for chunk, picture, labels in blocks:
            ranges = chunk.ranges
            of_picture[ranges] = picture
            if level.place is not None:
                ranges = ranges[: level.place] + ranges[level.place + 1 :]
            of_labels[ranges] = labels
            record.add((number, *chunk.index))

    yield from tasks.run(_computed, list, write, PHASE, in_groups=False)


def _computed(chunk: Chunk, picture: Any, labels: Any) -> tuple[Chunk, Any, Any]:
    """Give the blocks: dask has computed them."""
    return chunk, picture, labels


def _complete(partial: Path, plan: dict[str, Any], n_blocks: int) -> None:
    """Note in the file that all of it is there."""
    zarr, _ = import_zarr()
    group = zarr.open_group(partial, mode="r+")
    group.attrs[OURS] = {"complete": True, "n_blocks": n_blocks, "plan": plan}
