"""The record of what a folder holds: our folders are known, and completed, by it.

It stands in the attributes of the outermost group from the start.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any, Self

from napari_kmeans.core.whole_file import write_whole
from napari_kmeans.io.axes import Geometry
from napari_kmeans.segments.segment_map import MAX_LABEL, Segment, check_color

KEY = "napari-kmeans"
FORMAT = 2  # 1 had no record until all was written


class FolderError(ValueError):
    """A folder is not what `write_ome_zarr` writes, or not all of it."""


@dataclass(frozen=True)
class Contents:
    """All that a folder holds but the pixels."""

    geometry: Geometry
    channel_axis: int | None
    segments: tuple[Segment, ...]
    metadata: dict[str, Any]
    name: str = "segments"
    # of each level, and of its labels and recoloured image: shape, dtype, chunks
    levels: tuple[dict[str, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return a dictionary as JSON gives it back."""
        plan = asdict(self) | {
            "geometry": astuple(self.geometry),
            "metadata": _finite(self.metadata),
        }
        described: dict[str, Any] = json.loads(json.dumps(plan, allow_nan=False))
        return described

    @classmethod
    def from_dict(cls, plan: Mapping[str, Any]) -> Self:
        """Return the contents that `to_dict` described; any error means damage."""
        axes, scale, translate, units = plan["geometry"]
        geometry = Geometry.of(len(axes), axes, scale, translate, units)
        axis, name, metadata = plan["channel_axis"], plan["name"], plan["metadata"]
        segments = tuple(map(Segment.from_dict, plan["segments"]))
        for segment in segments:
            check_color(segment.color)
            if not 1 <= segment.value <= MAX_LABEL or not isinstance(segment.name, str):
                raise ValueError(f"{segment} is no segment")
        if len({segment.value for segment in segments}) < len(segments):
            raise ValueError("two segments have the same label")
        n_axes = len(axes) + (axis is not None)
        shapes = [level["recolored"][0] for level in plan["levels"]]
        if (
            any(len(shape) != n_axes for shape in shapes)
            or type(axis) not in (int, type(None))
            or not -n_axes <= (axis or 0) < n_axes
        ):
            raise ValueError(
                f"channel_axis is {axis}, but the shapes of the levels are {shapes}"
            )
        if not isinstance(metadata, dict) or not isinstance(name, str):
            raise TypeError("metadata or name is of another type")
        levels = tuple(plan["levels"])
        return cls(geometry, axis, segments, _restored(metadata), name, levels)


def attribute(contents: Contents, *, is_complete: bool) -> dict[str, Any]:
    """Return what stands in the attributes of a folder's outermost group."""
    return {"format": FORMAT, "complete": is_complete, "plan": contents.to_dict()}


def _read_attribute(folder: Path) -> dict[str, Any] | None:
    """Return what our folders have in their attributes; None for any other."""
    try:
        found = json.loads((folder / "zarr.json").read_bytes())["attributes"][KEY]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def recorded_contents(folder: Path) -> Contents:
    """Return what a folder holds by its record, if that says that it is complete."""
    ours = _read_attribute(folder)
    if ours is None or not ours.get("complete"):
        raise FolderError(
            f"{folder} is OME-Zarr, but not a complete result of napari-kmeans: write "
            "it again, or open it as an image."
        )
    if ours.get("format", 1) not in range(1, FORMAT + 1):
        raise FolderError(
            f"{folder} has the format {ours['format']}, but this napari-kmeans reads "
            f"up to {FORMAT}: use the napari-kmeans that wrote it, or a newer one."
        )
    return Contents.from_dict(ours["plan"])


def mark_complete(folder: Path) -> None:
    """Note in the attributes that all blocks are there."""
    path = folder / "zarr.json"
    described = json.loads(path.read_bytes())
    described["attributes"][KEY]["complete"] = True
    write_whole(path, json.dumps(described, indent=2, allow_nan=False))


def can_go_on(partial: Path, contents: Contents) -> bool:
    """Whether there is a folder to complete; raise if another one is in the way."""
    is_empty = partial.is_dir() and not any(partial.iterdir())
    if is_empty or not (partial.exists() or partial.is_symlink()):
        return False
    found = None if partial.is_symlink() else _read_attribute(partial)
    if found is None:
        raise FileExistsError(
            f"{partial} is in the way, and was not left by an interrupted run: rename "
            "or delete it, or choose another name."
        )
    if found != attribute(contents, is_complete=bool(found.get("complete"))):
        raise FileExistsError(
            f"{partial} is what an interrupted run of another image, model or settings "
            "has left: delete it, or choose another name."
        )
    return True


def _finite(metadata: dict[str, Any]) -> Any:
    """Replace the floats that JSON has no word for."""
    text = json.dumps(metadata)
    return json.loads(text, parse_constant=lambda word: {"float": word})


def _restored(metadata: dict[str, Any]) -> Any:
    """Undo `_finite`."""

    def restore(found: dict[str, Any]) -> Any:
        return float(found["float"]) if found.keys() == {"float"} else found

    return json.loads(json.dumps(metadata), object_hook=restore)
