"""The values of an image as a cloud of points, before and after clustering."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.display import Display
from napari_kmeans.core.plotting.cloud import Cloud, cloud_steps
from napari_kmeans.core.plotting.plot_axes import (
    CHANNELS,
    HSV_CYLINDER,
    LAB,
    RGB,
    PlotAxis,
    channels_of,
    coordinates,
)
from napari_kmeans.core.plotting.tally import tally_steps
from napari_kmeans.core.plotting.value_grid import grid_steps
from napari_kmeans.core.progress import finish
from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.core.types import Array, Floats
from napari_kmeans.plots.figures import Drawing, drawing_of, new_axes

SPACES = {"rgb": CHANNELS, "lab": LAB, "hsv": HSV_CYLINDER}
LARGEST, SMALLEST = 200.0, 2.0
"""The area of a point, in square points of print, by how many pixels it stands for."""


def cloud(
    image: ArrayLike,
    result: Segmentation,
    *,
    by: Literal["own", "segment"] = "own",
    axes: str | Sequence[int] | None = None,
    most: int = 20_000,
    colors: Any = None,
    ax: Any = None,
) -> Any:
    """Draw the values of an image as points, the larger the more pixels have them.

    Parameters
    ----------
    image : array_like
        The image that was segmented, of two channels or more.
    result : Segmentation
        What `segment` gave for it.
    by : {"own", "segment"}
        The colours of the points: their own, as before clustering, or those of their
        segments, with the centroids marked by crosses.
    axes : {"rgb", "lab", "hsv"} or sequence of int, optional
        A colour space, or two or three channels, counted from 0. None: the colour space
        of the fit; of other than three channels the first three.
    most : int
        How many points there are at most. Of more values, neighbours are drawn as one.
    colors : sequence of colors or str, optional
        A colour of matplotlib for each segment, or the name of a colormap. None: their
        mean colours.
    ax : matplotlib.axes.Axes, optional
        Where to draw; made with ``projection="3d"`` for three axes. None: in a new
        figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Raises
    ------
    ModuleNotFoundError
        matplotlib is not installed.
    ValueError
        The image has one channel, the axes are not there, `ax` has not as many, the
        result is that of a pyramid, or the colours are not one for each segment.
    """
    if by not in ("own", "segment"):
        raise ValueError(f'by is {by!r}: give "own" or "segment".')
    model = result.model
    shown = _axes_of(axes, model.n_channels, model.space.color_space)
    is_solid = len(shown) == 3
    if ax is None:
        ax = new_axes(**({"projection": "3d"} if is_solid else {}))
    elif hasattr(ax, "get_zlim") != is_solid:
        wanted = 'projection="3d"' if is_solid else "two axes"
        raise ValueError(f"{len(shown)} axes are drawn: give ax with {wanted}.")
    drawing = drawing_of(image, result, colors)
    channels = channels_of(shown)
    points = _points(drawing, shown, most)
    if by == "segment":
        shades: Array = drawing.colors[points.ids.astype(np.intp) - 1]
    else:
        shades = _part(drawing.display, channels).colors(points.values) / 255
    depth = {"depthshade": False} if is_solid else {}
    ax.scatter(*points.places, s=_sizes(points), c=shades, linewidths=0, **depth)
    if by == "segment":
        dtype = drawing.pixels.dtype
        centroids = model.centroids[:, list(channels)]
        marked = coordinates(centroids, channels, shown, dtype)
        if is_solid:  # or the points would hide them
            ax.computed_zorder = False
        style = {"marker": "X", "c": "black", "edgecolors": "white", "zorder": 10}
        ax.scatter(*marked, s=120, **style, **depth)
    for letter, axis in zip("xyz", shown, strict=False):
        getattr(ax, f"set_{letter}label")(axis.name)
    return ax


def _axes_of(
    axes: str | Sequence[int] | None, n_channels: int, color_space: str
) -> tuple[PlotAxis, ...]:
    """Return the axes that are meant."""
    if n_channels == 1:
        raise ValueError("The image has one channel: draw its values with histogram.")
    are_colors = n_channels == len(RGB)
    if axes is None and are_colors:
        axes = color_space if color_space in SPACES else "rgb"
    elif axes is None:
        axes = range(min(n_channels, 3))
    if isinstance(axes, str):
        if axes not in SPACES or not are_colors:
            raise ValueError(
                f"axes is {axes!r} for {n_channels} channels: give numbers of two or "
                'three channels, or for colours one of "rgb", "lab" and "hsv".'
            )
        return SPACES[axes]
    numbers = list(axes)
    in_range = all(0 <= number < n_channels for number in numbers)
    if len(set(numbers)) != len(numbers) or len(numbers) not in (2, 3) or not in_range:
        raise ValueError(
            f"axes is {numbers}: give two or three different channels, counted from 0, "
            f"of {n_channels}."
        )
    names = "RGB" if are_colors else [f"channel {n}" for n in range(n_channels)]
    return tuple(PlotAxis(names[number], "channel", number) for number in numbers)


def _points(drawing: Drawing, axes: Sequence[PlotAxis], most: int) -> Cloud:
    """Return the values as points."""
    grid = finish(grid_steps(drawing.pixels, channels_of(axes)))
    tally = finish(tally_steps(drawing.pixels, drawing.labels, grid))
    return finish(cloud_steps(tally, axes, most))


def _part(display: Display, channels: Sequence[int]) -> Display:
    """Return how the values of some channels look."""
    chosen = list(channels)
    return Display(display.low[chosen], display.high[chosen], display.tints[chosen])


def _sizes(points: Cloud) -> Floats:
    """Return the area of each point: in proportion to its pixels."""
    share: Floats = points.counts / points.counts.max()
    return np.maximum(LARGEST * share, SMALLEST)
