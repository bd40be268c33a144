"""Look up the clusterings of a viewer by layer.

A layer is known by identity, never by name, so that renaming, moving and duplicating
layers is safe. A new run on a source goes into its clustering that was chosen last.
"""

from weakref import WeakKeyDictionary

from napari.components import ViewerModel
from napari.layers import Image, Layer

from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.layers.recolored_layers import ChannelsAs
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import SourcePixels, read_source

_clusterings: "WeakKeyDictionary[ViewerModel, list[SegmentLayers]]" = (
    WeakKeyDictionary()
)


def clustering_of(viewer: ViewerModel, layer: Layer | None) -> SegmentLayers | None:
    """Return the clustering that a layer belongs to, as source or as output."""
    for clustering in reversed(_clusterings.get(viewer, [])):
        if layer in clustering.sources.layers or clustering.shows_in(layer):
            return clustering
    return None


def shown_by(viewer: ViewerModel, layer: Layer | None) -> SegmentLayers | None:
    """Return the clustering that an output layer shows."""
    for clustering in _clusterings.get(viewer, []):
        if clustering.shows_in(layer):
            return clustering
    return None


def clustering_from(viewer: ViewerModel, sources: Sources) -> SegmentLayers | None:
    """Return the clustering of exactly these layers that was chosen last."""
    for clustering in reversed(_clusterings.get(viewer, [])):
        if clustering.sources == sources:
            return clustering
    return None


def choose_clustering(viewer: ViewerModel, chosen: SegmentLayers) -> None:
    """Prefer one of several clusterings of the same layers from now on."""
    others = [one for one in _clusterings.get(viewer, []) if one is not chosen]
    _clusterings[viewer] = [*others, chosen]


def show_segmentation(
    viewer: ViewerModel,
    source: Image | Sources,
    segmentation: Segmentation,
    *,
    keep_edits: bool = False,
    in_new_layers: bool = False,
    pixels: SourcePixels | None = None,
    channels_as: ChannelsAs = "mix",
    joins: bool = False,
    undecided_below: float = 0.0,
) -> SegmentLayers:
    """Show a segmentation over its source: in its present layers, or in new ones.

    One that joins is a single step of undo with the run before it. Pixels that are less
    sure than `undecided_below` are in no segment of it already.
    """
    pixels = pixels or read_source(source)
    existing = None if in_new_layers else clustering_from(viewer, pixels.sources)
    if existing is not None:
        fits = existing.segments.takes(segmentation.labels)
        if existing.segments.stored is not None or (keep_edits and not fits):
            existing = None  # what was painted, on disk or not, stays in its layers
        elif fits:
            existing.rerun(
                segmentation,
                pixels,
                channels_as,
                keep_edits=keep_edits,
                joins=joins,
                undecided_below=undecided_below,
            )
            return existing
    others = [
        one
        for one in _clusterings.get(viewer, [])
        if (one.stack.top_source() or one.output_layers()) and one is not existing
    ]
    number = 1 + sum(one.sources == pixels.sources for one in others)
    clustering = SegmentLayers(
        viewer,
        segmentation,
        pixels,
        channels_as,
        number=number,
        undecided_below=undecided_below,
    )
    # Known before its layers are: those who hear of a new layer may ask whose it is.
    _clusterings[viewer] = [*others, clustering]
    if existing is not None:
        clustering.take_layers_of(existing)
    clustering.add_missing_layers()
    return clustering
