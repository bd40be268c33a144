"""Open what 'Write to zarr' wrote in napari, with labels painted on disk."""

from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from napari.utils.colormaps import AVAILABLE_COLORMAPS
from napari.utils.transforms import CompositeAffine

from napari_kmeans.io.ome_zarr import OmeZarr, open_ome_zarr
from napari_kmeans.layers.label_colors import segment_colormap
from napari_kmeans.layers.layer_stack import KEY
from napari_kmeans.layers.storing import SUFFIX, is_paintable
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.stores.on_disk import StoredLabels

LayerData = tuple[Any, dict[str, Any], str]


def get_reader(path: str | list[str]) -> Callable[[Any], list[LayerData]] | None:
    """Return the function that reads a folder, for napari."""
    if isinstance(path, list) or not path.rstrip("/\\").endswith(SUFFIX):
        return None
    return read


def read(path: str) -> list[LayerData]:
    """Read a folder that this plugin wrote; its record is checked before it is used."""
    opened = open_ome_zarr(Path(path))
    given = opened.metadata.get("name")
    name = given if isinstance(given, str) else Path(path).name.removesuffix(SUFFIX)
    try:
        picture, labels = _image_attributes(opened), _labels_attributes(opened)
    except Exception as error:
        raise ValueError(
            f"{path} is damaged, in what its record says of the layers: {error}. Write "
            "it again, or open it as an image."
        ) from error
    pixels, (finest, *coarser) = opened.recolored, opened.labels
    shown = list(pixels) if len(pixels) > 1 else pixels[0]
    # Painted on are labels of one level, unless they are too large to be shown so.
    can_paint = is_paintable(opened.labels)
    painted = StoredLabels(finest, coarser) if can_paint else [finest, *coarser]
    return [
        (shown, {"name": f"{name} k-means", **picture}, "image"),
        (painted, {"name": f"{name} segments", **labels}, "labels"),
    ]


def _image_attributes(opened: OmeZarr) -> dict[str, Any]:
    """Return how the recoloured layer looks, and where it lies."""
    is_color = opened.channel_axis is not None and bool(opened.metadata.get("rgb"))
    if is_color and opened.recolored[0].shape[-1] not in (3, 4):
        raise ValueError("its colours have neither 3 nor 4 channels")
    attributes: dict[str, Any] = {"rgb": is_color, **_look(opened.metadata)}
    if opened.channel_axis is not None and not is_color:
        attributes["channel_axis"] = opened.channel_axis
    return attributes | _placement(opened)


def _labels_attributes(opened: OmeZarr) -> dict[str, Any]:
    """Return how the labels layer looks, and where it lies."""
    # One that was hidden could not be shown again: there is no table of them here.
    segments = SegmentMap(opened.segments)
    segments = segments.solo(segments.values)
    return {
        "colormap": segment_colormap(segments),
        "features": _features(segments),
        "metadata": {KEY: opened.metadata.get(KEY)},
        **_placement(opened),
    }


def _look(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return those ways to show one channel that we write, checked."""
    look = metadata.get("look") or {}
    attributes: dict[str, Any] = {}
    if "contrast_limits" in look:
        low, high = map(float, look["contrast_limits"])
        if not -inf < low < high < inf:
            raise ValueError(f"contrast_limits is {look['contrast_limits']}")
        attributes["contrast_limits"] = [low, high]
    if "gamma" in look:
        attributes["gamma"] = float(look["gamma"])
        if not 0 < attributes["gamma"] < inf:
            raise ValueError(f"gamma is {look['gamma']}")
    if "colormap" in look:
        if look["colormap"] not in AVAILABLE_COLORMAPS:
            raise ValueError(f"colormap is {look['colormap']}")
        attributes["colormap"] = look["colormap"]
    return attributes


def _placement(opened: OmeZarr) -> dict[str, Any]:
    """Return where the layers lie: as in napari, if that is known and can be."""
    geometry, known = opened.geometry, opened.metadata.get("placement")
    if known is None:
        return {
            "scale": geometry.scale,
            "translate": geometry.translate,
            "units": tuple(unit or "pixel" for unit in geometry.units),
            "axis_labels": geometry.axes,
        }
    n = len(geometry.axes)
    words = {key: tuple(map(str, known[key])) for key in ("units", "axis_labels")}
    shapes: dict[str, list[tuple[int, ...]]] = {
        "scale": [(n,)],
        "translate": [(n,)],
        "rotate": [(n, n)],
        "shear": [(n * (n - 1) // 2,), (n, n)],
        "affine": [(n + 1, n + 1)],
    }
    # No lists: of an image that it splits into channels napari deals them out.
    numbers = {key: np.array(known[key], float) for key in shapes}
    for key, value in numbers.items():
        if value.shape not in shapes[key] or not np.isfinite(value).all():
            raise ValueError(f"{key} is {known[key]}")
    for matrix in (np.diag(numbers["scale"]), numbers["rotate"], numbers["affine"]):
        np.linalg.inv(matrix)  # raises if it has none
    CompositeAffine(numbers["scale"], numbers["translate"], **words)  # knows units
    return {**numbers, **words}


def _features(segments: SegmentMap) -> dict[str, list[Any]]:
    """Return the names of the labels, for the status bar and the features table."""
    rows = sorted(segments, key=lambda segment: segment.value)
    return {
        "index": [0, *(segment.value for segment in rows)],
        "name": ["", *(segment.name for segment in rows)],
    }
