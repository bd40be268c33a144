"""From pixels to labels, given the centroids."""

from typing import Any

import numpy as np

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.histogram import key_bits, pack, unpack
from napari_kmeans.core.nearest import FEW_CUTS, nearest, runs_between
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import Steps, for_each_block
from napari_kmeans.core.types import Array, Floats, Indices

PHASE = "Labelling the pixels"
MOST_STEPS = 8
"""From one float to the next, to find the last that is not above a cut."""


def label_dtype(largest: int) -> np.dtype[Any]:
    """Return the type of labels up to the largest one."""
    return np.dtype(np.uint8 if largest <= 255 else np.uint16)


class Labeller:
    """Labels pixels by the nearest centroid; with a table of values up to 24 bits.

    On one axis cuts may be given, of shape (k - 1,): these decide, not the centroids.
    """

    def __init__(
        self, space: FeatureSpace, centroids: Floats, cuts: Floats | None = None
    ) -> None:
        self.dtype = label_dtype(len(centroids))
        self.space = space
        self.centroids = centroids  # (k, n_axes)
        self.cuts = cuts
        bits = key_bits(np.dtype(space.dtype), space.n_channels)
        if space.n_positions:
            bits = None  # pixels of one value may differ in their label
        # 0 is the label of no value: it marks those that have not been met.
        self._table = None if bits is None else np.zeros(1 << bits, self.dtype)

    def clusters_of(self, values: Array) -> Indices:
        """Return the cluster (M,) of values (M, C)."""
        features = self.space.features(values)
        if self.cuts is None:
            return nearest(features, self.centroids)
        return runs_between(features[0], self.cuts)

    def enter(self, values: Array, index: Array) -> None:
        """Keep the labels of values (M, C), given the clusters (M,) they are in."""
        if self._table is not None:
            self._table[pack(values)] = index.astype(self.dtype) + 1

    def meet(self, values: Array) -> None:
        """Keep the labels of values (M, C) that will be met, if there is a table."""
        if self._table is not None:
            self.enter(values, self.clusters_of(values))

    def _thresholds(self, dtype: np.dtype[Any]) -> Array | None:
        """Return the largest values of a type of floats up to each cut, if they suit.

        A value is above a cut if it is above that one, however points are rounded.
        """
        space, cuts = self.space, self.cuts
        is_plain = space.color_space == "rgb" and space.n_axes == 1
        if cuts is None or not is_plain or dtype.kind != "f" or len(cuts) > FEW_CUTS:
            return None
        values = space.off_axis(cuts).astype(dtype)
        lower, upper = (np.array(end, dtype) for end in (-np.inf, np.inf))
        for _ in range(MOST_STEPS):
            is_above = space.features(values[:, np.newaxis])[0] > cuts
            higher = np.nextafter(values, upper)
            is_below = space.features(higher[:, np.newaxis])[0] <= cuts
            if not (is_above.any() or is_below.any()):
                return values
            nearer = np.where(is_below, higher, values)
            values = np.where(is_above, np.nextafter(values, lower), nearer)
        return None

    def label_pixels(self, pixels: Pixels, index: Array | None = None) -> Steps[Array]:
        """Find the label of each pixel; index has the clusters of those inside."""
        labels = np.zeros(len(pixels.values), self.dtype)
        if index is not None:
            inside = slice(None) if pixels.inside is None else pixels.inside
            labels[inside] = index.astype(self.dtype) + 1
            return labels.reshape(pixels.shape)

        def label_block(block: slice) -> None:
            values = pixels.inside_values(block)
            if pixels.inside is None:
                self._label(values, out=labels[block])
            else:
                found = np.empty(len(values), self.dtype)
                self._label(values, out=found)
                labels[block][pixels.inside[block]] = found

        yield from for_each_block(label_block, len(labels), PHASE)
        return labels.reshape(pixels.shape)

    def _label(self, values: Array, out: Array) -> None:
        """Write the label of each value, and store new ones in the table."""
        if self._table is None:
            thresholds = self._thresholds(values.dtype)
            if thresholds is None:
                out[:] = self.clusters_of(values) + 1
                return
            # Without conversion to points: several times faster.
            out[:] = 1
            for threshold in thresholds:
                out += values[:, 0] > threshold
            return
        keys = pack(values)
        np.take(self._table, keys, out=out, mode="clip")
        if not out.all():
            # Another thread may enter the same values: with the same labels.
            new = np.unique(keys[out == 0])
            met = unpack(new, values.dtype, values.shape[1])
            self.enter(met, self.clusters_of(met))
            np.take(self._table, keys, out=out, mode="clip")
