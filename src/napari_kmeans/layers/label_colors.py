"""The colours of a labels layer, as napari takes them."""

from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
from napari.layers.utils import layer_utils
from napari.utils import DirectLabelColormap

from napari_kmeans.segments.segment_map import Segment

NO_SEGMENT = (0.0, 0.0, 0.0, 0.0)
NEW_LABEL = (0.0, 1.0, 1.0, 1.0)
"""The colour of a new label value that the user paints."""


def segment_colormap(segments: Iterable[Segment] = ()) -> Any:
    """Make the colormap of a labels layer."""
    color_dict: dict[int | None, Any] = {None: NEW_LABEL, 0: NO_SEGMENT}
    for segment in segments:
        color_dict[segment.value] = (*segment.color, float(segment.visible))
    return DirectLabelColormap(color_dict=color_dict)


@cache
def warm_up(dtype: "np.dtype[Any]") -> None:
    """Let napari compile its colouring of labels: seconds, the first time."""
    segment_colormap().map(np.zeros((2, 2), dtype))


def warm_up_all() -> None:
    """Let napari prepare for labels: compile their colouring, import what it needs."""
    for dtype in (np.uint8, np.uint16):
        warm_up(np.dtype(dtype))
    with suppress(AttributeError):
        layer_utils.pd.DataFrame  # noqa: B018 (pandas, half a second)
