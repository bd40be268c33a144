"""How much nearer pixels are to their centroid than to the second nearest."""

import numpy as np

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.histogram import key_bits, pack, unpack
from napari_kmeans.core.nearest import runs_between
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import Steps, for_each_block
from napari_kmeans.core.types import Array, Floats

PHASE = "Comparing distances"
AT_ONCE = 1 << 17
"""Distances computed at once: they stay in the processor's cache."""


def confidence_of_points(
    features: Floats, centroids: Floats, cuts: Floats | None = None
) -> Array:
    """Return the confidence (M,) of points (n_axes, M) among centroids (k, n_axes).

    It is 1 - d1 / d2, of the distances to the nearest centroid and to the second
    nearest: 1 at a centroid, 0 halfway between two; 1 everywhere if there is but one.
    Where cuts decide, d1 is the distance to the centroid of the point's cluster, and it
    is 0 if another is nearer.
    """
    confidence = np.ones(features.shape[1], np.float32)
    if len(centroids) == 1:
        return confidence
    size = max(1, AT_ONCE // len(centroids))
    for start in range(0, len(confidence), size):
        points = features[:, start : start + size]
        squares = np.zeros((len(centroids), points.shape[1]))
        for positions, axis in zip(centroids.T, points, strict=True):
            offsets = axis - positions[:, np.newaxis]
            offsets *= offsets
            squares += offsets
        if cuts is None:
            own, other = np.partition(squares, 1, axis=0)[:2]
        else:
            places = runs_between(points[0], cuts), np.arange(points.shape[1])
            own = squares[places]
            squares[places] = np.inf
            other = squares.min(axis=0)
        # Of two centroids at the same place, it can be either.
        ratio = np.divide(own, other, out=np.ones_like(other), where=other > 0)
        confidence[start : start + size] = 1 - np.sqrt(np.minimum(ratio, 1))
    return confidence


class ConfidenceTable:
    """Finds the confidence of pixels; with a table of values up to 24 bits."""

    def __init__(
        self, space: FeatureSpace, centroids: Floats, cuts: Floats | None = None
    ) -> None:
        self.space = space
        self.centroids = centroids  # (k, n_axes)
        self.cuts = cuts
        bits = key_bits(np.dtype(space.dtype), space.n_channels)
        if space.n_positions:
            bits = None  # pixels of one value may differ in their confidence
        # NaN marks the values that have not been met.
        self._table = None if bits is None else np.full(1 << bits, np.nan, np.float32)

    def of_pixels(self, pixels: Pixels) -> Steps[Array]:
        """Find the confidence of each pixel; NaN for those in no segment."""
        confidence = np.full(len(pixels.values), np.nan, np.float32)

        def look_at(block: slice) -> None:
            values = pixels.inside_values(block)
            inside = slice(None) if pixels.inside is None else pixels.inside[block]
            confidence[block][inside] = self._of_values(values)

        yield from for_each_block(look_at, len(confidence), PHASE)
        return confidence.reshape(pixels.shape)

    def _of_values(self, values: Array) -> Array:
        """Return the confidence of each value, and enter new ones in the table."""
        if self._table is None:
            return self._computed(values)
        keys = pack(values)
        found: Array = self._table.take(keys)
        new = np.isnan(found)
        if new.any():
            # Another thread may enter the same values: with the same confidence.
            met = np.unique(keys[new])
            met_values = unpack(met, values.dtype, values.shape[1])
            self._table[met] = self._computed(met_values)
            found = self._table.take(keys)
        return found

    def _computed(self, values: Array) -> Array:
        features = self.space.features(values)
        return confidence_of_points(features, self.centroids, self.cuts)
