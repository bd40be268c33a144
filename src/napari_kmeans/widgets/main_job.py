"""The main job: open napari on an image, clustered, with the panel docked."""

from pathlib import Path
from time import perf_counter

import napari
import numpy as np
from napari.layers import Image
from qtpy.QtCore import QEventLoop
from qtpy.QtWidgets import QApplication
from skimage.io import imsave

from napari_kmeans.layers.clusterings import clustering_of
from napari_kmeans.widgets.docks import dock_panel
from napari_kmeans.widgets.panel import KMeansPanel
from napari_kmeans.widgets.settings_form import DEFAULTS

SAMPLE = "immunohistochemistry"

SETTLING = 0.5
"""Seconds until a window has settled."""

HELP = "Give an image file such as PNG, JPEG or TIFF."


def open_clustered(image: Path | None, viewer: napari.Viewer) -> KMeansPanel:
    """Open an image in a viewer, dock the panel and press Segment."""
    if image is None:
        viewer.open_sample("napari-kmeans", SAMPLE)
    else:
        try:
            viewer.open(image)
        except (ValueError, RuntimeError, OSError) as error:
            raise ValueError(
                f"image is '{image}', which napari could not open ({error}). {HELP}"
            ) from error
    images = [layer for layer in viewer.layers if isinstance(layer, Image)]
    if not images:
        raise ValueError(
            f"image is '{image}', in which napari found no image layer. {HELP}"
        )
    panel = dock_panel(viewer)
    panel.form.settings = DEFAULTS  # not the user's last: the same on every run
    panel.image.value = images[0]
    panel.segment()
    return panel


def wait(panel: KMeansPanel) -> None:
    """Keep the window alive until the panel's run is over and shown."""
    while panel.is_running:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
    # The window lays itself out anew, in several turns, once the result is in it.
    settled = perf_counter() + SETTLING
    while perf_counter() < settled:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)


def write_results(
    panel: KMeansPanel, viewer: napari.Viewer, folder: Path
) -> list[Path]:
    """Write a screenshot, the recoloured image and the labels."""
    clustering = clustering_of(viewer, panel.image.value)
    if clustering is None:
        raise RuntimeError(panel.status.value)
    recolored, labels = clustering.recolored, clustering.labels
    if recolored is None or labels is None:
        raise RuntimeError("A layer of the result was deleted, so it is not written.")
    window = folder / "window.png"
    viewer.screenshot(window, canvas_only=False, flash=False)
    return [
        window,
        _write(folder, "recolored", recolored.data, color=recolored.rgb),
        _write(folder, "labels", labels.data, color=False),
    ]


def _write(folder: Path, name: str, data: np.ndarray, *, color: bool) -> Path:
    """Write one array in the format that keeps its values."""
    is_picture = data.dtype == np.uint8 and data.ndim == (3 if color else 2)
    path = folder / f"{name}{'.png' if is_picture else '.tif'}"
    imsave(path, data, check_contrast=False)
    return path
