"""Write labels and recoloured image as OME-Zarr, block by block, and open them again.

While it is being written the folder is called PATH.partial; it becomes PATH when all
blocks are there and were read back. Whatever ends the writing before that, a second
call with the same arguments goes on where it stopped.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from napari_kmeans.core.blocks import thread_count
from napari_kmeans.core.lazy.arrays import as_blocks
from napari_kmeans.core.lazy.chunks import Chunk, ChunkTasks
from napari_kmeans.core.progress import Callback, Progress, Steps, finish, subprogress
from napari_kmeans.io.axes import Geometry
from napari_kmeans.io.folder_record import (
    FORMAT,
    LIST_NAME,
    Block,
    Contents,
    WrittenBlocks,
    can_go_on,
    fingerprint,
    mark_complete,
    read_attribute,
)
from napari_kmeans.io.layout import Level, file_levels, make_arrays, open_arrays
from napari_kmeans.io.ngff import channel_position, check_metadata, import_zarr
from napari_kmeans.segments.segment import Segment

WRITING = "Writing to disk"
CHECKING = "Checking what was written"
SHARE_OF_WRITING = 0.9


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
    plans = [level.plan() for level in levels]
    contents = Contents(
        plans, geometry, channel_axis, name, tuple(segments), metadata or {}
    )
    partial = path.with_name(path.name + ".partial")
    goes_on = can_go_on(partial, contents)
    written = WrittenBlocks(partial)
    if not goes_on or not written:
        make_arrays(partial, levels, contents)
    targets = open_arrays(partial, name, len(levels))
    n_kept = 0
    ends = np.cumsum([level.labels.size for level in levels]) / sum(
        level.labels.size for level in levels
    )
    start = 0.0
    for number, (level, end) in enumerate(zip(levels, ends.tolist(), strict=True)):
        writing = _LevelWriting(level, number, targets[number], written)
        stop = SHARE_OF_WRITING * end
        yield from subprogress(writing.steps(), start, stop)
        start, n_kept = stop, n_kept + writing.n_kept
    yield from subprogress(_check_blocks(partial, levels, targets, written), start, 1)
    mark_complete(partial)
    _check(partial)
    _sync(partial)
    _refuse(path)
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
    with _told_as_damage(path):
        _refuse_links(path)
        contents = _check(path)
        return _opened(contents, open_arrays(path, contents.name, len(contents.levels)))


def _opened(contents: Contents, arrays: list[tuple[Any, Any]]) -> OmeZarr:
    """Return what a folder holds, its channels on the axis where they were."""
    recolored = []
    for _, array in arrays:
        image = as_blocks(array)
        if contents.channel_axis is not None:
            place = channel_position(contents.geometry)
            image = np.moveaxis(image, place, contents.channel_axis)
        recolored.append(image)
    return OmeZarr(
        tuple(labels for labels, _ in arrays),
        tuple(recolored),
        contents.geometry,
        contents.channel_axis,
        contents.metadata,
        contents.segments,
    )


class FolderError(ValueError):
    """A folder is not what `write_ome_zarr` writes, or not all of it."""


def _check(path: Path) -> Contents:
    """Return what a folder holds, if its arrays are there as its record has them."""
    check_metadata(path)
    ours = read_attribute(path)
    if ours is None or not ours.get("complete"):
        raise FolderError(
            f"{path} is OME-Zarr, but not a complete result of napari-kmeans: write "
            "it again, or open it as an image."
        )
    if ours.get("format", 1) not in range(1, FORMAT + 1):
        raise FolderError(
            f"{path} has the format {ours['format']}, but this napari-kmeans reads up "
            f"to {FORMAT}: use the napari-kmeans that wrote it, or a newer one."
        )
    contents = Contents.from_dict(ours["plan"])
    arrays = open_arrays(path, contents.name, len(contents.levels))
    for number, (level, pair) in enumerate(zip(contents.levels, arrays, strict=True)):
        keys = f"labels/{contents.name}/{number}", str(number)
        for kind, key, array in zip(("labels", "recolored"), keys, pair, strict=True):
            found = [list(array.shape), str(array.dtype), list(array.chunks)]
            if found != level[kind]:
                raise FolderError(
                    f"{path} is damaged: {key} is {found}, not {level[kind]}. Write it "
                    "again."
                )
            if array.nchunks_initialized < array.nchunks:
                raise FolderError(
                    f"{path} is damaged: of {key}, {array.nchunks_initialized} of "
                    f"{array.nchunks} chunks are there. Write it again."
                )
    return contents


@contextmanager
def _told_as_damage(path: Path) -> Iterator[None]:
    """Say in words what is wrong with a folder, whatever is raised on reading it."""
    try:
        yield
    except FolderError:
        raise
    except Exception as error:
        raise FolderError(
            f"{path} is damaged, or was not written by napari-kmeans: "
            f"{type(error).__name__}: {error}. Write it again, or open it as an image."
        ) from error


def _refuse(path: Path) -> None:
    """Raise FileExistsError if a path exists."""
    if path.exists():
        raise FileExistsError(
            f"{path} already exists: choose another name, or delete it first."
        )


def _refuse_links(path: Path) -> None:
    """Raise if what is painted would be written outside of a folder."""
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            if (link := Path(folder, name)).is_symlink():
                raise FolderError(
                    f"{link} is a link, so what is painted would be written elsewhere: "
                    "open a copy of the folder in which links are followed."
                )


class _LevelWriting:
    """Writes those blocks of a level that are not there, with the same pixels, yet."""

    def __init__(
        self,
        level: Level,
        number: int,
        targets: tuple[Any, Any],
        written: WrittenBlocks,
    ) -> None:
        self.n_kept = 0  # blocks that were there
        self._level = level
        self._number = number
        self._targets = targets
        self._written = written

    def steps(self) -> Steps[None]:
        """Write them.

        Blocks are known to be the same if they were computed from what dask gives the
        same name; all others are computed, and compared by their fingerprints. A name
        may deceive, so one of those blocks is compared, too, before the rest.
        """
        chunks, source = self._level.chunks, self._level.source
        named = [chunk for chunk in chunks if self._is_named(chunk, source)]
        others = [chunk for chunk in chunks if not self._is_named(chunk, source)]
        start = len(named[:1]) / len(chunks)
        yield from subprogress(self._compute(named[:1]), 0, start)
        if self.n_kept:
            self.n_kept = len(named)
        else:
            others += named[1:]
        yield from subprogress(self._compute(others), start, 1)

    def _is_named(self, chunk: Chunk, source: str | None) -> bool:
        """Whether a block that is there was computed from the same source."""
        return source is not None and self._written.source(self._block(chunk)) == source

    def _block(self, chunk: Chunk) -> Block:
        return self._number, *chunk.index

    def _compute(self, chunks: list[Chunk]) -> Steps[None]:
        """Compute blocks, and write those that are not there."""
        tasks = ChunkTasks(
            [self._level.recolored, self._level.labels], self._level.place
        )
        tasks.chunks = chunks
        yield from tasks.run(
            _with_fingerprint, list, self._take, WRITING, in_groups=False
        )

    def _take(self, computed: list[tuple[Chunk, Any, Any, str]]) -> None:
        """Write a block, unless it is there."""
        for chunk, picture, labels, mark in computed:
            block = self._block(chunk)
            before = self._written.fingerprint(block)
            if before == mark:
                self.n_kept += 1
            else:
                if before is not None:
                    self._written.add(block, None)  # should this be the last act
                self._targets[0][self._level.ranges_of_labels(chunk)] = labels
                self._targets[1][chunk.ranges] = picture
            self._written.add(block, mark, self._level.source)


def _with_fingerprint(
    chunk: Chunk, picture: Any, labels: Any
) -> tuple[Chunk, Any, Any, str]:
    """Return the blocks, which dask has computed, with their fingerprint."""
    return chunk, picture, labels, fingerprint(labels, picture)


def _check_blocks(
    partial: Path,
    levels: list[Level],
    targets: list[tuple[Any, Any]],
    written: WrittenBlocks,
) -> Steps[None]:
    """Read all blocks, and raise if one is not as it was written."""
    numbered = [
        (number, level, chunk)
        for number, level in enumerate(levels)
        for chunk in level.chunks
    ]

    def read(one: tuple[int, Level, Chunk]) -> tuple[Block, str]:
        number, level, chunk = one
        labels, picture = targets[number]
        block = (number, *chunk.index)
        try:
            pixels = labels[level.ranges_of_labels(chunk)], picture[chunk.ranges]
        except Exception as error:  # noqa: BLE001 - whatever zarr raises on a damaged one
            return block, f"{type(error).__name__}: {error}"
        return block, fingerprint(*pixels)

    pool = ThreadPoolExecutor(thread_count())
    try:
        for done, (block, mark) in enumerate(pool.map(read, numbered)):
            if mark != written.fingerprint(block):
                written.add(block, None)
                raise OSError(
                    f"{partial} is damaged: block {block[1:]} of level {block[0]} is "
                    f"not as it was written. Write it again: that mends this block."
                )
            yield Progress(CHECKING, done / len(numbered))
    finally:
        pool.shutdown(cancel_futures=True)


def _sync(folder: Path) -> None:
    """Let all files outlive a power cut, before their folder gets its name."""
    for path in (*folder.rglob("*"), folder):
        # Some systems cannot do that with folders, or with files opened to be read.
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
