"""Masks that leave out background and saturated pixels."""

import operator
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.dispatch import as_array
from napari_kmeans.core.pixels import channel_layout


def value_mask(
    image: Any,
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    background: ArrayLike | None = None,
    saturated: bool = False,
) -> Any:
    """Return a mask that leaves out background and saturated pixels.

    NaN, infinite and fully transparent pixels need no mask: they are always left out.

    Parameters
    ----------
    image : array_like
        Numpy, dask or zarr.
    channel_axis, alpha
        As in `segment`.
    background : float or sequence of float, optional
        The value that means 'no data': one number for all channels, or one for each.
        None: there is no background.
    saturated : bool
        Whether to leave out pixels in which any channel has the maximum of its type.

    Returns
    -------
    array of bool
        Of the shape of the image without its channel axis: False where all channels
        equal the background, and where any is saturated. A dask array if the image is a
        dask or zarr array.

    Raises
    ------
    TypeError
        `background` is not a number, or `saturated` is True for an image that is not of
        integers.
    ValueError
        `background` is not finite, or does not have one number for each channel.
    """
    image = as_array(image)
    axis, n_channels, _ = channel_layout(image, channel_axis, alpha)
    if axis is None:
        channels = [image]
    else:
        before = (slice(None),) * axis
        channels = [image[(*before, index)] for index in range(n_channels)]
    keep = np.ones_like(channels[0], np.bool_)
    if background is not None:
        wanted = f"give a finite number, or one for each of the {n_channels} channels."
        levels = np.asarray(background)
        if levels.dtype.kind not in "buif":
            raise TypeError(f"background is {background!r}: {wanted}")
        if levels.shape not in ((), (n_channels,)) or not np.isfinite(levels).all():
            raise ValueError(f"background is {background!r}: {wanted}")
        pairs = zip(channels, np.broadcast_to(levels, n_channels).tolist(), strict=True)
        keep = reduce(operator.or_, [channel != level for channel, level in pairs])
    if saturated:
        if image.dtype.kind not in "iu":
            raise TypeError(
                f"saturated is True, but the image has the type {image.dtype}, in "
                "which no value means saturated: pass saturated=False."
            )
        largest = np.iinfo(image.dtype).max
        keep = reduce(operator.and_, [channel != largest for channel in channels], keep)
    return keep
