"""The colours that segments have on the screen."""

from functools import cache
from typing import Any

import numpy as np
from napari.layers import Image
from napari.utils import DirectLabelColormap

from napari_kmeans.core.model import KMeansModel

NO_SEGMENT = (0.0, 0.0, 0.0, 0.0)
NEW_LABEL = (0.0, 1.0, 1.0, 1.0)
"""The colour of a label value that the user paints and no cluster has."""


def mean_colors(model: KMeansModel, source: Image) -> np.ndarray:
    """Give each cluster's centroid as napari shows that value in the source.

    Parameters
    ----------
    model : KMeansModel
        The fitted model.
    source : napari.layers.Image
        The layer it was fitted to: a one-channel centroid is shown through its
        colormap, contrast limits and gamma.

    Returns
    -------
    ndarray of float, shape (k, 4)
        RGBA between 0 and 1.
    """
    if source.rgb:
        rgb = np.clip(model.centroids[:, :3] / _full_scale(source), 0, 1)
        return np.column_stack([rgb, np.ones(len(rgb))])
    low, high = source.contrast_limits
    share = (model.centroids[:, 0] - low) / ((high - low) or 1)
    colors: np.ndarray = source.colormap.map(np.clip(share, 0, 1) ** source.gamma)
    colors[:, 3] = 1
    return colors


def _full_scale(source: Image) -> float:
    """Give the value that napari shows at full brightness in a colour image."""
    dtype = np.dtype(source.dtype)
    if dtype.kind in "iu":
        return float(np.iinfo(dtype).max)
    return 1.0


def segment_colormap(colors: np.ndarray) -> DirectLabelColormap:
    """Make the colormap of a labels layer.

    Parameters
    ----------
    colors : ndarray of float, shape (k, 4)
        The colour of label values 1 to k.

    Returns
    -------
    napari.utils.DirectLabelColormap
        0 is transparent; any other label value, painted by the user, is cyan: it must
        be seen.
    """
    color_dict: dict[int | None, Any] = {None: NEW_LABEL, 0: NO_SEGMENT}
    color_dict.update(enumerate(colors, start=1))
    return DirectLabelColormap(color_dict=color_dict)


@cache
def warm_up(dtype: "np.dtype[Any]") -> None:
    """Let napari compile how it colours labels, which takes a second the first time.

    Parameters
    ----------
    dtype : numpy.dtype
        The labels' dtype.
    """
    segment_colormap(np.ones((1, 4))).map(np.zeros((2, 2), dtype))
