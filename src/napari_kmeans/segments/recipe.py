"""How the segments of an image are made, and made again on another image."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_kmeans.core.model import KMeansModel
from napari_kmeans.segments.segment_map import Segment, SegmentMap, label_dtype

Array = NDArray[Any]

FORMAT = "napari-kmeans segments"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Split:
    """Some atoms, clustered again.

    Attributes
    ----------
    atoms : tuple of int
        The atoms that were split.
    first : int
        The atom of the first piece; the others follow.
    model : KMeansModel
        Of their pixels: an image of one axis and the channels.
    """

    atoms: tuple[int, ...]
    first: int
    model: KMeansModel

    @classmethod
    def fit(cls, values: Array, n: int, recipe: "Recipe", value: int) -> Self:
        """Cluster the pixels of a segment again.

        Parameters
        ----------
        values : ndarray of shape (M,) or (M, C)
            Its pixels, as `pixel_values` gives them.
        n : int
            Into how many pieces.
        recipe : Recipe
            What made the segment; the settings are those of its model.
        value : int
            The segment's label value.

        Returns
        -------
        Split
            The pieces.

        Raises
        ------
        ValueError
            There is nothing to split.
        """
        if n < 2:
            raise ValueError(f"{n} is too few: split into two pieces or more.")
        if not len(values):
            raise ValueError(f"Segment {value} has no pixel, so it cannot be split.")
        settings = replace(recipe.model.settings, n_clusters=n, init="k-means++")
        model = KMeansModel.fit(
            values,
            channel_axis=None if values.ndim == 1 else -1,
            alpha=recipe.model.has_alpha,
            **settings.to_dict(),
        )
        if model.n_clusters < 2:
            raise ValueError(
                f"All pixels of segment {value} are alike, so it cannot be split."
            )
        return cls(recipe.map[value].atoms, recipe.map.n_atoms + 1, model)

    def applied(self, image: Array, *arrays: Array) -> tuple[Array, ...]:
        """Replace the atoms that were split by their pieces.

        Parameters
        ----------
        image : ndarray of shape (..., C) or (...)
            The image, with its channels last.
        *arrays : ndarray of uint8 or uint16
            Atoms of its pixels.

        Returns
        -------
        tuple of ndarray
            New arrays. Pixels outside, such as NaN, keep their atom.
        """
        dtype = label_dtype(self.first + self.model.n_clusters - 1)
        results = []
        for array in arrays:
            result = array.astype(np.promote_types(array.dtype, dtype))
            own = np.isin(array, self.atoms)
            piece = self.model.predict(image[own]) if own.any() else array[own]
            offset = result.dtype.type(self.first - 1)
            result[own] = np.where(piece > 0, piece + offset, array[own])
            results.append(result)
        return tuple(results)


@dataclass(frozen=True)
class Remembered:
    """A segment, or a part of one, that had no match in the last run.

    Attributes
    ----------
    centroid : tuple of float
        Where it was.
    segment : Segment
        What it was.
    """

    centroid: tuple[float, ...]
    segment: Segment


@dataclass(frozen=True)
class Recipe:
    """All that makes the labels of an image, but for what was painted.

    Attributes
    ----------
    model : KMeansModel
        The clusters: atoms 1 to k.
    map : SegmentMap
        The segments.
    splits : tuple of Split
        In the order in which they were made.
    palette : str
        Where the colours that the user did not choose come from.
    remembered : tuple of Remembered
        What a later run may find again.
    """

    model: KMeansModel
    map: SegmentMap
    splits: tuple[Split, ...] = ()
    palette: str = "mean"
    remembered: tuple[Remembered, ...] = ()

    def predict_atoms(self, image: ArrayLike) -> Array:
        """Find the atom of each pixel of an image.

        Parameters
        ----------
        image : array
            As for `KMeansModel.predict`.

        Returns
        -------
        ndarray of uint8 or uint16
            The atoms.
        """
        atoms = self.model.predict(image)
        values = channels_last(self.model, image)
        for split in self.splits:
            (atoms,) = split.applied(values, atoms)
        return atoms

    def predict(self, image: ArrayLike) -> Array:
        """Find the segment of each pixel of an image, with all merges and splits.

        Parameters
        ----------
        image : array
            As for `KMeansModel.predict`.

        Returns
        -------
        ndarray of uint8 or uint16
            The labels.
        """
        labels: Array = self.map.table()[self.predict_atoms(image)]
        return labels

    def centroids(self) -> dict[int, NDArray[np.float64]]:
        """Give the mean value of each atom that has one, in the image's own units.

        Returns
        -------
        dict of int to ndarray of shape (C,)
            Atoms that were split again are left out, and so are those painted new.
        """
        centroids = dict(enumerate(self.model.centroids, start=1))
        for split in self.splits:
            for atom in split.atoms:
                centroids.pop(atom, None)
            centroids.update(enumerate(split.model.centroids, start=split.first))
        return centroids

    def means(self) -> NDArray[np.float64]:
        """Give the mean value of each segment's pixels, before anything was painted.

        Returns
        -------
        ndarray of float64 and shape (n, C)
            One row for each segment of the map, in the image's own units; NaN for one
            that was painted new.
        """
        centroids, counts = self.centroids(), self._counts()
        means = np.full((len(self.map), self.model.n_channels), np.nan)
        for mean, segment in zip(means, self.map, strict=True):
            atoms = [atom for atom in segment.atoms if atom in centroids]
            if atoms:
                weights = [counts[atom] for atom in atoms]
                mean[:] = np.average([centroids[a] for a in atoms], 0, weights)
        return means

    def _counts(self) -> dict[int, int]:
        """Give the pixels of each atom in the images that were fitted."""
        counts = dict(enumerate(self.model.counts.tolist(), start=1))
        for split in self.splits:
            counts.update(enumerate(split.model.counts.tolist(), start=split.first))
        return counts

    def with_map(self, segment_map: SegmentMap) -> Self:
        """Give the recipe with another map of the same atoms or more.

        Parameters
        ----------
        segment_map : SegmentMap
            The map. A segment that is new in it takes its number from whatever was
            remembered under that number.

        Returns
        -------
        Recipe
            With the map.
        """
        new = set(segment_map.values) - set(self.map.values)
        rest = (one for one in self.remembered if one.segment.value not in new)
        return replace(self, map=segment_map, remembered=tuple(rest))

    def to_dict(self) -> dict[str, Any]:
        """Give the recipe as a dictionary that JSON can hold.

        Returns
        -------
        dict
            With the format's name and version.
        """
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "model": self.model.to_dict(),
            "segments": [segment.to_dict() for segment in self.map],
            "splits": [
                {"atoms": split.atoms, "first": split.first}
                | {"model": split.model.to_dict()}
                for split in self.splits
            ],
            "palette": self.palette,
            "remembered": [
                {"centroid": one.centroid, "segment": one.segment.to_dict()}
                for one in self.remembered
            ],
        }

    @classmethod
    def from_dict(cls, recipe: Mapping[str, Any]) -> Self:
        """Make a recipe from what `to_dict` gave.

        Parameters
        ----------
        recipe : mapping
            The recipe.

        Returns
        -------
        Recipe
            Equal to the one that the dictionary was made from.

        Raises
        ------
        ValueError
            The dictionary is not a recipe that this version of napari-kmeans can read.
        """
        wanted = (FORMAT, FORMAT_VERSION)
        if (recipe.get("format"), recipe.get("format_version")) != wanted:
            raise ValueError(
                f'These are not segments of the format "{FORMAT}", version '
                f"{FORMAT_VERSION}: give what this version of napari-kmeans saved."
            )
        return cls(
            KMeansModel.from_dict(recipe["model"]),
            SegmentMap(tuple(map(Segment.from_dict, recipe["segments"]))),
            tuple(
                Split(
                    tuple(split["atoms"]),
                    split["first"],
                    KMeansModel.from_dict(split["model"]),
                )
                for split in recipe["splits"]
            ),
            recipe["palette"],
            tuple(
                Remembered(tuple(one["centroid"]), Segment.from_dict(one["segment"]))
                for one in recipe["remembered"]
            ),
        )


def channels_last(model: KMeansModel, image: ArrayLike) -> Array:
    """Give an image with the channels on the last axis, if it has a channel axis.

    Parameters
    ----------
    model : KMeansModel
        What knows the axis.
    image : array
        The image.

    Returns
    -------
    ndarray
        A view.
    """
    image = np.asarray(image)
    if model.channel_axis is None:
        return image
    return np.moveaxis(image, model.channel_axis, -1)
