"""Results as pictures: what is drawn, and what is written above it."""

import numpy as np
import numpy.testing as npt
import pytest

from napari_kmeans import converge, pictures, segment, segment_levels, sweep


def photograph(seed=0, shape=(24, 40)):
    random = np.random.default_rng(seed)
    tiles = random.integers(0, 200, (shape[0] // 4, shape[1] // 4, 3))
    tiles = tiles.repeat(4, axis=0).repeat(4, axis=1)
    return (tiles + random.integers(0, 50, tiles.shape)).astype(np.uint8)


def test_each_result_is_drawn_as_it_is_recolored():
    image = photograph()
    results = list(sweep(image, (2, 5), channel_axis=-1))
    drawn = list(pictures(image, results))
    assert [one.caption for one in drawn] == ["k = 2", "k = 5"]
    assert [one.name for one in drawn] == ["k02", "k05"]
    for one, result in zip(drawn, results, strict=True):
        npt.assert_array_equal(one.pixels, result.recolored)


def test_the_original_comes_first_if_wanted():
    image = photograph()
    results = sweep(image, (2, 5), channel_axis=-1)
    first, *others = pictures(image, results, original=True)
    npt.assert_array_equal(first.pixels, image)
    assert first.caption == "original"
    assert len(others) == 2


def test_the_caption_tells_of_clusters_that_were_not_found():
    image = np.array([[0, 1, 2, 1]], np.uint8).repeat(3, axis=0)
    (drawn,) = pictures(image, sweep(image, [5]))
    assert drawn.caption == "k = 5 (3 found)"


def test_what_is_in_no_segment_keeps_its_pixels():
    image = photograph()
    mask = np.zeros(image.shape[:2], bool)
    mask[:10] = True
    (drawn,) = pictures(image, sweep(image, [2], channel_axis=-1, mask=mask))
    npt.assert_array_equal(drawn.pixels[10:], image[10:])
    assert len(np.unique(drawn.pixels[:10].reshape(-1, 3), axis=0)) == 2


def test_pixels_that_cannot_be_seen_are_dark():
    image = np.dstack([photograph(), np.full((24, 40), 255, np.uint8)])
    image[:4, ..., 3] = 0
    (drawn,) = pictures(image, sweep(image, [3], channel_axis=-1))
    assert drawn.pixels.shape == (24, 40, 3)
    assert not drawn.pixels[:4].any()
    assert drawn.pixels[4:].any()


def test_sixteen_bits_and_channels_first():
    image = np.moveaxis(photograph(), -1, 0).astype(np.uint16)[:2] * 16
    (drawn,) = pictures(image, sweep(image, [3], channel_axis=0))
    seen = np.unique(drawn.pixels.reshape(-1, 3), axis=0)
    assert len(seen) == 3
    assert (seen[:, 0] == seen[:, 2]).all()  # magenta and green


def test_floats_with_nan():
    image = photograph()[..., 0] / np.float32(3)
    image[:2] = np.nan
    (drawn,) = pictures(image, sweep(image, [4]))
    assert not drawn.pixels[:2].any()
    assert len(np.unique(drawn.pixels[2:])) == 4


def test_a_slice_of_a_stack():
    stack = np.stack([photograph(seed) for seed in range(3)])
    results = list(sweep(stack, [3], channel_axis=-1, slice_axis=0))
    (drawn,) = pictures(stack, results, at=(2,))
    npt.assert_array_equal(drawn.pixels, results[0].recolored[2])
    with pytest.raises(ValueError, match=r"3 axes .* such as at=\(0,\)"):
        next(pictures(stack, results))


def test_a_lazy_image(new_store):
    image = photograph()
    lazy = new_store(image, (10, 20, 3)).dask()
    (drawn,) = pictures(lazy, sweep(lazy, [3], channel_axis=-1))
    alone = segment(image, 3, channel_axis=-1)
    npt.assert_array_equal(drawn.pixels, alone.recolored)


def test_a_pyramid_is_told_what_to_do():
    image = photograph()
    levels = [image, image[::2, ::2]]
    result = segment_levels(levels, 3, channel_axis=-1)
    with pytest.raises(ValueError, match="sweep one of its levels"):
        next(pictures(image, [result]))


def test_iterations_are_drawn_from_the_start_to_the_end():
    image = photograph()
    run = converge(image, 4, channel_axis=-1)
    drawn = list(pictures(image, run))
    assert len(drawn) == len(run.models) > 3
    for one, model in zip(drawn, run.models, strict=True):
        labels = model.predict(image)
        npt.assert_array_equal(one.pixels, model.recolor(labels, image))
    assert drawn[0].caption == f"start · inertia {run.inertia[0]:#.4g}"
    assert drawn[2].caption == f"iteration 2 · inertia {run.inertia[2]:#.4g}"
    assert drawn[2].name == "iteration002"


def test_iterations_leave_what_was_not_clustered_as_it_is():
    image = photograph()
    mask = np.zeros(image.shape[:2], bool)
    mask[:10] = True
    run = converge(image, 3, channel_axis=-1, mask=mask)
    for drawn in pictures(image, run):
        npt.assert_array_equal(drawn.pixels[10:], image[10:])
        assert len(np.unique(drawn.pixels[:10].reshape(-1, 3), axis=0)) == 3


def test_of_very_many_iterations_some_later_ones_are_left_out():
    image = np.random.default_rng(0).random((50, 60))
    run = converge(image, 12, init=np.linspace(0, 0.01, 12))  # a bad start
    drawn = [int(one.name[9:]) for one in pictures(image, run)]
    assert len(run.models) > 60 >= len(drawn)
    assert drawn[:4] == [0, 1, 2, 3]
    assert drawn[-1] == len(run.models) - 1
