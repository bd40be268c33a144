"""The confidence of a lazy image: a lazy array of its chunks."""

from functools import lru_cache
from typing import Any

import numpy as np

from napari_kmeans.core.color import FeatureSpace
from napari_kmeans.core.confidence import ConfidenceTable
from napari_kmeans.core.lazy.labelling import for_each_pixel
from napari_kmeans.core.lazy.pixels import LazyPixels
from napari_kmeans.core.pixels import Pixels
from napari_kmeans.core.progress import finish
from napari_kmeans.core.types import Array, Floats


def confidence_lazily(
    pixels: LazyPixels, space: FeatureSpace, centroids: Floats, cuts: Floats | None
) -> Any:
    """Return the confidence of each pixel; nothing is computed yet."""
    return for_each_pixel(
        pixels,
        _of_block,
        np.dtype(np.float32),
        space=space,
        centroids=tuple(map(tuple, centroids.tolist())),
        cuts=None if cuts is None else tuple(cuts.tolist()),
    )


def _of_block(pixels: Pixels, **made_of: Any) -> Array:
    return finish(_shared_table(**made_of).of_pixels(pixels))


@lru_cache(maxsize=1)  # one for each process: it may have 64 MiB
def _shared_table(space: FeatureSpace, centroids: Any, cuts: Any) -> ConfidenceTable:
    cuts = None if cuts is None else np.array(cuts)
    return ConfidenceTable(space, np.array(centroids), cuts)
