"""However large the image: little memory beyond the blocks that are worked on."""

import subprocess
import sys
from pathlib import Path

import dask
import dask.array as da
import pytest

from napari_kmeans.core.lazy.pixels import read_lazy
from napari_kmeans.core.memory import estimate_lazy_memory
from napari_kmeans.core.settings import Settings

STATUS = Path("/proc/self/status")
SCRIPT = """
import re, sys
from pathlib import Path
import dask
import dask.array as da
import numpy as np
from napari_kmeans import segment

SIDE, N_CHUNKS = 1024, 12
n_channels, dtype = int(sys.argv[1]), sys.argv[2]

def draw(block_info=None):
    random = np.random.default_rng(block_info[None]["chunk-location"])
    noise = random.normal(0, 4, (SIDE, SIDE, n_channels)).astype("f4")
    return (noise + 50 + 40 * random.integers(0, 5, n_channels)).astype(dtype)

def megabytes(name):
    text = Path("/proc/self/status").read_text()
    return int(re.search(rf"{name}:\\s+(\\d+) kB", text)[1]) / 1000

def cluster(n_chunks):
    image = da.map_blocks(
        draw,
        chunks=((SIDE,) * n_chunks, (SIDE,), (n_channels,)),
        dtype=dtype,
        meta=np.empty((0, 0, 0), dtype),
    )
    result = segment(image, 5, channel_axis=-1)
    assert result.labels.min().compute() == 1

with dask.config.set(num_workers=2):
    cluster(1)  # which imports what is imported when it is needed
    Path("/proc/self/clear_refs").write_text("5")
    before = megabytes("VmRSS")
    cluster(N_CHUNKS)
chunk = SIDE * SIDE * n_channels * np.dtype(dtype).itemsize / 1e6
print(megabytes("VmHWM") - before, 2 * chunk)
"""


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells the peak")
@pytest.mark.parametrize(("n_channels", "dtype"), [(3, "u1"), (4, "f4"), (1, "u2")])
def test_less_than_300_megabytes_beyond_the_blocks(n_channels, dtype):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(n_channels), dtype],
        capture_output=True,
        text=True,
        check=True,
    )
    peak, of_blocks = map(float, done.stdout.split())
    assert peak - of_blocks < 300
    assert peak < estimate(12, n_channels, dtype) / 1e6


def estimate(n_chunks, n_channels, dtype, side=1024):
    image = da.zeros(
        (n_chunks * side, side, n_channels),
        chunks=(side, side, n_channels),
        dtype=dtype,
    )
    with dask.config.set(num_workers=2):
        pixels = read_lazy(image, channel_axis=-1, alpha=False)
        return estimate_lazy_memory(pixels, Settings(5))


def test_the_memory_told_beforehand_grows_with_the_chunks_only():
    small = estimate(10, 4, "f4")
    assert estimate(100_000, 4, "f4") == small
    assert small < 500e6
    assert estimate(10, 4, "f4", side=20_000) > 2 * 20_000**2 * 16
