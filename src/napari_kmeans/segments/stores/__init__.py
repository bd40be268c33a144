"""Where the pixels of segments are kept: in memory, on demand, or on disk."""

from typing import Any

from napari_kmeans.core.levels import is_computed
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.stores.in_memory import InMemory
from napari_kmeans.segments.stores.label_store import LabelStore
from napari_kmeans.segments.stores.on_demand import OnDemand


def new_store(predicted: Any, segment_map: SegmentMap) -> LabelStore:
    """Return the store that suits what was predicted."""
    kind = OnDemand if is_computed(predicted) else InMemory
    return kind(predicted, segment_map)
