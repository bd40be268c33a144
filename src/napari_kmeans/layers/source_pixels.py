"""From image layers to the arguments of the core: pixels, channel axis, alpha, mask."""

import operator
from dataclasses import dataclass, replace
from functools import cached_property, partial, reduce
from math import prod
from typing import Any

import numpy as np
from napari.layers import Image

from napari_kmeans.core.kept import Kept
from napari_kmeans.core.labelling import label_dtype
from napari_kmeans.core.lazy.arrays import (
    as_blocks,
    drop_axis,
    in_tiles,
    is_lazy,
    whole_pixels,
)
from napari_kmeans.core.lazy.pixels import read_lazy
from napari_kmeans.core.lazy.scheduling import is_on_cluster
from napari_kmeans.core.memory import estimate_lazy_memory, estimate_memory
from napari_kmeans.core.progress import Progress, Steps
from napari_kmeans.core.pyramid import level_to_fit, mask_at_level, segment_levels_steps
from napari_kmeans.core.segmentation import Segmentation, segment_steps
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.types import Flags
from napari_kmeans.core.value_mask import value_mask
from napari_kmeans.layers.channels import ChannelStyle, channel_styles, mix_picture
from napari_kmeans.layers.region import Region
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.world_grid import WorldGrid


@dataclass(frozen=True)
class PixelSelection:
    """Which pixels are clustered, and whether each slice has its own model."""

    region: Region | None = None  # what is fitted; None: the whole image
    label_all: bool = False  # whether the pixels outside the region are labelled, too
    # A value that is left out: where all channels have it
    background: float | None = None
    # leave out pixels of which a channel has the largest value of its type, which must
    # be one of integers
    saturated: bool = False
    # the axis along which each slice has a model of its own; None: one for all
    slice_axis: int | None = None

    @property
    def leaves_out_values(self) -> bool:
        """Whether pixels are left out by their value."""
        return self.background is not None or self.saturated

    @property
    def is_partial(self) -> bool:
        """Whether anything is left out."""
        return self.region is not None or self.leaves_out_values

    def record(self) -> dict[str, Any]:
        """Return it in plain JSON values."""
        region = None if self.region is None else self.region.record()
        return {**vars(self), "region": region}


ALL_PIXELS = PixelSelection()
"""All pixels, and one model for them."""


