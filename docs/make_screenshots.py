"""Make the pictures of the README and the docs: run it after each change of the panel.

    python docs/make_screenshots.py [--only STATE ...] [--theme light] [--out FOLDER]

It opens napari, drives the panel, and writes PNG files. Without a screen, start it
under a virtual one (``xvfb-run``).
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dask.array
import dask.array as da
import napari
import numpy as np
from example_images import cells, growing, heights
from napari.layers import Image, Labels
from napari.settings import get_settings
from qtpy.QtCore import QSettings, Qt
from qtpy.QtWidgets import QApplication, QDockWidget, QScrollArea
from skimage.data import coins, retina

from napari_kmeans.layers.clusterings import clustering_of
from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.widgets import run
from napari_kmeans.widgets.docks import dock_explorer, dock_panel
from napari_kmeans.widgets.main_job import wait
from napari_kmeans.widgets.panel import KMeansPanel


def empty(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """No image is open."""


def before(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """An image is open."""
    viewer.open_sample("napari-kmeans", "immunohistochemistry")


def after(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """The image is clustered."""
    before(viewer, panel)
    panel.segment()
    wait(panel)


def advanced(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """The folded section is open and one setting changed."""
    after(viewer, panel)
    panel.form.advanced.folded = False
    panel.form.random_state.value = 4


def running(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """A large image is being clustered."""
    mosaic = np.tile(retina() / np.float32(255), (3, 3, 1))
    viewer.add_image(mosaic, rgb=True, name="retina mosaic")
    panel.form.n_clusters.value = 16
    panel.segment()
    _let_pass(1.5)


def question(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """The labels were painted, and a new result has arrived."""
    after(viewer, panel)
    labels = viewer.layers[-1]
    assert isinstance(labels, Labels)
    labels.brush_size = 60
    labels.paint((200, 200), 1)
    panel.segment()
    wait(panel)


def table(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """Segments have names, and one is hidden."""
    after(viewer, panel)
    segments = _clustering(viewer).segments
    for value, name in ((1, "DAB, dark"), (2, "DAB, light"), (4, "Background")):
        segments.rename(value, name)
    segments.set_visible([4], visible=False)
    segments.set_ignored([4], ignored=True)
    _let_pass(1)


def palette(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """The segments have colours that stay apart for the colour-blind."""
    table(viewer, panel)
    clustering = _clustering(viewer)
    clustering.segments.show_all()
    clustering.segments.set_palette("okabe-ito")
    clustering.set_look(show_as="palette")


def original(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """The image's own pixels, with two segments blacked out."""
    table(viewer, panel)
    clustering = _clustering(viewer)
    clustering.segments.set_visible([3], visible=False)
    clustering.set_look(show_as="original")
    viewer.layers[-1].visible = False


