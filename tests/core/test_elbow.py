"""The inertia for every number of clusters."""

import numpy as np
import pytest

from napari_kmeans import KMeansModel
from napari_kmeans.core.elbow import elbow_steps
from napari_kmeans.core.progress import finish
from napari_kmeans.core.settings import Settings


@pytest.mark.parametrize("dtype", ["u1", "f4"])
@pytest.mark.parametrize("channel_axis", [None, -1])
def test_is_the_inertia_of_each_fit(dtype, channel_axis):
    image = (np.random.default_rng(0).random((20, 20, 3)) * 200).astype(dtype)
    curve = finish(elbow_steps(image, Settings(6), channel_axis=channel_axis))
    fits = [
        KMeansModel.fit(image, k, channel_axis=channel_axis).inertia
        for k in range(1, 7)
    ]
    np.testing.assert_allclose(curve, fits, rtol=1e-5)
    assert (np.diff(curve) < 0).all()


def test_ends_with_the_distinct_values():
    image = np.array([[1, 2], [3, 3]], np.uint8)
    curve = finish(elbow_steps(image, Settings(4)))
    np.testing.assert_allclose(curve, [2.75, 0.5, 0], atol=1e-12)
