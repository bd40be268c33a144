"""Cluster an image into several numbers of segments; what they share is done once."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.kept import Kept
from napari_kmeans.core.progress import Callback, Steps, finish, subprogress
from napari_kmeans.core.segmentation import Segmentation, segment_steps
from napari_kmeans.core.settings import ColorSpace, Scaling, Settings, Smoothing


def sweep(
    image: ArrayLike,
    ks: Iterable[int],
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    mask: ArrayLike | None = None,
    label_all: bool = False,
    slice_axis: int | None = None,
    color_space: ColorSpace = "rgb",
    init: str = "k-means++",
    n_init: int | Literal["auto"] = "auto",
    max_iter: int = 300,
    tol: float = 0.0,
    random_state: int = 0,
    channel_weights: ArrayLike | None = None,
    lightness_weight: float = 1.0,
    scaling: Scaling | Sequence[Scaling] = "none",
    position_weight: float | Sequence[float] = 0.0,
    sigma: float | Sequence[float] = 0.0,
    smoothing: Smoothing = "gaussian",
    callback: Callback | None = None,
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
    color_space, init, n_init, max_iter, tol, random_state, channel_weights
        See `Settings`; the same for all. `init` is a word.
    lightness_weight, scaling, position_weight, sigma, smoothing
        See `Settings`; the same for all.
    callback : callable, optional
        Called with a `Progress` between steps, whose fraction is that of all numbers.
        An exception raised in it stops the computation.

    Returns
    -------
    iterator of Segmentation
        One for each number, computed when it is asked for: a loop holds one at a time,
        ``list(sweep(...))`` has them all.

    Raises
    ------
    TypeError
        An argument has the wrong type.
    ValueError
        An argument has an invalid value, there is no number, or there is no pixel to
        cluster. What is wrong with the image itself is found at the first result.

    Warns
    -----
    RuntimeWarning
        `max_iter` was reached before the centroids converged.

    Notes
    -----
    A dask or zarr image of up to 24 bits per pixel is read once, and any other once or
    more for each number: one that fits in memory is swept faster as
    ``numpy.asarray(image)``. Of a pyramid, sweep one level; then give the number of
    clusters that you chose to `segment_levels`.
    """
    arguments = locals()
    every = [Settings.among({**arguments, "n_clusters": k}) for k in ks]
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
