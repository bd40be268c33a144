"""The groups, metadata and arrays of OME-Zarr (NGFF 0.5), by zarr and yaozarrs."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np

from napari_kmeans.io.axes import Geometry
from napari_kmeans.io.folder_record import (
    KEY,
    Contents,
    FolderError,
    attribute,
    recorded_contents,
)
from napari_kmeans.io.written_blocks import Level
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


def make_arrays(partial: Path, levels: list[Level], contents: Contents) -> None:
    """Make the groups and the empty arrays of a file, in a folder that is ours."""
    zarr, yaozarrs = import_zarr()
    name, place, picture = contents.name, levels[0].place, levels[0].recolored
    finest = levels[0].labels.shape
    of_labels = [
        _dimensions(contents.geometry.coarser(np.divide(finest, level.labels.shape)))
        for level in levels
    ]
    of_picture, n_channels = of_labels, None
    if place is not None:
        n_channels = picture.shape[place]
        channels = yaozarrs.DimSpec(name="c", type="channel")
        of_picture = [[*one[:place], channels, *one[place:]] for one in of_labels]
    root = zarr.open_group(partial, mode="a", zarr_format=3)
    omero = None
    if n_channels in (3, 4) and picture.dtype.kind == "u":
        omero = _colors(n_channels, int(np.iinfo(picture.dtype).max))
    scales = [_multiscale(of_picture, partial.stem)]
    image = _dumped(yaozarrs.v05.Image(multiscales=scales, omero=omero))
    ours = attribute(contents, is_complete=False)
    root.update_attributes({"ome": image, KEY: ours})
    all_labels = root.require_group("labels")
    all_labels.attrs["ome"] = _dumped(yaozarrs.v05.LabelsGroup(labels=[name]))
    group = all_labels.require_group(name)
    group.attrs["ome"] = _label_metadata(of_labels, name, contents.segments)
    for number, level in enumerate(levels):
        for parent, array, axes in (
            (group, level.labels, of_labels[0]),
            (root, level.recolored, of_picture[0]),
        ):
            parent.create_array(
                str(number),
                shape=array.shape,
                dtype=array.dtype,
                chunks=array.chunksize,
                # Whoever reads a damaged chunk, now or in years, is told.
                compressors=zarr.codecs.ZstdCodec(level=0, checksum=True),
                dimension_names=[axis.name for axis in axes],
                overwrite=True,
            )


def open_arrays(folder: Path, contents: Contents) -> list[tuple[Any, Any]]:
    """Return labels and recoloured image of each level, to be read and written."""
    zarr, _ = import_zarr()
    # A chunk that is not there was lost, so those that hold zeros are there, too.
    with zarr.config.set({"array.write_empty_chunks": True}):
        group = zarr.open_group(folder, mode="r+")
        return [
            (group[f"labels/{contents.name}/{number}"], group[str(number)])
            for number in range(len(contents.levels))
        ]


def checked_contents(path: Path) -> Contents:
    """Return what a folder holds, if its arrays are there as its record has them."""
    _, yaozarrs = import_zarr()
    try:
        yaozarrs.validate_zarr_store(str(path))
    except (ValueError, OSError) as error:
        raise ValueError(f"{path} is not valid OME-Zarr. {error}") from error
    contents = recorded_contents(path)
    arrays = open_arrays(path, contents)
    for number, (level, pair) in enumerate(zip(contents.levels, arrays, strict=True)):
        keys = f"labels/{contents.name}/{number}", str(number)
        for kind, key, array in zip(("labels", "recolored"), keys, pair, strict=True):
            found = [list(array.shape), str(array.dtype), list(array.chunks)]
            if found != level[kind]:
                raise FolderError(
                    f"{path} is damaged: {key} is {found}, not {level[kind]}. Write it "
                    "again."
                )
            if array.nchunks_initialized < array.nchunks:
                raise FolderError(
                    f"{path} is damaged: of {key}, {array.nchunks_initialized} of "
                    f"{array.nchunks} chunks are there. Write it again."
                )
    return contents


def _dimensions(geometry: Geometry) -> list[Any]:
    """Describe the axes of a level, without its channels."""
    _, yaozarrs = import_zarr()
    return [
        yaozarrs.DimSpec(
            name=name,
            type="time" if name == "t" else "space",
            scale=scale,
            translation=translate,
            unit=unit,
        )
        for name, scale, translate, unit in zip(*astuple(geometry), strict=True)
    ]


def _multiscale(levels: Sequence[list[Any]], name: str) -> Any:
    """Describe the axes, and the scale and translation of each level."""
    _, yaozarrs = import_zarr()
    scales = [yaozarrs.v05.Multiscale.from_dims(dims, name) for dims in levels]
    for number, scale in enumerate(scales):
        scale.datasets[0].path = str(number)
    datasets = [scale.datasets[0] for scale in scales]
    return yaozarrs.v05.Multiscale(name=name, axes=scales[0].axes, datasets=datasets)


def _label_metadata(
    levels: Sequence[list[Any]], name: str, segments: Iterable[Segment]
) -> dict[str, Any]:
    """Describe labels of one or more levels."""
    v05 = import_zarr()[1].v05
    colors, properties = [], []
    for segment in segments:
        rgb = [round(255 * channel) for channel in segment.color]
        rgba = [*rgb, 255 if segment.visible else 0]
        value = {"label-value": segment.value}
        colors.append({**value, "rgba": rgba})
        properties.append({**value, "name": segment.name, "ignored": segment.ignored})
    look = {"colors": colors or None, "source": {"image": "../../"}}
    scales = [_multiscale(levels, name)]
    described = _dumped(v05.LabelImage(multiscales=scales, image_label=look))
    if properties:
        # The specification allows any name here; yaozarrs leaves out all it ignores.
        described["image-label"]["properties"] = properties
    return described


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
