"""Figures need matplotlib only when they are drawn, and leave pyplot alone."""

import subprocess
import sys

import pytest

from napari_kmeans import segment
from napari_kmeans.plots import areas, cloud, histogram, one_segment, side_by_side

DRAW = {
    "areas": areas,
    "cloud": cloud,
    "histogram": histogram,
    "one_segment": lambda image, result: one_segment(image, result, 1),
    "side_by_side": side_by_side,
}


@pytest.mark.parametrize("name", DRAW)
def test_each_can_be_saved_without_pyplot(name, photograph, tmp_path):
    image = photograph()
    space = "grey" if name == "histogram" else "rgb"
    result = segment(image, 3, channel_axis=-1, color_space=space)
    drawn = DRAW[name](image, result)
    path = tmp_path / f"{name}.png"
    getattr(drawn, "figure", drawn).savefig(path)
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", DRAW)
def test_without_matplotlib_it_is_said_what_to_install(name, photograph, monkeypatch):
    image = photograph()
    space = "grey" if name == "histogram" else "rgb"
    result = segment(image, 2, channel_axis=-1, color_space=space)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ModuleNotFoundError, match=r"napari-kmeans\[plots\]"):
        DRAW[name](image, result)


def test_nothing_is_imported_before_something_is_drawn():
    code = "import sys, napari_kmeans.plots; print('matplotlib' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False"]
