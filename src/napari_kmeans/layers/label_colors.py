"""The colours of segments on the screen."""

from functools import cache
from typing import Any

import numpy as np
from napari.layers import Image, Labels
from napari.utils import DirectLabelColormap
from numpy.typing import NDArray

from napari_kmeans.layers.channels import channel_styles, mix_colors
from napari_kmeans.layers.source_layers import Sources, as_sources
from napari_kmeans.segments.segment_map import SegmentMap

NO_SEGMENT = (0.0, 0.0, 0.0, 0.0)
NEW_LABEL = (0.0, 1.0, 1.0, 1.0)
"""The colour of a new label value that the user paints."""


def shown_colors(
    values: NDArray[np.float64], source: Image | Sources
) -> NDArray[np.float64]:
    """Return the colours in which napari shows values of an image.

    Shapes: values (n, C); returns (n, 3).
    """
    sources = as_sources(source)
    if sources.is_multichannel:
        return mix_colors(values, channel_styles(sources)).astype(np.float64)
    source = sources.first
    if source.rgb:
        return np.clip(values[:, :3] / _full_scale(source), 0, 1)
    low, high = source.contrast_limits
    share = (values[:, 0] - low) / ((high - low) or 1)
    colors: NDArray[np.float64] = source.colormap.map(
        np.clip(share, 0, 1) ** source.gamma
    )
    return colors[:, :3]


def _full_scale(source: Image) -> float:
    """Return the value that napari shows at full brightness in a colour image."""
    dtype = np.dtype(source.dtype)
    if dtype.kind in "iu":
        return float(np.iinfo(dtype).max)
    return 1.0


def segment_colormap(segments: SegmentMap, labels: Labels | None = None) -> Any:
    """Make the colormap of a labels layer."""
    color_dict: dict[int | None, Any] = {None: NEW_LABEL, 0: NO_SEGMENT}
    for segment in segments:
        color_dict[segment.value] = (*segment.color, float(segment.visible))
    colormap = DirectLabelColormap(color_dict=color_dict)
    if labels is not None:
        colormap.use_selection = labels.show_selected_label
        colormap.selection = labels.selected_label
    return colormap


@cache
def warm_up(dtype: "np.dtype[Any]") -> None:
    """Let napari compile its colouring of labels, which takes a second at first."""
    DirectLabelColormap(color_dict={None: NEW_LABEL, 0: NO_SEGMENT}).map(
        np.zeros((2, 2), dtype)
    )
