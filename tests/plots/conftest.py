"""Plots are drawn without a screen, and pyplot is left alone."""

import sys
from importlib.util import find_spec

import numpy as np
import pytest

# An extra: where it is not installed, there is nothing to test.
collect_ignore_glob = [] if find_spec("matplotlib") else ["test_*.py"]


@pytest.fixture(autouse=True)
def _agg_alone():
    """Draw without a screen, and see that no figure is left with pyplot."""
    import matplotlib as mpl

    mpl.use("agg")
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


@pytest.fixture
def photograph():
    """Make an image of tiles with noise, of some channels and type."""

    def make(n_channels=3, dtype=np.uint8, shape=(20, 30), seed=0):
        random = np.random.default_rng(seed)
        tiles = random.integers(0, 200, (shape[0] // 5, shape[1] // 5, n_channels))
        tiles = tiles.repeat(5, axis=0).repeat(5, axis=1)
        image = (tiles + random.integers(0, 50, tiles.shape)).astype(dtype)
        return image[..., 0] if n_channels == 1 else image

    return make


@pytest.fixture
def new_axes():
    """Make axes that the caller has, of some projection."""
    from matplotlib.figure import Figure

    return lambda **options: Figure().add_subplot(**options)
