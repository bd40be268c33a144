"""One model a slice: each as an image of its own, whatever the brightness does."""

import json

import numpy as np
import pytest

from napari_kmeans import KMeansModel, segment


def film(dtype="u2", n_frames=5, seed=0):
    """Make frames of one scene of three intensities that grows ever brighter."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 3, (24, 20))
    frames = [
        truth * (80 + 40 * t) + 900 * t + random.normal(0, 4, truth.shape) + 50
        for t in range(n_frames)
    ]
    frames = np.array(frames)
    if dtype[0] == "f":
        return truth, (frames / 8000).astype(dtype)
    return truth, np.rint(frames).astype(dtype)


@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_label_2_is_the_second_darkest_of_every_frame(dtype):
    truth, image = film(dtype)
    result = segment(image, 3, slice_axis=0)
    for labels in result.labels:
        np.testing.assert_array_equal(labels, truth + 1)
    together = segment(image, 3).labels
    assert (together[0] != truth + 1).any()  # what one model for all cannot do


OPTIONS = [
    {},
    {"color_space": "lab"},
    {"color_space": "grey"},
    {"scaling": ("standardize", "none", "percentile")},
    {"position_weight": 2.0},
    {"position_weight": (5, 0.5, 2)},
    {"sigma": 1},
    {"sigma": (3, 1, 0), "smoothing": "median"},
]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(("slice_axis", "channel_axis"), [(0, -1), (2, 0), (-2, 1)])
def test_each_slice_is_segmented_as_by_hand(options, slice_axis, channel_axis):
    values = np.random.default_rng(0).integers(0, 255, (4, 9, 8, 3), np.uint8)
    mask = np.random.default_rng(1).random((4, 9, 8)) < 0.8
    image = np.moveaxis(values, -1, channel_axis)

    result = segment(
        image,
        3,
        channel_axis=channel_axis,
        mask=mask,
        slice_axis=slice_axis,
        **options,
    )

    axis = slice_axis % 3
    by_hand = [
        segment(
            values.take([number], axis),
            3,
            channel_axis=-1,
            mask=mask.take([number], axis),
            **options,
        )
        for number in range(mask.shape[axis])
    ]
    labels = np.concatenate([one.labels for one in by_hand], axis)
    recolored = np.concatenate([one.recolored for one in by_hand], axis)
    np.testing.assert_array_equal(result.labels, labels)
    np.testing.assert_array_equal(
        result.recolored, np.moveaxis(recolored, -1, channel_axis)
    )
    assert len(result.slice_models) == len(by_hand)
    for number, model in enumerate(result.slice_models):
        np.testing.assert_array_equal(model.centroids, by_hand[number].model.centroids)
        part = np.moveaxis(values.take([number], axis), -1, channel_axis)
        predicted = model.predict(part, mask=mask.take([number], axis))
        np.testing.assert_array_equal(predicted, labels.take([number], axis))


def test_the_model_sums_them_up():
    _, image = film()
    mask = np.ones(image.shape, bool)
    mask[2, :3] = False
    result = segment(image, 3, mask=mask, slice_axis=0, position_weight=1)
    model, models = result.model, result.slice_models
    assert model.counts.tolist() == np.sum([m.counts for m in models], 0).tolist()
    assert model.counts.tolist() == np.bincount(result.labels[mask])[1:].tolist()
    assert model.inertia == pytest.approx(sum(m.inertia for m in models))
    assert model.n_outside == 3 * 20
    for label in (1, 2, 3):
        own = result.labels == label
        assert model.centroids[label - 1, 0] == pytest.approx(image[own].mean())
        mean = np.argwhere(own)[:, 1:].mean(axis=0)
        np.testing.assert_allclose(model.positions[label - 1, 1:], mean)
    assert model.message is None
    assert model.settings.n_clusters == 3
    loaded = KMeansModel.from_dict(json.loads(json.dumps(model.to_dict())))
    assert loaded == model


def test_the_summary_predicts_by_its_means_even_if_they_are_out_of_order():
    image = np.zeros((2, 10), np.float32)
    image[0] = [100] * 9 + [101]  # nearly all of label 1 is bright,
    image[1] = [1] + [2] * 9  # and nearly all of label 2 is dark
    model = segment(image, 2, slice_axis=0).model
    assert model.centroids[0] > model.centroids[1]
    assert model.predict(np.float32([0, 200])).tolist() == [2, 1]


def test_slices_that_cannot_be_clustered_do_not_break_the_others():
    truth, image = film("f4", 9)
    image[1] = np.nan
    image[3] = 0.5
    image[4] = np.where(truth == 0, 0.25, 0.75)
    mask = np.ones(image.shape, bool)
    mask[6] = mask[7] = False
    mask[5] = False
    mask[5, 0, :2] = True  # fewer pixels than segments
    image[5, 0, :2] = 0.2, 0.1

    result = segment(image, 3, mask=mask, slice_axis=0)

    assert not result.labels[[1, 6, 7]].any()
    assert [model is None for model in result.slice_models] == [
        number in (1, 6, 7) for number in range(9)
    ]
    np.testing.assert_array_equal(result.recolored[[1, 6, 7]], image[[1, 6, 7]])
    assert (result.labels[3] == 1).all()
    np.testing.assert_array_equal(result.labels[4], np.where(truth == 0, 1, 2))
    assert result.labels[5, 0, :2].tolist() == [2, 1]
    for number in (0, 2, 8):
        np.testing.assert_array_equal(result.labels[number], truth + 1)
    assert result.model.message == (
        "No pixel can be clustered in slice 1. "
        "Too few different values for all segments in slices 3-5."
    )
    outside = 24 * 20 * 4 - 2
    assert result.model.n_outside == outside


def test_everything_can_be_labelled_in_each_slice():
    _, image = film()
    mask = np.zeros(image.shape, bool)
    mask[:, :6] = True
    result = segment(image, 3, mask=mask, slice_axis=0, label_all=True)
    for frame, part, labels in zip(image, mask, result.labels, strict=True):
        one = segment(frame, 3, mask=part, label_all=True)
        np.testing.assert_array_equal(labels, one.labels)


def test_many_segments_in_some_slices_only():
    image = np.zeros((2, 20, 20), np.uint16)
    image[1] = np.arange(400).reshape(20, 20)
    result = segment(image, 300, slice_axis=0)
    assert result.labels.dtype == np.uint16
    assert result.labels[0].max() == 1
    assert result.labels[1].max() == 300
    few = segment(image[:, 0, :2], 300, slice_axis=0)
    assert few.labels.dtype == np.uint8
    assert few.model.n_clusters == 2
    assert few.model.message.endswith("for all segments in slices 0-1.")


def test_stopping_early_is_told():
    image = np.random.default_rng(0).random((2, 60, 60, 3))
    with pytest.warns(RuntimeWarning, match="max_iter is 1"):
        result = segment(image, 8, channel_axis=-1, slice_axis=0, max_iter=1, n_init=1)
    assert "Stopped before" in result.model.message
    assert "slices 0-1" in result.model.message


def test_progress_names_the_slice():
    reports = []
    segment(film()[1], 3, slice_axis=0, callback=reports.append)
    fractions = [report.fraction for report in reports]
    assert fractions[0] == 0
    assert fractions == sorted(fractions)
    assert {report.phase.split(":")[0] for report in reports} == {
        f"Slice {number} of 5" for number in range(1, 6)
    }


@pytest.mark.parametrize(
    ("slice_axis", "error"),
    [(3, ValueError), (-4, ValueError), ("t", TypeError), (True, TypeError)],
)
def test_wrong_slice_axis(slice_axis, error):
    with pytest.raises(error, match=r"slice_axis is .* from -3 to 2"):
        segment(np.zeros((2, 3, 4, 3)), 1, channel_axis=-1, slice_axis=slice_axis)


def test_no_slice_at_all():
    with pytest.raises(ValueError, match="No slice has a pixel"):
        segment(np.full((3, 4, 4), np.nan), 2, slice_axis=0)
    with pytest.raises(ValueError, match="mask has the shape"):
        segment(np.zeros((3, 4)), 2, slice_axis=0, mask=np.ones((4, 3), bool))
