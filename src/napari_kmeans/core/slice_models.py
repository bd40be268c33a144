"""One model per slice: each frame or plane is clustered as a separate image."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_kmeans.core.clustering import TooFewPixelsError
from napari_kmeans.core.dispatch import as_array
from napari_kmeans.core.labelling import label_dtype
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.pixels import check_mask, find_channel_axis
from napari_kmeans.core.progress import Steps, subprogress
from napari_kmeans.core.settings import Settings

Array = NDArray[Any]

MOST_LISTED = 8
"""The maximum number of slices, or ranges of them, that a message names."""


class Segmented(Protocol):
    """A slice, clustered."""

    @property
    def labels(self) -> Any:
        """Its labels."""

    @property
    def recolored(self) -> Any:
        """Its picture; None if it was not drawn."""

    @property
    def model(self) -> KMeansModel:
        """How it was clustered."""


def segment_slices(
    segment_one: Callable[[Any, Settings, Any], Steps[Segmented]],
    image: Any,
    settings: Settings,
    slice_axis: int,
    *,
    channel_axis: int | None = None,
    mask: ArrayLike | None = None,
) -> Steps[tuple[Any, Any, KMeansModel, tuple[KMeansModel | None, ...]]]:
    """Cluster each slice by itself; return labels, picture, summary and models.

    Labels are in canonical order in each slice, so label 2 is the second darkest of
    every slice. A slice without any pixel to cluster gets label 0 and keeps its values;
    one with too few distinct values gets fewer segments.
    """
    image = as_array(image)
    channels = find_channel_axis(image, channel_axis)
    shape = [size for axis, size in enumerate(image.shape) if axis != channels]
    if mask is not None:
        mask = check_mask(mask, tuple(shape))
    axis = _check_axis(slice_axis, len(shape))
    image_axis = axis + (channels is not None and channels <= axis)
    labels, pictures, models = [], [], []
    n_slices = shape[axis]
    for number in range(n_slices):
        steps = _segment_slice(
            segment_one,
            _slice_of(image, image_axis, number),
            settings,
            None if mask is None else _slice_of(mask, axis, number),
        )
        where = f"Slice {number + 1} of {n_slices}: "
        share = number / n_slices, (number + 1) / n_slices
        one = yield from subprogress(steps, *share, where)
        labels.append(None if one is None else one.labels)
        pictures.append(None if one is None else one.recolored)
        # A copy has no table of labels, which takes megabytes for each slice.
        models.append(None if one is None else replace(one.model))
    slice_shape = tuple(1 if i == axis else size for i, size in enumerate(shape))
    model = summarize(models, settings, int(np.prod(slice_shape)))
    dtype = label_dtype(model.n_clusters)
    recolored = None
    if any(picture is not None for picture in pictures):
        whole = (
            np.asanyarray(_slice_of(image, image_axis, number))
            if picture is None
            else picture
            for number, picture in enumerate(pictures)
        )
        recolored = np.concatenate(list(whole), image_axis)
    whole_labels = (
        np.zeros(slice_shape, dtype) if one is None else one.astype(dtype)
        for one in labels
    )
    return np.concatenate(list(whole_labels), axis), recolored, model, tuple(models)


def _check_axis(slice_axis: Any, n_axes: int) -> int:
    """Return the axis counted from 0; raise if it is invalid."""
    wanted = f"give an axis of the labels, from {-n_axes} to {n_axes - 1}."
    try:
        axis = operator.index(slice_axis)
    except TypeError:
        raise TypeError(f"slice_axis is {slice_axis!r}: {wanted}") from None
    if isinstance(slice_axis, bool):
        raise TypeError(f"slice_axis is {slice_axis!r}: {wanted}")
    if not -n_axes <= axis < n_axes:
        raise ValueError(f"slice_axis is {slice_axis}: {wanted}")
    return axis % n_axes


def _slice_of(array: Any, axis: int, number: int) -> Any:
    """Return one slice, keeping its axis, so that settings per axis still fit."""
    return array[(slice(None),) * axis + (slice(number, number + 1),)]


def _segment_slice(
    segment_one: Callable[[Any, Settings, Any], Steps[Segmented]],
    image: Any,
    settings: Settings,
    mask: Any,
) -> Steps[Segmented | None]:
    """Cluster one slice; None if there is no pixel to cluster."""
    try:
        return (yield from segment_one(image, settings, mask))
    except TooFewPixelsError as error:
        if not error.n_pixels:
            return None
        fewer = replace(settings, n_clusters=error.n_pixels, init="k-means++")
        return (yield from segment_one(image, fewer, mask))


def summarize(
    models: Sequence[KMeansModel | None], settings: Settings, n_pixels: int
) -> KMeansModel:
    """Return a summary of the models of all slices, which the table shows."""
    there = [model for model in models if model is not None]
    if not there:
        raise TooFewPixelsError(
            "No slice has a pixel that can be clustered: all of them are outside the "
            "mask, NaN, infinite or of alpha 0.",
            0,
        )
    n_clusters = max(model.n_clusters for model in there)
    counts = np.zeros(n_clusters, np.int64)
    sums = np.zeros((n_clusters, there[0].n_channels + there[0].positions.shape[1]))
    for model in there:
        counts[: model.n_clusters] += model.counts
        means = np.hstack([model.centroids, model.positions])
        sums[: model.n_clusters] += means * model.counts[:, np.newaxis]
    means = sums / counts[:, np.newaxis]
    space = max(there, key=lambda model: int(model.counts.sum())).space
    return replace(
        there[0],
        settings=settings,
        space=space,
        centroids=means[:, : space.n_channels],
        positions=means[:, space.n_channels :],
        feature_centroids=space.features(means).T,
        counts=counts,
        inertia=sum(model.inertia for model in there),
        n_iter=max(model.n_iter for model in there),
        n_outside=sum(n_pixels if one is None else one.n_outside for one in models),
        message=_message(models, settings.n_clusters),
        converged=all(model.converged for model in there),
    )


def _message(models: Sequence[KMeansModel | None], n_clusters: int) -> str | None:
    """Return a message about the slices that differ from the others, or None."""
    empty, fewer, stopped = [], [], []
    for number, model in enumerate(models):
        if model is None:
            empty.append(number)
        elif model.n_clusters < n_clusters:
            fewer.append(number)
        if model is not None and not model.converged:
            stopped.append(number)
    sentences = []
    if empty:
        sentences.append(f"No pixel can be clustered in {_listed(empty)}.")
    if fewer:
        sentences.append(
            f"Too few different values for all segments in {_listed(fewer)}."
        )
    if stopped:
        sentences.append(
            f"Stopped before the centroids converged in {_listed(stopped)}: allow "
            "more iterations for the exact result."
        )
    return " ".join(sentences) or None


def _listed(numbers: list[int]) -> str:
    """Return slices in words, counted from 0 as in napari, with ranges abbreviated."""
    runs = []
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        ends = sorted({members[0], members[-1]})
        runs.append("-".join(map(str, ends)))
    if len(runs) > MOST_LISTED:
        return f"{len(numbers)} slices"
    return f"slice{'s' if len(numbers) > 1 else ''} {', '.join(runs)}"
