"""The exact histogram of a lazy image whose pixels have up to 24 bits."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.blocks import on_this_thread
from napari_kmeans.core.histogram import PHASE, Histogram, count_values
from napari_kmeans.core.keys import key_bits, pack, unpack
from napari_kmeans.core.lazy.chunks import Chunk, ChunkTasks
from napari_kmeans.core.lazy.reading import Reader
from napari_kmeans.core.progress import Steps, finish

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Counted:
    """What was counted in a part of the image.

    Attributes
    ----------
    keys : ndarray of uint32 and shape (M,)
        Of the distinct values, ascending.
    counts : ndarray of int64 and shape (M,)
        How many pixels have each.
    n_outside, n_masked : int
        How many pixels take no part, and how many of them because of the mask.
    """

    keys: NDArray[np.uint32]
    counts: NDArray[np.int64]
    n_outside: int
    n_masked: int


def count_chunks(
    tasks: ChunkTasks, reader: Reader, dtype: np.dtype[Any], n_channels: int
) -> Steps[tuple[Histogram, int, int]]:
    """Count the distinct values of an image, chunk by chunk.

    The histogram is the one that counting the whole image in memory gives. Beyond the
    chunks under way it takes a table of one number for each possible value: 128 MiB at
    24 bits, of which the system gives only what is used.

    Parameters
    ----------
    tasks : ChunkTasks
        Of the image, and of its mask or None.
    reader : Reader
        What makes pixels of the two.
    dtype : numpy.dtype
        The image's type.
    n_channels : int
        Its channels, alpha not counted. A pixel must have a key; see `key_bits`.

    Yields
    ------
    Progress
        Between the chunks.

    Returns
    -------
    histogram : Histogram
        Of the pixels inside.
    n_outside, n_masked : int
        How many pixels of the chunks take no part, and how many of them because of the
        mask.
    """
    bits = key_bits(dtype, n_channels) or 0
    table = np.zeros(1 << bits, np.int64)
    n_outside = n_masked = 0

    def take(counted: Counted) -> None:
        nonlocal n_outside, n_masked
        table[counted.keys] += counted.counts
        n_outside += counted.n_outside
        n_masked += counted.n_masked

    yield from tasks.run(partial(_count, reader=reader), _merge, take, PHASE)
    keys = np.flatnonzero(table)
    histogram = Histogram(unpack(keys, dtype, n_channels), table[keys])
    return histogram, n_outside, n_masked


def _count(
    chunk: Chunk, image: Array, mask: Array | None, *, reader: Reader
) -> Counted:
    """Count the values of one chunk."""
    pixels = reader.read_chunk(chunk, image, mask)
    keys, counts = np.zeros(0, np.uint32), np.zeros(0, np.int64)
    if pixels.n_outside < len(pixels.values):
        with on_this_thread():
            histogram = finish(count_values(pixels))
        keys, counts = pack(histogram.values).astype(np.uint32), histogram.counts
    return Counted(keys, counts, pixels.n_outside, pixels.n_masked)


def _merge(parts: list[Counted]) -> Counted:
    """Merge what was counted in some chunks, two by two."""
    while len(parts) > 1:
        pairs = [parts[start : start + 2] for start in range(0, len(parts), 2)]
        parts = [_sum_equal(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return parts[0]


def _sum_equal(one: Counted, other: Counted) -> Counted:
    """Merge what was counted in two parts."""
    keys = np.concatenate([one.keys, other.keys])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    counts = np.concatenate([one.counts, other.counts])[order]
    first = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    sums = np.add.reduceat(counts, starts) if starts.size else counts
    return Counted(
        keys[starts],
        sums,
        one.n_outside + other.n_outside,
        one.n_masked + other.n_masked,
    )
