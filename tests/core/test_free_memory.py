"""What is free is what the system has, or what a container leaves of it."""

import psutil
import pytest

from napari_kmeans.core import free_memory
from napari_kmeans.core.free_memory import free_memory as free

GIGABYTE = 1 << 30


@pytest.fixture
def groups(tmp_path, monkeypatch):
    """Put control groups of a test in the place of the system's."""
    folder, own = tmp_path / "groups", tmp_path / "own"
    folder.mkdir()
    monkeypatch.setattr(free_memory, "CONTROL_GROUPS", folder)
    monkeypatch.setattr(free_memory, "OWN_GROUPS", own)
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
    assert 0 < free() <= psutil.virtual_memory().total


def test_without_control_groups(groups):
    assert free() == 16 * GIGABYTE


def test_a_limit_of_version_2(groups):
    files = {
        "job/memory.max": f"{4 * GIGABYTE}\n",
        "job/memory.current": f"{3 * GIGABYTE}\n",
        "job/memory.stat": f"anon 5\ninactive_file {GIGABYTE}\n",
    }
    groups("0::/job\n", **files)
    assert free() == 2 * GIGABYTE


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
    assert free() == GIGABYTE


def test_a_limit_of_version_1_seen_from_within_a_container(groups):
    files = {
        "memory/memory.limit_in_bytes": f"{GIGABYTE}\n",
        "memory/memory.usage_in_bytes": f"{2 * GIGABYTE}\n",
        "memory/memory.stat": "cache 0\ntotal_inactive_file 0\n",
    }
    groups("9:cpu:/far\n4:memory:/far/away\n0::/\n", **files)
    assert free() == 0
