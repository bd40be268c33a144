"""The picture beside the original, and one segment at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.core.slice_picture import Easel
from napari_kmeans.core.types import Array
from napari_kmeans.plots.figures import check_is_one_level, new_axes, new_figure


def side_by_side(
    image: ArrayLike, result: Segmentation, *, at: Sequence[int] = ()
) -> Any:
    """Draw the image and, beside it, every pixel in the mean colour of its segment.

    Parameters
    ----------
    image : array_like
        The image that was segmented.
    result : Segmentation
        What `segment` gave for it.
    at : sequence of int
        The slice of a stack to draw, as in `pictures`.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, with two axes that are zoomed together.

    Raises
    ------
    ModuleNotFoundError
        matplotlib is not installed.
    ValueError
        A slice is needed and not given, or the result is that of a pyramid.
    """
    check_is_one_level(result)
    easel = Easel(image, result.model, at)
    figure = new_figure(figsize=(10, 5))
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    _show(axes[0], easel.draw(image), "original")
    _show(axes[1], easel.draw(result.recolored), f"k = {result.model.n_clusters}")
    return figure


def one_segment(
    image: ArrayLike,
    result: Segmentation,
    label: int,
    *,
    at: Sequence[int] = (),
    ax: Any = None,
) -> Any:
    """Draw one segment of the image with its own pixels; all others are black.

    Parameters
    ----------
    image : array_like
        The image that was segmented.
    result : Segmentation
        What `segment` gave for it.
    label : int
        The segment: 1 for the darkest, up to k.
    at : sequence of int
        The slice of a stack to draw, as in `pictures`.
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: in a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Raises
    ------
    ModuleNotFoundError
        matplotlib is not installed.
    ValueError
        There is no such segment, a slice is needed and not given, or the result is that
        of a pyramid.
    """
    check_is_one_level(result)
    if not 1 <= label <= result.model.n_clusters:
        raise ValueError(
            f"label is {label}: give that of a segment, 1 to {result.model.n_clusters}."
        )
    easel = Easel(image, result.model, at)
    chosen = easel.labels(result.labels) == label
    pixels = np.where(chosen[..., np.newaxis], easel.draw(image), np.uint8(0))
    ax = new_axes() if ax is None else ax
    _show(ax, pixels, f"segment {label} · {100 * chosen.mean():.1f} %")
    return ax


def _show(ax: Any, pixels: Array, title: str) -> None:
    """Draw a picture without ticks."""
    ax.imshow(pixels, interpolation="nearest")
    ax.set_title(title)
    ax.set_axis_off()