@dataclass(frozen=True, eq=False)
class SourcePixels:
    """The pixels to cluster in image layers."""

    # the data of each layer: its levels, the finest first; one unless multiscale
    arrays: tuple[tuple[Any, ...], ...]
    # -1 for a colour image and for several channels, None for one
    channel_axis: int | None
    alpha: bool  # whether the last channel is alpha
    sources: Sources  # the layers
    grid: WorldGrid  # the grid of the pixels
    selection: PixelSelection = ALL_PIXELS  # which pixels are clustered

    @cached_property
    def levels(self) -> tuple[Any, ...]:
        """The image, the finest level first, with its channels last.

        One level unless the layers are multiscale. They are arrays in memory, or dask
        arrays where the layers' are lazy. One level in memory is copied: a later split
        needs the pixels of the run, whatever their layer holds by then.
        """
        levels = self.as_stored()
        is_own = len(self.arrays) > 1  # stacked, not a layer's own
        if is_own or self.is_lazy or len(levels) > 1:
            return levels
        return (levels[0].copy("K"),)

    def as_stored(self) -> tuple[Any, ...]:
        """Return the levels, which may share memory with the layers."""
        if len(self.arrays) > 1:
            return tuple(map(_stack, zip(*self.arrays, strict=True)))
        is_moved = self.sources.channel_axis is not None
        read = self._with_channels_last if is_moved else stored_array
        return tuple(map(read, self.arrays[0]))

    @property
    def is_lazy(self) -> bool:
        """Whether the image is computed, or read, block by block."""
        return any(_is_lazy(level) for levels in self.arrays for level in levels)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shape of each level, without channels."""
        return [drop_axis(level.shape, self._stored_axis) for level in self.arrays[0]]

    @property
    def _stored_axis(self) -> int | None:
        """The channel axis of the layers' own data; None if they have none."""
        return -1 if self.sources.is_colors else self.sources.channel_axis

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the image's values."""
        return np.result_type(*(levels[0].dtype for levels in self.arrays))

    @property
    def n_channels(self) -> int:
        """How many channels a pixel has, alpha not counted."""
        if self.sources.is_colors:
            return int(self.arrays[0][0].shape[-1]) - self.alpha
        return len(self.sources.channel_names)

    @property
    def image(self) -> Any:
        """The finest level."""
        return self.levels[0]

    @cached_property
    def styles(self) -> tuple[ChannelStyle, ...]:
        """How each of several channels looks."""
        return channel_styles(self.sources)

    @cached_property
    def mixed(self) -> tuple[Any, ...]:
        """Several channels as they look together, at each level; lazy if that is."""
        return tuple(mix_picture(level, self.styles) for level in self.levels)

    @cached_property
    def region_mask(self) -> Flags | None:
        """Which pixels are inside the region; None if all are."""
        region = self.selection.region
        return None if region is None else region.mask(self.grid)

    def n_outside_region(self, level: int = 0) -> int:
        """Return how many pixels of a level are outside the region."""
        inside = self.region_mask
        if inside is None:
            return 0
        shape = self.levels[level].shape[: inside.ndim]
        inside = mask_at_level(inside, inside.shape, shape)
        return int(inside.size - np.count_nonzero(inside))

    @cached_property
    def mask(self) -> Any:
        """Which pixels are clustered, at the finest level, maybe lazy; None if all."""
        inside, selection = self.region_mask, self.selection
        if not selection.leaves_out_values:
            return inside
        masks = [] if inside is None else [inside]
        see = partial(value_mask, alpha=self.alpha)
        axis, images = self.channel_axis, [self.image]
        if selection.background is not None:
            background = selection.background
            masks.append(see(self.image, channel_axis=axis, background=background))
        if selection.saturated:
            if len(self.arrays) > 1:  # by the type of each layer
                axis, images = None, [levels[0] for levels in self.arrays]
            # If none is of integers, it is said what is wrong.
            integers = [image for image in images if image.dtype.kind in "iu"]
            masks += [
                see(image, channel_axis=axis, saturated=True)
                for image in integers or images
            ]
        return reduce(operator.and_, masks)

    def segment_steps(
        self, settings: Settings, kept: Kept | None = None
    ) -> Steps[Segmentation]:
        """Cluster the pixels, in steps.

        What is kept of an earlier run is used as far as pixels and settings are equal;
        of lazy images and pyramids nothing is kept.
        """
        yield Progress("Reading the image", 0.0)
        if self.is_lazy or len(self.arrays[0]) > 1:
            kept = None
        if kept is not None:
            self.take_over(kept)
        slice_axis = self.selection.slice_axis
        if self.sources.is_multiscale and slice_axis is not None:
            raise ValueError(
                f"'{self.sources.name}' is a pyramid, which has one model for all "
                "slices: choose that, or open its finest level as a separate image."
            )
        options: dict[str, Any] = {
            "channel_axis": self.channel_axis,
            "alpha": self.alpha,
            "mask": self.mask,
            "label_all": self.selection.label_all,
            "draw": False,  # the layers draw what is shown
        }
        if self.sources.is_multiscale:
            return (yield from segment_levels_steps(self.levels, settings, **options))
        options["slice_axis"] = slice_axis
        return (yield from segment_steps(self.image, settings, **options, kept=kept))

    def take_over(self, kept: Kept) -> None:
        """Use the arrays of the run before where they are equal."""
        # Instead of the copy that reading the levels would make.
        vars(self)["levels"] = (kept.snapshot("image", *self.as_stored()),)
        if self.mask is not None:
            vars(self)["mask"] = kept.snapshot("mask", self.mask)

    def out_of_core(self) -> "SourcePixels":
        """Return the same pixels as lazy arrays, to be clustered block by block."""
        axis = self._stored_axis
        read = partial(in_tiles, channel_axis=axis)
        return replace(self, arrays=tuple(tuple(map(read, one)) for one in self.arrays))

    def _with_channels_last(self, level: Any) -> Any:
        """Move the channel axis to the end."""
        axis = self.sources.channel_axis
        assert axis is not None
        moved = np.moveaxis(stored_array(level), axis, -1)
        if self.sources.entries is not None:
            moved = moved[..., list(self.sources.entries)]
        # In the outputs it is one pixel thick, or left out if it comes first.
        return np.expand_dims(moved, axis) if axis else moved


