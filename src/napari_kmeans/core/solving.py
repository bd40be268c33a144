"""From points to centroids: many starts on few cells, the best ones on ever more."""

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.grid import Points, coarsen
from napari_kmeans.core.lloyd import Refined, refine
from napari_kmeans.core.progress import Progress, Steps, subprogress
from napari_kmeans.core.seeding import Starts, at_random, exchange, improve, plus_plus
from napari_kmeans.core.settings import Settings

Centroids = NDArray[np.float64]

PHASE = "Placing the centroids"
GRID_BITS = range(18, 8, -1)
"""Of the grids, fine to coarse."""
CELLS_PER_CLUSTER = 25
"""Fewer would hide from a grid where the clusters are."""
MOST_CELLS_PER_POINT = 4
"""More would leave nearly every point in a cell of its own."""
SHRINKAGE = 2
"""How many times fewer cells a grid has than the next finer one, at least."""
N_STARTS = 16
N_OTHERS = 4
"""Starts when `n_init` is "auto": those that are always the same, and those that
`random_state` adds."""
ROUNDS = ((5, 5), (15, 3))
"""Iterations from each start on the coarsest grid, and how many starts are kept."""
EXCHANGE_ROUNDS = 10
EXCHANGE_TRIES = 8
EXCHANGE_ITERATIONS = 3
"""How long each of the starts kept is improved by exchanges."""
LAST_ITERATIONS = 10
CONTENDERS = 2
"""Starts that go on to the next finer grid."""
THE_SAME = 1e-4
WORSE = 5e-3
"""Shares of the inertia by which a start on a grid is worse than another if it came to
rest elsewhere, and if a finer grid will not find it better."""
TELLING = 1 << 13
"""Cells of a grid on which the best start is taken to be the best on all values too."""
REFERENCE_SEED = 0
CLEARLY_BETTER = 5e-3
"""Share of the inertia by which a start must beat the reference to be preferred."""
GRID_ITERATIONS = 100
GRID_TOLERANCE = 1e-5
"""On the grids between, where centroids need not come to rest."""


def solve(points: Points, settings: Settings, init: Centroids | None) -> Steps[Refined]:
    """Find the centroids of points.

    Shapes: init (k, C).
    """
    yield Progress(PHASE, 0.0)
    if init is not None:
        return (yield from refine(points, init, settings.max_iter, settings.tol))
    if len(points) <= settings.n_clusters:
        every_point = points.features.T.astype(np.float64)
        return (yield from refine(points, every_point, settings.max_iter))
    grids = yield from _grids(points, settings.n_clusters)
    contenders = yield from subprogress(_contenders(grids, settings), 0.1, 0.5)
    refined = []
    for start in contenders:
        steps = refine(points, start, settings.max_iter, settings.tol)
        refined.append((yield from subprogress(steps, 0.5, 1)))
    return min(refined, key=lambda result: result.energy)


def _grids(points: Points, n_clusters: int) -> Steps[list[Points]]:
    """Give the points, then grids of them with ever fewer cells."""
    grids = [points]
    for n_bits in GRID_BITS:
        if 1 << n_bits > MOST_CELLS_PER_POINT * len(grids[-1]):
            continue
        grid = yield from subprogress(coarsen(grids[-1], n_bits), 0.0, 0.1)
        few = len(grid) < CELLS_PER_CLUSTER * n_clusters
        if not few and SHRINKAGE * len(grid) <= len(grids[-1]):
            grids.append(grid)
    return grids


def _contenders(grids: list[Points], settings: Settings) -> Steps[list[Centroids]]:
    """Give the best of many starts, nearly at rest, and any that may prove better."""
    starts = yield from subprogress(_starts(grids[-1], settings), 0.0, 0.6)
    for grid in grids[-2:0:-1] or grids[-1:]:
        refined = []
        for start in starts:
            steps = refine(grid, start, GRID_ITERATIONS, GRID_TOLERANCE)
            refined.append((yield from subprogress(steps, 0.6, 1.0)))
        refined.sort(key=lambda result: result.energy)
        inertia = refined[0].energy + grid.sum_of_squares()
        starts = _different(refined, inertia)
        if len(grid) > TELLING:
            starts = starts[:1]
    return starts


def _different(refined: list[Refined], inertia: float) -> list[Centroids]:
    """Leave out the centroids that came to rest with others, or are clearly worse."""
    kept = refined[:1]
    for result in refined[1:]:
        worse = (result.energy - kept[-1].energy) / inertia if inertia else 0
        if worse > THE_SAME and result.energy - kept[0].energy < WORSE * inertia:
            kept.append(result)
    return [result.centroids for result in kept[:CONTENDERS]]


def _starts(points: Points, settings: Settings) -> Steps[list[Centroids]]:
    """Draw starts and give the best of them, best first.

    With `n_init` "auto" the starts come from two sources: one that is always the same,
    and `random_state`. What the second finds counts only if it is clearly better, as
    there are many optima that differ by a few pixels: so the outcome is the same for
    every `random_state` that finds nothing better.
    """
    random = np.random.default_rng(settings.random_state)
    if settings.n_init != "auto":
        starts, _ = yield from _drawn(points, settings, random, settings.n_init)
        return list((yield from _exchanged(points, starts, random))[0])
    same = np.random.default_rng(REFERENCE_SEED)
    starts, _ = yield from _drawn(points, settings, same, N_STARTS)
    starts, least = yield from _exchanged(points, starts, same)
    others, energy = yield from _drawn(points, settings, random, N_OTHERS)
    inertia = 2 * least + points.sum_of_squares()
    if 2 * (least - energy) > CLEARLY_BETTER * inertia:
        starts, _ = yield from _exchanged(points, others, random)
    return list(starts)


def _drawn(
    points: Points, settings: Settings, random: np.random.Generator, n_starts: int
) -> Steps[tuple[Starts, float]]:
    """Draw starts, and give the best ones and the energy of the best."""
    draw = at_random if settings.init == "random" else plus_plus
    starts = draw(points, settings.n_clusters, n_starts, random)
    for n_iter, n_kept in ROUNDS:
        yield Progress(PHASE, 0.2)
        starts, energies = improve(points, starts, n_iter)
        starts = starts[:n_kept]
    return starts, float(energies[0])


def _exchanged(
    points: Points, starts: Starts, random: np.random.Generator
) -> Steps[tuple[Starts, float]]:
    """Improve starts by exchanges; give them, best first, and the least energy."""
    starts = starts.copy()
    for start in starts:
        yield Progress(PHASE, 0.5)
        start[:] = _exchange_often(points, start, random)
    starts, energies = improve(points, starts, LAST_ITERATIONS)
    return starts, float(energies[0])


def _exchange_often(
    points: Points, start: Centroids, random: np.random.Generator
) -> Centroids:
    """Improve a start by trying to put single centroids elsewhere."""
    for _ in range(EXCHANGE_ROUNDS):
        tried = exchange(points, start, EXCHANGE_TRIES, random)
        start = improve(points, tried, EXCHANGE_ITERATIONS)[0][0]
    return start
