"""Recognize lazy arrays, make them of others without a copy, and rechunk them."""

from math import isqrt, prod
from typing import Any

import numpy as np

from napari_kmeans.core.pixels import check_image, check_mask, find_channel_axis
from napari_kmeans.core.types import Array

SMALL_CHUNK = 1 << 20
"""Bytes of a zarr chunk below which several are read at once."""
WINDOW = "4MiB"
"""How much is read at once of an array with small chunks."""
TILE = 1 << 20
"""Values per block of `in_tiles`, which takes a few milliseconds."""


def unwrapped(image: Any) -> Any:
    """Return the array in a labelled one of xarray; any other image as it is."""
    return image.data if _is_a(image, "xarray", "DataArray") else image


def is_lazy(image: object) -> bool:
    """Whether an image is a dask or zarr array, which is read block by block."""
    image = unwrapped(image)
    return _is_a(image, "dask.array", "Array") or _is_a(image, "zarr", "Array")


def as_blocks(image: Any) -> Any:
    """Return an image as a dask array of which the chunks are known."""
    # Imported here: who has arrays in memory only shall not wait for dask.
    import dask  # noqa: PLC0415
    import dask.array  # noqa: PLC0415

    image = unwrapped(image)
    if not _is_a(image, "dask.array", "Array"):
        with dask.config.set({"array.chunk-size": WINDOW}):
            if not _is_a(image, "zarr", "Array"):
                image = wrap(image, "auto")
            elif prod(image.chunks) * image.dtype.itemsize < SMALL_CHUNK:
                image = dask.array.from_array(image, "auto")
            else:
                image = dask.array.from_array(image, image.chunks)
    if any(np.isnan(size) for axis in image.chunks for size in axis):
        raise ValueError(
            "image is a dask array with chunks of unknown size (nan), so the "
            "positions of its pixels are unknown: call image.compute_chunk_sizes() on "
            "it first."
        )
    check_image(image)
    if any(0 in sizes for sizes in image.chunks):  # as an index by bools leaves them
        image = image.rechunk(tuple(tuple(filter(None, n)) for n in image.chunks))
    return image


class UncopiedArray:
    """An array that dask reads by indexing, so that it does not copy it."""

    def __init__(self, array: Any) -> None:
        self._array = array
        self.shape: tuple[int, ...] = tuple(array.shape)
        self.dtype: np.dtype[Any] = np.dtype(array.dtype)
        self.ndim = len(self.shape)

    def __getitem__(self, index: Any) -> Array:
        """Return a part: of an array in memory a view, as it is at that time."""
        return np.asarray(self._array[index])


def wrap(array: Any, chunks: Any) -> Any:
    """Return an array as a dask array, without copying or hashing it."""
    import dask.array  # noqa: PLC0415

    held = UncopiedArray(array)
    meta = np.empty((0,) * held.ndim, held.dtype)
    return dask.array.from_array(held, chunks, name=False, asarray=False, meta=meta)


def in_tiles(array: Any, channel_axis: int | None = None) -> Any:
    """Return an array as a lazy one, in chunks that suit viewing plane by plane."""
    if not isinstance(array, np.ndarray):
        return as_blocks(array)
    sizes, left = list(array.shape), TILE
    axes = drop_axis(tuple(range(array.ndim)), channel_axis)
    for number, axis in enumerate(reversed(axes)):
        most = isqrt(TILE) if number < 2 else left
        sizes[axis] = max(1, min(sizes[axis], most))
        left //= sizes[axis]
    return wrap(array, tuple(sizes))


def whole_pixels(image: Any, channel_axis: int | None) -> Any:
    """Return a dask array of which each block has all channels of its pixels."""
    axis = find_channel_axis(image, channel_axis)
    if axis is None or len(image.chunks[axis]) == 1:
        return image
    return image.rechunk({axis: -1})


def mask_blocks(mask: Any, image: Any, channel_axis: int | None) -> Any:
    """Return a mask in the blocks of an image's pixels."""
    import dask.array  # noqa: PLC0415

    mask = check_mask(unwrapped(mask), drop_axis(image.shape, channel_axis))
    chunks = drop_axis(image.chunks, channel_axis)
    if _is_a(mask, "dask.array", "Array"):
        return as_blocks(mask).rechunk(chunks)
    return dask.array.from_array(mask, chunks=chunks)


def drop_axis(sizes: tuple[Any, ...], channel_axis: int | None) -> tuple[Any, ...]:
    """Drop the channel axis from a shape, from chunks or from an index."""
    if channel_axis is None:
        return sizes
    axis = channel_axis % len(sizes)
    return sizes[:axis] + sizes[axis + 1 :]


def _is_a(image: object, module: str, name: str) -> bool:
    """Whether an object is of a class of a package that may not be installed."""
    return any(
        cls.__name__ == name and f"{cls.__module__}.".startswith(f"{module}.")
        for cls in type(image).__mro__
    )
