"""The labels in which what lies inside a line in a plot is a segment."""

import numpy as np

from napari_kmeans.core.labelling import label_dtype
from napari_kmeans.core.plotting.density import inside_polygon
from napari_kmeans.core.plotting.value_grid import pixels_of_steps
from napari_kmeans.core.progress import Steps
from napari_kmeans.core.types import Array, Floats
from napari_kmeans.layers.plotted_pixels import Plotted
from napari_kmeans.segments.segment_map import SegmentMap


def lasso_steps(
    plotted: Plotted,
    places: Floats,
    polygon: Floats,
    segments: SegmentMap,
    value: int,
) -> Steps[Array | None]:
    """Return labels (N,) in which what is shown inside a polygon has a new one.

    None if nothing is. They are taken as painted pixels: a recipe of polygons would
    need another kind of step in saved models, while painting is kept on the next run,
    if the user says so, and is undone, saved and edited like all else.
    """
    inside = inside_polygon(places, polygon)
    found = yield from pixels_of_steps(
        plotted.pixels, plotted.tally.grid, plotted.tally.keys[inside]
    )
    shown = [segment.value for segment in segments if segment.visible]
    found &= np.isin(segments.table, shown)[plotted.atoms]
    if not found.any():
        return None
    labels = segments.table[plotted.atoms]
    dtype = np.promote_types(labels.dtype, label_dtype(value))
    labels = labels.astype(dtype, copy=False)
    labels[found] = value
    return labels
