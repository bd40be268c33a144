"""The two layers that show a segmentation: a recoloured image and labels.

A source has at most one pair at a time that a new run updates in place. A pair is found
again by identity, never by name, so renaming, moving and duplicating layers is safe.
"""

import zlib
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer

from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.layers.colors import mean_colors, segment_colormap
from napari_kmeans.layers.geometry import placement
from napari_kmeans.layers.record import KEY, provenance


@dataclass
class _Pair:
    """The output layers of a source, and what the labels were when they were made."""

    recolored: "ref[Image]"
    labels: "ref[Labels]"
    fingerprint: int


_pairs: "WeakKeyDictionary[ViewerModel, WeakKeyDictionary[Image, _Pair]]" = (
    WeakKeyDictionary()
)
_sources: "WeakKeyDictionary[Layer, ref[Image]]" = WeakKeyDictionary()


def source_of(layer: Layer) -> Image | None:
    """Tell which layer an output layer was made from.

    Parameters
    ----------
    layer : napari.layers.Layer
        Any layer.

    Returns
    -------
    napari.layers.Image or None
        None if the layer is no output of this plugin or its source is gone.
    """
    source = _sources.get(layer)
    return source() if source is not None else None


def output_layers(
    viewer: ViewerModel, source: Image
) -> tuple[Image | None, Labels | None]:
    """Give the pair of layers that a new run on a source would update.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        The viewer.
    source : napari.layers.Image
        The layer that was clustered.

    Returns
    -------
    recolored : napari.layers.Image or None
        None if it was never made, or was deleted.
    labels : napari.layers.Labels or None
        Likewise.
    """
    pair = _pairs.get(viewer, {}).get(source)
    if pair is None:
        return None, None
    return _present(viewer, pair.recolored()), _present(viewer, pair.labels())


def edited_labels(viewer: ViewerModel, source: Image) -> Labels | None:
    """Give the labels layer whose edits a new run on a source would overwrite.

    The labels themselves are compared with those that were shown, so strokes that were
    undone do not count, and edits by a script, which fire no event, do.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        The viewer.
    source : napari.layers.Image
        The layer that was clustered.

    Returns
    -------
    napari.layers.Labels or None
        None if there is no such layer or it is as the last run left it.
    """
    _, labels = output_layers(viewer, source)
    if labels is None:
        return None
    is_edited = _fingerprint(labels.data) != _pairs[viewer][source].fingerprint
    return labels if is_edited else None


def show_segmentation(
    viewer: ViewerModel,
    source: Image,
    segmentation: Segmentation,
    *,
    keep_existing: bool = False,
) -> tuple[Image, Labels]:
    """Show a segmentation over its source.

    The pair of layers that the source already has is updated in place; what is missing
    is added just above the source.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        The viewer, which must hold the source.
    source : napari.layers.Image
        The layer that was clustered.
    segmentation : Segmentation
        The result.
    keep_existing : bool
        Leave the existing pair to the user as it is, and add a new one.

    Returns
    -------
    recolored : napari.layers.Image
        "NAME k-means".
    labels : napari.layers.Labels
        "NAME segments".
    """
    recolored, labels = (None, None) if keep_existing else output_layers(viewer, source)
    position = viewer.layers.index(source) + 1
    if recolored is None:
        recolored = _new_recolored(source, segmentation)
        _sources[recolored] = ref(source)
        viewer.layers.insert(position, recolored)
    else:
        _update_recolored(recolored, source, segmentation)
    if labels is None:
        labels = _new_labels(source, segmentation)
        _sources[labels] = ref(source)
        viewer.layers.insert(viewer.layers.index(recolored) + 1, labels)
    else:
        _update_labels(labels, source, segmentation)
    pair = _Pair(ref(recolored), ref(labels), _fingerprint(labels.data))
    _pairs.setdefault(viewer, WeakKeyDictionary())[source] = pair
    return recolored, labels


def _new_recolored(source: Image, segmentation: Segmentation) -> Image:
    """Make the recoloured image layer; one channel looks as its source does."""
    return Image(
        segmentation.recolored,
        name=f"{source.name} k-means",
        rgb=source.rgb,
        metadata=_metadata(source, segmentation),
        **_look(source),
        **placement(source),
    )


def _update_recolored(
    recolored: Image, source: Image, segmentation: Segmentation
) -> None:
    """Show another result in an existing recoloured layer."""
    recolored.data = segmentation.recolored
    _set(recolored, placement(source))
    recolored.metadata.update(_metadata(source, segmentation))


def _look(source: Image) -> dict[str, Any]:
    """Give the display settings that one-channel outputs share with their source."""
    if source.rgb:
        return {}
    return {
        "colormap": source.colormap,
        "contrast_limits": source.contrast_limits,
        "gamma": source.gamma,
    }


def _new_labels(source: Image, segmentation: Segmentation) -> Labels:
    """Make the labels layer, in the mean colours of the clusters."""
    return Labels(
        segmentation.labels,
        name=f"{source.name} segments",
        colormap=segment_colormap(mean_colors(segmentation.model, source)),
        metadata=_metadata(source, segmentation),
        **placement(source),
    )


def _update_labels(labels: Labels, source: Image, segmentation: Segmentation) -> None:
    """Show another result in an existing labels layer."""
    labels.data = segmentation.labels
    forget_undo_history(labels)
    _set(labels, placement(source))
    colormap = segment_colormap(mean_colors(segmentation.model, source))
    colormap.use_selection = labels.show_selected_label
    colormap.selection = labels.selected_label
    labels.colormap = colormap
    labels.metadata.update(_metadata(source, segmentation))


def forget_undo_history(labels: Labels) -> None:
    """Make a labels layer forget its strokes.

    napari keeps them when `data` is replaced, and Ctrl+Z would then write old pixels
    into the new array. Making the layer read-only for a moment clears them.

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


def _metadata(source: Image, segmentation: Segmentation) -> dict[str, Any]:
    """Give the metadata of an output layer."""
    return {KEY: provenance(segmentation.model, source.name)}


def _set(layer: Layer, attributes: dict[str, Any]) -> None:
    """Set several attributes of a layer."""
    for name, value in attributes.items():
        setattr(layer, name, value)


def _present(viewer: ViewerModel, layer: Any) -> Any:
    """Give a layer if the viewer still holds it, else None."""
    return layer if layer is not None and layer in viewer.layers else None


def _fingerprint(data: Any) -> int:
    """Give a number that differs as soon as an array does."""
    array = np.ascontiguousarray(data)
    header = f"{array.dtype}{array.shape}".encode()
    return zlib.crc32(array.view(np.uint8).reshape(-1).data, zlib.crc32(header))