def clean_up(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """A preview of dropping small objects."""
    after(viewer, panel)
    panel.clean_up.folded = False
    panel.clean_up.amount.value = 60
    panel.clean_up.preview.value = True
    _let_pass(2)


def objects(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """The objects of a segment, with their table."""
    table(viewer, panel)
    panel.segments.view.select_values([1])
    panel.segments.act("objects")
    _let_pass(1)


def deleted(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """The user has deleted the labels layer."""
    table(viewer, panel)
    viewer.layers.remove(viewer.layers[-1])
    _let_pass(0.5)


def error(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """The image has no pixel that could be clustered."""
    viewer.add_image(np.full((50, 50), np.nan), contrast_limits=(0, 1), name="empty")
    panel.segment()
    wait(panel)


def channels(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """Two channels are clustered together."""
    _open_cells(viewer)
    panel.segment()
    wait(panel)
    viewer.layers[-1].visible = False


def volume(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """A volume is clustered, and its segments are measured slice by slice."""
    nuclei, bodies = _open_cells(viewer)
    bodies.visible = False
    viewer.layers.selection = {nuclei}
    panel.form.n_clusters.value = 3
    panel.segment()
    wait(panel)
    _clustering(viewer).segments.set_palette("okabe-ito")
    _show_areas(panel)


def film(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """A film that fades has a model for each frame."""
    viewer.add_image(
        growing(), name="colonies", scale=(30, 1, 1), axis_labels=("t", "y", "x")
    )
    panel.form.n_clusters.value = 3
    panel.region.folded = False
    panel.region.models.value = 0
    panel.segment()
    wait(panel)
    _clustering(viewer).segments.set_palette("okabe-ito")
    _show_areas(panel)


def floats(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """A measured surface, parts of which were not."""
    viewer.add_image(
        heights(), name="height (nm)", scale=(0.2, 0.2), units=("um", "um")
    )
    panel.segment()
    wait(panel)
    _clustering(viewer).segments.set_palette("ordered")


def region(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """Only what is inside a shape is clustered."""
    image = viewer.add_image(cells()[1].max(axis=0), name="bodies")
    corners = [[15, 80], [110, 80], [110, 200], [15, 200]]
    viewer.add_shapes(
        [corners],
        shape_type="ellipse",
        name="colony",
        edge_color="yellow",
        edge_width=2,
        face_color="transparent",
    )
    viewer.layers.selection.active = image
    panel.region.folded = False
    panel.region.kind.value = "shapes"
    panel.segment()
    wait(panel)


def stored(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """Labels are on disk, and painted there."""
    nuclei = da.from_array(cells()[0], chunks=(6, 110, 140))
    viewer.add_image(nuclei, name="nuclei", scale=(1, 0.25, 0.25), units=("um",) * 3)
    panel.form.n_clusters.value = 3
    panel.segment()
    wait(panel)
    with tempfile.TemporaryDirectory() as folder:
        panel.storing.write(f"{folder}/nuclei")
        while panel.storing.row.is_running:
            _let_pass(0.1)
        labels = viewer.layers[-1]
        assert isinstance(labels, Labels)
        labels.brush_size = 12
        with labels.block_history():
            for column in range(40, 240):
                labels.paint((11, 60 + column // 3, column), 3)
        _clustering(viewer).segments.set_palette("okabe-ito")
        labels.mode = "paint"
        _let_pass(1)


def levels(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """An image of several levels is clustered."""
    slide = np.tile(retina(), (4, 4, 1))
    pyramid = [slide[::step, ::step] for step in (1, 2, 4, 8)]
    viewer.add_image(pyramid, rgb=True, name="slide")
    panel.segment()
    wait(panel)
    viewer.scene.camera.zoom *= 1.5
    _clustering(viewer).segments.set_palette("okabe-ito")


def lazy(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """A stack that is read block by block is clustered, and a segment hidden."""
    nuclei, _ = cells()
    stack = dask.array.from_array(nuclei, chunks=(1, 110, 140))
    viewer.add_image(stack, name="nuclei", colormap="bop blue")
    panel.form.n_clusters.value = 3
    panel.segment()
    wait(panel)
    segments = _clustering(viewer).segments
    segments.set_palette("okabe-ito")
    segments.set_visible([1], visible=False)


def too_large(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """An image would take more memory than is free."""
    before(viewer, panel)
    needed = patch.object(run, "memory_to_segment", return_value=31.4e9)
    free = patch.object(run, "free_memory", return_value=11.2e9)
    with needed, free:
        panel.segment()


def histogram(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """The histogram of an image of one channel, a cut line of which was moved."""
    viewer.add_image(coins(), name="coins")
    panel.form.n_clusters.value = 3
    panel.segment()
    wait(panel)
    page = _explore(viewer, panel, "Histogram")
    page.cut.value.setValue(92)
    _let_pass(1)


def cloud(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """The colours of the image as a cloud, of which one segment stands out."""
    after(viewer, panel)
    page = _explore(viewer, panel, "Cloud")
    page.space.setCurrentText("Lab")
    page.space.activated.emit(1)
    _let_pass(1)
    panel.segments.view.select_values([3])


def density(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """The density of a* and b*, and a line that is being drawn with the lasso."""
    after(viewer, panel)
    page = _explore(viewer, panel, "Density")
    page.lasso_button.click()
    angles = np.linspace(0, 1.8 * np.pi, 60)
    page.plot.lasso_line.setData(6 + 4 * np.cos(angles), -14 + 9 * np.sin(angles))


def choose_k(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """A photograph of the retina in 2 to 8 segments, of which 2 are suggested."""
    viewer.open_sample("napari-kmeans", "retina")
    _compare(viewer, panel)


def no_clear_k(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """A smooth image, which asks for no number of segments."""
    viewer.open_sample("napari-kmeans", "microaneurysms")
    _compare(viewer, panel)


def start_colours(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """Three start colours from points, of which one is pinned."""
    before(viewer, panel)
    image = viewer.layers[0]
    red, blue = (image.data[..., channel].astype(int) for channel in (0, 2))
    bluest = np.unravel_index(np.argmax(blue - red), red.shape)
    viewer.add_points([[60, 75], bluest, [330, 20]], name="stains")
    viewer.layers.selection = {image}
    page = _explore(viewer, panel, "Start colours")
    page.add_button.click()
    _let_pass(0.5)
    page.table.cellWidget(1, 2).click()
    panel.segment()
    wait(panel)


def confidence(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """A threshold below which pixels are undecided."""
    after(viewer, panel)
    page = _explore(viewer, panel, "Confidence")
    page.slider.setValue(30)
    _let_pass(2)


STATES = (
    empty,
    before,
    after,
    advanced,
    running,
    question,
    error,
    table,
    palette,
    original,
    clean_up,
    objects,
    deleted,
    channels,
    volume,
    film,
    floats,
    region,
    stored,
    levels,
    lazy,
    too_large,
    histogram,
    cloud,
    density,
    start_colours,
    confidence,
    choose_k,
    no_clear_k,
)


def _open_cells(viewer: napari.Viewer) -> tuple[Image, Image]:
    """Open a volume of two channels, and select both."""
    nuclei, bodies = (
        viewer.add_image(
            channel,
            name=name,
            colormap=colormap,
            blending="additive",
            scale=(1, 0.25, 0.25),
            units=("um",) * 3,
            axis_labels=("z", "y", "x"),
        )
        for channel, name, colormap in zip(
            cells(), ("nuclei", "bodies"), ("bop blue", "bop orange"), strict=True
        )
    )
    viewer.layers.selection = {nuclei, bodies}
    return nuclei, bodies


def _show_areas(panel: KMeansPanel) -> None:
    """Unfold the areas of all slices and scroll to them."""
    panel.areas.folded = False
    _let_pass(1.5)
    scroll_area = panel.native.findChild(QScrollArea)
    scroll_area.verticalScrollBar().setValue(scroll_area.verticalScrollBar().maximum())


def _compare(viewer: napari.Viewer, panel: KMeansPanel) -> None:
    """Segment, and compare with other numbers of segments."""
    panel.segment()
    wait(panel)
    page = _explore(viewer, panel, "Choose k")
    end = time.monotonic() + 60
    while not all(each.explained for each in page.strip.thumbnails.values()):
        _let_pass(0.1)
        assert time.monotonic() < end, page.message.text()


def _explore(viewer: napari.Viewer, panel: KMeansPanel, title: str) -> Any:
    """Open the explorer at a page, with room for its plot."""
    explorer = dock_explorer(viewer)
    dock = explorer.parent()
    while not isinstance(dock, QDockWidget):
        dock = dock.parent()
    explorer.open(title)
    window = viewer.window._qt_window  # noqa: SLF001
    window.resize(window.width(), 960)
    _let_pass(1)
    window.resizeDocks([dock], [360], Qt.Orientation.Vertical)
    _let_pass(2)
    return explorer.pages[explorer.tabs.currentIndex()]


def _clustering(viewer: napari.Viewer) -> SegmentLayers:
    """Give the clustering of the only image."""
    clustering = clustering_of(viewer, viewer.layers[0])
    assert clustering is not None
    return clustering


def take(
    state: Callable[[napari.Viewer, KMeansPanel], None],
    size: tuple[int, int],
    folder: Path,
) -> None:
    """Bring a new window into a state and write its picture."""
    viewer = napari.Viewer()
    viewer.window.resize(*size)
    panel = dock_panel(viewer)
    state(viewer, panel)
    _let_pass(0.5)
    path = folder / f"{state.__name__}.png"
    viewer.screenshot(path, canvas_only=False, flash=False)
    print(path)
    panel.run.cancel()
    viewer.close()


def _let_pass(seconds: float) -> None:
    """Keep the window alive for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--theme", default="dark")
    parser.add_argument("--size", type=int, nargs=2, default=(1280, 800))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "images")
    parser.add_argument("--only", nargs="+", metavar="STATE", help="only these")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    get_settings().appearance.theme = options.theme
    wanted = options.only or [state.__name__ for state in STATES]
    for state in (state for state in STATES if state.__name__ in wanted):
        # The defaults, whatever was last used here or for the picture before.
        with tempfile.TemporaryDirectory() as settings:
            QSettings.setPath(
                QSettings.Format.IniFormat, QSettings.Scope.UserScope, settings
            )
            take(state, options.size, options.out)


if __name__ == "__main__":
    main()
