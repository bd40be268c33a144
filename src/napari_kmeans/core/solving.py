"""From points to centroids: many starts on coarse grids, the best on finer ones."""

import numpy as np

from napari_kmeans.core.bundling import refine_bundled
from napari_kmeans.core.grid import Grids, Points, coarsen
from napari_kmeans.core.kept import Kept, once
from napari_kmeans.core.lloyd import Refined, refine
from napari_kmeans.core.progress import Progress, Steps, subprogress
from napari_kmeans.core.seeding import (
    Given,
    Starts,
    at_random,
    exchange,
    improve,
    plus_plus,
)
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.types import Floats

PHASE = "Placing the centroids"
MOST_BITS = 18
FEWEST_BITS = 9
"""Bits of the finest and the coarsest grid."""
FEWEST_CELLS = 300
CELLS_PER_CLUSTER = 25
"""With fewer, a grid would not resolve the clusters."""
FEW_POINTS = 1 << 11
"""So many points need no grid."""
SHRINKAGE = 4
"""The minimum ratio of the cells of a grid to those of the next coarser one."""
N_STARTS = 8
"""The number of starts when `n_init` is "auto"."""
ROUNDS = ((5, 5), (15, 3))
"""Iterations from each start on the coarsest grid, and how many starts are kept."""
EXCHANGE_ROUNDS = 30
EXCHANGE_TRIES = 8
EXCHANGE_ITERATIONS = 2
PATIENCE = 2
"""The effort to improve each kept start by swaps, which ends after so many rounds
without success."""
LAST_ITERATIONS = 10
CONTENDERS = 2
"""Starts that advance to the next finer grid."""
THE_SAME = 1e-4
WORSE = 5e-3
"""Relative differences in inertia: above the first, two starts are different optima;
above the second, a start is too much worse for a finer grid to prove it better."""
TELLING = 1 << 10
"""On a grid of this many cells, the best start is assumed to be the best of all."""
REFERENCE_SEED = 0
GRID_ITERATIONS = 100
GRID_TOLERANCE = 1e-5
"""On intermediate grids, where centroids need not converge."""


def solve(
    points: Points,
    settings: Settings,
    given: Given,
    tries: int = 1,
    kept: Kept | None = None,
) -> Steps[Refined]:
    """Find the centroids of points; with `tries`, "auto" draws starts so many times."""
    yield Progress(PHASE, 0.0)
    n_clusters, n_pinned, max_iter = (
        settings.n_clusters,
        given.n_pinned,
        settings.max_iter,
    )
    if len(given) == n_clusters:
        moving = refine(points, given.centroids, max_iter, settings.tol, n_pinned)
        return (yield from moving)
    if len(points) <= n_clusters - n_pinned:
        every_point = np.concatenate([given.pinned, points.features.T])
        return (yield from refine(points, every_point, max_iter, n_pinned=n_pinned))
    n_bits = max(min(len(points).bit_length() - 1, MOST_BITS), FEWEST_BITS)
    making = once(kept, "grids", (points,), coarsen(points, n_bits, FEWEST_BITS))
    grids = yield from subprogress(making, 0.0, 0.1)
    levels = _useful(grids.levels, points, n_clusters)
    if settings.n_init == "auto":
        drawing = _auto_starts(levels[-1], settings, given, tries)
    else:
        drawing = _independent_starts(levels[-1], settings, given, settings.n_init)
    drawn = yield from subprogress(drawing, 0.1, 0.3)
    refined = []
    for starts in drawn:
        comparing = _contenders(levels, starts, n_pinned)
        contenders = yield from subprogress(comparing, 0.3, 0.5)
        for start in contenders:
            steps = _refine_all(points, grids, start, settings, n_pinned)
            refined.append((yield from subprogress(steps, 0.5, 1)))
    return min(refined, key=lambda result: result.energy)


def _refine_all(
    points: Points, grids: Grids, start: Floats, settings: Settings, n_pinned: int
) -> Steps[Refined]:
    """Bring a start to rest on all points."""
    cells, of_each, max_iter = grids.levels[0], grids.cell_of_each, settings.max_iter
    is_worth_it = SHRINKAGE * len(cells) <= len(points)
    if of_each is not None and is_worth_it and not settings.tol:
        arguments = points, cells, of_each, start, max_iter
        return (yield from refine_bundled(*arguments, n_pinned=n_pinned))
    return (yield from refine(points, start, max_iter, settings.tol, n_pinned))


