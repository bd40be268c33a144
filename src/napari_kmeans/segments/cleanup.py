"""Clean up labels: drop small objects, fill holes, smooth borders."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.measure import label

from napari_kmeans.core.types import Array, Flags


def drop_small(
    labels: Array,
    values: Iterable[int],
    min_size: int,
    *,
    to: Literal["neighbour", "nothing"] = "neighbour",
) -> Array:
    """Assign the pixels of small objects to their neighbours, or to no segment."""
    # Every connected region of one label, 0 included, is an object here.
    objects: Array = label(labels.astype(np.int32) + 1)
    sizes = np.bincount(objects.reshape(-1))
    owner: Array = np.zeros(len(sizes), labels.dtype)
    owner[objects] = labels  # written once for each pixel; all of an object agree
    small = (sizes < min_size) & np.isin(owner, list(values)) & (owner > 0)
    small[0] = False
    if to == "nothing":
        owner[small] = 0
    while to == "neighbour" and small.any():
        adopted, parents = _longest_borders(objects, owner, small)
        if not len(adopted):
            break
        owner[adopted] = parents
        small[adopted] = False
    result: Array = owner[objects]
    return result


def _longest_borders(objects: Array, owner: Array, small: Flags) -> tuple[Array, Array]:
    """Return the small objects that touch large ones, and the label they touch most."""
    base = int(owner.max()) + 1
    pairs = []
    for axis in range(objects.ndim):
        along = np.moveaxis(objects, axis, 0)
        before, after = along[:-1], along[1:]
        for one, other in ((before, after), (after, before)):
            border = small[one] & ~small[other]
            pairs.append(one[border].astype(np.int64) * base + owner[other[border]])
    keys, lengths = np.unique(np.concatenate(pairs), return_counts=True)
    # The longest border of each object first; of equal ones, that of the lower label.
    order = np.lexsort((keys, -lengths, keys // base))
    adopted, first = np.unique(keys[order] // base, return_index=True)
    return adopted, keys[order][first] % base


def fill_holes(
    labels: Array, values: Iterable[int], max_size: int | None = None
) -> Array:
    """Fill the holes that segments enclose."""
    labels = labels.copy()
    for value in values:
        holes = label(labels != value, connectivity=1)
        sizes = np.bincount(holes.reshape(-1))
        is_hole = sizes <= (labels.size if max_size is None else max_size)
        is_hole[0] = False
        for axis in range(labels.ndim):
            for end in (0, -1):
                is_hole[np.take(holes, end, axis)] = False
        labels[is_hole[holes]] = value
    return labels


def smooth(labels: Array, values: Iterable[int], sigma: float) -> Array:
    """Smooth the borders of segments without opening gaps between them.

    Every pixel goes to the segment that has the largest share of its neighbourhood.
    Pixels of label 0 stay.
    """
    if not sigma > 0:
        raise ValueError(f"sigma is {sigma}: give a number of pixels above 0.")
    sizes = np.bincount(labels.reshape(-1))
    winner = np.zeros_like(labels)
    largest = np.zeros(labels.shape, np.float32)
    for value in np.flatnonzero(sizes[1:]) + 1:
        share = gaussian_filter((labels == value).astype(np.float32), sigma)
        wins = share > largest
        winner[wins] = value
        largest[wins] = share[wins]
    chosen = np.isin(np.arange(len(sizes)), list(values))
    return np.where((labels > 0) & (chosen[labels] | chosen[winner]), winner, labels)
