"""Write the levels of an image in the blocks of a file, and read them back.

Until all blocks are there, a list in the folder says which are, with fingerprints.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from napari_kmeans.core.lazy.arrays import UncopiedArray, as_blocks, drop_axis
from napari_kmeans.core.lazy.chunks import Chunk, ChunkTasks, chunks_of
from napari_kmeans.core.pixels import find_channel_axis
from napari_kmeans.core.progress import Progress, Steps, subprogress, thread_count
from napari_kmeans.core.types import Array

LIST_NAME = "napari-kmeans-written.jsonl"
Block = tuple[int, ...]  # the number of its level, then its index along each axis
SMALLEST = 64
"""Pixels along an axis below which a block counts as small."""
SMALLEST_PIXELS = 1 << 16
LARGEST_PIXELS = 1 << 24
"""The numbers of pixels below and above which blocks are enlarged and split."""


@dataclass(frozen=True, eq=False)
class Level:
    """One level, with the blocks and axes of the file."""

    number: int
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

    def block(self, chunk: Chunk) -> tuple[int, ...]:
        """Return the key of a block: the number of the level, and its index."""
        return (self.number, *chunk.index)

    def ranges_of_labels(self, chunk: Chunk) -> tuple[slice, ...]:
        """Return where the labels of a block lie."""
        return drop_axis(chunk.ranges, self.place)

    @cached_property
    def source(self) -> str | None:
        """Dask's name for the pixels; None if they are in memory, and may change."""
        for array in (self.labels, self.recolored):
            for node in dict(array.__dask_graph__()).values():
                source = getattr(node, "value", node)
                in_memory = isinstance(source, UncopiedArray | np.ndarray)
                if in_memory and not isinstance(source, np.memmap):
                    return None
        return f"{self.labels.name} {self.recolored.name}"


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
    levels = zip(all_labels, pictures, strict=True)
    return [
        _level(number, *level, channel_axis, place)
        for number, level in enumerate(levels)
    ]


def _level(
    number: int,
    labels: Any,
    recolored: Any,
    channel_axis: int | None,
    place: int | None,
) -> Level:
    """Rechunk one level into equal blocks, with channels before the spatial axes."""
    labels, recolored = (  # in this machine's order of bytes, as files give them
        array.astype(array.dtype.newbyteorder("="))
        for array in (as_blocks(labels), as_blocks(recolored))
    )
    if channel_axis is not None and place is not None:
        axis = find_channel_axis(recolored, channel_axis)
        recolored = np.moveaxis(recolored, axis or 0, place)
    shape = drop_axis(recolored.shape, place)
    if shape != labels.shape:
        raise ValueError(
            f"labels has the shape {labels.shape}, and recolored, without its "
            f"channels, {shape}: give those of one image, and its channel_axis."
        )
    sizes = of_picture = _block_shape(labels)
    if place is not None:
        of_picture = (*sizes[:place], recolored.shape[place], *sizes[place:])
    return Level(number, labels.rechunk(sizes), recolored.rechunk(of_picture), place)


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


class WrittenBlocks:
    """Which blocks are whole, with a fingerprint of their pixels, and their source.

    A line is added after its block was written; the last line of a block counts.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / LIST_NAME
        self._known: dict[Block, tuple[str | None, str | None]] = {}
        text = self._path.read_bytes() if self._path.exists() else b""
        for line in text.splitlines():
            # What is cut short or damaged tells nothing: its block is written again.
            with suppress(ValueError, TypeError):
                block, mark, source = json.loads(line)
                self._known[tuple(block)] = mark, source
        if text and not text.endswith(b"\n"):
            self._append("")

    def __len__(self) -> int:
        return len(self._known)

    def __getitem__(self, block: Block) -> tuple[str | None, str | None]:
        """Return the fingerprint of a block that is whole, and its source if known."""
        return self._known.get(block, (None, None))

    def add(self, block: Block, mark: str | None, source: str | None = None) -> None:
        """Note that a block is whole; without a fingerprint: that it is not."""
        self._append(json.dumps([block, mark, source]))
        self._known[block] = mark, source

    def _append(self, line: str) -> None:
        with self._path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(line + "\n")


def write_level(
    level: Level, targets: tuple[Any, Any], written: WrittenBlocks
) -> Steps[int]:
    """Write the blocks of a level that are not there; return how many were there.

    Blocks are known to be the same if they were computed from what dask gives the same
    name; all others are computed, and compared by their fingerprints. A name may
    deceive, so one of those blocks is compared, too, before the rest.
    """
    of_labels, of_picture = targets
    chunks, source, n_kept = level.chunks, level.source, 0
    named: list[Chunk] = []
    others: list[Chunk] = []
    for chunk in chunks:
        _, known = written[level.block(chunk)]
        (others if known is None or known != source else named).append(chunk)

    def take(computed: list[tuple[Chunk, Any, Any, str]]) -> None:
        """Write a block, unless it is there."""
        nonlocal n_kept
        for chunk, picture, labels, mark in computed:
            block = level.block(chunk)
            before, _ = written[block]
            if before == mark:
                n_kept += 1
            else:
                if before is not None:
                    written.add(block, None)  # should this be the last act
                of_labels[level.ranges_of_labels(chunk)] = labels
                of_picture[chunk.ranges] = picture
            written.add(block, mark, source)

    tasks = ChunkTasks([level.recolored, level.labels], level.place)

    def compute(chunks: list[Chunk]) -> Steps[None]:
        tasks.chunks = chunks
        yield from tasks.run(_with_fingerprint, list, take, "Writing to disk")

    start = len(named[:1]) / len(chunks)
    yield from subprogress(compute(named[:1]), 0, start)
    if n_kept:
        n_kept = len(named)
    else:
        others += named[1:]
    yield from subprogress(compute(others), start, 1)
    return n_kept


def _with_fingerprint(
    chunk: Chunk, picture: Any, labels: Any
) -> tuple[Chunk, Any, Any, str]:
    """Return the blocks, which dask has computed, with their fingerprint."""
    return chunk, picture, labels, _fingerprint(labels, picture)


def _fingerprint(*pixels: Array) -> str:
    """Return a text that differs for any two blocks of labels and picture."""
    digest = blake2b(digest_size=16)
    for one in pixels:
        digest.update(np.ascontiguousarray(one).data)
    return digest.hexdigest()


def check_blocks(
    partial: Path,
    levels: list[Level],
    targets: list[tuple[Any, Any]],
    written: WrittenBlocks,
) -> Steps[None]:
    """Read all blocks, and raise if one is not as it was written."""
    blocks = [(level, chunk) for level in levels for chunk in level.chunks]

    def read(one: tuple[Level, Chunk]) -> tuple[Block, str]:
        level, chunk = one
        labels, picture = targets[level.number]
        try:
            pixels = labels[level.ranges_of_labels(chunk)], picture[chunk.ranges]
        except Exception as error:  # noqa: BLE001 - whatever zarr raises on a damaged one
            return level.block(chunk), f"{type(error).__name__}: {error}"
        return level.block(chunk), _fingerprint(*pixels)

    pool = ThreadPoolExecutor(thread_count())
    try:
        for done, (block, mark) in enumerate(pool.map(read, blocks)):
            if mark != written[block][0]:
                written.add(block, None)
                raise OSError(
                    f"{partial} is damaged: block {block[1:]} of level {block[0]} is "
                    f"not as it was written. Write it again: that mends this block."
                )
            yield Progress("Checking what was written", done / len(blocks))
    finally:
        pool.shutdown(cancel_futures=True)
