"""From points to centroids: many starts on few cells, the best ones on ever more."""

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.grid import Points, coarsen
from napari_kmeans.core.lloyd import Refined, refine
from napari_kmeans.core.progress import Progress, Steps, within
from napari_kmeans.core.seeding import Starts, at_random, improve, plus_plus
from napari_kmeans.core.settings import Settings

Centroids = NDArray[np.float64]

PHASE = "Placing the centroids"
GRID_BITS = (18, 15, 11)
"""Of the grids, fine to coarse: 262,144, 32,768 and 2,048 cells at most."""
CELLS_PER_CLUSTER = 40
"""Fewer would hide from a grid where the clusters are."""
N_STARTS = 16
"""Starts when `n_init` is "auto"."""
ROUNDS = ((5, 5), (20, 3))
"""Iterations from each start on the coarsest grid, and how many starts are kept."""
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
    starts = list((yield from within(_starts(grids[-1], settings), 0.2, 0.4)))
    for grid in grids[-2:0:-1]:
        refined = yield from within(
            _refine_each(grid, starts, GRID_ITERATIONS, GRID_TOLERANCE), 0.4, 0.4
        )
        starts = [result.centroids for result in refined]
    if len(grids) > 2:
        starts = starts[:1]
    refined = yield from within(
        _refine_each(points, starts, settings.max_iter, settings.tol), 0.5, 1
    )
    return refined[0]


def _grids(points: Points, n_clusters: int) -> Steps[list[Points]]:
    """Give the points, then grids of them with ever fewer cells."""
    grids = [points]
    for n_bits in GRID_BITS:
        if len(grids[-1]) > 1 << n_bits:
            yield Progress(PHASE, 0.1)
            grid = coarsen(grids[-1], n_bits)
            if len(grid) >= CELLS_PER_CLUSTER * n_clusters:
                grids.append(grid)
    return grids


def _starts(points: Points, settings: Settings) -> Steps[Starts]:
    """Draw starts and give the best of them, best first."""
    random = np.random.default_rng(settings.random_state)
    n_starts = N_STARTS if settings.n_init == "auto" else settings.n_init
    draw = at_random if settings.init == "random" else plus_plus
    starts = draw(points, settings.n_clusters, n_starts, random)
    for n_iter, n_kept in ROUNDS:
        yield Progress(PHASE, 0.5)
        starts = improve(points, starts, n_iter)[:n_kept]
    return starts


def _refine_each(
    points: Points, starts: list[Centroids], max_iter: int, tol: float
) -> Steps[list[Refined]]:
    """Move the centroids of each start to rest; best first."""
    refined = []
    for index, start in enumerate(starts):
        low, high = index / len(starts), (index + 1) / len(starts)
        steps = refine(points, start, max_iter, tol)
        refined.append((yield from within(steps, low, high)))
    return sorted(refined, key=lambda result: result.energy)
