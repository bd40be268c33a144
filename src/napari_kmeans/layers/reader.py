"""Open what 'Write to zarr' wrote, in napari: labels that are painted on disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from napari_kmeans.io.ome_zarr import OmeZarr, open_ome_zarr
from napari_kmeans.layers.label_colors import segment_colormap
from napari_kmeans.layers.storing import SUFFIX, is_paintable
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.stores.stored_labels import StoredLabels

LayerData = tuple[Any, dict[str, Any], str]


def get_reader(path: str | list[str]) -> Callable[[Any], list[LayerData]] | None:
    """Give what reads a folder, for napari."""
    if isinstance(path, list) or not path.rstrip("/\\").endswith(SUFFIX):
        return None
    return read


def read(path: str) -> list[LayerData]:
    """Read a folder that this plugin wrote."""
    opened = open_ome_zarr(Path(path))
    name = opened.metadata.get("name", Path(path).name.removesuffix(SUFFIX))
    placement = _placement(opened)
    segments = SegmentMap(opened.segments)
    is_color = bool(opened.metadata.get("rgb"))
    look = opened.metadata.get("look", {})
    picture = {"name": f"{name} k-means", "rgb": is_color, **look, **placement}
    if opened.channel_axis is not None and not is_color:
        picture["channel_axis"] = opened.channel_axis
    labels = {
        "name": f"{name} segments",
        "colormap": segment_colormap(segments),
        "features": _features(segments),
        "metadata": {"napari-kmeans": opened.metadata.get("napari-kmeans")},
        **placement,
    }
    return [
        (_levels(opened.recolored), picture, "image"),
        (_paintable(opened.labels), labels, "labels"),
    ]


def _levels(levels: tuple[Any, ...]) -> Any:
    """Give several levels as a list, and one as itself."""
    return list(levels) if len(levels) > 1 else levels[0]


def _paintable(levels: tuple[Any, ...]) -> Any:
    """Give labels as one level that can be painted on, if they are not too large."""
    if len(levels) > 1 and is_paintable(levels):
        return StoredLabels(levels[0], levels[1:])
    return _levels(levels)


def _placement(opened: OmeZarr) -> dict[str, Any]:
    """Give where the layers lie: as in napari, if that is known."""
    known: dict[str, Any] | None = opened.metadata.get("placement")
    if known is not None:
        # No lists: of an image that it splits into channels napari deals them out.
        return {
            key: tuple(value) if key in ("units", "axis_labels") else np.array(value)
            for key, value in known.items()
        }
    geometry = opened.geometry
    return {
        "scale": geometry.scale,
        "translate": geometry.translate,
        "units": tuple(unit or "pixel" for unit in geometry.units),
        "axis_labels": geometry.axes,
    }


def _features(segments: SegmentMap) -> dict[str, list[Any]]:
    """Give the names of the labels, for the status bar and the features table."""
    rows = sorted(segments, key=lambda segment: segment.value)
    return {
        "index": [0, *(segment.value for segment in rows)],
        "name": ["", *(segment.name for segment in rows)],
    }
