"""Colours that can be told apart, also by colour-blind people."""

from collections.abc import Collection, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist

from napari_kmeans.segments.segment_map import Color

Palette = Literal["mean", "okabe-ito", "ordered"]

PALETTES = {"mean": "Own mean", "okabe-ito": "Okabe-Ito", "ordered": "Dark to light"}
"""What the user reads of each palette."""

OKABE_ITO: tuple[Color, ...] = (
    (0.902, 0.624, 0.000),  # orange
    (0.337, 0.706, 0.914),  # sky blue
    (0.000, 0.620, 0.451),  # bluish green
    (0.941, 0.894, 0.259),  # yellow
    (0.000, 0.447, 0.698),  # blue
    (0.835, 0.369, 0.000),  # vermilion
    (0.800, 0.475, 0.655),  # reddish purple
    (0.000, 0.000, 0.000),  # black
)
"""Okabe and Ito, Color Universal Design (2008); black last."""

VIRIDIS = np.array(
    [
        (0.267, 0.005, 0.329),
        (0.283, 0.141, 0.458),
        (0.254, 0.265, 0.530),
        (0.207, 0.372, 0.553),
        (0.164, 0.471, 0.558),
        (0.128, 0.567, 0.551),
        (0.135, 0.659, 0.518),
        (0.267, 0.749, 0.441),
        (0.478, 0.821, 0.318),
        (0.741, 0.873, 0.150),
        (0.993, 0.906, 0.144),
    ]
)
"""Eleven stops of viridis, whose lightness increases uniformly."""


def as_colors(colors: ArrayLike) -> list[Color]:
    """Return the rows of an array of shape (n, 3) as colours."""
    return [(r, g, b) for r, g, b in np.asarray(colors, np.float64).tolist()]


def check_palette(name: str) -> None:
    """Raise ValueError if there is no such palette."""
    if name not in get_args(Palette):
        listed = ", ".join(f'"{choice}"' for choice in get_args(Palette))
        raise ValueError(f"{name!r} is not a palette: give one of {listed}.")


def palette_colors(name: str, n: int) -> list[Color]:
    """Return the colours of n segments, from the first to the last."""
    if name == "okabe-ito" and n <= len(OKABE_ITO):
        return list(OKABE_ITO[:n])
    stops = np.linspace(0, 1, len(VIRIDIS))
    at = np.linspace(0, 1, n) if n > 1 else np.array([0.5])
    channels = (np.interp(at, stops, channel).tolist() for channel in VIRIDIS.T)
    return list(zip(*channels, strict=True))


def unused_colors(name: str, used: Collection[Color], n: int) -> list[Color]:
    """Return unused colours of a palette, for new segments."""
    if name == "mean":
        name = "okabe-ito"
    colors = palette_colors(name, len(used) + n)
    if name == "ordered":  # its neighbours are too much alike
        colors = _far_apart([*OKABE_ITO, *colors], used)
    taken = set(used)
    return [color for color in colors if color not in taken][:n]


def _far_apart(colors: Sequence[Color], used: Collection[Color]) -> list[Color]:
    """Sort colours: each is as far as can be from those used and those before."""
    left, chosen = list(colors), list(used)
    while left:
        distances = cdist(left, chosen or [(0.5, 0.5, 0.5)]).min(axis=1)
        chosen.append(left.pop(int(distances.argmax())))
    return chosen[len(used) :]
