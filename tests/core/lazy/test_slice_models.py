"""One model a slice, and images of several levels, lazily."""

import dask.array as da
import numpy as np
import pytest
import zarr
from skimage import data

from napari_kmeans import segment
from napari_kmeans.core.progress import finish
from napari_kmeans.core.pyramid import segment_levels_steps
from napari_kmeans.core.settings import Settings
from napari_kmeans.core.value_mask import value_mask


@pytest.fixture(scope="module")
def stack():
    image = data.immunohistochemistry()[::4, ::4]
    return np.stack([image, image // 2, 255 - image])


def test_one_model_a_slice_as_in_memory(stack, tmp_path):
    memory = segment(stack, 3, channel_axis=-1, slice_axis=0)
    on_disk = zarr.create_array(
        tmp_path / "stack.zarr", shape=stack.shape, chunks=(2, 64, 64, 3), dtype="u1"
    )
    on_disk[:] = stack
    for image in (da.from_array(stack, chunks=(1, 50, 50, 3)), on_disk):
        lazy = segment(image, 3, channel_axis=-1, slice_axis=0)
        assert isinstance(lazy.labels, da.Array)
        assert lazy.model == memory.model
        assert lazy.slice_models == memory.slice_models
        np.testing.assert_array_equal(lazy.labels.compute(), memory.labels)
        np.testing.assert_array_equal(lazy.recolored.compute(), memory.recolored)


def test_levels_as_in_memory(stack):
    levels = [stack, stack[:, ::2, ::2]]
    lazy = [da.from_array(level, chunks=(1, 50, 50, 3)) for level in levels]
    settings = Settings(3)
    memory = finish(segment_levels_steps(levels, settings, channel_axis=-1))
    result = finish(segment_levels_steps(lazy, settings, channel_axis=-1))
    assert result.model == memory.model
    for one, other in zip(result.labels, memory.labels, strict=True):
        assert isinstance(one, da.Array)
        np.testing.assert_array_equal(one.compute(), other)


def test_a_mask_by_value_is_not_computed_for_all(stack):
    image = da.from_array(stack, chunks=(1, 50, 50, 3))
    choices = {"channel_axis": -1}
    mask = value_mask(image, background=stack[0, 0, 0], saturated=True, **choices)
    assert isinstance(mask, da.Array)
    lazy = segment(image, 4, mask=mask, **choices)
    memory = segment(stack, 4, mask=mask.compute(), **choices)
    assert lazy.model == memory.model
    np.testing.assert_array_equal(lazy.labels.compute(), memory.labels)
