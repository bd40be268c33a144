"""Which arrays are lazy, and the same pixels in blocks that can be clustered."""

from typing import Any

import numpy as np

from napari_kmeans.core.lazy.uncopied import wrap
from napari_kmeans.core.pixels import find_channel_axis, has_alpha

SMALL_CHUNK = 1 << 20
"""Bytes of a zarr array's chunk below which several are read at once."""
WINDOW = "4MiB"
"""How much is read at once of an array whose own chunks are small."""


def is_lazy(image: object) -> bool:
    """Tell whether an image is a dask or zarr array, which is read block by block."""
    return _is_a(image, "dask.array", "Array") or _is_a(image, "zarr", "Array")


def as_blocks(image: Any) -> Any:
    """Give an image as a dask array of which the chunks are known."""
    # Imported here: who has arrays in memory only shall not wait for dask.
    import dask  # noqa: PLC0415
    import dask.array  # noqa: PLC0415

    if not _is_a(image, "dask.array", "Array"):
        chunks: Any = "auto"
        if _is_a(image, "zarr", "Array"):
            size = int(np.prod(image.chunks)) * image.dtype.itemsize
            chunks = image.chunks if size >= SMALL_CHUNK else "auto"
        with dask.config.set({"array.chunk-size": WINDOW}):
            if _is_a(image, "zarr", "Array"):
                image = dask.array.from_array(image, chunks=chunks)
            else:
                image = wrap(image, chunks)
    if any(np.isnan(size) for axis in image.chunks for size in axis):
        raise ValueError(
            "image is a dask array with chunks of unknown size (nan), so where its "
            "pixels lie is not known: call image.compute_chunk_sizes() on it first."
        )
    _check(image)
    if any(0 in sizes for sizes in image.chunks):  # as an index by bools leaves them
        image = image.rechunk(tuple(tuple(filter(None, n)) for n in image.chunks))
    return image


def whole_pixels(image: Any, channel_axis: int | None) -> Any:
    """Give a dask array of which each block has all channels of its pixels."""
    axis = find_channel_axis(image, channel_axis)
    if axis is None or len(image.chunks[axis]) == 1:
        return image
    return image.rechunk({axis: -1})


def channels_of(
    image: Any, channel_axis: int | None, alpha: bool | None
) -> tuple[int, bool]:
    """Tell how many channels a lazy image has, and whether it has alpha besides."""
    axis = find_channel_axis(image, channel_axis)
    if axis is None:
        if alpha:
            raise ValueError(
                "alpha is True, but channel_axis is None: give the axis of the "
                "channels, of which the last is alpha."
            )
        return 1, False
    # Of one value, which stands for all: only type and number of channels matter.
    channels = np.broadcast_to(np.zeros(1, image.dtype), (1, image.shape[axis]))
    last_is_alpha = has_alpha(channels, alpha)
    return image.shape[axis] - last_is_alpha, last_is_alpha


def mask_blocks(mask: Any, image: Any, channel_axis: int | None) -> Any:
    """Give a mask in the blocks of an image's pixels."""
    if mask is None:
        return None
    import dask.array  # noqa: PLC0415

    if not is_lazy(mask):
        mask = np.asarray(mask)
    shape = drop_axis(image.shape, channel_axis)
    if mask.dtype != np.bool_:
        raise TypeError(
            f"mask has the type {mask.dtype}: give bools, for example mask > 0."
        )
    if mask.shape != shape:
        raise ValueError(
            f"mask has the shape {mask.shape}, but the image without its channels has "
            f"{shape}: give one bool for each pixel."
        )
    chunks = drop_axis(image.chunks, channel_axis)
    if _is_a(mask, "dask.array", "Array"):
        return as_blocks(mask).rechunk(chunks)
    return dask.array.from_array(mask, chunks=chunks)


def drop_axis(sizes: tuple[Any, ...], channel_axis: int | None) -> tuple[Any, ...]:
    """Leave the channel axis out of a shape, of chunks or of an index."""
    if channel_axis is None:
        return sizes
    axis = channel_axis % len(sizes)
    return sizes[:axis] + sizes[axis + 1 :]


def _is_a(image: object, module: str, name: str) -> bool:
    """Tell whether an object is of a class of a package that may not be installed."""
    return any(
        cls.__name__ == name and f"{cls.__module__}.".startswith(f"{module}.")
        for cls in type(image).__mro__
    )


def _check(image: Any) -> None:
    """Say why an image cannot be clustered, if it cannot."""
    if image.dtype.kind not in "buif" or image.dtype.itemsize > 8:
        raise TypeError(
            f"image has the type {image.dtype}, which has no order of size: convert "
            "it to bool, an integer or float type of up to 64 bits first, for example "
            "with image.astype(float) or abs(image)."
        )
    if image.size == 0:
        raise ValueError(
            f"image has the shape {image.shape}, which holds no pixel: give an image "
            "with at least one."
        )
