"""Pyramids: fit one level, label all."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from napari_kmeans.core.dispatch import as_array, read
from napari_kmeans.core.lazy.arrays import drop_axis
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.pixels import check_mask, find_channel_axis
from napari_kmeans.core.progress import Callback, Steps, finish, subprogress
from napari_kmeans.core.segmentation import Segmentation
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.types import Floats

MOST_PIXELS = 1 << 24
"""The maximum number of pixels of the level that is fitted."""

Shape = tuple[int, ...]


def segment_levels(
    levels: Sequence[Any],
    n_clusters: int,
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    mask: Any = None,
    label_all: bool = False,
    callback: Callback | None = None,
    **settings: Any,
) -> Segmentation:
    """Segment a pyramid: fit a model to one level, and label all levels with it.

    The model is fitted to the finest level of at most 2**24 pixels, or to the coarsest
    if all have more. If a mask in memory leaves fewer pixels of it than clusters, a
    finer level is fitted.

    Parameters
    ----------
    levels : sequence of array_like
        The same image at decreasing resolutions, the finest first; numpy, dask or zarr.
    n_clusters, channel_axis, alpha, label_all, callback
        As in `segment`.
    mask : array_like of bool, optional
        As in `segment`, for the finest level. Pixels of other levels get the value at
        their centre.
    **settings
        Other parameters of `Settings`. `sigma` and `position_weight` are in pixels of
        the finest level.

    Returns
    -------
    Segmentation
        `labels` and `recolored` are tuples with one array for each level; `level` is
        the one that was fitted. The model's positions are in pixels of the finest
        level, its counts and inertia those of the fitted level.

    Raises
    ------
    TypeError
        An argument has the wrong type, or is not a parameter of `Settings`.
    ValueError
        An argument has an invalid value, there is no level, the levels differ in their
        number of axes, or there is no pixel to cluster.

    Warns
    -----
    RuntimeWarning
        `max_iter` was reached before the centroids converged.
    """
    steps = segment_levels_steps(
        levels,
        Settings(n_clusters, **settings),
        channel_axis=channel_axis,
        alpha=alpha,
        mask=mask,
        label_all=label_all,
    )
    segmentation = finish(steps, callback)
    segmentation.model.warn_if_stopped()
    return segmentation


def segment_levels_steps(
    levels: Any,
    settings: Settings,
    *,
    channel_axis: int | None = None,
    alpha: bool | None = None,
    mask: Any = None,
    label_all: bool = False,
    draw: bool = True,
) -> Steps[Segmentation]:
    """Segment a pyramid, step by step; without pictures unless drawn."""
    if hasattr(levels, "__array__") and not isinstance(levels, Sequence):
        raise TypeError(
            f"levels is one array, of the shape {levels.shape}: give a list with one "
            "array for each level, the finest first."
        )
    levels = tuple(map(as_array, levels))
    shapes = _shapes(levels, channel_axis)
    masks = [mask_at_level(mask, shapes[0], shape) for shape in shapes]
    level = fitted_level(shapes, masks, settings.n_clusters)
    factors = [np.divide(shapes[0], shape) for shape in shapes]
    pixels = read(levels[level], channel_axis=channel_axis, alpha=alpha)
    settings_here = settings_at(settings, factors[level])
    fit = KMeansModel.fit_steps(pixels.masked(masks[level]), settings_here)
    fitted = (yield from subprogress(fit, 0, 0.5))[0]
    model = _model_at(fitted, 1 / factors[level], settings)
    labels, recolored = [], []
    done = 0.5 + 0.5 * np.cumsum([0, *map(prod, shapes)]) / sum(map(prod, shapes))
    for number, image in enumerate(levels):
        is_fitted = number == level
        here = fitted if is_fitted else model_at_level(model, factors[number])
        start, stop = float(done[number]), float(done[number + 1])
        middle = (start + stop) / 2
        pixels_here = pixels if number == level else here.read(image)
        chosen = pixels_here.masked(None if label_all else masks[number])
        predict = here.predict_steps(chosen)
        labels.append((yield from subprogress(predict, start, middle)))
        if draw:
            drawing = model.recolor_steps(labels[-1], pixels_here)
            recolored.append((yield from subprogress(drawing, middle, stop)))
    pictures = tuple(recolored) if draw else None
    return Segmentation(tuple(labels), pictures, model, level=level)


def fitted_level(shapes: Sequence[Shape], masks: Sequence[Any], n_least: int) -> int:
    """Return the level that is fitted, if masks leave enough pixels of it."""
    level = level_to_fit(shapes)
    while level and isinstance(masks[level], np.ndarray):
        if np.count_nonzero(masks[level]) >= n_least:
            break
        level -= 1
    return level


def level_to_fit(shapes: Sequence[Shape]) -> int:
    """Return the level that is fitted."""
    small = (n for n, shape in enumerate(shapes) if prod(shape) <= MOST_PIXELS)
    return next(small, len(shapes) - 1)


def _shapes(levels: Sequence[Any], channel_axis: int | None) -> list[Shape]:
    """Return the shape of each level without the channels."""
    if not len(levels):
        raise ValueError("levels is empty: give one array for each level.")
    n_axes = sorted({level.ndim for level in levels})
    if len(n_axes) > 1:
        raise ValueError(
            f"levels differ in their number of axes, {n_axes}: give the same image at "
            "several resolutions."
        )
    axis = find_channel_axis(levels[0], channel_axis)
    return [drop_axis(level.shape, axis) for level in levels]


def mask_at_level(mask: Any, finest: Shape, shape: Shape) -> Any:
    """Return the mask of a level, sampled at the centres of its pixels."""
    if mask is None:
        return None
    mask = check_mask(mask, finest)
    for axis, (fine, coarse) in enumerate(zip(finest, shape, strict=True)):
        if fine != coarse:
            index = ((np.arange(coarse) + 0.5) * (fine / coarse)).astype(np.intp)
            mask = mask[(slice(None),) * axis + (index,)]
    return mask


def settings_at(settings: Settings, factors: Floats) -> Settings:
    """Return settings in units of larger pixels; the edge of pixel 0 is at -1/2."""
    changed: dict[str, Any] = {}
    if sigmas := settings.sigmas(len(factors)):
        changed["sigma"] = tuple(np.divide(sigmas, factors))
    if weights := settings.position_weights(len(factors)):
        changed["position_weight"] = tuple(np.multiply(weights, factors))
        if not isinstance(settings.init, str):
            init = np.array(settings.init)
            positions = init[:, -len(factors) :]
            positions[:] = (positions + 0.5) / factors - 0.5
            changed["init"] = init
    return replace(settings, **changed)


def model_at_level(model: KMeansModel, factors: Floats) -> KMeansModel:
    """Return the model of the finest level for one whose pixels are larger."""
    return _model_at(model, factors, settings_at(model.settings, factors))


def _model_at(model: KMeansModel, factors: Floats, settings: Settings) -> KMeansModel:
    """Return a model in units of larger pixels; the edge of pixel 0 is at -1/2."""
    if settings == model.settings:
        return model  # with its table of labels
    model = replace(model, settings=settings)
    space, n_positions = model.space, model.space.n_positions
    if not n_positions:
        return model
    n_colors = space.n_axes - n_positions
    weight, offset = (
        np.array(part[n_colors:]) for part in (space.weight, space.offset)
    )
    offset = space.scaled((space.unscaled(offset) + 0.5) / factors - 0.5)
    space = replace(
        space,
        weight=(*space.weight[:n_colors], *(weight * factors).tolist()),
        offset=(*space.offset[:n_colors], *offset.tolist()),
    )
    positions = (model.positions + 0.5) / factors - 0.5
    return replace(model, space=space, positions=positions)