def _useful(levels: list[Points], points: Points, n_clusters: int) -> list[Points]:
    """Return the points, followed by ever coarser grids to find the centroids on."""
    fewest = max(FEWEST_CELLS, CELLS_PER_CLUSTER * n_clusters)
    most = len(points) / 2 if len(points) > FEW_POINTS else 0
    *finer, coarsest = [g for g in levels if fewest <= len(g) <= most] or [points]
    useful = [points]
    for grid in finer:
        if SHRINKAGE * len(coarsest) <= len(grid) <= len(useful[-1]) / SHRINKAGE:
            useful.append(grid)
    return [*useful, coarsest] if coarsest is not points else useful


def _contenders(
    grids: list[Points], starts: list[Floats], n_pinned: int
) -> Steps[list[Floats]]:
    """Bring starts nearly to rest; return the best, and any that may prove better."""
    for grid in grids[-2:0:-1] or grids[-1:]:
        refined = []
        for start in starts:
            steps = refine(grid, start, GRID_ITERATIONS, GRID_TOLERANCE, n_pinned)
            refined.append((yield from steps))
        refined.sort(key=lambda result: result.energy)
        inertia = refined[0].energy + grid.sum_of_squares()
        starts = _different(refined, inertia)
        if len(grid) > TELLING:
            starts = starts[:1]
    return starts


def _different(refined: list[Refined], inertia: float) -> list[Floats]:
    """Drop centroids that converged to the same optimum, or are clearly worse."""
    kept = refined[:1]
    for result in refined[1:]:
        worse = (result.energy - kept[-1].energy) / inertia if inertia else 0
        if worse > THE_SAME and result.energy - kept[0].energy < WORSE * inertia:
            kept.append(result)
    return [result.centroids for result in kept[:CONTENDERS]]


def _auto_starts(
    points: Points, settings: Settings, given: Given, tries: int
) -> Steps[list[list[Floats]]]:
    """Draw starts and return the best of them, best first, for each try.

    The first try always has the same seed, for no result to depend on `random_state`.
    """
    seeds = [settings.random_state + number for number in range(1, tries)]
    drawn = []
    for seed in (REFERENCE_SEED, *seeds):
        random = np.random.default_rng(seed)
        starts = yield from _drawn(points, settings, random, given, N_STARTS)
        starts, _ = yield from _exchanged(points, starts, random, given)
        drawn.append(list(starts))
    return drawn


def _independent_starts(
    points: Points, settings: Settings, given: Given, n_init: int
) -> Steps[list[list[Floats]]]:
    """Draw starts one by one; return each that is better than all before it."""
    best, least = [], np.inf
    for number in range(n_init):
        random = np.random.default_rng((settings.random_state, number))
        starts = yield from _drawn(points, settings, random, given, 1)
        starts, energy = yield from _exchanged(points, starts, random, given)
        if energy < least:
            least = energy
            best.append(list(starts))
    return best


def _drawn(
    points: Points,
    settings: Settings,
    random: np.random.Generator,
    given: Given,
    n_starts: int,
) -> Steps[Starts]:
    """Draw starts, and return the best ones; of those that agree, only one."""
    if settings.init == "random":
        starts = at_random(points, settings.n_clusters, n_starts, random)
    else:
        starts = plus_plus(points, settings.n_clusters, n_starts, random, given)
    for n_iter, n_kept in ROUNDS:
        yield Progress(PHASE, 0.2)
        starts, energies = improve(points, starts, n_iter, given.n_pinned)
        starts = starts[:n_kept]
    # Half the inertia rises by more than this from one to the next.
    apart = THE_SAME * (2 * energies[0] + points.sum_of_squares())
    differ = np.diff(energies[: len(starts)], prepend=-np.inf) > apart
    return starts.compress(differ, axis=0)


def _exchanged(
    points: Points, starts: Starts, random: np.random.Generator, given: Given
) -> Steps[tuple[Starts, float]]:
    """Improve starts by swaps; return them, best first, and the lowest energy."""
    better = starts.copy()
    constant = points.sum_of_squares()
    for start in better:
        yield Progress(PHASE, 0.5)
        energy, n_failed = np.inf, 0
        for _ in range(EXCHANGE_ROUNDS):
            tried = exchange(points, start, EXCHANGE_TRIES, random, len(given))
            found, energies = improve(
                points, tried, EXCHANGE_ITERATIONS, given.n_pinned
            )
            start[:] = found[0]
            succeeded = energy - energies[0] > THE_SAME * (2 * energies[0] + constant)
            n_failed = 0 if succeeded else n_failed + 1
            energy = energies[0]
            if n_failed == PATIENCE:
                break
    better, energies = improve(points, better, LAST_ITERATIONS, given.n_pinned)
    return better, float(energies[0])
