import numpy as np
import pytest
from skimage.io import imread
from tifffile import imread as read_tiff

from napari_kmeans.io.masks import FORMATS, write_mask

MASK = np.arange(30).reshape(5, 6) % 4 == 0


@pytest.mark.parametrize("suffix", [*FORMATS.values(), ".TIFF"])
def test_mask_is_0_or_255(tmp_path, suffix):
    read = imread(write_mask(tmp_path / f"mask{suffix}", MASK))
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, np.where(MASK, 255, 0))


@pytest.mark.parametrize("value", [False, True])
def test_mask_may_be_empty_or_full(tmp_path, value):
    read = imread(write_mask(tmp_path / "mask.tif", np.full((4, 7), value)))
    assert set(np.unique(read)) == {255 * value}


@pytest.mark.parametrize("n_planes", [2, 3, 4])
def test_stack_is_a_tiff(tmp_path, n_planes):
    stack = np.stack([MASK, ~MASK, MASK, MASK][:n_planes])
    read = read_tiff(write_mask(tmp_path / "mask.tif", stack))
    np.testing.assert_array_equal(read, np.where(stack, 255, 0))
    with pytest.raises(ValueError, match="one plane only"):
        write_mask(tmp_path / "mask.png", stack)


def test_no_other_file_is_written_or_harmed(tmp_path):
    with pytest.raises(ValueError, match="ends in"):
        write_mask(tmp_path / "mask.jpg", MASK)
    with pytest.raises(OSError, match="could not be written"):
        write_mask(tmp_path / "no" / "mask.tif", MASK)
    assert not list(tmp_path.iterdir())
