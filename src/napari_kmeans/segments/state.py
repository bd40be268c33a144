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
    """The segments of one image: their map, their labels, and the history of both.

    Parameters
    ----------
    model : KMeansModel
        The clusters.
    clusters : ndarray of uint8 or uint16, lazy array, or tuple of either
        What the model predicts for the image. It is shared, and never written to. A
        tuple holds levels, the finest first. Of lazy arrays and levels no pixel can be
        painted, split or cleaned up; all else works.
    mean_colors : callable
        Gives the colour in which a value of the image is shown.
    recipe : Recipe, optional
        How the clusters were made, if not by the model alone.
    max_bytes : int
        The memory that the history may take.

    Attributes
    ----------
    recipe : Recipe
        All that makes the labels, but for what was painted.
    history : History
        What can be undone and redone.
    mean_colors : callable
        May be set; `set_palette("mean")` then asks it again.
    """

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
        """Make one segment of several, which keeps all that the largest of them is.

        Parameters
        ----------
        values : iterable of int
            Two label values or more.

        Raises
        ------
        ValueError
            They are fewer, or the labels are on disk.
        """
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

        Parameters
        ----------
        painted : ndarray of int
            The labels wanted, of the same shape.
        within : tuple of slice, optional
            Where they may differ, each slice with a start and a stop within the image;
            by default everywhere.
        join : bool
            Make it one step with the last, if that was painting: while the user draws.

        Returns
        -------
        bool
            Whether anything differed.

        Raises
        ------
        ValueError
            As for `replace_pixels`.
        """
        self._editable()
        self._check_shape(painted)
        return self._paint(find_painted(painted, self.labels, within), "Paint", join)

    def replace_pixels(self, labels: Array, name: str) -> bool:
        """Take other labels, as a step of some name.

        Parameters
        ----------
        labels : ndarray of int
            The labels wanted, of the same shape.
        name : str
            Of the step, such as "Fill holes".

        Returns
        -------
        bool
            Whether anything differed.

        Raises
        ------
        ValueError
            The labels are of another shape, or one of them is no label, or these are
            computed as they are looked at.
        """
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
        """Paint labels that are on disk.

        Parameters
        ----------
        region : tuple of slice
            The box in which something is painted.
        before, after : ndarray of uint8 or uint16
            Its labels.
        join : bool
            As for `follow`.

        Raises
        ------
        ValueError
            The labels are not on disk.
        """
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

        Parameters
        ----------
        model : KMeansModel
            The new clusters.
        clusters : ndarray of uint8 or uint16
            What it predicts for the image, of the same shape.
        keep_edits : bool
            Keep the pixels that were painted; otherwise they are as predicted.

        Raises
        ------
        ValueError
            The clusters are of another shape: `for_image` takes them.
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
        """Give the segments of another image, called and coloured as these.

        Parameters
        ----------
        model : KMeansModel
            The clusters of the other image.
        clusters : ndarray of uint8 or uint16
            What it predicts for that image.
        mean_colors : callable
            Gives the colour in which a value of that image is shown.

        Returns
        -------
        Segments
            With names, colours, flags and merges of the segments that match.
        """
        segments = type(self)(model, clusters, mean_colors)
        colors = [segment.color for segment in segments.map]
        recipe = carried_over(self.recipe, model, colors)
        return type(self)(model, clusters, mean_colors, recipe)

    @classmethod
    def from_dict(
        cls, recipe: Mapping[str, Any], image: ArrayLike, mean_colors: MeanColors
    ) -> Self:
        """Segment an image as another was.

        Parameters
        ----------
        recipe : mapping
            What `to_dict` gave.
        image : array
            The image.
        mean_colors : callable
            Gives the colour in which a value of the image is shown.

        Returns
        -------
        Segments
            Its segments, named and coloured as the other's.
        """
        made = Recipe.from_dict(recipe)
        return cls(made.model, made.predict_atoms(image), mean_colors, made)
