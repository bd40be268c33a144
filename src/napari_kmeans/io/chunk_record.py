"""Which blocks of a file have been written: for a second try to go on from there."""

import hashlib
import json
from pathlib import Path
from typing import Any, Self

NAME = "napari-kmeans-written.jsonl"


class ChunkRecord:
    """A list of the blocks written, kept beside them while there are more to come.

    Each line is written after its block is whole. The first one tells what is being
    written, so that only the same goes on.
    """

    def __init__(self, path: Path, written: set[tuple[int, ...]]) -> None:
        self.written = written
        self._path = path

    @classmethod
    def begin(cls, folder: Path, plan: dict[str, Any]) -> Self:
        """Begin a record."""
        path = folder / NAME
        path.write_text(json.dumps({"plan": _digest(plan)}) + "\n", encoding="utf-8")
        return cls(path, set())

    @classmethod
    def resume(cls, folder: Path, plan: dict[str, Any]) -> Self | None:
        """Read the record of what was interrupted."""
        path = folder / NAME
        if not path.exists():
            return None
        text = path.read_text(encoding="utf-8")
        # The last line may have been cut short.
        lines = text[: text.rfind("\n") + 1].splitlines()
        if not lines:
            return None
        if json.loads(lines[0])["plan"] != _digest(plan):
            raise FileExistsError(
                f"{folder} is what an interrupted run of another image, model or "
                "settings has left: delete it, or choose another name."
            )
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return cls(path, {tuple(json.loads(line)) for line in lines[1:]})

    def add(self, block: tuple[int, ...]) -> None:
        """Note that a block is whole."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(block) + "\n")
        self.written.add(block)

    def remove(self) -> None:
        """Delete the record: all blocks are there."""
        self._path.unlink()


def _digest(plan: dict[str, Any]) -> str:
    """Give a short text that differs for any two plans."""
    text = json.dumps(plan, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
