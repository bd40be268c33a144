"""Carry names, colours and flags of segments over to another run."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.types import Array, Floats
from napari_kmeans.segments.recipe import Recipe, Track
from napari_kmeans.segments.segment_map import (
    Color,
    Segment,
    SegmentMap,
    default_name,
    painted_name,
)

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
    recipe: Recipe, model: KMeansModel, kept: Collection[int] = ()
) -> tuple[Recipe, dict[int, int]]:
    """Return the recipe of another run, and the new label of each old one that is kept.

    Labels count from 1 up in the order of the clusters, whatever was done before;
    those of painted pixels that are kept come after them. What the user chose (names,
    colours, flags, merges) follows the clusters that match. Splits do not, but their
    pieces do. Segments whose colour the user did not choose are black as yet.
    """
    known = _known(recipe)
    is_alike = recipe.model.n_channels == model.n_channels
    places = np.hstack([model.centroids, _positions(model)])
    matches = match([track.trail for track in known], places) if is_alike else {}
    old = {new: known[index].segment for new, index in matches.items()}
    members: dict[int, list[int]] = {}  # the atoms of each segment, by its old label
    for new in range(model.n_clusters):
        # One that has no match is a segment of its own, by a label that nobody had.
        value = old[new].value if new in old else -MAX_LOST - new - 1
        members.setdefault(value, []).append(new + 1)
    numbers = {value: number for number, value in enumerate(members, 1)}
    segments = SegmentMap(
        tuple(
            _renumbered(old.get(atoms[0] - 1), numbers[value], tuple(atoms))
            for value, atoms in members.items()
        )
    )
    painted = [value for value in kept if value and value not in numbers]
    for value in painted:
        numbers[value] = len(numbers) + 1
    segments = segments.with_added(
        _renumbered(recipe.map[value], numbers[value], (), is_painted=True)
        for value in painted
    )
    found = [replace(known[i], atom=new + 1) for new, i in matches.items()]
    rest = (t for i, t in enumerate(known) if i not in set(matches.values()))
    lost = [replace(t, atom=0) for t in rest if is_alike][-MAX_LOST:]
    tracks = (*_with_numbers(lost, numbers), *found)
    return Recipe(model, segments, (), recipe.palette, tracks), numbers


def with_model(recipe: Recipe, model: KMeansModel) -> Recipe:
    """Return the recipe with the same clusters where other cuts have moved them.

    Where they were when they were fitted is remembered, for another run to find them.
    """
    is_first = recipe.model.fitted is None
    tracks = tuple(_known(recipe)) if is_first else recipe.tracks
    return replace(recipe, model=model, tracks=tracks)


def without_merges(recipe: Recipe) -> Recipe:
    """Return the recipe with a segment for each cluster, numbered as after a run.

    The largest cluster of a segment keeps what the user chose for it.
    """
    known, counts = recipe.centroids(), recipe.atom_counts()
    apart: list[tuple[tuple[int, ...], Segment | None]] = []
    for segment in recipe.map:
        clusters = [atom for atom in segment.atoms if atom in known]
        first = max(clusters, key=lambda atom: counts[atom], default=0)
        others = [atom for atom in clusters if atom != first]
        rest = tuple(atom for atom in segment.atoms if atom not in others)
        apart += [(rest, segment), *(((atom,), None) for atom in others)]
    apart.sort(key=lambda one: (not set(one[0]) & set(known), one[0]))
    segments = [
        _renumbered(segment, value, atoms, is_painted=not set(atoms) & set(known))
        for value, (atoms, segment) in enumerate(apart, 1)
    ]
    return recipe.with_map(SegmentMap(tuple(segments)))


def _renumbered(
    old: Segment | None, value: int, atoms: tuple[int, ...], *, is_painted: bool = False
) -> Segment:
    """Return a segment by another label value, with what the user chose for it."""
    name = painted_name(value) if is_painted else default_name(value)
    if old is None:
        return Segment(value, name, (0.0, 0.0, 0.0), atoms)
    name = old.name if old.is_named else name
    return replace(old, value=value, name=name, atoms=atoms)


def _with_numbers(lost: list[Track], numbers: dict[int, int]) -> list[Track]:
    """Return lost tracks by the new labels of their segments; negative if gone."""
    gone = {track.segment.value for track in lost} - set(numbers)
    numbers = {**numbers, **{value: -n for n, value in enumerate(sorted(gone), 1)}}
    return [
        replace(t, segment=replace(t.segment, value=numbers[t.segment.value]))
        for t in lost
    ]


def match(trails: Sequence[Trail], new: Floats) -> dict[int, int]:
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


def _comparable(trails: Sequence[Trail], new: Floats) -> tuple[list[Trail], Floats]:
    """Leave out positions unless they counted in the new run and on every trail."""
    width = new.shape[1]
    if not all(any(len(one) == width for one in trail) for trail in trails):
        width = min(width, *(len(one) for trail in trails for one in trail))
        trails = [[one[:width] for one in trail] for trail in trails]
    alike: list[Trail] = [[t for t in trail if len(t) == width] for trail in trails]
    return alike, new[:, :width]


def _spacing(centroids: Floats) -> Array:
    """Return the distance from each centroid to the nearest other."""
    distance = cdist(centroids, centroids)
    np.fill_diagonal(distance, np.inf)
    nearest: Array = distance.min(axis=1)
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


def _positions(model: KMeansModel) -> Floats:
    """Return positions in units of the values, with distances as in the model."""
    space = model.space
    n_axes = space.n_axes - space.n_positions
    weight = np.array(space.weight[n_axes:])
    of_features = np.ptp(model.feature_centroids[:, :n_axes], axis=0).max()
    of_values = np.ptp(model.centroids, axis=0).max()
    ratio = of_values / of_features if of_features else 1.0
    positions: Floats = model.positions * weight * ratio
    return positions
