"""The objects of a segment as a separate labels layer."""

from collections.abc import Callable
from functools import partial

import numpy as np
from napari.layers import Labels

from napari_kmeans.core.types import Array
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.segments.segment_map import Segment
from napari_kmeans.segments.statistics import find_objects, measure_objects


def plan_objects(clustering: SegmentLayers, value: int) -> Callable[[], Labels]:
    """Return what makes, in any thread, the layer of a segment's objects.

    Every object has a label of its own there. The segment is as it is now.
    """
    if not clustering.segments.is_editable:
        raise ValueError(
            "Finding objects needs all labels in memory, but these are computed on "
            "demand: write them to zarr first."
        )
    segment = clustering.segments.map[value]
    return partial(
        _objects_layer, clustering, np.array(clustering.segments.labels), segment
    )


def _objects_layer(
    clustering: SegmentLayers, labels: Array, segment: Segment
) -> Labels:
    """Label the objects of a segment, and measure them."""
    objects = find_objects(labels, segment.value)
    if not objects.any():
        raise ValueError(f"'{segment.name}' has no pixels, so it has no objects.")
    sources = clustering.sources
    measured = measure_objects(objects, clustering.image, list(sources.spacing))
    # As napari expects it: row n is label n, row 0 background.
    columns = {key: np.concatenate([[np.nan], of]) for key, of in measured.items()}
    index = np.arange(len(columns.pop("label")))
    return Labels(
        objects,
        name=f"{sources.name} {segment.name} objects",
        features={"index": index, **columns},
        metadata={"segment": segment.name, "source": sources.name},
        **sources.placement(),
    )
