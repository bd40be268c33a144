"""Pixels of each segment per slice, of labels in memory and of lazy ones."""

import dask.array as da
import numpy as np
import numpy.testing as npt
import pytest

from napari_kmeans.core.progress import finish
from napari_kmeans.segments.identity import first_map
from napari_kmeans.segments.slice_counts import count_slices

N_ATOMS = 5
MAP = first_map([(i / 10, 0.5, 0.5) for i in range(N_ATOMS)])


@pytest.fixture(scope="module")
def atoms():
    return np.random.default_rng(0).integers(0, N_ATOMS + 1, (9, 30, 40)).astype("u1")


def expected(atoms, axis):
    return [
        [np.count_nonzero(frame == atom) for atom in range(1, N_ATOMS + 1)]
        for frame in np.moveaxis(atoms, axis, 0)
    ]


def lazy(atoms, chunks=((2, 3, 1, 3), (13, 17), 16)):
    return da.from_array(atoms, chunks=chunks)


KINDS = {
    "numpy": lambda atoms: atoms,
    "dask": lazy,
    "uneven": lambda atoms: lazy(atoms, ((4, 5), (1, 29), (39, 1))),
    "many blocks": lambda atoms: lazy(atoms, (3, 5, 5)),
    "levels": lambda atoms: (atoms, atoms[:, ::2, ::2]),
    "dask levels": lambda atoms: (lazy(atoms), lazy(atoms[:, ::2, ::2], 5)),
}


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_counts_are_those_of_each_slice(atoms, kind, axis):
    counts = finish(count_slices(KINDS[kind](atoms), N_ATOMS, axis))
    npt.assert_array_equal(counts.of_segments(MAP), expected(atoms, axis))


def test_merged_segments_are_counted_together_without_another_look(atoms):
    counts = finish(count_slices(atoms, N_ATOMS, 0))
    merged = MAP.merged([2, 4], dict.fromkeys(MAP.values, 1))
    npt.assert_array_equal(
        counts.of_segments(merged)[:, 1], np.isin(atoms, [2, 4]).sum((1, 2))
    )


def test_progress_rises_to_the_end_and_can_be_stopped(atoms):
    blocks = []

    def look(block):
        blocks.append(block.shape)
        return block

    many = lazy(atoms, (1, 5, 5)).map_blocks(look, dtype="u1", meta=atoms[:0])
    fractions = []
    finish(count_slices(many, N_ATOMS, 0), lambda p: fractions.append(p.fraction))
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert len(fractions) > 9
    blocks.clear()
    steps = count_slices(many, N_ATOMS, 0)
    for _ in range(3):
        next(steps)
    steps.close()
    assert 0 < len(blocks) < many.npartitions / 2


def test_only_slices_of_a_region_are_counted_again(atoms):
    counts = finish(count_slices(atoms, N_ATOMS, 0))
    painted = atoms.copy()
    painted[3:5, 2:8, 2:8] = 6
    more = MAP.with_painted([9], [(0, 0, 0)])
    region = (slice(3, 5), slice(2, 8), slice(2, 8))
    after = counts.recounted(painted, 6, region)
    fresh = finish(count_slices(painted, 6, 0))
    npt.assert_array_equal(after.atoms, fresh.atoms)
    assert after.of_segments(more)[:, -1].tolist() == [0, 0, 0, 36, 36, 0, 0, 0, 0]
    assert counts.of_segments(more)[:, -1].tolist() == [0] * 9


def test_drifting_brightness_moves_areas_from_one_segment_to_another():
    from napari_kmeans import segment

    film = np.linspace(0, 200, 64)[np.newaxis, :, np.newaxis] + np.zeros((8, 64, 32))
    film += np.arange(8)[:, np.newaxis, np.newaxis] * 7
    result = segment(film.astype(np.uint8), 3)
    counts = finish(count_slices(result.labels, 3, 0))
    areas = counts.of_segments(first_map([(0, 0, 0)] * 3))
    assert (np.diff(areas[:, 0]) <= 0).all()
    assert (np.diff(areas[:, 2]) >= 0).all()
    assert areas[0, 0] > areas[-1, 0]
    npt.assert_array_equal(areas.sum(1), 64 * 32)
