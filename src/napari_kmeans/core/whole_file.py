"""Files are written whole or not at all: under another name first, then renamed."""

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write_whole(path: str | os.PathLike[str], data: str | bytes) -> None:
    """Write a file, text as UTF-8; on any error an older one stays as it is."""
    with whole_file(path) as partial:
        partial.write_bytes(data.encode() if isinstance(data, str) else data)


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path to write to that takes the place of a file when the block ends.

    If the block raises, nothing is left of it. Links are followed; a pipe, or anything
    else that is not a file, is written to directly.
    """
    target = Path(path).resolve()
    if target.exists() and not target.is_file():
        yield target
        return
    # The end of the name only: it may be as long as the system allows already.
    partial = target.with_name(f".{uuid.uuid4().hex[:12]}-{target.name[-40:]}")
    try:
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, partial)
        partial.replace(target)
    except OSError as error:
        reason = error.strerror or error
        # Of the same type, so that callers can still tell one from another.
        raise type(error)(f"'{path}' could not be written: {reason}.") from error
    finally:
        with suppress(OSError):
            partial.unlink()
    flush_to_disk(target.parent)


def flush_to_disk(path: Path) -> None:
    """Flush a file, or the names in a folder, to disk, so that they survive a crash."""
    # Some systems cannot do that with folders, or with files opened to be read.
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
