"""Write the blocks of a file, read them back, and let them outlive a power cut."""

from concurrent.futures import ThreadPoolExecutor
from itertools import compress
from operator import not_
from pathlib import Path
from typing import Any

from napari_kmeans.core.blocks import thread_count
from napari_kmeans.core.lazy.chunks import Chunk, ChunkTasks
from napari_kmeans.core.progress import Progress, Steps, subprogress
from napari_kmeans.core.whole_file import flush_to_disk
from napari_kmeans.io.folder_record import Block, WrittenBlocks, fingerprint
from napari_kmeans.io.layout import Level


def write_level(
    level: Level, number: int, targets: tuple[Any, Any], written: WrittenBlocks
) -> Steps[int]:
    """Write the blocks of a level that are not there; return how many were there.

    Blocks are known to be the same if they were computed from what dask gives the same
    name; all others are computed, and compared by their fingerprints. A name may
    deceive, so one of those blocks is compared, too, before the rest.
    """
    of_labels, of_picture = targets
    chunks, source, n_kept = level.chunks, level.source, 0
    is_named = [
        source is not None and written.source((number, *chunk.index)) == source
        for chunk in chunks
    ]
    named = list(compress(chunks, is_named))
    others = list(compress(chunks, map(not_, is_named)))

    def take(computed: list[tuple[Chunk, Any, Any, str]]) -> None:
        """Write a block, unless it is there."""
        nonlocal n_kept
        for chunk, picture, labels, mark in computed:
            block = (number, *chunk.index)
            before = written.fingerprint(block)
            if before == mark:
                n_kept += 1
            else:
                if before is not None:
                    written.add(block, None)  # should this be the last act
                of_labels[level.ranges_of_labels(chunk)] = labels
                of_picture[chunk.ranges] = picture
            written.add(block, mark, source)

    def compute(chunks: list[Chunk]) -> Steps[None]:
        tasks = ChunkTasks([level.recolored, level.labels], level.place)
        tasks.chunks = chunks
        yield from tasks.run(
            _with_fingerprint, list, take, "Writing to disk", in_groups=False
        )

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
    return chunk, picture, labels, fingerprint(labels, picture)


def check_blocks(
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
            yield Progress("Checking what was written", done / len(numbered))
    finally:
        pool.shutdown(cancel_futures=True)


def sync(folder: Path) -> None:
    """Let all files outlive a power cut, before their folder gets its name."""
    for path in (*folder.rglob("*"), folder):
        flush_to_disk(path)
