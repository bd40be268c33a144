"""Write a clustering as OME-Zarr, and use its labels on disk from then on."""

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from napari.utils.colormaps import AVAILABLE_COLORMAPS

from napari_kmeans.core.lazy.arrays import in_tiles
from napari_kmeans.core.levels import levels_of
from napari_kmeans.core.progress import Steps, subprogress
from napari_kmeans.io.axes import Geometry
from napari_kmeans.io.folder_record import Contents
from napari_kmeans.io.ome_zarr import Written, open_ome_zarr, write_ome_zarr_steps
from napari_kmeans.layers.channels import channel_style
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.layers.source_layers import TIME_NAMES, Sources

SUFFIX = ".kmeans.zarr"
"""The suffix of folders that this plugin writes, by which napari finds its reader."""
LARGEST_SLICE = 1 << 26
"""The maximum number of pixels of a slice that napari may have to show at once."""
IN_MEMORY = (
    "The layers stay in memory: what you paint from now on is not in the folder."
)
ON_DISK = "The labels are on disk now: what you paint is written at once."
TOO_LARGE = (
    "The layers stay as they are, because their slices are too large for napari to "
    "paint on."
)
OF_CHANNELS = (
    "The layers stay as they are, because labels over a channel axis cannot be "
    "painted on disk."
)
CHANGED = (
    "The segments have changed meanwhile, so the layers stay as they are; the folder "
    "has the earlier segments."
)
PAINTED = (
    "The labels were painted on while they were written, so the folder is not "
    "finished: write it again, and paint afterwards."
)
NOT_SQUARE = (
    "OME-Zarr cannot store rotation, shear or affine: other programs show the result "
    "without them."
)


class Storing:
    """What there is to write of a clustering, as it is now, with what was painted."""

    def __init__(self, clustering: SegmentLayers) -> None:
        clustering.take_paint()
        sources, segments = clustering.sources, clustering.segments
        self.clustering = clustering
        self._revision = segments.revision
        self._table = segments.map.table
        labels = segments.labels
        if isinstance(labels, np.ndarray):
            # A copy: what is painted meanwhile is not to be written in parts.
            labels = in_tiles(np.array(labels))
        picture, channel_axis = clustering.pictures.draw_lazily(labels)
        self._labels = _without_thick_axis(levels_of(labels), sources)
        self._picture = _without_thick_axis(picture, sources)
        placement = sources.placement()
        names = _axis_names(sources)
        axes = sources.grid_axes
        geometry = Geometry.of(
            len(axes),
            names,
            [float(abs(placement["scale"][axis])) for axis in axes],
            [float(placement["translate"][axis]) for axis in axes],
            [placement["units"][axis] for axis in axes],
        )
        metadata = {
            "name": sources.name,
            "rgb": channel_axis is not None and not clustering.pictures.is_split,
            "look": _look(clustering) if channel_axis is None else {},
            "placement": _as_json(placement, axes),
            "recipe": segments.recipe.to_dict(),
            **clustering.stack.provenance,
        }
        self._contents = Contents(geometry, channel_axis, tuple(segments.map), metadata)
        self.is_square = _is_square(placement)

    def steps(self, path: Path) -> Steps[Written]:
        """Write it, block by block; see `write_ome_zarr_steps`."""
        steps = write_ome_zarr_steps(path, self._labels, self._picture, self._contents)
        # Only labels on disk change while they are written: others are copied, or
        # computed from what cannot change. All are read before the last step.
        is_on_disk = self.clustering.segments.stored is not None
        return subprogress(steps, 0, 1, guard=self._check if is_on_disk else None)

    def _check(self) -> None:
        """Raise ValueError if the labels were painted on."""
        if self.clustering.segments.revision != self._revision:
            raise ValueError(PAINTED)

    def take_over(self, path: Path) -> str:
        """Show the labels from disk, if napari can paint on them there."""
        words = self._why_not() or ON_DISK
        if words is ON_DISK:
            self.clustering.store(open_ome_zarr(path).labels)
        return words if self.is_square else f"{words} {NOT_SQUARE}"

    def _why_not(self) -> str | None:
        """Return why the layers stay as they are; None if they do not."""
        segments, sources = self.clustering.segments, self.clustering.sources
        if segments.is_editable:
            return IN_MEMORY
        if not is_paintable(levels_of(segments.labels)):
            return TOO_LARGE
        if len(sources.grid_axes) < len(sources.shape):
            return OF_CHANNELS
        is_same = np.array_equal(segments.map.table, self._table)
        if segments.revision != self._revision or not is_same:
            return CHANGED
        return None


def is_paintable(levels: Sequence[Any]) -> bool:
    """Return whether napari can paint on labels: on one level, shown as a whole."""
    return len(levels) == 1 or prod(levels[0].shape[-2:]) <= LARGEST_SLICE


def _without_thick_axis(levels: Sequence[Any], sources: Sources) -> list[Any]:
    """Take the axis of the channels, on which labels are one pixel thick, out."""
    thick = tuple(set(range(len(sources.shape))) - set(sources.grid_axes))
    return [level.squeeze(thick) if thick else level for level in levels]


def _axis_names(sources: Sources) -> list[str] | None:
    """Return axis names that a file can have; None if they have none."""
    labels = sources.placement()["axis_labels"]
    names = [str(labels[axis]).lower() for axis in sources.grid_axes]
    names = ["t" if name in TIME_NAMES[:4] else name for name in names]
    try:
        Geometry.of(len(names), names)
    except ValueError:
        return None
    return None if any(name.lstrip("-").isdecimal() for name in names) else names


def _look(clustering: SegmentLayers) -> dict[str, Any]:
    """Return how napari shows a one-channel picture: like its source."""
    look = channel_style(clustering.source)
    attributes: dict[str, Any] = {
        "contrast_limits": list(map(float, look.contrast_limits)),
        "gamma": float(look.gamma),
    }
    if look.colormap.name in AVAILABLE_COLORMAPS:
        attributes["colormap"] = look.colormap.name
    return attributes


def _as_json(placement: dict[str, Any], axes: tuple[int, ...]) -> dict[str, Any] | None:
    """Return the placement in plain JSON values; None if an axis was dropped."""
    if len(axes) < len(placement["units"]):
        return None
    words = {key: list(map(str, placement[key])) for key in ("units", "axis_labels")}
    numbers = {
        key: np.asarray(value).tolist()
        for key, value in placement.items()
        if key not in words
    }
    return numbers | words


def _is_square(placement: dict[str, Any]) -> bool:
    """Return whether scale and translation describe the placement completely."""
    n = len(placement["scale"])
    return (
        np.allclose(placement["rotate"], np.eye(n))
        and np.allclose(placement["shear"], 0)
        and np.allclose(placement["affine"], np.eye(n + 1))
        and bool(np.all(np.asarray(placement["scale"]) > 0))
    )
