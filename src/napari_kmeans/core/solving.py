"""From points to centroids: many starts on coarse grids, the best on finer ones."""

import numpy as np

from napari_kmeans.core.grid import Points, coarsen
from napari_kmeans.core.kept import Kept, once
from napari_kmeans.core.lloyd import Refined, refine
from napari_kmeans.core.progress import Progress, Steps, subprogress
from napari_kmeans.core.seeding import Starts, at_random, exchange, improve, plus_plus
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.types import Floats

PHASE = "Placing the centroids"
GRID_BITS = range(18, 8, -1)
"""Bits of the grids, fine to coarse."""
CELLS_PER_CLUSTER = 25
"""With fewer, a grid would not resolve the clusters."""
MOST_CELLS_PER_POINT = 4
"""With more, nearly every point would have its own cell."""
SHRINKAGE = 2
"""The minimum ratio of the cells of a grid to those of the next coarser one."""
N_STARTS = 16
N_OTHERS = 4
"""Numbers of starts when `n_init` is "auto": those with a fixed seed, and those with
`random_state`."""
ROUNDS = ((5, 5), (15, 3))
"""Iterations from each start on the coarsest grid, and how many starts are kept."""
EXCHANGE_ROUNDS = 10
EXCHANGE_TRIES = 8
EXCHANGE_ITERATIONS = 3
"""The effort to improve each kept start by swaps."""
LAST_ITERATIONS = 10
CONTENDERS = 2
"""Starts that advance to the next finer grid."""
THE_SAME = 1e-4
WORSE = 5e-3
"""Relative differences in inertia: above the first, two starts are different optima;
above the second, a start is too much worse for a finer grid to prove it better."""
TELLING = 1 << 13
"""On a grid of this many cells, the best start is assumed to be the best of all."""
REFERENCE_SEED = 0
CLEARLY_BETTER = 5e-3
"""The relative difference in inertia for a start to be preferred to the reference."""
GRID_ITERATIONS = 100
GRID_TOLERANCE = 1e-5
"""On intermediate grids, where centroids need not converge."""


def solve(
    points: Points,
    settings: Settings,
    init: Floats | None,
    tries: int = 1,
    kept: Kept | None = None,
) -> Steps[Refined]:
    """Find the centroids of points; with `tries`, "auto" draws starts so many times."""
    yield Progress(PHASE, 0.0)
    if init is not None:
        return (yield from refine(points, init, settings.max_iter, settings.tol))
    if len(points) <= settings.n_clusters:
        every_point = points.features.T.astype(np.float64)
        return (yield from refine(points, every_point, settings.max_iter))
    grids = yield from _grids(points, settings.n_clusters, kept)
    if settings.n_init == "auto":
        drawing = _auto_starts(grids[-1], settings, tries)
    else:
        drawing = _independent_starts(grids[-1], settings, settings.n_init)
    drawn = yield from subprogress(drawing, 0.1, 0.3)
    refined = []
    for starts in drawn:
        contenders = yield from subprogress(_contenders(grids, starts), 0.3, 0.5)
        for start in contenders:
            steps = refine(points, start, settings.max_iter, settings.tol)
            refined.append((yield from subprogress(steps, 0.5, 1)))
    return min(refined, key=lambda result: result.energy)


def _grids(points: Points, n_clusters: int, kept: Kept | None) -> Steps[list[Points]]:
    """Return the points, followed by ever coarser grids of them."""
    grids = [points]
    for n_bits in GRID_BITS:
        if 1 << n_bits > MOST_CELLS_PER_POINT * len(grids[-1]):
            continue
        step, finer = f"grid of {n_bits} bits", grids[-1]
        making = once(kept, step, (finer,), coarsen(finer, n_bits))
        grid = yield from subprogress(making, 0.0, 0.1)
        few = len(grid) < CELLS_PER_CLUSTER * n_clusters
        if not few and SHRINKAGE * len(grid) <= len(grids[-1]):
            grids.append(grid)
    return grids


def _contenders(grids: list[Points], starts: list[Floats]) -> Steps[list[Floats]]:
    """Bring starts nearly to rest; return the best, and any that may prove better."""
    for grid in grids[-2:0:-1] or grids[-1:]:
        refined = []
        for start in starts:
            steps = refine(grid, start, GRID_ITERATIONS, GRID_TOLERANCE)
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
    points: Points, settings: Settings, tries: int
) -> Steps[list[list[Floats]]]:
    """Draw starts and return the best of them, best first, for each try."""
    # What `random_state` finds counts only if it is clearly better than what a fixed
    # seed finds, so that hardly any result depends on it.
    random = np.random.default_rng(settings.random_state)
    same = np.random.default_rng(REFERENCE_SEED)
    starts, _ = yield from _drawn(points, settings, same, N_STARTS)
    starts, least = yield from _exchanged(points, starts, same)
    others, energy = yield from _drawn(points, settings, random, N_OTHERS)
    inertia = 2 * least + points.sum_of_squares()
    if 2 * (least - energy) > CLEARLY_BETTER * inertia:
        starts, _ = yield from _exchanged(points, others, random)
    drawn = [list(starts)]
    for more in range(1, tries):
        random = np.random.default_rng(settings.random_state + more)
        starts, _ = yield from _drawn(points, settings, random, N_STARTS)
        starts, _ = yield from _exchanged(points, starts, random)
        drawn.append(list(starts))
    return drawn


def _independent_starts(
    points: Points, settings: Settings, n_init: int
) -> Steps[list[list[Floats]]]:
    """Draw starts one by one; return each that is better than all before it."""
    best, least = [], np.inf
    for number in range(n_init):
        random = np.random.default_rng((settings.random_state, number))
        starts, _ = yield from _drawn(points, settings, random, 1)
        starts, energy = yield from _exchanged(points, starts, random)
        if energy < least:
            least = energy
            best.append(list(starts))
    return best


def _drawn(
    points: Points, settings: Settings, random: np.random.Generator, n_starts: int
) -> Steps[tuple[Starts, float]]:
    """Draw starts, and return the best ones and the energy of the best."""
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
    """Improve starts by swaps; return them, best first, and the lowest energy."""
    starts = starts.copy()
    for start in starts:
        yield Progress(PHASE, 0.5)
        for _ in range(EXCHANGE_ROUNDS):
            tried = exchange(points, start, EXCHANGE_TRIES, random)
            start[:] = improve(points, tried, EXCHANGE_ITERATIONS)[0][0]
    starts, energies = improve(points, starts, LAST_ITERATIONS)
    return starts, float(energies[0])
