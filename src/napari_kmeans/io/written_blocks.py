"""Write the blocks of a file, read them back, and let them outlive a power cut.

Until all of them are there, a list in the folder says which are, with fingerprints.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.blocks import thread_count
from napari_kmeans.core.lazy.chunks import Chunk, ChunkTasks
from napari_kmeans.core.progress import Progress, Steps, subprogress
from napari_kmeans.core.whole_file import flush_to_disk
from napari_kmeans.io.layout import Level

LIST_NAME = "napari-kmeans-written.jsonl"
Block = tuple[int, ...]  # the number of its level, then its index along each axis


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

    def fingerprint(self, block: Block) -> str | None:
        """Return the fingerprint of a block that is whole."""
        return self._known.get(block, (None, None))[0]

    def source(self, block: Block) -> str | None:
        """Return what a whole block was computed from, if that is known."""
        return self._known.get(block, (None, None))[1]

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
        known = written.source(level.block(chunk))
        (others if known is None or known != source else named).append(chunk)

    def take(computed: list[tuple[Chunk, Any, Any, str]]) -> None:
        """Write a block, unless it is there."""
        nonlocal n_kept
        for chunk, picture, labels, mark in computed:
            block = level.block(chunk)
            before = written.fingerprint(block)
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


def _fingerprint(*pixels: NDArray[Any]) -> str:
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
            if mark != written.fingerprint(block):
                written.add(block, None)
                raise OSError(
                    f"{partial} is damaged: block {block[1:]} of level {block[0]} is "
                    f"not as it was written. Write it again: that mends this block."
                )
            yield Progress("Checking what was written", done / len(blocks))
    finally:
        pool.shutdown(cancel_futures=True)


def sync(folder: Path) -> None:
    """Let all files outlive a power cut, before their folder gets its name."""
    for path in (*folder.rglob("*"), folder):
        flush_to_disk(path)
