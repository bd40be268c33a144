"""The histogram of one channel, with the cuts between the segments."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.adjusting import cuts_of, has_cuts
from napari_kmeans.core.color import luminance
from napari_kmeans.core.dispatch import prepare
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import finish
from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.core.types import Array
from napari_kmeans.plots.figures import drawing_of, new_axes

MOST_BINS = 256


def histogram(
    image: ArrayLike,
    result: Segmentation,
    *,
    bins: int | ArrayLike | None = None,
    log: bool = False,
    colors: Any = None,
    ax: Any = None,
) -> Any:
    """Draw how many pixels have each value, by segment, with cuts and centroids.

    Parameters
    ----------
    image : array_like
        The image that was segmented: of one channel, or in the colour space "grey", of
        which the luminance is drawn. With smoothing, it is smoothed first.
    result : Segmentation
        What `segment` gave for it.
    bins : int or array_like, optional
        How many bars there are, or where they begin and the last one ends. None: one
        for each whole number, at most 256 of equal width.
    log : bool
        Whether the counts have a logarithmic axis.
    colors : sequence of colors or str, optional
        A colour of matplotlib for each segment, or the name of a colormap. None: their
        mean colours; for one channel "viridis".
    ax : matplotlib.axes.Axes, optional
        Where to draw. None: in a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes: bars of each segment on top of each other, a dashed line at each cut,
        and a triangle above each centroid. Where pixels are not divided by value alone
        (with a position weight, or one model per slice) there are no cuts.

    Raises
    ------
    ModuleNotFoundError
        matplotlib is not installed.
    ValueError
        The image has several channels, the result is that of a pyramid, or the colours
        are not one for each segment.
    """
    model = result.model
    is_grey = model.space.color_space == "grey"
    if model.n_channels > 1 and not is_grey:
        raise ValueError(
            f"The image has {model.n_channels} channels: draw its values with cloud, "
            'or segment it in the colour space "grey".'
        )
    ax = new_axes() if ax is None else ax
    drawing = drawing_of(image, result, colors)
    prepared = finish(prepare(drawing.pixels, model.settings))
    assert isinstance(prepared, Pixels)
    every = luminance(prepared.values) if is_grey else prepared.values[:, 0]
    n_clusters = model.n_clusters
    values = [every[drawing.labels == label] for label in range(1, n_clusters + 1)]
    edges = _edges(np.concatenate(values), bins)
    bottom = np.zeros(len(edges) - 1)
    for label, (own, color) in enumerate(zip(values, drawing.colors, strict=True), 1):
        counts = np.histogram(own, edges)[0]
        ax.stairs(
            bottom + counts,
            edges,
            baseline=bottom,
            fill=True,
            color=color,
            label=f"segment {label}",
        )
        bottom = bottom + counts
    if log:
        ax.set_yscale("log")
    name = "luminance" if is_grey else "value"
    ax.set(xlabel=name, ylabel="pixels", xlim=(edges[0], edges[-1]))
    if has_cuts(model) and result.slice_models is None:
        for cut in cuts_of(model):
            ax.axvline(cut, color="0.3", linestyle="--", linewidth=1)
    means = luminance(model.centroids) if is_grey else model.centroids[:, 0]
    height = np.full(n_clusters, 0.97)  # of the axes, whatever the counts
    place = {"transform": ax.get_xaxis_transform(), "zorder": 3}
    ax.scatter(means, height, c=drawing.colors, marker="v", s=60, **place)
    return ax


def _edges(values: Array, bins: int | ArrayLike | None) -> Array:
    """Return where bars begin, and where the last one ends."""
    if bins is not None:
        return np.histogram_bin_edges(values, np.asarray(bins))
    low, high = float(values.min()), float(values.max())
    if values.dtype.kind in "iub" and high - low < MOST_BINS:
        return np.arange(low, high + 2) - 0.5
    return np.histogram_bin_edges(values.astype(np.float64), MOST_BINS)
