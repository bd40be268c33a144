"""The segments of one image: what the user does to them, and undoes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_kmeans.core.model import KMeansModel
from napari_kmeans.segments.history import DEFAULT_BYTES
from napari_kmeans.segments.identity import carried_over, first_map
from napari_kmeans.segments.painting import distinct, find_painted
from napari_kmeans.segments.palettes import (
    check_palette,
    palette_colors,
    unused_colors,
)
from napari_kmeans.segments.recipe import Recipe
from napari_kmeans.segments.segment import Color
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.splitting import Split, channels_last
from napari_kmeans.segments.undoable import Undoable

Array = NDArray[Any]
MeanColors = Callable[[NDArray[np.float64]], ArrayLike]
"""From values of the image, of shape (n, C), to how they look: RGB, of shape (n, 3)."""


class Segments(Undoable):
    """The segments of one image: their map, their labels, and the history of both.

    Parameters
    ----------
    model : KMeansModel
        The clusters.
    clusters : ndarray of uint8 or uint16
        What the model predicts for the image. It is shared, and never written to.
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
        clusters: Array,
        mean_colors: MeanColors,
        recipe: Recipe | None = None,
        max_bytes: int = DEFAULT_BYTES,
    ) -> None:
        self.mean_colors = mean_colors
        if recipe is None:
            recipe = Recipe(model, first_map(self._mean_colors(model.centroids)))
        super().__init__(recipe, clusters, max_bytes)

    def merge(self, values: Iterable[int]) -> None:
        """Make one segment of several, which keeps all that the largest of them is.

        Parameters
        ----------
        values : iterable of int
            Two label values or more.
        """
        values = sorted(set(values))
        merged = self.map.merged(values, self.counts)
        self._set_map(f"Merge {' + '.join(map(str, values))}", merged)

    def split(self, value: int, n: int, image: ArrayLike) -> None:
        """Cluster the pixels of a segment again, into segments of their own.

        Parameters
        ----------
        value : int
            Its label value, which the first piece keeps.
        n : int
            Into how many, at most: fewer if the pixels have fewer distinct values.
        image : array
            The image that the labels are of.

        Raises
        ------
        KeyError
            No segment has the value.
        ValueError
            There is nothing to split.
        """
        own = np.isin(self._pixels.atoms, self.map[value].atoms)
        values = channels_last(self.model, image)
        first = self.map.n_atoms + 1
        split = Split.fit(values[own], n, self.model, self.map[value], first)
        if self.recipe.palette == "mean":
            colors = self._mean_colors(split.model.centroids)
        else:
            colors = self._unused_colors(split.model.n_clusters, self.map)
        after = self.recipe.with_map(self.map.with_split(value, colors))
        after = replace(after, splits=(*after.splits, split))
        change = self._pixels.splitting(split, values)
        self._do(f"Split {value}", after, change)

    def rename(self, value: int, name: str) -> None:
        """Give a segment a name.

        Parameters
        ----------
        value : int
            Its label value.
        name : str
            The name.
        """
        self._set_map(f"Rename {value}", self.map.renamed(value, name))

    def set_color(
        self, value: int, color: Iterable[float], *, join: bool = False
    ) -> None:
        """Give a segment a colour.

        Parameters
        ----------
        value : int
            Its label value.
        color : iterable of float
            Red, green and blue, from 0 to 1.
        join : bool
            Make it one step with the last, if that coloured the same segment: while the
            user drags.
        """
        self._set_map(f"Colour {value}", self.map.recolored(value, color), join)

    def set_palette(self, name: str) -> None:
        """Give all segments the colours of a palette.

        Parameters
        ----------
        name : {"mean", "okabe-ito", "ordered"}
            The palette, which also colours the segments of later steps.
        """
        check_palette(name)
        if name == "mean":
            means = self.recipe.means()
            pairs = zip(self.map, means, self._mean_colors(means), strict=True)
            colors = [s.color if np.isnan(mean).any() else c for s, mean, c in pairs]
        else:
            colors = palette_colors(name, len(self.map))
        after = replace(self.recipe, palette=name, map=self.map.with_colors(colors))
        self._do(f"Palette {name}", after)

    def set_visible(self, values: Iterable[int], visible: bool) -> None:
        """Show or hide segments.

        Parameters
        ----------
        values : iterable of int
            Their label values.
        visible : bool
            Whether to show them.
        """
        values = sorted(set(values))
        word = "Show" if visible else "Hide"
        self._set_map(
            f"{word} {_listed(values)}", self.map.with_visible(values, visible)
        )

    def solo(self, values: Iterable[int]) -> None:
        """Show these segments and hide all others.

        Parameters
        ----------
        values : iterable of int
            Their label values.
        """
        values = sorted(set(values))
        self._set_map(f"Show only {_listed(values)}", self.map.solo(values))

    def show_all(self) -> None:
        """Show all segments."""
        self._set_map("Show all", self.map.with_visible(self.map.values, True))

    def invert_visible(self) -> None:
        """Show what is hidden and hide what is shown."""
        self._set_map("Invert visible", self.map.inverted())

    def set_ignored(self, values: Iterable[int], ignored: bool) -> None:
        """Leave segments out of the percentages, or count them again.

        Parameters
        ----------
        values : iterable of int
            Their label values.
        ignored : bool
            Whether to leave them out.
        """
        values = sorted(set(values))
        word = "Ignore" if ignored else "Count"
        self._set_map(
            f"{word} {_listed(values)}", self.map.with_ignored(values, ignored)
        )

    def follow(self, painted: Array) -> bool:
        """Take over what the user painted on the labels.

        A label value that is new becomes a segment; 0 erases.

        Parameters
        ----------
        painted : ndarray of int
            The labels wanted, of the same shape.

        Returns
        -------
        bool
            Whether anything differed.
        """
        return self.replace_pixels(painted, "Paint")

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
            The labels are of another shape, or one of them is no label.
        """
        self._check_shape(labels)
        painted = find_painted(labels, self.labels)
        if painted is None:
            return False
        segment_map = self.map
        for value in distinct(painted.labels):
            if value and value not in segment_map:
                (color,) = self._unused_colors(1, segment_map)
                segment_map = segment_map.with_new_value(value, color)
        change = self._pixels.painting(painted, segment_map)
        self._do(name, self.recipe.with_map(segment_map), change)
        return True

    def rerun(
        self, model: KMeansModel, clusters: Array, *, keep_edits: bool = True
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
            atoms = self._pixels.repainted(clusters, edited, after.map)
        # The history need not keep the look-up table that a model has for prediction.
        self.recipe = replace(self.recipe, model=replace(self.model))
        self._do("Segment", after, self._pixels.replacing(clusters, atoms))

    def for_image(
        self, model: KMeansModel, clusters: Array, mean_colors: MeanColors
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

    def _set_map(self, name: str, segment_map: SegmentMap, join: bool = False) -> None:
        """Do a step that changes only what is said of the segments."""
        self._do(name, self.recipe.with_map(segment_map), join=join)

    def _mean_colors(self, centroids: NDArray[np.float64]) -> list[Color]:
        """Give the colours in which values of the image are shown."""
        colors = np.asarray(self.mean_colors(centroids), np.float64)
        return [(r, g, b) for r, g, b in colors.tolist()]

    def _unused_colors(self, n: int, segment_map: SegmentMap) -> list[Color]:
        """Give colours for segments that are added."""
        used = [segment.color for segment in segment_map]
        return unused_colors(self.recipe.palette, used, n)


def _listed(values: list[int]) -> str:
    """Give label values in words."""
    return ", ".join(map(str, values))
