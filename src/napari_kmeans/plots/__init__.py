"""Figures of a segmentation for notebooks and papers, drawn by matplotlib.

Each function draws into the axes it is given, or into those of a new figure, and
returns them; nothing is shown by itself, and pyplot is left alone.
"""

from napari_kmeans.plots.segment_areas import areas
from napari_kmeans.plots.segment_pictures import one_segment, side_by_side
from napari_kmeans.plots.value_cloud import cloud
from napari_kmeans.plots.value_histogram import histogram

__all__ = ["areas", "cloud", "histogram", "one_segment", "side_by_side"]
