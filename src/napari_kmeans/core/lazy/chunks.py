"""The chunks of a lazy image as tasks, and a name for the one that cannot be read."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import compress
from math import prod
from typing import Any

import numpy as np

from napari_kmeans.core.lazy.arrays import drop_axis
from napari_kmeans.core.lazy.scheduling import for_each_task
from napari_kmeans.core.progress import Steps

GROUP_BYTES = 1 << 23
GROUP_CHUNKS = 16
"""The maximum size of a task: its chunks are processed one by one, and their results
merged before they are sent."""


class ChunkError(OSError):
    """A chunk of the image could not be read or processed."""


@dataclass(frozen=True)
class Chunk:
    """Where a chunk lies."""

    index: tuple[int, ...]  # its number along each axis
    ranges: tuple[slice, ...]  # the part of the image that it is, along each axis


def chunks_of(array: Any) -> list[Chunk]:
    """Return the chunks of a dask array in C order."""
    edges = [np.cumsum([0, *sizes]).tolist() for sizes in array.chunks]
    axes = [itertools.starmap(slice, itertools.pairwise(edge)) for edge in edges]
    return list(map(Chunk, np.ndindex(array.numblocks), itertools.product(*axes)))


class ChunkTasks:
    """The tasks that process every chunk of one or more dask arrays."""

    def __init__(
        self,
        arrays: list[Any],
        channel_axis: int | None,
        chosen: list[bool] | None = None,
    ) -> None:
        import dask  # noqa: PLC0415

        self._given = arrays
        # Together, so that what several are made of is read once.
        self._arrays = dask.optimize(*arrays)
        self._graph: dict[Any, Any] = {}
        for array in self._arrays:
            self._graph.update(array.__dask_graph__())
        self._axis = channel_axis
        chunks = chunks_of(arrays[0])
        self.chunks = chunks if chosen is None else list(compress(chunks, chosen))

    def run(
        self,
        work: Callable[..., Any],
        merge: Callable[[list[Any]], Any],
        take: Callable[[Any], object],
        phase: str,
    ) -> Steps[None]:
        """Process every chunk and handle the results in order, step by step."""
        image, n_chunks = self._arrays[0], len(self.chunks)
        of_chunk = prod(image.chunksize) * image.dtype.itemsize
        size = max(1, min(GROUP_BYTES // of_chunk, GROUP_CHUNKS, n_chunks // 64))
        groups = [
            self.chunks[start : start + size] for start in range(0, n_chunks, size)
        ]
        tasks = (self._task(group, work, merge) for group in groups)

        def rescue(number: int, error: Exception) -> Any:
            """Process the chunks of a group one by one, to find the one that fails."""
            found = []
            for chunk in groups[number]:
                try:
                    found += self._task([chunk], work, list).compute()
                except Exception as again:  # noqa: BLE001 - whatever a reader raises
                    raise ChunkError(self._words(chunk, again)) from error
            return merge(found)

        yield from for_each_task(tasks, len(groups), take, rescue, phase)

    def _task(
        self,
        group: list[Chunk],
        work: Callable[..., Any],
        merge: Callable[[list[Any]], Any],
    ) -> Any:
        """Return the task that processes a group of chunks."""
        from dask import delayed  # noqa: PLC0415

        on_chunk = delayed(work, pure=False)
        found = [on_chunk(chunk, *self._blocks(chunk)) for chunk in group]
        return delayed(merge, pure=False)(found)

    def _blocks(self, chunk: Chunk) -> Iterator[Any]:
        """Yield a chunk's block of each array, and only that part of the graph."""
        from dask.delayed import Delayed  # noqa: PLC0415
        from dask.optimization import cull  # noqa: PLC0415

        for array in self._arrays:
            key = self._key(array, chunk)
            graph, _ = cull(self._graph, [key])
            yield Delayed(key, graph)

    def _key(self, array: Any, chunk: Chunk) -> tuple[Any, ...]:
        """Return dask's name for a chunk's block of an array."""
        has_channels = array.ndim == len(chunk.index)
        axis = None if has_channels else self._axis
        return (array.name, *drop_axis(chunk.index, axis))

    def _words(self, chunk: Chunk, error: Exception) -> str:
        """Say what could not be read: the file's own chunk, if several are read."""
        sources = list(self._sources(chunk))
        for source in sources:
            is_image = getattr(source, "shape", ()) == self._given[0].shape
            if is_image and hasattr(source, "store_path"):
                chunk = _failing(source, chunk)
        names = dict.fromkeys(filter(None, map(_file_of, sources)))
        where = f" from {' and '.join(names)}" if names else ""
        ranges = ", ".join(f"{each.start}:{each.stop}" for each in chunk.ranges)
        return (
            f"Chunk {chunk.index} of the image, [{ranges}] along its axes, could not "
            f"be read{where}: {type(error).__name__}: {error}. Check that the file is "
            "complete and accessible, then run again; or choose a region without this "
            "chunk."
        )

    def _sources(self, chunk: Chunk) -> Iterator[Any]:
        """Iterate over what dask's graph reads a chunk from, among other things."""
        from dask.optimization import cull  # noqa: PLC0415

        for array in self._given:  # optimized, one may hide what it reads in a task
            graph, _ = cull(dict(array.__dask_graph__()), [self._key(array, chunk)])
            for node in graph.values():
                yield getattr(node, "value", node)


def _failing(source: Any, chunk: Chunk) -> Chunk:
    """Return the first of a zarr array's own chunks in a chunk that cannot be read."""
    pairs = list(zip(chunk.ranges, source.chunks, strict=True))
    numbers = (range(each.start // n, -(-each.stop // n)) for each, n in pairs)
    for index in itertools.product(*numbers):
        ranges = tuple(
            slice(max(i * n, each.start), min((i + 1) * n, each.stop))
            for i, (each, n) in zip(index, pairs, strict=True)
        )
        try:
            source[ranges]
        except Exception:  # noqa: BLE001 - whatever a reader raises
            return Chunk(index, ranges)
    return chunk


def _file_of(source: object) -> str | None:
    """Return the path of a zarr array or of a memory-mapped one."""
    if hasattr(source, "store_path"):
        store, path = source.store_path.store, source.store_path.path
        root = getattr(store, "root", None) or getattr(store, "path", None) or store
        return f"{root}/{path}" if path else str(root)
    name = getattr(source, "filename", None)
    return None if name is None else str(name)
