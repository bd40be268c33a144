"""The objects of a segment as a separate labels layer."""

import numpy as np
from napari.layers import Labels

from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.segments.statistics import find_objects, measure_objects


def add_objects_layer(clustering: SegmentLayers, value: int) -> Labels:
    """Add a labels layer in which every object of a segment has its own label."""
    if not clustering.segments.is_editable:
        raise ValueError(
            "Finding objects needs all labels in memory, but these are computed on "
            "demand: write them to zarr first."
        )
    segment = clustering.segments.map[value]
    objects = find_objects(clustering.segments.labels, value)
    if not objects.any():
        raise ValueError(f"'{segment.name}' has no pixels, so it has no objects.")
    sources = clustering.sources
    measured = measure_objects(objects, clustering.image, list(sources.spacing))
    # As napari expects it: row n is label n, row 0 background.
    columns = {key: np.concatenate([[np.nan], of]) for key, of in measured.items()}
    index = np.arange(len(columns.pop("label")))
    layer = Labels(
        objects,
        name=f"{sources.name} {segment.name} objects",
        features={"index": index, **columns},
        metadata={"segment": segment.name, "source": sources.name},
        **sources.placement(),
    )
    clustering.stack.add(layer, clustering.labels)
    return layer
