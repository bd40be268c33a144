"""What is kept of a clustering: the next one is the same with it, and does less."""

import gc
import weakref

import numpy as np
import numpy.testing as npt
import pytest

from napari_kmeans.core import clustering, model, segmentation, solving
from napari_kmeans.core.kept import Kept
from napari_kmeans.core.progress import finish
from napari_kmeans.core.segmentation import segment_steps
from napari_kmeans.core.settings import Settings

CHANGES = [
    {"n_clusters": 5},
    {"n_clusters": 12},
    {"n_clusters": 2, "random_state": 3},
    {"n_clusters": 4, "color_space": "lab"},
    {"n_clusters": 4, "color_space": "lab", "lightness_weight": 0.5},
    {"n_clusters": 4, "color_space": "grey"},
    {"n_clusters": 4, "channel_weights": (1, 2, 3)},
    {"n_clusters": 4, "scaling": "standardize"},
    {"n_clusters": 4, "sigma": 1.0},
    {"n_clusters": 6, "sigma": 1.0},
    {"n_clusters": 4, "position_weight": 0.5},
    {"n_clusters": 5},
]
STEPS = {
    "read_chosen": segmentation,
    "prepare": model,
    "count_pixels": clustering,
    "lay_out": clustering,
    "to_points": clustering,
    "coarsen": solving,
}


def photograph(dtype="u1", seed=0):
    random = np.random.default_rng(seed)
    tiles = np.kron(random.integers(0, 200, (9, 12, 3)), np.ones((10, 10, 1), int))
    image = (tiles + random.integers(0, 50, tiles.shape)).astype(dtype)
    return image / np.array(255, dtype) if dtype == "f4" else image


def run(image, kept=None, mask=None, **settings):
    options = {"channel_axis": -1, "mask": mask, "kept": kept}
    return finish(segment_steps(image, Settings(**settings), **options))


def assert_same(one, other):
    assert one.model == other.model
    npt.assert_array_equal(one.labels, other.labels)
    npt.assert_array_equal(one.recolored, other.recolored)


@pytest.fixture
def done(monkeypatch):
    """Name the steps that were done."""
    names = []

    def watched(name, function):
        def watch(*args, **options):
            names.append(name)
            return (yield from function(*args, **options))

        return watch

    for name, module in STEPS.items():
        monkeypatch.setattr(module, name, watched(name, getattr(module, name)))
    return names


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_each_result_is_that_of_a_run_alone(dtype):
    image, kept = photograph(dtype), Kept()
    for change in CHANGES:
        assert_same(run(image, kept, **change), run(image, **change))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, set()),
        ({"n_clusters": 7, "random_state": 1, "max_iter": 200}, set()),
        ({"channel_weights": (1, 1, 2)}, {"lay_out", "to_points", "coarsen"}),
        ({"color_space": "lab"}, {"lay_out", "to_points", "coarsen"}),
        ({"sigma": 1.0}, STEPS.keys() - {"read_chosen"}),
    ],
)
def test_only_what_depends_on_the_change_is_done_again(change, expected, done):
    image, kept = photograph(), Kept()
    run(image, kept, n_clusters=6)
    assert set(done) == STEPS.keys()
    done.clear()
    run(image, kept, **{"n_clusters": 6, **change})
    assert set(done) == expected


def test_another_image_or_mask_is_read_again():
    image, other, kept = photograph(), photograph(seed=1), Kept()
    mask = np.zeros(image.shape[:2], bool)
    mask[20:60] = True
    for pixels, inside in ((image, None), (other, None), (other, mask), (other, None)):
        assert_same(
            run(pixels, kept, inside, n_clusters=4),
            run(pixels, mask=inside, n_clusters=4),
        )


def test_slices_keep_nothing(done):
    stack, kept = np.stack([photograph(), photograph(seed=1)]), Kept()
    for _ in range(2):
        done.clear()
        steps = segment_steps(
            stack, Settings(3), channel_axis=-1, slice_axis=0, kept=kept
        )
        finish(steps)
        assert done.count("count_pixels") == 2


def test_a_run_that_is_stopped_leaves_what_it_has_done(done):
    image, kept = photograph(), Kept()
    steps = segment_steps(image, Settings(4), channel_axis=-1, kept=kept)
    while "to_points" not in done:
        next(steps)
    steps.close()
    done.clear()
    assert_same(run(image, kept, n_clusters=4), run(image, n_clusters=4))
    assert done.count("count_pixels") == 1  # for the second, alone


def test_nothing_is_held_when_its_owner_is_gone():
    image, kept = photograph(), Kept()
    copy = weakref.ref(kept.snapshot("image", image))
    run(copy(), kept, n_clusters=4)
    gc.disable()  # no cycles, which would wait for the collector
    try:
        del kept
        assert copy() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("dtype", ["u1", "bool", "f4", ">i8"])
def test_a_snapshot_is_taken_again_only_where_bits_changed(dtype):
    image = np.zeros((30, 40, 3), dtype)
    if dtype == "f4":
        image[0] = np.nan
    kept, view = Kept(), image.transpose(2, 0, 1)
    first = kept.snapshot("image", view)
    assert first is not view
    assert kept.snapshot("image", view) is first
    image[29, 39, 2] = 1
    second = kept.snapshot("image", view)
    npt.assert_array_equal(second, view)
    assert (first.transpose(1, 2, 0)[29, 39] == 0).all()
    assert kept.snapshot("image", view[1:]).shape == (2, 30, 40)
