"""A summary of the models of all slices, each clustered as a separate image."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.pixels import TooFewPixelsError
from napari_kmeans.core.settings import Settings

MOST_LISTED = 8
"""The maximum number of slices, or ranges of them, that a message names."""


def summarize(
    models: Sequence[KMeansModel | None],
    settings: Settings,
    n_pixels: int,
    empty: Sequence[int],
) -> KMeansModel:
    """Return a summary of the models of all slices, which the table shows.

    Its message names those that are `empty`: slices outside the mask are meant to be.
    """
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
        message=_message(models, settings.n_clusters, empty),
        converged=all(model.converged for model in there),
    )


def _message(
    models: Sequence[KMeansModel | None], n_clusters: int, empty: Sequence[int]
) -> str | None:
    """Return a message about the slices that differ from the others, or None."""
    there = [(number, model) for number, model in enumerate(models) if model]
    fewer = [number for number, model in there if model.n_clusters < n_clusters]
    stopped = [number for number, model in there if not model.converged]
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


def _listed(numbers: Sequence[int]) -> str:
    """Return slices in words, counted from 0 as in napari, with ranges abbreviated."""
    runs = []
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        ends = sorted({members[0], members[-1]})
        runs.append("-".join(map(str, ends)))
    if len(runs) > MOST_LISTED:
        return f"{len(numbers)} slices"
    return f"slice{'s' if len(numbers) > 1 else ''} {', '.join(runs)}"
