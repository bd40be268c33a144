"""What is said of the segments: names, colours, what is hidden and what is ignored."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_kmeans.segments.palettes import (
    check_palette,
    palette_colors,
    unused_colors,
)
from napari_kmeans.segments.recipe import Recipe
from napari_kmeans.segments.segment import Color
from napari_kmeans.segments.segment_map import SegmentMap
from napari_kmeans.segments.undoable import Undoable

Array = NDArray[Any]
MeanColors = Callable[[NDArray[np.float64]], ArrayLike]
"""From values of the image, of shape (n, C), to how they look: RGB, of shape (n, 3)."""


class Described(Undoable):
    """Segments of which names, colours and flags can be changed; no pixel is."""

    def __init__(
        self,
        recipe: Recipe,
        predicted: Any,
        mean_colors: MeanColors,
        max_bytes: int,
    ) -> None:
        super().__init__(recipe, predicted, max_bytes)
        self.mean_colors = mean_colors

    def rename(self, value: int, name: str) -> None:
        """Give a segment a name."""
        self._set_map(f"Rename {value}", self.map.renamed(value, name))

    def set_color(
        self, value: int, color: Iterable[float], *, join: bool = False
    ) -> None:
        """Give a segment a colour."""
        self._set_map(f"Colour {value}", self.map.recolored(value, color), join)

    def set_palette(self, name: str) -> None:
        """Give all segments the colours of a palette."""
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
        """Show or hide segments."""
        values = sorted(set(values))
        word = "Show" if visible else "Hide"
        self._set_map(
            f"{word} {_listed(values)}", self.map.with_visible(values, visible)
        )

    def solo(self, values: Iterable[int]) -> None:
        """Show these segments and hide all others."""
        values = sorted(set(values))
        self._set_map(f"Show only {_listed(values)}", self.map.solo(values))

    def show_all(self) -> None:
        """Show all segments."""
        self._set_map("Show all", self.map.with_visible(self.map.values, True))

    def invert_visible(self) -> None:
        """Show what is hidden and hide what is shown."""
        self._set_map("Invert visible", self.map.inverted())

    def set_ignored(self, values: Iterable[int], ignored: bool) -> None:
        """Leave segments out of the percentages, or count them again."""
        values = sorted(set(values))
        word = "Ignore" if ignored else "Count"
        self._set_map(
            f"{word} {_listed(values)}", self.map.with_ignored(values, ignored)
        )

    def _set_map(self, name: str, segment_map: SegmentMap, join: bool = False) -> None:
        """Do a step that changes only what is said of the segments."""
        self._do(name, self.recipe.with_map(segment_map), join=join)

    def _mean_colors(self, centroids: NDArray[np.float64]) -> list[Color]:
        """Give the colours in which values of the image are shown."""
        return as_colors(self.mean_colors(centroids))

    def _unused_colors(self, n: int, segment_map: SegmentMap) -> list[Color]:
        """Give colours for segments that are added."""
        used = [segment.color for segment in segment_map]
        return unused_colors(self.recipe.palette, used, n)


def as_colors(colors: ArrayLike) -> list[Color]:
    """Give the rows of an array as colours.

    Shapes: colors (n, 3).
    """
    return [(r, g, b) for r, g, b in np.asarray(colors, np.float64).tolist()]


def _listed(values: list[int]) -> str:
    """Give label values in words."""
    return ", ".join(map(str, values))
