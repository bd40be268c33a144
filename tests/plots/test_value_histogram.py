"""The histogram: every pixel is in a bar of its segment, and cuts divide them."""

import dataclasses

import numpy as np
import numpy.testing as npt
import pytest
from matplotlib.colors import to_rgba

from napari_kmeans import segment, segment_levels
from napari_kmeans.plots import histogram


def lines(ax, style):
    """Give where the vertical lines of a style are."""
    return [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == style]


def bars(ax):
    """Give the counts of each segment, and the edges."""
    data = [patch.get_data() for patch in ax.patches]
    return [one.values - one.baseline for one in data], data[0].edges


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "i8"])
def test_cuts_divide_the_values_as_the_labels_do(dtype, photograph):
    image = photograph(1).astype(dtype) * np.array(3, dtype) - np.array(5, dtype)
    result = segment(image, 4)
    ax = histogram(image, result)
    cuts = lines(ax, "--")
    assert len(cuts) == 3
    npt.assert_array_equal(np.digitize(image, cuts) + 1, result.labels)
    (centroids,) = ax.collections
    npt.assert_allclose(centroids.get_offsets()[:, 0], result.model.centroids[:, 0])
    colors = [patch.get_facecolor() for patch in ax.patches]
    npt.assert_allclose(centroids.get_facecolors(), colors)


def test_cuts_that_were_moved_by_hand_are_drawn_where_they_are(photograph):
    image = photograph(1)
    fitted = segment(image, 3)
    model = dataclasses.replace(fitted.model, cuts=np.array([50.5, 99.5]))
    result = dataclasses.replace(fitted, model=model, labels=model.predict(image))
    assert lines(histogram(image, result), "--") == [50.5, 99.5]


def test_every_pixel_is_in_a_bar_of_its_segment(photograph):
    image = photograph(1)
    result = segment(image, 3)
    ax = histogram(image, result)
    counts, edges = bars(ax)
    npt.assert_array_equal([one.sum() for one in counts], result.model.counts)
    npt.assert_array_equal(np.diff(edges), 1)  # one for each whole number
    for label, own in enumerate(counts, 1):
        values = image[result.labels == label]
        npt.assert_array_equal(own, np.histogram(values, edges)[0])
    labels = [patch.get_label() for patch in ax.patches]
    assert labels == ["segment 1", "segment 2", "segment 3"]


def test_nan_and_what_is_outside_the_mask_are_left_out(photograph):
    image = photograph(1, "f4")
    image[:3] = np.nan
    mask = np.ones(image.shape, bool)
    mask[:, :4] = False
    result = segment(image, 3, mask=mask)
    counts, _ = bars(histogram(image, result))
    assert sum(one.sum() for one in counts) == 17 * 26


def test_the_colors_are_those_asked_for(photograph, new_axes):
    image = photograph(1)
    result, given = segment(image, 3), new_axes()
    assert histogram(image, result, colors=["red", "#00ff00", "b"], ax=given) is given
    assert [patch.get_facecolor() for patch in given.patches] == [
        to_rgba("red"),
        to_rgba("lime"),
        to_rgba("blue"),
    ]
    different = {patch.get_facecolor() for patch in histogram(image, result).patches}
    assert len(different) == 3
    named = histogram(image, result, colors="magma")
    assert different.isdisjoint(patch.get_facecolor() for patch in named.patches)
    with pytest.raises(ValueError, match="colors has 2 for 3 segments"):
        histogram(image, result, colors=["red", "blue"])


def test_the_luminance_of_colors_in_grey(photograph):
    image = photograph()
    result = segment(image, 3, channel_axis=-1, color_space="grey")
    ax = histogram(image, result)
    cuts = lines(ax, "--")
    grey = image @ np.array([0.2125, 0.7154, 0.0721])
    npt.assert_array_equal(np.digitize(grey, cuts) + 1, result.labels)
    assert ax.get_xlabel() == "luminance"
    assert ax.patches[0].get_facecolor()[:3] == pytest.approx(
        result.recolored[result.labels == 1][0] / 255, abs=0.01
    )


def test_where_value_alone_does_not_divide_there_are_no_cuts(photograph):
    image = photograph(1)
    placed = segment(image, 3, position_weight=3.0)
    assert not lines(histogram(image, placed), "--")
    film = np.stack([image, image // 2])
    sliced = segment(film, 3, slice_axis=0)
    ax = histogram(film, sliced)
    assert not lines(ax, "--")
    assert sum(one.sum() for one in bars(ax)[0]) == film.size


def test_of_a_smoothed_image_the_smoothed_values_are_drawn(photograph):
    image = photograph(1)
    result = segment(image, 3, sigma=1.0)
    ax = histogram(image, result)
    cuts, (counts, edges) = lines(ax, "--"), bars(ax)
    middles = (edges[1:] + edges[:-1]) / 2
    for label, own in enumerate(counts, 1):
        assert set(np.digitize(middles[own > 0], cuts) + 1) == {label}


def test_bins_and_a_logarithmic_axis(photograph):
    image = photograph(1)
    ax = histogram(image, segment(image, 2), bins=7, log=True)
    assert len(bars(ax)[1]) == 8
    assert ax.get_yscale() == "log"
    edges = [0, 100, 255]
    npt.assert_array_equal(
        bars(histogram(image, segment(image, 2), bins=edges))[1], edges
    )


def test_what_cannot_be_drawn_is_said(photograph):
    image = photograph()
    with pytest.raises(ValueError, match="draw its values with cloud"):
        histogram(image, segment(image, 2, channel_axis=-1))
    grey = image[..., 0]
    with pytest.raises(ValueError, match="that of a pyramid"):
        histogram(grey, segment_levels([grey, grey[::2, ::2]], 2))
    with pytest.raises(ValueError, match="give the image that was segmented"):
        histogram(grey[:10], segment(grey, 2))
