"""Make the layers that show segments."""

from typing import Any

from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer

from napari_kmeans.layers.channels import channel_style, channel_styles
from napari_kmeans.layers.label_colors import segment_colormap
from napari_kmeans.layers.source_layers import Sources, as_sources
from napari_kmeans.segments.segment_map import SegmentMap


def new_recolored(
    source: Image | Sources,
    picture: Any,
    metadata: dict[str, Any],
    channel: int | None = None,
) -> Image:
    """Make a recoloured layer; one channel looks as its source does."""
    sources = as_sources(source)
    is_multiscale = isinstance(picture, list)
    finest = picture[0] if is_multiscale else picture
    is_color = finest.ndim > len(sources.shape)
    name = sources.name if channel is None else sources.channel_names[channel]
    return Image(
        picture,
        name=f"{name} k-means",
        rgb=is_color,
        multiscale=is_multiscale,
        metadata=metadata,
        **({} if is_color else _look(sources, channel)),
        **sources.placement(),
    )


def _look(sources: Sources, channel: int | None) -> dict[str, Any]:
    """Give the attributes by which a layer of one channel looks as its source does."""
    blending = {}
    if channel is None:
        style = channel_style(sources.first)
    else:
        style = channel_styles(sources)[channel]
        # The lowest covers the sources; the others add to it, as channels do.
        blending = {"blending": "additive" if channel else "opaque"}
    return {
        "colormap": style.colormap,
        "contrast_limits": style.contrast_limits,
        "gamma": style.gamma,
        **blending,
    }


def new_labels(
    source: Image | Sources,
    labels: Any,
    segments: SegmentMap,
    metadata: dict[str, Any],
) -> Labels:
    """Make the labels layer."""
    sources = as_sources(source)
    return Labels(
        labels,
        name=f"{sources.name} segments",
        multiscale=isinstance(labels, list),
        colormap=segment_colormap(segments),
        metadata=metadata,
        **sources.placement(),
    )


def insert_above(viewer: ViewerModel, below: Layer | None, layer: Layer) -> None:
    """Add a layer just above another."""
    layers = viewer.layers
    layers.insert(len(layers) if below is None else layers.index(below) + 1, layer)


def exchange(viewer: ViewerModel, old: Layer, new: Layer) -> None:
    """Put a layer in the place of another, with its name, and selected as it was.

    Of a layer that is assigned to an index the window would know nothing.
    """
    layers = viewer.layers
    name, selected = old.name, set(layers.selection)
    layers.insert(layers.index(old) + 1, new)
    layers.selection.active = None  # else napari selects a neighbour
    layers.remove(old)
    new.name = name
    layers.selection = {new if one is old else one for one in selected}


def forget_undo_history(labels: Labels) -> None:
    """Make a labels layer forget its strokes.

    napari keeps them when the labels are replaced, and its undo would then write old
    pixels into the new ones. Making the layer read-only for a moment clears them.
    """
    mode = labels.mode
    if labels.editable:
        labels.editable = False
        labels.editable = True
        labels.mode = mode
