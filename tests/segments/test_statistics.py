"""Numbers of each segment, and of its objects."""

import dask.array as da
import numpy as np
import numpy.testing as npt
import pytest

from napari_kmeans.core.progress import finish
from napari_kmeans.segments import statistics as module
from napari_kmeans.segments.identity import first_map
from napari_kmeans.segments.statistics import (
    count_objects,
    count_slices,
    find_objects,
    mean_values,
    measure_objects,
    percentages,
)

LABELS = np.zeros((8, 9), np.uint8)
LABELS[1:3, 1:4] = 2
LABELS[3, 4] = 2
LABELS[6, 6:8] = 2
LABELS[6, 1] = 1


def test_percent_is_of_what_is_not_ignored(segments):
    segments.set_ignored([2], True)
    counts = segments.counts
    percents = percentages(segments.map, counts)
    assert percents[2] is None
    assert percents[1] == pytest.approx(100 * counts[1] / (counts[1] + counts[3]))
    assert percents[1] + percents[3] == pytest.approx(100)


def test_nothing_to_count(segments):
    segments.take_paint(np.zeros_like(segments.labels))
    assert percentages(segments.map, segments.counts) == {1: 0, 2: 0, 3: 0}


def test_means(segments, image, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 100)
    means = mean_values(segments.labels, image)
    for value in segments.map.values:
        expected = image[segments.labels == value].mean(axis=0)
        np.testing.assert_allclose(means[value], expected)
    gray = mean_values(segments.labels, image[..., 0])
    assert gray[1] == pytest.approx((means[1][0],))


def test_means_leave_out_what_is_not_finite():
    labels = np.array([1, 1, 2, 4])
    means = mean_values(labels, np.array([1.0, np.nan, np.inf, 5.0]))
    assert means == {1: (1.0,), 2: (pytest.approx(np.nan, nan_ok=True),), 4: (5.0,)}


def test_objects_are_counted():
    labels = np.array([[1, 2, 1], [2, 1, 2], [2, 2, 2], [0, 0, 0], [2, 0, 5]])
    assert count_objects(labels) == {1: 1, 2: 2, 5: 1}  # corners touch, 0 is no segment
    volume = np.stack([labels, np.zeros_like(labels), labels])
    assert count_objects(volume) == {1: 2, 2: 4, 5: 2}


def test_pieces_that_touch_at_a_corner_are_one():
    objects = find_objects(LABELS, 2)
    assert objects.max() == 2
    assert objects[3, 4] == objects[1, 1] != objects[6, 6]
    np.testing.assert_array_equal(objects > 0, LABELS == 2)


def test_measures():
    image = np.arange(LABELS.size, dtype=float).reshape(LABELS.shape)
    table = measure_objects(find_objects(LABELS, 2), image, (0.5, 0.5))
    np.testing.assert_allclose(table["area"], [7 / 4, 2 / 4])
    np.testing.assert_allclose(table["centroid-0"][1], 3)
    np.testing.assert_allclose(table["intensity_mean"][1], image[6, 6:8].mean())
    assert "perimeter" in table


def test_colour_image_and_pixels_that_are_not_square():
    image = np.ones((*LABELS.shape, 3))
    table = measure_objects(find_objects(LABELS, 2), image, (1, 2))
    assert "perimeter" not in table
    np.testing.assert_allclose(table["intensity_mean-2"], [1, 1])


def test_three_dimensions_and_nothing():
    volume = np.zeros((4, 5, 6), np.uint8)
    volume[1:3, 1:3, 1:3] = 1
    table = measure_objects(find_objects(volume, 1))
    np.testing.assert_array_equal(table["area"], [8])
    assert len(measure_objects(find_objects(volume, 5))["label"]) == 0


# Pixels of each segment per slice, of labels in memory and of lazy ones

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
