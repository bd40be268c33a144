"""Write labels and recoloured image as OME-Zarr, block by block, and open them again.

While it is being written the folder is called PATH.partial; it becomes PATH when all
blocks are there and were read back. Whatever ends the writing before that, a second
call with the same arguments goes on where it stopped.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from napari_kmeans.core.lazy.arrays import as_blocks
from napari_kmeans.core.progress import Callback, Steps, finish, subprogress
from napari_kmeans.core.whole_file import flush_to_disk
from napari_kmeans.io.axes import Geometry
from napari_kmeans.io.folder_record import (
    Contents,
    FolderError,
    can_go_on,
    mark_complete,
)
from napari_kmeans.io.ngff import (
    checked_contents,
    import_zarr,
    make_arrays,
    open_arrays,
)
from napari_kmeans.io.written_blocks import (
    LIST_NAME,
    WrittenBlocks,
    check_blocks,
    file_levels,
    write_level,
)
from napari_kmeans.segments.segment_map import Segment

SHARE_OF_WRITING = 0.9  # of the time; the rest is for reading it back


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
        How many of them an earlier, interrupted run had written, with the same pixels.
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
    n_axes = np.ndim(labels[0] if isinstance(labels, list | tuple) else labels)
    geometry = Geometry.of(n_axes, axes, scale, translate, units)
    contents = Contents(geometry, channel_axis, tuple(segments), metadata or {}, name)
    return finish(write_ome_zarr_steps(path, labels, recolored, contents), callback)


def write_ome_zarr_steps(
    path: str | PathLike[str], labels: Any, recolored: Any, contents: Contents
) -> Steps[Written]:
    """Write labels and a recoloured image as OME-Zarr, step by step."""
    path = Path(path)
    _refuse_existing(path)
    axis = contents.channel_axis
    place = None if axis is None else contents.geometry.channel_position
    levels = file_levels(labels, recolored, axis, place)
    contents = replace(contents, levels=tuple(level.plan() for level in levels))
    partial = path.with_name(path.name + ".partial")
    goes_on = can_go_on(partial, contents)
    written = WrittenBlocks(partial)
    if not goes_on or not written:
        make_arrays(partial, levels, contents)
    targets = open_arrays(partial, contents)
    sizes = [level.labels.size for level in levels]
    stops = SHARE_OF_WRITING * np.cumsum([0, *sizes]) / sum(sizes)
    n_kept = 0
    for level, target, (start, stop) in zip(
        levels, targets, pairwise(stops.tolist()), strict=True
    ):
        writing = write_level(level, target, written)
        n_kept += yield from subprogress(writing, start, stop)
    reading = check_blocks(partial, levels, targets, written)
    yield from subprogress(reading, SHARE_OF_WRITING, 1)
    mark_complete(partial)
    checked_contents(partial)
    for file in (*partial.rglob("*"), partial):  # a power cut must not take them
        flush_to_disk(file)
    _refuse_existing(path)
    partial.replace(path)
    # Only now: without it, what could not be renamed would be written again.
    with suppress(OSError):
        (path / LIST_NAME).unlink()
    return Written(path, sum(len(level.chunks) for level in levels), n_kept)


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
        raise FileNotFoundError(f"{path} does not exist: choose an OME-Zarr folder.")
    import_zarr()
    try:
        _refuse_links(path)
        contents = checked_contents(path)
        return _opened(contents, open_arrays(path, contents))
    except FolderError:
        raise
    except Exception as error:  # whatever is raised on reading a damaged one
        raise FolderError(
            f"{path} is damaged, or was not written by napari-kmeans: "
            f"{type(error).__name__}: {error}. Write it again, or open it as an image."
        ) from error


def _opened(contents: Contents, arrays: list[tuple[Any, Any]]) -> OmeZarr:
    """Return what a folder holds, its channels on the axis where they were."""
    labels, pictures = zip(*arrays, strict=True)
    pictures = tuple(map(as_blocks, pictures))
    axis, place = contents.channel_axis, contents.geometry.channel_position
    if axis is not None:
        pictures = tuple(np.moveaxis(picture, place, axis) for picture in pictures)
    geometry, metadata = contents.geometry, contents.metadata
    return OmeZarr(labels, pictures, geometry, axis, metadata, contents.segments)


def _refuse_existing(path: Path) -> None:
    """Raise FileExistsError if a path exists."""
    if path.exists():
        raise FileExistsError(
            f"{path} already exists: choose another name, or delete it first."
        )


def _refuse_links(path: Path) -> None:
    """Raise if what is painted would be written outside of a folder."""
    for link in filter(Path.is_symlink, path.rglob("*")):
        raise FolderError(
            f"{link} is a link, so what is painted would be written elsewhere: open a "
            "copy of the folder in which links are followed."
        )
