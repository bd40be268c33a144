"""Bars of the share of each segment."""

import numpy.testing as npt

from napari_kmeans import segment
from napari_kmeans.plots import areas


def test_a_bar_is_as_long_as_its_segment_is_large(photograph):
    image = photograph()
    result = segment(image, 4, channel_axis=-1)
    ax = areas(image, result)
    counts = result.model.counts
    lengths = [bar.get_width() for bar in ax.patches]
    npt.assert_allclose(lengths, 100 * counts / counts.sum())
    texts = [text.get_text() for text in ax.texts]
    assert texts == [f"{length:.1f} %" for length in lengths]
    for bar, label in zip(ax.patches, (1, 2, 3, 4), strict=True):
        color = result.recolored[result.labels == label][0] / 255
        npt.assert_allclose(bar.get_facecolor()[:3], color)
    assert ax.yaxis_inverted()  # the darkest on top, as in the table


def test_axes_and_colors_may_be_given(photograph, new_axes):
    image, given = photograph(1), new_axes()
    assert areas(image, segment(image, 2), colors=["r", "b"], ax=given) is given
    assert given.patches[0].get_facecolor() == (1, 0, 0, 1)
