"""The pixels that a clustering was fitted to, and their labels for other cuts."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_kmeans.core.adjusting import Levels, has_cuts
from napari_kmeans.core.dispatch import (
    AnyPixels,
    confidence,
    count,
    label,
    prepare,
    read,
)
from napari_kmeans.core.kept import Kept, once
from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.progress import Progress, Steps, subprogress
from napari_kmeans.core.pyramid import (
    fitted_level,
    mask_at_level,
    model_at_level,
    settings_at,
)
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.types import Array
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.layers.source_pixels import SourcePixels
from napari_kmeans.segments.recipe import Recipe


@dataclass(frozen=True, eq=False)
class FittedValues:
    """The values of the pixels that were fitted, on the only axis of their model."""

    pixels: AnyPixels  # of the level that was fitted, smoothed as for the fit
    levels: Levels
    atoms: Array | None  # (M,), of each value, where splits decide it; None: none do


def why_no_cuts(layers: SegmentLayers) -> str:
    """Say why there are no cuts between the clusters to be moved; "" if there are."""
    recipe = layers.segments.recipe
    if not has_cuts(recipe.model):
        return "Cut lines are for one channel only."
    if layers.pictures.pixels.selection.slice_axis is not None:
        return "Each slice has its own model, so no cut line is of all slices."
    if recipe.splits and np.any(recipe.model.settings.sigma):
        return "A smoothed image with a split segment has no cut lines: undo the split."
    return ""


def fitted_values_steps(layers: SegmentLayers, kept: Kept) -> Steps[FittedValues]:
    """Count the values that a model of one axis was fitted to, step by step.

    What is kept of the last time is used as far as the pixels are the same.
    """
    yield Progress("Reading the image", 0.0)
    source, recipe = layers.pictures.pixels, layers.segments.recipe
    settings, space = recipe.model.settings, recipe.model.space
    number, masks = _fitted(source, settings)
    image, mask = source.levels[number], masks[number]
    look = settings.sigma, settings.smoothing
    preparing = _prepare(source, settings, number, mask)
    preparing = once(kept, "prepared", (image, mask, *look), preparing)
    pixels = yield from subprogress(preparing, 0, 0.3)
    counting = _levels_of(pixels, recipe)
    counting = once(kept, "levels", (pixels, space), counting)
    levels = yield from subprogress(counting, 0.3, 0.9)
    atoms = yield from subprogress(_atoms_of(levels, recipe), 0.9, 1)
    return FittedValues(pixels, levels, atoms)


def _fitted(source: SourcePixels, settings: Settings) -> tuple[int, list[Any]]:
    """Return the level that was fitted, and the mask of each level."""
    shapes = source.shapes
    masks = [mask_at_level(source.mask, shapes[0], shape) for shape in shapes]
    if len(shapes) == 1:
        return 0, [source.mask]
    return fitted_level(shapes, masks, settings.n_clusters), masks


def _prepare(
    source: SourcePixels, settings: Settings, number: int, mask: Any
) -> Steps[AnyPixels]:
    """Return the pixels of a level inside a mask, smoothed as for the fit."""
    image = source.levels[number]
    pixels = read(image, channel_axis=source.channel_axis, alpha=source.alpha)
    here = settings_at(settings, np.divide(source.shapes[0], source.shapes[number]))
    return (yield from prepare(pixels.masked(mask), here))


def _levels_of(pixels: AnyPixels, recipe: Recipe) -> Steps[Levels]:
    space, settings = recipe.model.space, recipe.model.settings
    histogram = yield from subprogress(count(pixels, space, settings), 0, 0.6)
    return (yield from subprogress(Levels.of_steps(histogram, space), 0.6, 1))


def _atoms_of(levels: Levels, recipe: Recipe) -> Steps[Array | None]:
    """Return the atom of each value; None if no segment was split."""
    if not recipe.splits:
        yield Progress("Looking for splits", 0.0)
        return None
    values = levels.values
    atoms = (recipe.model.labeller.clusters_of(values) + 1).astype(np.uint16)
    if recipe.model.channel_axis is None:
        values = values[:, 0]
    for split in recipe.splits:
        atoms = yield from split.applied_steps(values, atoms)
    return atoms


def relabel_steps(
    layers: SegmentLayers, model: KMeansModel, values: FittedValues, kept: Kept
) -> Steps[Any]:
    """Label the pixels of a clustering by other cuts, step by step."""
    source, recipe = layers.pictures.pixels, layers.segments.recipe
    number, masks = _fitted(source, model.settings)
    if not source.is_lazy:
        model.labeller.meet(values.levels.values)
    labels = []
    for level, (image, mask) in enumerate(zip(source.levels, masks, strict=True)):
        here = model
        if level:
            factors = np.divide(source.shapes[0], source.shapes[level])
            here = model_at_level(model, factors)
        pixels = values.pixels
        is_partial = source.selection.label_all and mask is not None
        if level != number or is_partial:
            things = (image, model.settings.sigma, model.settings.smoothing)
            part = None if source.selection.label_all else mask
            preparing = _prepare(source, model.settings, level, part)
            preparing = once(kept, f"all of {level}", things, preparing)
            pixels = yield from preparing
        found = yield from label(pixels, here.labeller)
        for split in recipe.splits:
            found = yield from split.applied_steps(np.asarray(image), found)
        if recipe.undecided_below and layers.segments.is_editable:
            places = here.labeller.centroids, here.labeller.cuts
            sure = yield from confidence(pixels, here.space, *places)
            is_unsure = sure < np.float32(recipe.undecided_below)
            found = np.where(is_unsure, found.dtype.type(0), found)
        labels.append(found)
    return tuple(labels) if source.sources.is_multiscale else labels[0]
