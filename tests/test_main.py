import subprocess
import sys

import numpy as np
import pytest
from skimage.io import imread, imsave

from napari_kmeans.__main__ import main
from napari_kmeans.core.settings import Settings
from napari_kmeans.widgets.settings_form import load_settings, save_settings


def test_main_job_writes_what_it_shows(tmp_path, capsys, qapp):
    assert main(["--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.rsplit("/")[-1] for line in printed] == [
        "window.png",
        "recolored.png",
        "labels.png",
    ]
    labels = imread(tmp_path / "out" / "labels.png")
    recolored = imread(tmp_path / "out" / "recolored.png")
    window = imread(tmp_path / "out" / "window.png")
    assert labels.shape == recolored.shape[:2] == (512, 512)
    assert len(np.unique(recolored.reshape(-1, 3), axis=0)) == labels.max() >= 2
    assert window.std() > 10


def test_main_job_takes_an_image_and_its_own_defaults(tmp_path, qapp):
    used = Settings(n_clusters=7, color_space="lab", sigma=3)
    save_settings(used, "")
    path = tmp_path / "camera.tif"
    imsave(path, np.arange(600, dtype=np.uint16).reshape(20, 30), check_contrast=False)
    assert main([str(path), "--out", str(tmp_path)]) == 0
    assert imread(tmp_path / "recolored.tif").dtype == np.uint16
    labels = imread(tmp_path / "labels.png")
    assert labels.shape == (20, 30)
    assert labels.max() == 4
    assert load_settings() == (used, "")


def test_folder_that_cannot_be_written_to_is_said_first(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["--out", str(tmp_path / "file" / "out")]) == 1
    assert "out' cannot be written to: Not a directory." in capsys.readouterr().err
    assert main(["--out", str(tmp_path / "file")]) == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [("missing.png", None, "no file"), ("points.csv", "index,a\n0,1\n", "image")],
)
def test_main_job_explains_what_it_cannot_open(
    tmp_path, capsys, qapp, name, content, message
):
    path = tmp_path / name
    if content:
        path.write_text(content)
    assert main([str(path), "--out", str(tmp_path)]) == 1
    assert message in capsys.readouterr().err


CLOSE_THE_WINDOW = """
import napari
from napari.qt import get_qapp
from qtpy.QtCore import QTimer

from napari_kmeans.__main__ import main
from napari_kmeans.core.settings import Settings
from napari_kmeans.widgets.settings_form import load_settings, save_settings


def close_when_clustered():
    viewer = napari.current_viewer()
    if viewer is None or len(viewer.layers) < 3:
        QTimer.singleShot(100, close_when_clustered)
    else:
        viewer.window._qt_window.close()


app = get_qapp()
close_when_clustered()
raise SystemExit(main([]))
"""


def test_main_job_ends_when_the_window_is_closed():
    run = subprocess.run(
        [sys.executable, "-c", CLOSE_THE_WINDOW],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
