"""A small picture with a few colours, and its segments."""

from functools import cache

import numpy as np
import pytest

from napari_kmeans import KMeansModel
from napari_kmeans.segments.segments import Segments

COLORS = np.array(
    [[20, 20, 30], [200, 40, 40], [40, 180, 60], [60, 90, 220], [240, 230, 90]]
)


@pytest.fixture(scope="session")
def image():
    """Five colours with a little noise, in patches."""
    random = np.random.default_rng(0)
    patches = random.integers(0, len(COLORS), (6, 7)).repeat(4, 0).repeat(4, 1)
    noise = random.normal(0, 6, (*patches.shape, 3))
    return np.clip(COLORS[patches] + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def run(image):
    """Give model and clusters of k clusters of the picture."""

    @cache
    def run(k):
        model = KMeansModel.fit(image, k, channel_axis=-1)
        clusters = model.predict(image)
        clusters.flags.writeable = False
        return model, clusters

    return run


@pytest.fixture(scope="session")
def show():
    """Give values of 8 bits as colours; gray if they have one channel."""

    def show(values):
        return np.broadcast_to(np.nan_to_num(values) / 255, (len(values), 3))

    return show


@pytest.fixture
def segments(run, show):
    """Three segments of the picture."""
    return Segments(*run(3), show)
