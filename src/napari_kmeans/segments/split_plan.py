"""How a segment can be split: planned in a worker, then applied on the main thread."""

from dataclasses import dataclass

from napari_kmeans.segments.pixel_state import Change
from napari_kmeans.segments.segment import Segment
from napari_kmeans.segments.splitting import Split


@dataclass(frozen=True)
class SplitPlan:
    """How a segment can be split, and what that does to the pixels."""

    segment: Segment  # as it was before
    split: Split  # its pieces
    change: Change | None  # of the pixels
    revision: int  # of the pixels that were looked at
