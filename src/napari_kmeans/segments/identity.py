"""Carry names, colours and flags of segments over to another run."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from napari_kmeans.core.model import KMeansModel
from napari_kmeans.segments.palettes import unused_colors
from napari_kmeans.segments.recipe import Recipe, Track
from napari_kmeans.segments.segment_map import Color, Segment, SegmentMap, default_name

Centroids = NDArray[np.float64]

Trail = Sequence[Sequence[float]]

MAX_LOST = 256
"""Clusters without a match that are remembered; the latest are kept."""
MAX_TRAIL = 16
"""Runs in which it is remembered where a cluster was."""
GATE = 0.75
"""The maximum move of a centroid, relative to the distance to its nearest neighbour.
From one number of clusters to the next, those of photographs move by up to half of
it."""


def first_map(colors: Iterable[Color]) -> SegmentMap:
    """Return the map of a new result: one segment for each cluster."""
    numbered = enumerate(colors, start=1)
    return SegmentMap(tuple(Segment(v, default_name(v), c, (v,)) for v, c in numbered))


def carried_over(
    recipe: Recipe,
    model: KMeansModel,
    colors: list[Color],
    kept: Collection[int] = (),
) -> Recipe:
    """Return the recipe of another run, with the descriptions of its segments.

    Each cluster of the new run that matches an atom of the old belongs to the segment
    that the atom belonged to, so merges carry over too; splits do not, their pieces do.
    """
    known = _known(recipe)
    is_alike = recipe.model.n_channels == model.n_channels
    trails = [track.trail for track in known]
    places = np.hstack([model.centroids, _positions(model)])
    matches = match(trails, places) if is_alike else {}
    tracks: list[Track] = []
    segments: dict[int, Segment] = {}
    for new, index in matches.items():
        segment = known[index].segment
        so_far = segments.get(segment.value, replace(segment, atoms=()))
        segments[segment.value] = replace(so_far, atoms=(*so_far.atoms, new + 1))
        tracks.append(replace(known[index], atom=new + 1))
    found = set(matches.values())
    lost = [replace(t, atom=0) for i, t in enumerate(known) if i not in found]
    unknown = [new for new in range(model.n_clusters) if new not in matches]
    # What the user has not touched gives its number to those that are new.
    touched = {track.segment.value for track in lost if track.segment.is_touched}
    taken = {*segments, *touched, *kept}
    added = _added(unknown, segments, taken, recipe.palette, colors)
    lost = [t for t in lost if is_alike and t.segment.value not in added]
    listed = [*segments.values(), *added.values()]
    if recipe.palette == "mean":
        listed = [
            s if s.is_colored else replace(s, color=colors[_largest(s, model) - 1])
            for s in listed
        ]
    listed.sort(key=lambda segment: segment.atoms)
    segment_map = SegmentMap(tuple(listed))
    painted = (value for value in kept if value and value not in segment_map)
    segment_map = segment_map.with_added(recipe.map[value] for value in painted)
    tracks = [*lost[-MAX_LOST:], *tracks]
    return Recipe(model, segment_map, (), recipe.palette, tuple(tracks))


def match(trails: Sequence[Trail], new: Centroids) -> dict[int, int]:
    """Match the clusters of a new run, of shape (n, C), with trails of earlier ones."""
    trails, new = _comparable(trails, new)
    last = np.array([trail[-1] for trail in trails])
    scale = max(np.abs(last).max(), np.abs(new).max()) or 1.0
    last, new = last / scale, new / scale
    distance = np.stack(
        [cdist(new, np.array(trail) / scale).min(axis=1) for trail in trails], axis=1
    )
    gate = GATE * np.maximum(_spacing(new)[:, np.newaxis], _spacing(last))
    pairs = zip(*linear_sum_assignment(distance**2), strict=True)
    return {int(n): int(p) for n, p in pairs if distance[n, p] <= gate[n, p]}


def _comparable(
    trails: Sequence[Trail], new: Centroids
) -> tuple[list[Trail], Centroids]:
    """Leave out positions unless they counted in the new run and on every trail."""
    width = new.shape[1]
    if not all(any(len(one) == width for one in trail) for trail in trails):
        width = min(width, *(len(one) for trail in trails for one in trail))
        trails = [[one[:width] for one in trail] for trail in trails]
    alike: list[Trail] = [[t for t in trail if len(t) == width] for trail in trails]
    return alike, new[:, :width]


def _spacing(centroids: Centroids) -> NDArray[Any]:
    """Return the distance from each centroid to the nearest other."""
    distance = cdist(centroids, centroids)
    np.fill_diagonal(distance, np.inf)
    nearest: NDArray[Any] = distance.min(axis=1)
    return nearest


def _known(recipe: Recipe) -> list[Track]:
    """List the tracks of all clusters, with those that the last run did not match."""
    owners = {atom: segment for segment in recipe.map for atom in segment.atoms}
    present = {segment.value: segment for segment in recipe.map}
    trails = {track.atom: track.trail for track in recipe.tracks}
    # Another cluster of a segment may have stayed, and have got another name.
    known = [
        replace(t, segment=present.get(t.segment.value, t.segment))
        for t in recipe.tracks
        if not t.atom
    ]
    for atom, here in _places(recipe).items():
        before = [there for there in trails.get(atom, ()) if there != here]
        trail = (*before[1 - MAX_TRAIL :], here)
        known.append(Track(trail, owners[atom], atom))
    return known


def _places(recipe: Recipe) -> dict[int, tuple[float, ...]]:
    """Return the centroids of the atoms, with their positions if these count."""
    positions = dict(enumerate(_positions(recipe.model), start=1))
    for split in recipe.splits:  # its pieces lie where the whole lay
        places = [positions[atom] for atom in split.atoms if atom in positions]
        # Where something was painted new is not known: in the middle of all, then.
        middle = np.mean(places or list(positions.values()), axis=0)
        pieces = range(split.first, split.first + split.model.n_clusters)
        positions.update(dict.fromkeys(pieces, middle))
    return {
        atom: (*centroid.tolist(), *positions[atom].tolist())
        for atom, centroid in recipe.centroids().items()
    }


def _positions(model: KMeansModel) -> Centroids:
    """Return positions in units of the values, with distances as in the model."""
    space = model.space
    n_axes = space.n_axes - space.n_positions
    weight = np.array(space.weight[n_axes:])
    of_features = np.ptp(model.feature_centroids[:, :n_axes], axis=0).max()
    of_values = np.ptp(model.centroids, axis=0).max()
    ratio = of_values / of_features if of_features else 1.0
    positions: Centroids = model.positions * weight * ratio
    return positions


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


def _largest(segment: Segment, model: KMeansModel) -> int:
    """Return the atom of the largest cluster of a segment."""
    return max(segment.atoms, key=lambda atom: int(model.counts[atom - 1]))
