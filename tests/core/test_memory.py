"""The memory that is told beforehand, beside what is then taken, and what is free."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from napari_kmeans.core import memory
from napari_kmeans.core.memory import estimate_memory, free_memory
from napari_kmeans.core.settings import Settings

STATUS = Path("/proc/self/status")
SCRIPT = """
import json, re, sys, warnings
from pathlib import Path
import numpy as np
from napari_kmeans import segment

def kilobytes(name):
    text = Path("/proc/self/status").read_text()
    return int(re.search(rf"{name}:\\s+(\\d+) kB", text)[1])

image = np.load(sys.argv[1])
options = json.loads(sys.argv[2])
corner = image[:64, :64]
segment(corner, 2, **options)  # which imports what is imported when it is needed
Path("/proc/self/clear_refs").write_text("5")
before = kilobytes("VmRSS")
segment(image, 8, **options)
print(1024 * (kilobytes("VmHWM") - before))
"""
SIDE = 2000
IMAGES = {
    "uint8 RGB": ("u1", 3, {}),
    "uint8 RGB in CIELAB": ("u1", 3, {"color_space": "lab"}),
    "float32": ("f4", 1, {}),
    "uint16 of four channels": ("u2", 4, {}),
    "float32 RGB, smoothed": ("f4", 3, {"sigma": 1.0}),
    "float64, with positions": ("f8", 2, {"position_weight": 0.1}),
}


def estimate(name):
    dtype, n_channels, choices = IMAGES[name]
    settings = Settings(8, **choices)
    return estimate_memory((SIDE, SIDE), dtype, settings, n_channels=n_channels)


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells the peak")
@pytest.mark.parametrize("name", IMAGES)
def test_is_enough_and_not_twice_as_much(name, tmp_path):
    dtype, n_channels, choices = IMAGES[name]
    random = np.random.default_rng(0)
    image = random.random((SIDE, SIDE, n_channels), np.float32)
    if np.dtype(dtype).kind == "u":
        image *= np.iinfo(dtype).max
    path = tmp_path / "image.npy"
    np.save(path, image.astype(dtype))
    options = json.dumps({"channel_axis": -1, **choices})
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, path, options],
        capture_output=True,
        text=True,
        check=True,
    )
    peak = int(done.stdout)
    assert peak <= estimate(name) <= 2.2 * peak


def test_grows_with_the_pixels_and_not_beyond_what_takes_part():
    settings = Settings(4)
    small, large = (
        estimate_memory((side, side), "f4", settings, n_channels=3)
        for side in (3000, 6000)
    )
    assert 3.5 < large / small < 4.1
    part = estimate_memory((6000, 6000), "f4", settings, n_channels=3, n_inside=10**6)
    assert part < large / 2


def test_values_of_up_to_24_bits_take_no_more_than_there_are():
    settings = Settings(4)
    images = [(n, 10_000) for n in (100_000, 200_000)]
    one, other = (estimate_memory(n, "u1", settings, n_channels=3) for n in images)
    assert other - one == 100_000 * 10_000 * 4  # a label, and a colour


def test_a_picture_that_is_not_made_takes_no_memory():
    drawn, labelled = (
        estimate_memory((30_000, 30_000), "u1", Settings(4), n_channels=3, draw=draw)
        for draw in (True, False)
    )
    assert labelled < drawn / 2


GIGABYTE = 1 << 30


@pytest.fixture
def groups(tmp_path, monkeypatch):
    """Put control groups of a test in the place of the system's."""
    folder, own = tmp_path / "groups", tmp_path / "own"
    folder.mkdir()
    monkeypatch.setattr(memory, "CONTROL_GROUPS", folder)
    monkeypatch.setattr(memory, "OWN_GROUPS", own)
    monkeypatch.setattr(
        psutil, "virtual_memory", lambda: type("", (), {"available": 16 * GIGABYTE})
    )

    def make(own_text, **files):
        own.write_text(own_text)
        for path, text in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    return make


def test_of_this_machine():
    assert 0 < free_memory() <= psutil.virtual_memory().total


def test_without_control_groups(groups):
    assert free_memory() == 16 * GIGABYTE


def test_a_limit_of_version_2(groups):
    files = {
        "job/memory.max": f"{4 * GIGABYTE}\n",
        "job/memory.current": f"{3 * GIGABYTE}\n",
        "job/memory.stat": f"anon 5\ninactive_file {GIGABYTE}\n",
    }
    groups("0::/job\n", **files)
    assert free_memory() == 2 * GIGABYTE


def test_a_limit_of_a_group_above(groups):
    files = {
        "batch/memory.max": f"{4 * GIGABYTE}\n",
        "batch/memory.current": f"{3 * GIGABYTE}\n",
        "batch/memory.stat": "inactive_file 0\n",
        "batch/job/memory.max": "max\n",
        "batch/job/memory.current": f"{GIGABYTE}\n",
        "batch/job/memory.stat": "inactive_file 0\n",
    }
    groups("0::/batch/job\n", **files)
    assert free_memory() == GIGABYTE


def test_a_limit_of_version_1_seen_from_within_a_container(groups):
    files = {
        "memory/memory.limit_in_bytes": f"{GIGABYTE}\n",
        "memory/memory.usage_in_bytes": f"{2 * GIGABYTE}\n",
        "memory/memory.stat": "cache 0\ntotal_inactive_file 0\n",
    }
    groups("9:cpu:/far\n4:memory:/far/away\n0::/\n", **files)
    assert free_memory() == 0
