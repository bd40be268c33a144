"""The axes that values can be plotted along: channels, or those of a colour space."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from napari_kmeans.core.color import CONVERSION_BLOCK
from napari_kmeans.core.progress import Steps, for_each_block
from napari_kmeans.core.types import Array, Floats

RGB = (0, 1, 2)
"""The channels that colour spaces are made of."""


@dataclass(frozen=True)
class PlotAxis:
    """An axis of a plot."""

    name: str
    kind: Literal["channel", "lab", "hsv", "chroma"]
    index: int  # of the channel, or of the axis of the colour space


CHANNELS = tuple(PlotAxis(name, "channel", index) for index, name in enumerate("RGB"))
LAB = tuple(PlotAxis(name, "lab", n) for n, name in enumerate(("L*", "a*", "b*")))
HSV = tuple(PlotAxis(name, "hsv", index) for index, name in enumerate("HSV"))
HSV_CYLINDER = (
    PlotAxis("S cos H", "chroma", 0),
    PlotAxis("S sin H", "chroma", 1),
    HSV[2],
)
"""The hue is an angle, so that red is next to red: as the fit measures distances."""
COLOR_AXES = (*LAB, *CHANNELS, *HSV)
"""The axes of a colour image."""


def channels_of(axes: Sequence[PlotAxis]) -> tuple[int, ...]:
    """Return the channels whose values some axes need."""
    if any(axis.kind != "channel" for axis in axes):
        return RGB
    return tuple(sorted({axis.index for axis in axes}))


def coordinates_steps(
    values: Floats,
    channels: Sequence[int],
    axes: Sequence[PlotAxis],
    dtype: np.dtype[Any],
) -> Steps[Floats]:
    """Return where values (M, n) of some channels lie along axes: (n_axes, M)."""
    places = np.empty((len(axes), len(values)))

    def place(block: slice) -> None:
        places[:, block] = coordinates(values[block], channels, axes, dtype)

    yield from for_each_block(place, len(values), "Converting", CONVERSION_BLOCK)
    return places


def coordinates(
    values: Array,
    channels: Sequence[int],
    axes: Sequence[PlotAxis],
    dtype: np.dtype[Any],
) -> Floats:
    """Return the same as `coordinates_steps`, for a few values."""
    by_kind = {
        kind: _CONVERTED[kind](values[:, : len(RGB)], dtype)
        for kind in {axis.kind for axis in axes} - {"channel"}
    }
    rows = [
        values[:, channels.index(axis.index)]
        if axis.kind == "channel"
        else by_kind[axis.kind][axis.index]
        for axis in axes
    ]
    return np.stack(rows).astype(np.float64, copy=False)


def _convert(name: str, values: Array, dtype: np.dtype[Any]) -> Floats:
    """Convert RGB by scikit-image, one axis per row."""
    from skimage import color  # noqa: PLC0415 (it takes long to import)

    rgb = values.astype(np.float64)
    if dtype.kind in "iu":
        rgb /= np.iinfo(dtype).max
    converted: Floats = getattr(color, name)(rgb).T
    return converted


def _hsv(values: Array, dtype: np.dtype[Any]) -> Floats:
    """Return hue in degrees, saturation and value."""
    hue, *others = _convert("rgb2hsv", values, dtype)
    return np.stack([360 * hue, *others])


def _chroma(values: Array, dtype: np.dtype[Any]) -> Floats:
    """Return the two axes of hue and saturation."""
    hue, saturation, _ = _convert("rgb2hsv", values, dtype)
    angle = 2 * np.pi * hue
    return np.stack([saturation * np.cos(angle), saturation * np.sin(angle)])


_CONVERTED: dict[str, Callable[[Array, np.dtype[Any]], Floats]] = {
    "lab": partial(_convert, "rgb2lab"),
    "hsv": _hsv,
    "chroma": _chroma,
}
