"""Cluster an image into several numbers of segments; what they share is done once."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.kept import Kept
from napari_kmeans.core.progress import Callback, Steps, finish, subprogress
from napari_kmeans.core.segmentation import Segmentation, segment_steps
from napari_kmeans.core.settings import Settings


def sweep(
    image: ArrayLike,
    ks: Iterable[int],
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    mask: ArrayLike | None = None,
    label_all: bool = False,
    slice_axis: int | None = None,
    callback: Callback | None = None,
    **settings: Any,
) -> Iterator[Segmentation]:
    """Segment an image into several numbers of clusters, one after the other.

    Each result is that of `segment`, bit for bit. What does not depend on the number of
    clusters, such as the histogram of the image, is computed once.

    Parameters
    ----------
    image, channel_axis, alpha, mask, label_all, slice_axis
        As in `segment`.
    ks : iterable of int
        The numbers of clusters, such as ``range(2, 9)``, in the order of the results.
    callback : callable, optional
        Called with a `Progress` between steps, whose fraction is that of all numbers.
        An exception raised in it stops the computation.
    **settings
        Other parameters of `Settings`, the same for all numbers.

    Returns
    -------
    iterator of Segmentation
        One for each number, computed when it is asked for: a loop holds one at a time,
        ``list(sweep(...))`` has them all.

    Raises
    ------
    TypeError
        An argument has the wrong type, or is not a parameter of `Settings`.
    ValueError
        An argument has an invalid value, there is no number, or there is no pixel to
        cluster. What is wrong with the image itself is found at the first result.

    Warns
    -----
    RuntimeWarning
        `max_iter` was reached before the centroids converged.

    Notes
    -----
    To be fitted, a dask or zarr image of up to 24 bits per pixel is read once, and any
    other more than once for each number: one that fits in memory is swept faster as
    ``numpy.asarray(image)``. Of a pyramid, sweep one level; then give the number of
    clusters that you chose to `segment_levels`.
    """
    every = [Settings(k, **settings) for k in ks]
    if not every:
        raise ValueError(
            "ks is empty: give numbers of clusters, for example range(2, 9)."
        )
    if is_pyramid(image):
        raise ValueError(
            "image is a sequence of arrays of different shapes, as the levels of a "
            "pyramid are: give one level, such as the coarsest, image[-1]."
        )
    runs = sweep_steps(
        image,
        every,
        channel_axis=channel_axis,
        alpha=alpha,
        mask=mask,
        label_all=label_all,
        slice_axis=slice_axis,
    )
    return _finish_each(runs, callback)


def sweep_steps(
    image: Any,
    every: Sequence[Settings],
    *,
    kept: Kept | None = None,
    **options: Any,
) -> Iterator[Steps[Segmentation]]:
    """Return computations of `segment_steps` that share what they can.

    Each is to be run to its end before the next is taken; its progress is that of all.
    """
    kept = Kept() if kept is None else kept
    for number, settings in enumerate(every):
        steps = segment_steps(image, settings, kept=kept, **options)
        share = number / len(every), (number + 1) / len(every)
        yield subprogress(steps, *share, f"k = {settings.n_clusters}: ")


def is_pyramid(image: Any) -> bool:
    """Whether an image is a sequence of arrays of different shapes."""
    if not isinstance(image, Sequence):
        return False
    return len({np.shape(level) for level in image if hasattr(level, "shape")}) > 1


def _finish_each(
    runs: Iterator[Steps[Segmentation]], callback: Callback | None
) -> Iterator[Segmentation]:
    """Run computations, each when its result is asked for."""
    for steps in runs:
        segmentation = finish(steps, callback)
        segmentation.model.warn_if_stopped()
        yield segmentation
