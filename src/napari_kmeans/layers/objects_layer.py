"""The objects of a segment as a separate labels layer."""

import numpy as np
from napari.layers import Labels

from napari_kmeans.core.types import Array
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
    layer = Labels(
        objects,
        name=f"{sources.name} {segment.name} objects",
        features=_features(measured),
        metadata={"segment": segment.name, "source": sources.name},
        **sources.placement(),
    )
    clustering.stack.add(layer, clustering.labels)
    return layer


def _features(measured: dict[str, Array]) -> dict[str, Array]:
    """Return the table as napari expects it: row n is label n, row 0 background."""
    columns = {
        name: np.concatenate([[np.nan], column]) for name, column in measured.items()
    }
    index = columns.pop("label")
    return {"index": np.arange(len(index)), **columns}
