"""What the segments are called, how they look: carried over to another run."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from napari_kmeans.core.model import KMeansModel
from napari_kmeans.segments.palettes import unused_colors
from napari_kmeans.segments.recipe import Recipe, Remembered
from napari_kmeans.segments.segment import Color, Segment
from napari_kmeans.segments.segment_map import SegmentMap

Centroids = NDArray[np.float64]

MAX_REMEMBERED = 256
"""Parts of segments that are remembered; the latest are kept."""


def first_map(colors: Iterable[Color]) -> SegmentMap:
    """Give the map of a new result: one segment for each cluster.

    Parameters
    ----------
    colors : iterable of colours
        Of each cluster.

    Returns
    -------
    SegmentMap
        "Segment 1" and so on, in the order of the clusters.
    """
    return SegmentMap(
        tuple(
            Segment(value, default_name(value), color, (value,))
            for value, color in enumerate(colors, start=1)
        )
    )


def default_name(value: int) -> str:
    """Give the name of a segment that nobody has named."""
    return f"Segment {value}"


def carried_over(
    recipe: Recipe,
    model: KMeansModel,
    colors: list[Color],
    kept: Collection[int] = (),
) -> Recipe:
    """Give the recipe of another run, with all that was said of the segments.

    Each cluster of the new run that matches an atom of the old belongs to the segment
    that the atom belonged to, so merges carry over too; splits do not, their pieces do.

    Parameters
    ----------
    recipe : Recipe
        The old.
    model : KMeansModel
        The new run.
    colors : list of colours
        The mean colour of each cluster.
    kept : collection of int
        Label values, of painted pixels, whose segments stay without a match too.

    Returns
    -------
    Recipe
        The new. What had no match is remembered, and looked for in the next run.
    """
    known = _known(recipe)
    old = np.array([one.centroid for one in known])
    matches = match(old, model.centroids)
    segments: dict[int, Segment] = {}
    for new, index in matches.items():
        segment = known[index].segment
        so_far = segments.get(segment.value, replace(segment, atoms=()))
        segments[segment.value] = replace(so_far, atoms=(*so_far.atoms, new + 1))
    found = set(matches.values())
    rest = [one for i, one in enumerate(known) if i not in found]
    unknown = [new for new in range(model.n_clusters) if new not in matches]
    # What the user has not touched gives its number to those that are new.
    touched = {one.segment.value for one in rest if one.segment.is_touched}
    taken = {*segments, *touched, *kept}
    added = _added(unknown, segments, taken, recipe.palette, colors)
    rest = [one for one in rest if one.segment.value not in added]
    listed = [*segments.values(), *added.values()]
    if recipe.palette == "mean":
        listed = [_with_mean(segment, model, colors) for segment in listed]
    listed.sort(key=lambda segment: segment.atoms)
    segment_map = SegmentMap(tuple(listed))
    for value in kept:
        if value and value not in segment_map:
            segment_map = segment_map.with_segment(recipe.map[value])
    remembered = tuple(rest[-MAX_REMEMBERED:])
    return Recipe(model, segment_map, (), recipe.palette, remembered)


def match(old: Centroids, new: Centroids) -> dict[int, int]:
    """Find the centroids of two runs that mean the same.

    Parameters
    ----------
    old, new : ndarray of shape (m, C) and (n, C)
        The centroids.

    Returns
    -------
    dict of int to int
        Index of the old centroid by that of the new: the pairs of the least sum of
        squared distances, but for those that lie further apart than half way to the
        nearest neighbour in either run. Empty if the channels differ.
    """
    if old.shape[1:] != new.shape[1:]:
        return {}
    scale = max(np.abs(old).max(), np.abs(new).max()) or 1.0
    old, new = old / scale, new / scale
    distance = cdist(new, old)
    gate = np.maximum(_spacing(new)[:, np.newaxis], _spacing(old)) / 2
    pairs = zip(*linear_sum_assignment(distance**2), strict=True)
    return {int(n): int(o) for n, o in pairs if distance[n, o] <= gate[n, o]}


def _spacing(centroids: Centroids) -> NDArray[Any]:
    """Give the distance from each centroid to the nearest other."""
    distance = cdist(centroids, centroids)
    np.fill_diagonal(distance, np.inf)
    nearest: NDArray[Any] = distance.min(axis=1)
    return nearest


def _known(recipe: Recipe) -> list[Remembered]:
    """List where each part of a segment was seen last; the present ones come last."""
    owners = {atom: segment for segment in recipe.map for atom in segment.atoms}
    present = [
        Remembered(tuple(centroid.tolist()), owners[atom])
        for atom, centroid in recipe.centroids().items()
    ]
    # A segment of which only a part is gone may have got another name since.
    past = [
        replace(one, segment=recipe.map[one.segment.value])
        if one.segment.value in recipe.map
        else one
        for one in recipe.remembered
    ]
    return [*past, *present]


def _added(
    unknown: list[int],
    segments: dict[int, Segment],
    taken: Collection[int],
    palette: str,
    colors: list[Color],
) -> dict[int, Segment]:
    """Make a segment of each cluster that has no match."""
    values = [v for v in range(1, len(taken) + len(unknown) + 1) if v not in taken]
    values = values[: len(unknown)]
    used = [segment.color for segment in segments.values()]
    if palette == "mean":
        shades = [colors[new] for new in unknown]
    else:
        shades = unused_colors(palette, used, len(unknown))
    return {
        value: Segment(value, default_name(value), color, (new + 1,))
        for value, new, color in zip(values, unknown, shades, strict=True)
    }


def _with_mean(segment: Segment, model: KMeansModel, colors: list[Color]) -> Segment:
    """Give a segment the mean colour of its largest cluster, unless it has its own."""
    if segment.is_colored:
        return segment
    largest = max(segment.atoms, key=lambda atom: int(model.counts[atom - 1]))
    return replace(segment, color=colors[largest - 1])
