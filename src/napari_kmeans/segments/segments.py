"""The segments of one image: what the user does to them, and undoes."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_kmeans.core.model import KMeansModel
from napari_kmeans.segments.described import MeanColors, as_colors
from napari_kmeans.segments.history import DEFAULT_BYTES
from napari_kmeans.segments.identity import carried_over, first_map
from napari_kmeans.segments.painting import Painted, distinct, find_painted
from napari_kmeans.segments.pixel_change import Region
from napari_kmeans.segments.recipe import Recipe
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.splittable import Splittable
from napari_kmeans.segments.stored_state import ON_DISK

Array = NDArray[Any]


class Segments(Splittable):
    """The segments of one image: their map, their labels, and the history of both."""

    def __init__(
        self,
        model: KMeansModel,
        clusters: Any,
        mean_colors: MeanColors,
        recipe: Recipe | None = None,
        max_bytes: int = DEFAULT_BYTES,
    ) -> None:
        if recipe is None:
            colors = as_colors(mean_colors(model.centroids))
            recipe = Recipe(model, first_map(colors))
        super().__init__(recipe, clusters, mean_colors, max_bytes)

    def merge(self, values: Iterable[int]) -> None:
        """Make one segment of several, which keeps all that the largest of them is."""
        if self.stored is not None:
            raise ValueError(ON_DISK)
        values = sorted(set(values))
        merged = self.map.merged(values, self.counts)
        self._set_map(f"Merge {' + '.join(map(str, values))}", merged)

    def follow(
        self, painted: Array, within: Region | None = None, *, join: bool = False
    ) -> bool:
        """Take over what the user painted on the labels.

        A label value that is new becomes a segment; 0 erases.
        """
        self._editable()
        self._check_shape(painted)
        return self._paint(find_painted(painted, self.labels, within), "Paint", join)

    def replace_pixels(self, labels: Array, name: str) -> bool:
        """Take other labels, as a step of some name."""
        self._editable()
        self._check_shape(labels)
        return self._paint(find_painted(labels, self.labels), name)

    def _paint(self, painted: Painted | None, name: str, join: bool = False) -> bool:
        """Do a step that gives pixels other labels; tell whether there were any."""
        if painted is None:
            return False
        segment_map = self._map_with(painted.labels)
        change = self._editable().painting(painted, segment_map)
        self._do(name, self.recipe.with_map(segment_map), change, join)
        return True

    def _map_with(self, labels: Array) -> SegmentMap:
        """Give the map with a segment for each of these labels."""
        segment_map = self.map
        for value in distinct(labels):
            if value and value not in segment_map:
                (color,) = self._unused_colors(1, segment_map)
                segment_map = segment_map.with_new_value(value, color)
        return segment_map

    def paint_on_disk(
        self, region: Region, before: Array, after: Array, *, join: bool = False
    ) -> None:
        """Paint labels that are on disk."""
        on_disk = self._on_disk()
        if np.array_equal(before, after):
            return
        after_map = self._map_with(after)
        change = on_disk.painting(region, before, after)
        self._do("Paint", self.recipe.with_map(after_map), change, join)

    def rerun(
        self, model: KMeansModel, clusters: Any, *, keep_edits: bool = True
    ) -> None:
        """Take the result of another run on the image.

        Names, colours, flags and merges carry over to the segments that match.
        """
        self._check_shape(clusters)
        edited = self._pixels.edited() if keep_edits else None
        kept = () if edited is None else distinct(self.labels[edited])
        colors = self._mean_colors(model.centroids)
        after = carried_over(self.recipe, model, colors, kept)
        atoms = None
        if edited is not None:
            atoms = self._editable().repainted(clusters, edited, after.map)
        # The history need not keep the look-up table that a model has for prediction.
        self.recipe = replace(self.recipe, model=replace(self.model))
        self._do("Segment", after, self._pixels.replacing(clusters, atoms))

    def for_image(
        self, model: KMeansModel, clusters: Any, mean_colors: MeanColors
    ) -> Self:
        """Give the segments of another image, called and coloured as these."""
        segments = type(self)(model, clusters, mean_colors)
        colors = [segment.color for segment in segments.map]
        recipe = carried_over(self.recipe, model, colors)
        return type(self)(model, clusters, mean_colors, recipe)

    @classmethod
    def from_dict(
        cls, recipe: Mapping[str, Any], image: ArrayLike, mean_colors: MeanColors
    ) -> Self:
        """Segment an image as another was."""
        made = Recipe.from_dict(recipe)
        return cls(made.model, made.predict_atoms(image), mean_colors, made)
