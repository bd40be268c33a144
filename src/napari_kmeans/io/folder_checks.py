"""Whether a folder is what `write_ome_zarr` writes, and all of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_kmeans.io.folder_record import FORMAT, Contents, read_attribute
from napari_kmeans.io.ngff import check_metadata, open_arrays


class FolderError(ValueError):
    """A folder is not what `write_ome_zarr` writes, or not all of it."""


def checked_contents(path: Path) -> Contents:
    """Return what a folder holds, if its arrays are there as its record has them."""
    check_metadata(path)
    ours = read_attribute(path)
    if ours is None or not ours.get("complete"):
        raise FolderError(
            f"{path} is OME-Zarr, but not a complete result of napari-kmeans: write "
            "it again, or open it as an image."
        )
    if ours.get("format", 1) not in range(1, FORMAT + 1):
        raise FolderError(
            f"{path} has the format {ours['format']}, but this napari-kmeans reads up "
            f"to {FORMAT}: use the napari-kmeans that wrote it, or a newer one."
        )
    contents = Contents.from_dict(ours["plan"])
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


@contextmanager
def told_as_damage(path: Path) -> Iterator[None]:
    """Say in words what is wrong with a folder, whatever is raised on reading it."""
    try:
        yield
    except FolderError:
        raise
    except Exception as error:
        raise FolderError(
            f"{path} is damaged, or was not written by napari-kmeans: "
            f"{type(error).__name__}: {error}. Write it again, or open it as an image."
        ) from error


def refuse_existing(path: Path) -> None:
    """Raise FileExistsError if a path exists."""
    if path.exists():
        raise FileExistsError(
            f"{path} already exists: choose another name, or delete it first."
        )


def refuse_links(path: Path) -> None:
    """Raise if what is painted would be written outside of a folder."""
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            if (link := Path(folder, name)).is_symlink():
                raise FolderError(
                    f"{link} is a link, so what is painted would be written elsewhere: "
                    "open a copy of the folder in which links are followed."
                )
