"""Pass 1 over the pixels: range, mean and variance of each axis."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.lazy.block_reader import BlockReader, windows
from napari_kmeans.core.lazy.chunks import Chunk, ChunkTasks
from napari_kmeans.core.progress import Steps

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Moments:
    """The moments of the axes of the feature space."""

    n_pixels: int  # how many pixels were looked at
    # how many of them take no part, and how many of these because of the mask
    n_outside: int
    n_masked: int
    # (n_axes,): of the features of the others; the spread is the standard deviation
    low: Floats
    high: Floats
    mean: Floats
    spread: Floats


@dataclass(frozen=True, eq=False)
class _Part:
    """The moments of several windows, one per row."""

    n_pixels: int
    n_outside: int
    n_masked: int
    counts: Floats
    low: Floats
    high: Floats
    mean: Floats
    squares: Floats


NOTHING = _Part(0, 0, 0, *(np.zeros(0) for _ in range(5)))


def measure_axes(
    tasks: ChunkTasks, reader: BlockReader, space: FeatureSpace
) -> Steps[Moments]:
    """Measure the axes of a feature space, chunk by chunk."""
    parts: list[_Part] = []
    work = partial(_measure, reader=reader, space=space)
    yield from tasks.run(work, _joined, parts.append, "Measuring the image")
    whole = _joined(parts)
    return Moments(whole.n_pixels, whole.n_outside, whole.n_masked, *_total(whole))


def _measure(
    chunk: Chunk,
    image: Array,
    mask: Array | None,
    *,
    reader: BlockReader,
    space: FeatureSpace,
) -> _Part:
    """Measure one chunk."""
    pixels = reader.read_chunk(chunk, image, mask)
    filled = (values for values in windows(pixels) if len(values))
    rows = [_row(space.features(values)) for values in filled]
    columns = zip(*rows, strict=True) if rows else [()] * 5
    counts, *others = (np.array(column) for column in columns)
    return _Part(len(pixels.values), pixels.n_outside, pixels.n_masked, counts, *others)


def _row(features: Floats) -> tuple[float, Floats, Floats, Floats, Floats]:
    """Return the count, low, high, mean and sum of squares of a window."""
    low, high = features.min(axis=1), features.max(axis=1)
    deviations = features - low[:, np.newaxis]
    means = deviations.mean(axis=1)
    deviations -= means[:, np.newaxis]
    with np.errstate(over="ignore"):  # infinite: then it is measured once more, scaled
        squares = np.einsum("cm,cm->c", deviations, deviations)
    return features.shape[1], low, high, low + means, squares


def _joined(parts: list[_Part]) -> _Part:
    """Concatenate the rows of several parts."""
    filled = [part for part in parts if len(part.counts)] or [NOTHING]
    names = ("counts", "low", "high", "mean", "squares")
    return _Part(
        sum(part.n_pixels for part in parts),
        sum(part.n_outside for part in parts),
        sum(part.n_masked for part in parts),
        *(np.concatenate([getattr(part, name) for part in filled]) for name in names),
    )


def _total(part: _Part) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the low, high, mean and spread of all windows."""
    if not len(part.counts):
        return (np.zeros(0),) * 4
    low, high = part.low.min(axis=0), part.high.max(axis=0)
    share = (part.counts / part.counts.sum())[:, np.newaxis]
    mean = low + ((part.mean - low) * share).sum(axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        between = (part.mean - mean) ** 2 * share
        within = part.squares / part.counts.sum()
        spread = np.sqrt(between.sum(axis=0) + within.sum(axis=0))
    return low, high, mean, spread
