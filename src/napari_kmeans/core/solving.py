"""From points to centroids: many starts on few cells, the best ones on ever more."""

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.grid import Points, coarsen
from napari_kmeans.core.lloyd import Refined, refine
from napari_kmeans.core.progress import Progress, Steps, within
from napari_kmeans.core.seeding import at_random, exchange, improve, plus_plus
from napari_kmeans.core.settings import Settings

Centroids = NDArray[np.float64]

PHASE = "Placing the centroids"
GRID_BITS = range(18, 8, -1)
"""Of the grids, fine to coarse."""
CELLS_PER_CLUSTER = 25
"""Fewer would hide from a grid where the clusters are."""
SHRINKAGE = 3
"""How many times fewer cells a grid has than the next finer one, at least."""
N_STARTS = 16
"""Starts when `n_init` is "auto"."""
ROUNDS = ((5, 5), (15, 3))
"""Iterations from each start on the coarsest grid, and how many starts are kept."""
EXCHANGED = 2
EXCHANGE_ROUNDS = 10
EXCHANGE_TRIES = 8
EXCHANGE_ITERATIONS = 3
"""How many of the starts kept are improved by exchanges, and how long."""
CONTENDERS = 2
"""Starts that go on to the next finer grid."""
REFERENCE_SEED = 0
CLEARLY_BETTER = 1e-3
"""Share of the inertia by which a start must beat the reference to be preferred."""
GRID_ITERATIONS = 100
GRID_TOLERANCE = 1e-5
"""On the grids between, where centroids need not come to rest."""


def solve(points: Points, settings: Settings, init: Centroids | None) -> Steps[Refined]:
    """Find the centroids of points.

    Parameters
    ----------
    points : Points
        The points.
    settings : Settings
        Of these: n_clusters, init, n_init, max_iter, tol and random_state.
    init : ndarray of float64 and shape (k, C), or None
        Where the centroids start, in the feature space; None to draw the starts.

    Yields
    ------
    Progress
        Between the steps.

    Returns
    -------
    Refined
        The best centroids found, at rest.
    """
    yield Progress(PHASE, 0.0)
    if init is not None:
        return (yield from refine(points, init, settings.max_iter, settings.tol))
    if len(points) <= settings.n_clusters:
        every_point = points.features.T.astype(np.float64)
        return (yield from refine(points, every_point, settings.max_iter))
    grids = yield from _grids(points, settings.n_clusters)
    start = yield from within(_best_start(grids, settings), 0.1, 0.5)
    steps = refine(points, start, settings.max_iter, settings.tol)
    return (yield from within(steps, 0.5, 1))


def _grids(points: Points, n_clusters: int) -> Steps[list[Points]]:
    """Give the points, then grids of them with ever fewer cells."""
    grids = [points]
    for n_bits in GRID_BITS:
        yield Progress(PHASE, 0.0)
        grid = coarsen(grids[-1], n_bits)
        few = len(grid) < CELLS_PER_CLUSTER * n_clusters
        if not few and SHRINKAGE * len(grid) <= len(grids[-1]):
            grids.append(grid)
    return grids


def _best_start(grids: list[Points], settings: Settings) -> Steps[Centroids]:
    """Give the best of many starts, nearly at rest.

    With `n_init` "auto" the starts come from two sources: one that is always the same,
    and `random_state`. What the second finds counts only if it is clearly better, as a
    landscape has many optima that differ by a few pixels: so the outcome is the same
    for every `random_state` that finds nothing better.
    """
    random = np.random.default_rng(settings.random_state)
    if settings.n_init != "auto":
        best = yield from _best_of(grids, settings, random, settings.n_init)
        return best.centroids
    same = np.random.default_rng(REFERENCE_SEED)
    reference = yield from within(_best_of(grids, settings, same, N_STARTS), 0.0, 0.5)
    best = yield from within(_best_of(grids, settings, random, N_STARTS), 0.5, 1.0)
    finest = grids[min(1, len(grids) - 1)]
    inertia = reference.energy + finest.sum_of_squares()
    if best.energy < reference.energy - CLEARLY_BETTER * inertia:
        return best.centroids
    return reference.centroids


def _exchange_often(
    points: Points, start: Centroids, random: np.random.Generator
) -> Centroids:
    """Improve a start by trying to put single centroids elsewhere."""
    for _ in range(EXCHANGE_ROUNDS):
        tried = exchange(points, start, EXCHANGE_TRIES, random)
        start = improve(points, tried, EXCHANGE_ITERATIONS)[0]
    return start


def _best_of(
    grids: list[Points], settings: Settings, random: np.random.Generator, n_starts: int
) -> Steps[Refined]:
    """Draw starts, move the best of them nearly to rest, and give the best."""
    draw = at_random if settings.init == "random" else plus_plus
    starts = draw(grids[-1], settings.n_clusters, n_starts, random)
    for n_iter, n_kept in ROUNDS:
        yield Progress(PHASE, 0.0)
        starts = improve(grids[-1], starts, n_iter)[:n_kept]
    for index in range(min(EXCHANGED, len(starts))):
        yield Progress(PHASE, 0.2)
        starts[index] = _exchange_often(grids[-1], starts[index], random)
    for grid in grids[-2:0:-1] or grids[-1:]:
        refined = []
        for start in starts:
            steps = refine(grid, start, GRID_ITERATIONS, GRID_TOLERANCE)
            refined.append((yield from steps))
        refined.sort(key=lambda result: result.energy)
        starts = [result.centroids for result in refined[:CONTENDERS]]
    return refined[0]
