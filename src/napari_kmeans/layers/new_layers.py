"""Make the layers that show segments."""

from typing import Any

from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from numpy.typing import NDArray

from napari_kmeans.layers.colors import segment_colormap
from napari_kmeans.layers.geometry import placement
from napari_kmeans.segments.segment_map import SegmentMap


def new_recolored(
    source: Image, picture: NDArray[Any], metadata: dict[str, Any]
) -> Image:
    """Make the recoloured layer; one channel looks as its source does.

    Parameters
    ----------
    source : napari.layers.Image
        The layer that was clustered.
    picture : ndarray
        Its recoloured pixels, with the channels last if they are colours.
    metadata : dict
        How the layer was made.

    Returns
    -------
    napari.layers.Image
        "NAME k-means".
    """
    is_color = picture.ndim > source.ndim
    look = {
        "colormap": source.colormap,
        "contrast_limits": source.contrast_limits,
        "gamma": source.gamma,
    }
    return Image(
        picture,
        name=f"{source.name} k-means",
        rgb=is_color,
        metadata=metadata,
        **({} if is_color else look),
        **placement(source),
    )


def new_labels(
    source: Image,
    labels: NDArray[Any],
    segments: SegmentMap,
    metadata: dict[str, Any],
) -> Labels:
    """Make the labels layer.

    Parameters
    ----------
    source : napari.layers.Image
        The layer that was clustered.
    labels : ndarray of uint8 or uint16
        The labels, which the layer will own.
    segments : SegmentMap
        What they mean.
    metadata : dict
        How the layer was made.

    Returns
    -------
    napari.layers.Labels
        "NAME segments".
    """
    return Labels(
        labels,
        name=f"{source.name} segments",
        colormap=segment_colormap(segments),
        metadata=metadata,
        **placement(source),
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
