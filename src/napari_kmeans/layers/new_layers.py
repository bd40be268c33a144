"""Make the layers that show segments."""

from typing import Any

from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer

from napari_kmeans.layers.channels import look_of, looks_of
from napari_kmeans.layers.colors import segment_colormap
from napari_kmeans.layers.sources import Sources, as_sources
from napari_kmeans.segments.segment_map import SegmentMap


def new_recolored(
    source: Image | Sources,
    picture: Any,
    metadata: dict[str, Any],
    channel: int | None = None,
) -> Image:
    """Make a recoloured layer; one channel looks as its source does.

    Parameters
    ----------
    source : napari.layers.Image or Sources
        The layers that were clustered.
    picture : ndarray, lazy array, or list of lazy arrays
        The recoloured pixels, with the channels last if they are colours; a list holds
        levels, the finest first.
    metadata : dict
        How the layer was made.
    channel : int, optional
        Which channel it shows, of several.

    Returns
    -------
    napari.layers.Image
        "NAME k-means".
    """
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
        look = look_of(sources.first)
    else:
        look = looks_of(sources)[channel]
        # The lowest covers the sources; the others add to it, as channels do.
        blending = {"blending": "additive" if channel else "opaque"}
    return {
        "colormap": look.colormap,
        "contrast_limits": look.contrast_limits,
        "gamma": look.gamma,
        **blending,
    }


def new_labels(
    source: Image | Sources,
    labels: Any,
    segments: SegmentMap,
    metadata: dict[str, Any],
) -> Labels:
    """Make the labels layer.

    Parameters
    ----------
    source : napari.layers.Image or Sources
        The layers that were clustered.
    labels : ndarray of uint8 or uint16, lazy array, or list of lazy arrays
        The labels, which the layer will own; a list holds levels, the finest first.
    segments : SegmentMap
        What they mean.
    metadata : dict
        How the layer was made.

    Returns
    -------
    napari.layers.Labels
        "NAME segments".
    """
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
    """Add a layer just above another.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        The viewer.
    below : napari.layers.Layer or None
        The layer below; None: the new one goes on top.
    layer : napari.layers.Layer
        The new layer.
    """
    layers = viewer.layers
    layers.insert(len(layers) if below is None else layers.index(below) + 1, layer)


def exchange(viewer: ViewerModel, old: Layer, new: Layer) -> None:
    """Put a layer in the place of another, with its name, and selected as it was.

    Of a layer that is assigned to an index the window would know nothing.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        The viewer.
    old : napari.layers.Layer
        The layer that leaves it.
    new : napari.layers.Layer
        The layer that comes in its place.
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

    Parameters
    ----------
    labels : napari.layers.Labels
        The layer; its mode stays as it was.
    """
    mode = labels.mode
    if labels.editable:
        labels.editable = False
        labels.editable = True
        labels.mode = mode
