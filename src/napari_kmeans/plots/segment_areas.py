"""How much of the image each segment covers."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.plots.figures import drawing_of, new_axes


def areas(
    image: ArrayLike, result: Segmentation, *, colors: Any = None, ax: Any = None
) -> Any:
    """Draw a bar for each segment: its share of the clustered pixels, in percent.

    Parameters
    ----------
    image : array_like
        The image that was segmented.
    result : Segmentation
        What `segment` gave for it.
    colors : sequence of colors or str, optional
        A colour of matplotlib for each segment, or the name of a colormap. None: their
        mean colours; for one channel "viridis".
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
        The result is that of a pyramid, or the colours are not one for each segment.
    """
    ax = new_axes() if ax is None else ax
    drawing = drawing_of(image, result, colors)
    counts = result.model.counts
    labels = np.arange(1, len(counts) + 1)
    bars = ax.barh(
        labels, 100 * counts / counts.sum(), color=drawing.colors, edgecolor="0.5"
    )
    ax.bar_label(bars, fmt="%.1f %%", padding=3)
    ax.margins(x=0.15)
    ax.invert_yaxis()
    ax.set(xlabel="share of the pixels (%)", ylabel="segment", yticks=labels)
    return ax
