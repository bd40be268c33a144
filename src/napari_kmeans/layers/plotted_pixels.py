"""What plots of the values are made of: the pixels of a run, counted by atom."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from napari_kmeans.core.kept import Kept, once
from napari_kmeans.core.levels import levels_of
from napari_kmeans.core.pixels import Pixels, read_pixels
from napari_kmeans.core.plotting.plot_axes import PlotAxis, channels_of
from napari_kmeans.core.plotting.tally import Tally, tally_steps
from napari_kmeans.core.plotting.value_grid import grid_steps
from napari_kmeans.core.progress import Progress, Steps, subprogress
from napari_kmeans.core.pyramid import level_to_fit
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.smoothing import smooth_pixels
from napari_kmeans.core.types import Array, Floats
from napari_kmeans.layers.channels import mix_colors, shown_colors
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.segments.segment_map import SegmentMap

MOST_READ = 1 << 25
"""The most pixels that are read from a lazy image for a plot."""


@dataclass(frozen=True, eq=False)
class Plotted:
    """The pixels that a plot shows, and the atom of each."""

    pixels: Pixels  # in memory, and as smooth as those that were fitted
    atoms: Array  # (N,)
    tally: Tally  # of the atoms' values
    revision: int  # of the segments' pixels that were counted

    def values_at(self, place: tuple[float, ...] | None) -> Floats | None:
        """Return the values (1, n) of a pixel, given where it is along each axis.

        The place is from 0 to 1. None if there is no pixel, or none with a value.
        """
        shape = self.pixels.shape
        if place is None or len(place) != len(shape):
            return None
        index = [int(share * n) for share, n in zip(place, shape, strict=True)]
        flat = int(np.ravel_multi_index(index, shape, mode="clip"))
        values = self.pixels.inside_values(slice(flat, flat + 1))
        return (
            self.tally.grid.values(self.tally.grid.keys(values))
            if len(values)
            else None
        )


def check_plotted(layers: SegmentLayers) -> None:
    """Raise an exception if the values cannot be counted for a plot."""
    pixels = layers.pictures.pixels
    n_pixels = prod(pixels.shapes[_level(layers)])
    if pixels.is_lazy and n_pixels > MOST_READ:
        raise ValueError(
            f"'{layers.sources.name}' is read block by block, and its {n_pixels:,} "
            "pixels are too many to read for a plot: segment a crop or a pyramid of it."
        )


def plotted_steps(
    layers: SegmentLayers, axes: Sequence[PlotAxis], kept: Kept
) -> Steps[Plotted]:
    """Count the values that are plotted along some axes, step by step.

    What is kept of the last time is used as far as pixels and labels are the same.
    """
    segments, source = layers.segments, layers.pictures.pixels
    settings, revision = segments.recipe.model.settings, segments.revision
    smoothing = settings.sigma, settings.smoothing
    reading = _read(layers, settings)
    reading = once(kept, "pixels", (source, *smoothing), reading)
    pixels = yield from subprogress(reading, 0, 0.4)
    channels = channels_of(axes)
    laying = once(kept, "grid", (pixels, channels), grid_steps(pixels, channels))
    grid = yield from subprogress(laying, 0.4, 0.6)
    level = _level(layers)
    atoms = np.asarray(levels_of(segments.atoms)[level]).reshape(-1)
    counting = once(kept, "tally", (grid, revision), tally_steps(pixels, atoms, grid))
    tally = yield from subprogress(counting, 0.6, 1)
    return Plotted(pixels, atoms, tally, revision)


def _level(layers: SegmentLayers) -> int:
    """Return the level of a pyramid that is plotted."""
    shapes = layers.pictures.pixels.shapes
    return level_to_fit(shapes) if len(shapes) > 1 else 0


def _read(layers: SegmentLayers, settings: Settings) -> Steps[Pixels]:
    """Read the pixels of a run into memory, and smooth them as for the fit."""
    yield Progress("Reading the image", 0.0)
    source, level = layers.pictures.pixels, _level(layers)
    image = np.asarray(source.levels[level])
    pixels = read_pixels(image, channel_axis=source.channel_axis, alpha=source.alpha)
    if level and np.any(settings.sigma):  # in pixels of the finest level
        shapes = zip(pixels.shape, source.shapes[0], strict=True)
        sigmas = settings.sigmas(len(pixels.shape)) or ()
        scaled = (s * n / of for s, (n, of) in zip(sigmas, shapes, strict=True))
        settings = replace(settings, sigma=tuple(scaled))
    return (yield from smooth_pixels(pixels, settings))


def labels_of(segment_map: SegmentMap, atoms: Array) -> Array:
    """Return the label of each atom (M,); 0 for those that the map does not have."""
    n_missing = int(atoms.max(initial=0)) + 1 - len(segment_map.table)
    labels: Array = np.pad(segment_map.table, (0, max(0, n_missing)))[atoms]
    return labels


def own_colors(layers: SegmentLayers, values: Array, channels: Sequence[int]) -> Array:
    """Return the colours (M, 3) in which napari shows values (M, n) of channels."""
    styles = layers.pictures.pixels.styles
    if not styles:
        return shown_colors(values, layers.sources)
    chosen: Any = [styles[channel] for channel in channels]
    return mix_colors(values, chosen)