def read_source(
    source: Image | Sources, selection: PixelSelection = ALL_PIXELS
) -> SourcePixels:
    """Return the pixels to cluster in image layers, or in one."""
    sources = source if isinstance(source, Sources) else Sources((source,))
    sources.check()
    arrays = tuple(
        tuple(layer.data) if layer.multiscale else (layer.data,)
        for layer in sources.layers
    )
    has_channels = sources.is_colors or sources.is_multichannel
    return SourcePixels(
        arrays,
        channel_axis=-1 if has_channels else None,
        alpha=sources.is_colors and arrays[0][0].shape[-1] == 4,
        sources=sources,
        grid=sources.grid(),
        selection=selection,
    )


def _stack(channels: tuple[Any, ...]) -> Any:
    """Stack the channels of one level on a last axis, lazily if any is lazy."""
    arrays = [stored_array(channel) for channel in channels]
    dtype = np.result_type(*(array.dtype for array in arrays))
    if all(isinstance(array, np.ndarray) for array in arrays):
        return np.stack(arrays, axis=-1, dtype=dtype)
    lazy = [as_blocks(array).astype(dtype) for array in arrays]
    return whole_pixels(np.stack(lazy, axis=-1), -1)  # dask takes numpy's call up


def _is_lazy(data: Any) -> bool:
    """Whether a layer's data are lazy, or in a store on disk such as HDF5's."""
    # An array of xarray has `chunks` too: None if it wraps one of numpy.
    in_memory = isinstance(getattr(data, "data", data), (np.ndarray, memoryview))
    return is_lazy(data) or (hasattr(data, "chunks") and not in_memory)


def stored_array(data: Any) -> Any:
    """Return a layer's data as an array in memory, or as a dask array if it is lazy."""
    return as_blocks(data) if _is_lazy(data) else np.asarray(data)


def memory_to_segment(pixels: SourcePixels, settings: Settings) -> int:
    """Return how much memory segmenting layers and showing the result needs."""
    level = level_to_fit(pixels.shapes)
    if pixels.is_lazy:
        if is_on_cluster():
            return 0
        image = as_blocks(pixels.levels[level])
        blocks = read_lazy(image, channel_axis=pixels.channel_axis, alpha=pixels.alpha)
        return estimate_lazy_memory(blocks, settings)
    sources, n_channels, dtype = pixels.sources, pixels.n_channels, pixels.dtype
    shape = list(pixels.shapes[level])
    if pixels.selection.slice_axis is not None:
        shape[pixels.selection.slice_axis] = 1
    fitting = estimate_memory(
        shape,
        dtype,
        settings,
        n_channels=n_channels,
        alpha=pixels.alpha,
        channels_last=not sources.is_multichannel,
        draw=False,
    )
    # The labels of the layer, those predicted, and those of levels that are not fitted.
    n_labels = 2 + (prod(shape) < prod(pixels.shapes[0]))
    # The picture, and the copy of the pixels of the run.
    n_pictures = 1 + (not sources.is_multiscale and len(sources.layers) == 1)
    of_label = label_dtype(settings.n_clusters).itemsize
    of_pixel = (n_channels + pixels.alpha) * np.dtype(dtype).itemsize
    of_all = n_labels * of_label + n_pictures * of_pixel
    return fitting + of_all * prod(pixels.shapes[0])
