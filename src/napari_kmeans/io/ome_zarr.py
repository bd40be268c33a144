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
    """What `open_ome_zarr` found.

    Attributes
    ----------
    labels : tuple of zarr.Array
        Of each level, the finest first. They are on disk: what is assigned to them is
        written there.
    recolored : tuple of dask.array.Array
        Of each level, the channels on the axis on which they were given.
    geometry : Geometry
        Where the finest level lies.
    channel_axis : int or None
        The axis of the channels of `recolored`.
    metadata : dict
        As it was given.
    segments : tuple of Segment
        As they were given.
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
    callback: Callback | None = None,
    **options: Any,
) -> Written:
    """Write labels and recoloured image as OME-Zarr.

    Parameters
    ----------
    path, labels, recolored
        As for `write_ome_zarr_steps`.
    callback : callable, optional
        Called with a `Progress` between the steps; an exception that it raises stops
        the writing.
    **options
        As for `write_ome_zarr_steps`.

    Returns
    -------
    Written
        What was written.
    """
    return finish(write_ome_zarr_steps(path, labels, recolored, **options), callback)


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
    """Write labels and recoloured image as OME-Zarr, step by step.

    Blocks are computed on dask's scheduler and written by this process. To stop, close
    the generator: the same call then goes on where it stopped.
    """
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
    """Open what `write_ome_zarr` wrote, and check that all of it is there.

    Parameters
    ----------
    path : path
        The folder.

    Returns
    -------
    OmeZarr
        Nothing of the pixels is read yet.

    Raises
    ------
    ValueError
        It is not what `write_ome_zarr` writes, or not all of it.
    FileNotFoundError
        There is no such folder.
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
