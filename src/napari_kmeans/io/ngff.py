"""The metadata of OME-Zarr (NGFF 0.5), through yaozarrs, which also validates it."""

from collections.abc import Iterable, Sequence
from os import PathLike
from typing import Any

import numpy as np

from napari_kmeans.io.axes import Geometry
from napari_kmeans.segments.segment_map import Segment

COLORS = ("FF0000", "00FF00", "0000FF", "FFFFFF")
"""The colours of red, green, blue, and of alpha, which is not shown."""


def import_zarr() -> tuple[Any, Any]:
    """Import zarr and yaozarrs, or say how to install them."""
    try:
        import yaozarrs  # noqa: PLC0415
        import yaozarrs.v05  # noqa: PLC0415
        import zarr  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(
            f"OME-Zarr needs the package {error.name}, which is not installed: install "
            'it with  pip install "napari-kmeans[zarr]"  and start again.'
        ) from error
    return zarr, yaozarrs


def image_metadata(
    levels: Sequence[Geometry], name: str, n_channels: int | None, dtype: np.dtype[Any]
) -> dict[str, Any]:
    """Describe an image of one or more levels."""
    _, yaozarrs = import_zarr()
    omero = None
    if n_channels in (3, 4) and dtype.kind == "u":
        omero = _colors(n_channels, int(np.iinfo(dtype).max))
    multiscale = _multiscale(levels, name, with_channels=n_channels is not None)
    return _dumped(yaozarrs.v05.Image(multiscales=[multiscale], omero=omero))


def label_metadata(
    levels: Sequence[Geometry], name: str, segments: Iterable[Segment]
) -> dict[str, Any]:
    """Describe labels of one or more levels."""
    _, yaozarrs = import_zarr()
    v05 = yaozarrs.v05
    colors, properties = [], []
    for segment in segments:
        rgb = [round(255 * channel) for channel in segment.color]
        rgba = [*rgb, 255 if segment.visible else 0]
        value = {"label-value": segment.value}
        colors.append(v05.LabelColor(label_value=segment.value, rgba=rgba))
        properties.append({**value, "name": segment.name, "ignored": segment.ignored})
    look = v05.ImageLabel(colors=colors or None, source=v05.LabelSource(image="../../"))
    multiscale = _multiscale(levels, name, with_channels=False)
    described = _dumped(v05.LabelImage(multiscales=[multiscale], image_label=look))
    if properties:
        # The specification allows any name here; yaozarrs leaves out all it ignores.
        described["image-label"]["properties"] = properties
    return described


def list_metadata(name: str) -> dict[str, Any]:
    """Describe the group of all labels, of which there is one."""
    _, yaozarrs = import_zarr()
    return _dumped(yaozarrs.v05.LabelsGroup(labels=[name]))


def check_metadata(path: str | PathLike[str]) -> None:
    """Raise ValueError if a folder is not valid OME-Zarr."""
    _, yaozarrs = import_zarr()
    try:
        yaozarrs.validate_zarr_store(str(path))
    except (ValueError, OSError) as error:
        raise ValueError(f"{path} is not valid OME-Zarr. {error}") from error


def dimension_names(geometry: Geometry, *, with_channels: bool) -> list[str]:
    """Return the names of the axes, the channels' after time."""
    names = list(geometry.axes)
    if with_channels:
        names.insert(channel_position(geometry), "c")
    return names


def channel_position(geometry: Geometry) -> int:
    """Return the index of the channel axis in a file."""
    return int(geometry.axes[0] == "t")


def _multiscale(
    levels: Sequence[Geometry], name: str, *, with_channels: bool
) -> dict[str, Any]:
    """Describe the axes, and the scale and translation of each level."""
    finest = levels[0]
    axes: list[dict[str, str]] = []
    for axis, unit in zip(finest.axes, finest.units, strict=True):
        axes.append({"name": axis, "type": "time" if axis == "t" else "space"})
        if unit is not None:
            axes[-1]["unit"] = unit
    place = channel_position(finest)
    if with_channels:
        axes.insert(place, {"name": "c", "type": "channel"})
    datasets = []
    for number, level in enumerate(levels):
        scale, translate = list(level.scale), list(level.translate)
        if with_channels:
            scale.insert(place, 1.0)
            translate.insert(place, 0.0)
        transformations = [
            {"type": "scale", "scale": scale},
            {"type": "translation", "translation": translate},
        ]
        datasets.append(
            {"path": str(number), "coordinateTransformations": transformations}
        )
    return {"name": name, "axes": axes, "datasets": datasets}


def _colors(n_channels: int, largest: int) -> dict[str, Any]:
    """Say that channels are red, green and blue, and alpha is not shown."""
    window = {"start": 0, "min": 0, "end": largest, "max": largest}
    return {
        "channels": [
            {"color": color, "window": window, "active": number < 3}
            for number, color in enumerate(COLORS[:n_channels])
        ],
        "rdefs": {"model": "color"},
    }


def _dumped(model: Any) -> dict[str, Any]:
    """Return a model as plain JSON values."""
    described: dict[str, Any] = model.model_dump(
        mode="json", by_alias=True, exclude_none=True
    )
    return described
