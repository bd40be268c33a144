"""Colours stay apart, for colour-blind people too."""

from itertools import combinations

import numpy as np
import pytest
from skimage.color import rgb2lab

from napari_kmeans.segments.palettes import OKABE_ITO, palette_colors, unused_colors

# Machado, Oliveira and Fernandes (2009), severity 1, for linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def seen(colors, vision):
    """CIELAB of colours as somebody sees them."""
    colors = np.array(colors)
    linear = np.where(
        colors > 0.04045, ((colors + 0.055) / 1.055) ** 2.4, colors / 12.92
    )
    linear = np.clip(linear @ np.array(VISION[vision]).T, 0, 1)
    srgb = np.where(
        linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, linear * 12.92
    )
    return rgb2lab(srgb)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("name", ["okabe-ito", "ordered"])
def test_the_first_eight_stay_apart(name, vision):
    lab = seen(palette_colors(name, 8), vision)
    distances = [np.linalg.norm(a - b) for a, b in combinations(lab, 2)]
    assert min(distances) > 8


@pytest.mark.parametrize("name", ["okabe-ito", "ordered"])
def test_more_than_eight_are_ordered_by_lightness(name):
    lightness = seen(palette_colors(name, 20), "normal")[:, 0]
    assert (np.diff(lightness) > 1).all()


@pytest.mark.parametrize("n", [1, 2, 8, 9, 64])
@pytest.mark.parametrize("name", ["okabe-ito", "ordered"])
def test_as_many_as_asked_for_and_all_different(name, n):
    colors = palette_colors(name, n)
    assert len(set(colors)) == n
    assert all(0 <= channel <= 1 for color in colors for channel in color)


def test_unused_colours():
    assert unused_colors("okabe-ito", OKABE_ITO[:2], 2) == list(OKABE_ITO[2:4])
    assert unused_colors("mean", [(0.1, 0.2, 0.3)], 1) == [OKABE_ITO[0]]
    assert len(unused_colors("ordered", palette_colors("ordered", 4), 3)) == 3


def test_what_is_painted_differs_clearly_from_a_ramp():
    ramp = palette_colors("ordered", 5)
    new = unused_colors("ordered", ramp, 3)
    for color in new:
        others = [one for one in (*ramp, *new) if one != color]
        assert np.linalg.norm(np.subtract(others, color), axis=1).min() > 0.3
