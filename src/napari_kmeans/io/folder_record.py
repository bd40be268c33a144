"""The record of what a folder holds: our folders are known, and completed, by it.

What is written stands in the attributes of the outermost group from the start; which
blocks are there, and their fingerprints, in a list beside it until all of them are.
"""

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from napari_kmeans.core.whole_file import write_whole
from napari_kmeans.io.axes import Geometry
from napari_kmeans.segments.segment_map import MAX_LABEL, Segment, check_color

KEY = "napari-kmeans"
FORMAT = 2  # 1 had no record until all was written
LIST_NAME = "napari-kmeans-written.jsonl"
Block = tuple[int, ...]  # the number of its level, then its index along each axis


@dataclass(frozen=True)
class Contents:
    """All that a folder holds but the pixels."""

    # of each level, and of its labels and recoloured image: shape, dtype, chunks
    levels: list[dict[str, Any]]
    geometry: Geometry
    channel_axis: int | None
    name: str
    segments: tuple[Segment, ...]
    metadata: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return a dictionary as JSON gives it back."""
        where = self.geometry
        plan = {
            "levels": self.levels,
            "geometry": [where.axes, where.scale, where.translate, where.units],
            "channel_axis": self.channel_axis,
            "name": self.name,
            "segments": list(map(asdict, self.segments)),
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
        segments = tuple(Segment.from_dict(segment) for segment in plan["segments"])
        for segment in segments:
            check_color(segment.color)
            if not 1 <= segment.value <= MAX_LABEL or not isinstance(segment.name, str):
                raise ValueError(f"{segment} is no segment")
        if len({segment.value for segment in segments}) < len(segments):
            raise ValueError("two segments have the same label")
        if axis is not None and (
            type(axis) is not int or not -len(axes) - 1 <= axis <= len(axes)
        ):
            raise ValueError(f"channel_axis is {axis}, which is not an axis")
        n_axes = len(axes) + (axis is not None)
        for number, level in enumerate(plan["levels"]):
            if len(shape := level["recolored"][0]) != n_axes:
                raise ValueError(
                    f"channel_axis is {axis}, but the shape of level {number} is "
                    f"{shape}"
                )
        if not isinstance(metadata, dict) or not isinstance(name, str):
            raise TypeError("metadata or name is of another type")
        return cls(plan["levels"], geometry, axis, name, segments, _restored(metadata))


def attribute(contents: Contents, *, is_complete: bool) -> dict[str, Any]:
    """Return what stands in the attributes of a folder's outermost group."""
    return {"format": FORMAT, "complete": is_complete, "plan": contents.to_dict()}


def read_attribute(folder: Path) -> dict[str, Any] | None:
    """Return what our folders have in their attributes; None for any other."""
    try:
        found = json.loads((folder / "zarr.json").read_bytes())["attributes"][KEY]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, dict) else None


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
    found = None if partial.is_symlink() else read_attribute(partial)
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


class WrittenBlocks:
    """Which blocks are whole, with a fingerprint of their pixels, and their source.

    A line is added after its block was written; the last line of a block counts.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / LIST_NAME
        self._known: dict[Block, tuple[str, str | None]] = {}
        text = self._path.read_bytes() if self._path.exists() else b""
        for line in text.splitlines():
            # What is cut short or damaged tells nothing: its block is written again.
            with suppress(ValueError, TypeError):
                block, mark, source = json.loads(line)
                self._note(tuple(block), mark, source)
        if text and not text.endswith(b"\n"):
            self._append("")

    def __len__(self) -> int:
        return len(self._known)

    def fingerprint(self, block: Block) -> str | None:
        """Return the fingerprint of a block that is whole."""
        return self._known.get(block, (None, None))[0]

    def source(self, block: Block) -> str | None:
        """Return what a whole block was computed from, if that is known."""
        return self._known.get(block, (None, None))[1]

    def add(self, block: Block, mark: str | None, source: str | None = None) -> None:
        """Note that a block is whole; without a fingerprint: that it is not."""
        self._append(json.dumps([block, mark, source]))
        self._note(block, mark, source)

    def _append(self, line: str) -> None:
        with self._path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(line + "\n")

    def _note(self, block: Block, mark: str | None, source: str | None) -> None:
        self._known.pop(block, None)
        if mark is not None:
            self._known[block] = mark, source


def fingerprint(*pixels: NDArray[Any]) -> str:
    """Return a text that differs for any two blocks of labels and picture."""
    digest = blake2b(digest_size=16)
    for one in pixels:
        digest.update(np.ascontiguousarray(one).data)
    return digest.hexdigest()


def _finite(value: Any) -> Any:
    """Replace the floats that JSON has no word for."""
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(float(value))}
    return value


def _restored(value: Any) -> Any:
    """Undo `_finite`."""
    if isinstance(value, dict) and value.keys() == {"float"}:
        return float(value["float"])
    if isinstance(value, dict):
        return {key: _restored(one) for key, one in value.items()}
    return [_restored(one) for one in value] if isinstance(value, list) else value
