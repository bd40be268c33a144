"""Cells that count as one point: the centroids rest where they would on all points."""

import numpy as np
import numpy.testing as npt
import pytest
from skimage import data

from napari_kmeans.core.bundling import refine_bundled
from napari_kmeans.core.grid import Points, coarsen
from napari_kmeans.core.lloyd import refine
from napari_kmeans.core.nearest import nearest
from napari_kmeans.core.progress import finish


@pytest.fixture(scope="module")
def points():
    pixels = data.immunohistochemistry()[::2, ::2].reshape(-1, 3)
    values, counts = np.unique(pixels, axis=0, return_counts=True)
    return Points(values.T.astype(np.float32), counts.astype(float))


def bundled(points, n_bits, start, max_iter=300):
    grids = finish(coarsen(points, n_bits, 6))
    cells, of_each = grids.levels[0], grids.cell_of_each
    return finish(refine_bundled(points, cells, of_each, start, max_iter))


# From starts that are far from rest, many cells are torn on the way.
@pytest.mark.parametrize("n_bits", [6, 9, 14])
@pytest.mark.parametrize("n_clusters", [1, 2, 7, 20])
def test_nothing_moves_any_more(points, n_bits, n_clusters):
    start = points.features[:, :n_clusters].T.astype(float)
    found = bundled(points, n_bits, start)
    assert found.converged
    index = nearest(points.features.astype(float), found.centroids)
    sure = np.setdiff1d(np.arange(len(points)), found.unsure)
    npt.assert_array_equal(found.labels[sure], index[sure])
    npt.assert_array_equal(
        found.counts, np.bincount(found.labels, points.counts, n_clusters)
    )
    again = finish(refine(points, found.centroids))
    npt.assert_allclose(again.centroids, found.centroids, rtol=1e-12)
    npt.assert_array_equal(again.labels[sure], found.labels[sure])
    assert again.n_iter == 1
    assert again.energy == pytest.approx(found.energy, rel=1e-12)


def test_iterations_are_counted_together(points):
    start = points.features[:, :9].T.astype(float)
    whole = bundled(points, 9, start)
    stopped = bundled(points, 9, start, whole.n_iter - 1)
    assert stopped.n_iter == whole.n_iter - 1
    assert not stopped.converged


def test_each_cell_is_made_of_those_of_the_next_finer_grid(points):
    grids = finish(coarsen(points, 14, 6))
    total = points.features.astype(float) @ points.counts
    for grid in grids.levels:
        assert grid.counts.sum() == points.counts.sum()
        npt.assert_allclose(grid.features @ grid.counts, total)
    sizes = [len(grid) for grid in grids.levels]
    assert sizes == sorted(sizes, reverse=True)
    assert 1 < sizes[-1] <= 2**6
    finest = grids.levels[0]
    counts = np.bincount(grids.cell_of_each, points.counts, len(finest))
    npt.assert_array_equal(counts, finest.counts)
