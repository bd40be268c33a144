"""The recipe of segments, which can be applied to other images."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from napari_kmeans.core.model import KMeansModel
from napari_kmeans.core.progress import finish
from napari_kmeans.core.types import Array, Counts, Floats
from napari_kmeans.segments.segment_map import Segment, SegmentMap
from napari_kmeans.segments.splitting import Split, channels_last

FORMAT = "napari-kmeans segments"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Track:
    """Where a cluster of a segment was found in the runs so far."""

    trail: tuple[tuple[float, ...], ...]  # its centroids; the latest last
    segment: Segment  # as it was when the cluster was found last
    atom: int  # of the cluster, or 0 if the last run had no match for it

    @classmethod
    def from_dict(cls, track: Mapping[str, Any]) -> Self:
        """Make a track from what `asdict` gave."""
        trail = tuple(map(tuple, track["trail"]))
        return cls(trail, Segment.from_dict(track["segment"]), track["atom"])


@dataclass(frozen=True)
class Recipe:
    """All that determines the labels of an image, except for painting."""

    model: KMeansModel  # the clusters: atoms 1 to k
    map: SegmentMap  # the segments
    splits: tuple[Split, ...] = ()  # in the order in which they were made
    palette: str = "mean"  # where the colours that the user did not choose come from
    tracks: tuple[Track, ...] = ()  # what a later run may find again, after the first
    # which pixels were clustered, in plain JSON values; not known of a recipe read
    selection: Mapping[str, Any] | None = None
    undecided_below: float = 0.0  # pixels that are less sure are in no segment

    def predict_atoms(self, image: ArrayLike) -> Array:
        """Return the atom of each pixel of an image."""
        atoms: Array = self.model.predict(image)
        values = channels_last(self.model, image)
        for split in self.splits:
            atoms = finish(split.applied_steps(values, atoms))
        if self.undecided_below:
            confidence = self.model.confidence(image)
            atoms[confidence < np.float32(self.undecided_below)] = 0
        return atoms

    def predict(self, image: ArrayLike) -> Array:
        """Return the segment of each pixel of an image, with all merges and splits."""
        labels: Array = self.map.table[self.predict_atoms(image)]
        return labels

    def centroids(self) -> dict[int, Floats]:
        """Return the mean value of each atom that has one, in the image's own units."""
        centroids = dict(enumerate(self.model.centroids, start=1))
        for split in self.splits:
            for atom in split.atoms:
                centroids.pop(atom, None)
            centroids.update(enumerate(split.model.centroids, start=split.first))
        return centroids

    @cached_property
    def means(self) -> Floats:
        """The mean of each segment's pixels, (n, C); NaN if only paint is known of."""
        centroids, counts = self.centroids(), self.atom_counts()
        means = np.full((len(self.map), self.model.n_channels), np.nan)
        for mean, segment in zip(means, self.map, strict=True):
            atoms = [atom for atom in segment.atoms if atom in centroids]
            if atoms:
                weights = [counts[atom] for atom in atoms]
                mean[:] = np.average([centroids[a] for a in atoms], 0, weights)
        means.flags.writeable = False
        return means

    @property
    def n_merges(self) -> int:
        """How many clusters, or pieces of splits, share the segment of another."""
        known = self.centroids()
        sizes = (sum(atom in known for atom in s.atoms) for s in self.map)
        return sum(max(0, size - 1) for size in sizes)

    def atom_counts(self) -> Counts:
        """Return the pixels of each atom, (n_atoms + 1,), in the images fitted."""
        counts = np.zeros(self.map.n_atoms + 1, np.int64)
        counts[0] = self.model.n_outside
        fitted = [(1, self.model), *((s.first, s.model) for s in self.splits)]
        for first, model in fitted:
            counts[first : first + model.n_clusters] = model.counts
        return counts

    def with_map(self, segment_map: SegmentMap) -> Self:
        """Return the recipe with another map of the same atoms or more."""
        new = set(segment_map.values) - set(self.map.values)
        tracks = (t for t in self.tracks if t.atom or t.segment.value not in new)
        return replace(self, map=segment_map, tracks=tuple(tracks))

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as a dictionary that JSON can hold."""
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "model": self.model.to_dict(),
            "segments": list(map(asdict, self.map)),
            "splits": [split.to_dict() for split in self.splits],
            "palette": self.palette,
            "parts": list(map(asdict, self.tracks)),
            "undecided_below": self.undecided_below,
        }

    @classmethod
    def from_dict(cls, recipe: Mapping[str, Any]) -> Self:
        """Make a recipe from what `to_dict` gave."""
        wanted = (FORMAT, FORMAT_VERSION)
        if (recipe.get("format"), recipe.get("format_version")) != wanted:
            raise ValueError(
                f'These are not segments of the format "{FORMAT}", version '
                f"{FORMAT_VERSION}: give what this version of napari-kmeans saved."
            )
        return cls(
            KMeansModel.from_dict(recipe["model"]),
            SegmentMap(tuple(map(Segment.from_dict, recipe["segments"]))),
            tuple(map(Split.from_dict, recipe["splits"])),
            recipe["palette"],
            tuple(map(Track.from_dict, recipe["parts"])),
            undecided_below=recipe.get("undecided_below", 0.0),
        )
