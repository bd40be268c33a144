"""Areas per slice in the panel: table, plot, and what follows the segments."""

import dask.array as da
import numpy as np
import numpy.testing as npt
import pytest
from napari.components import ViewerModel
from psygnal import Signal
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtWidgets import QApplication, QFileDialog

from napari_kmeans.core.progress import finish
from napari_kmeans.core.segmentation import segment
from napari_kmeans.core.settings import Settings
from napari_kmeans.io.tables import table_text
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import read_source
from napari_kmeans.widgets.areas.areas_section import AreasSection

N_FRAMES = 7


@pytest.fixture
def film():
    """Two discs that grow and shrink, while it gets brighter."""
    rows, columns = np.mgrid[:40, :50]
    frames = [
        20
        + 3 * t
        + 100 * (np.hypot(rows - 20, columns - 15) < 4 + t)
        + 180 * (np.hypot(rows - 20, columns - 38) < 11 - t)
        for t in range(N_FRAMES)
    ]
    return np.stack(frames).clip(0, 255).astype(np.uint8)


@pytest.fixture
def viewer(qapp):
    return ViewerModel()


@pytest.fixture
def layers(viewer, film):
    source = viewer.add_image(
        film,
        name="film",
        scale=(3, 0.5, 0.5),
        translate=(30, 0, 0),
        units=("s", "um", "um"),
        axis_labels=("time", "y", "x"),
    )
    return show_segmentation(viewer, source, segment(film, 3))


@pytest.fixture
def section(layers, qtbot):
    section = AreasSection()
    qtbot.addWidget(section.native)
    section.native.resize(320, 700)
    section.show_segments(layers)
    section.show()
    section.folded = False
    qtbot.waitUntil(lambda: section.model.rowCount() == N_FRAMES)
    yield section
    section.show_segments(None)


def table(section):
    """Read the table as a file has it, but for the image's name."""
    titles, *rows = section.file_rows()
    return titles[1:], np.array([row[1:] for row in rows], np.float64)[:, 1:]


def expected(layers):
    labels = layers.segments.labels
    values = layers.segments.map.values
    return np.array([[np.sum(f == v) for v in values] for f in labels])


def follows(section, qtbot, check):
    qtbot.waitUntil(lambda: not section.row.is_running)
    qtbot.waitUntil(check, timeout=3000)


def test_areas_are_in_the_units_of_the_other_axes(section, layers):
    titles, areas = table(section)
    assert titles == ["time", *(f"Segment {n} (µm²)" for n in (1, 2, 3))]
    npt.assert_allclose(areas, expected(layers) * 0.25)
    section.measure.value = "pixels"
    npt.assert_array_equal(table(section)[1], expected(layers))
    section.measure.value = "percent"
    npt.assert_allclose(table(section)[1].sum(1), 100)


def test_plot_has_a_line_for_each_segment_in_its_colour(section, layers, qtbot):
    layers.segments.set_palette("okabe-ito")
    follows(
        section,
        qtbot,
        lambda: (
            section.plot.lines[2].opts["pen"].color().getRgb()[:3]
            == tuple(round(255 * c) for c in layers.segments.map[2].color)
        ),
    )
    _, areas = table(section)
    npt.assert_array_equal(section.plot.lines[2].getData()[1], areas[:, 1])
    assert section.plot.canvas.getAxis("left").labelText == "Area (µm²)"
    assert section.plot.canvas.getAxis("bottom").labelText == "time"


def test_hiding_and_renaming_are_followed(section, layers, qtbot):
    layers.segments.rename(1, "Sky & sea")
    layers.segments.set_visible([2], False)
    follows(section, qtbot, lambda: set(section.plot.lines) == {1, 3})
    assert "Sky&nbsp;&amp;&nbsp;sea" in section.plot.legend.text()
    assert "Segment&nbsp;2" not in section.plot.legend.text()
    assert table(section)[0][1] == "Sky & sea (µm²)"


def test_merge_is_followed_without_counting_again(section, layers, qtbot):
    before = table(section)[1]
    layers.segments.merge([1, 2])
    assert not section.row.is_running
    npt.assert_array_equal(table(section)[1][:, 0], before[:, 0] + before[:, 1])
    layers.segments.undo()
    npt.assert_array_equal(table(section)[1], before)


def test_ignored_segments_have_no_share(section, layers):
    section.measure.value = "percent"
    layers.segments.set_ignored([1], True)
    _, shares = table(section)
    assert np.isnan(shares[:, 0]).all()
    npt.assert_allclose(shares[:, 1:].sum(1), 100)


def test_paint_and_its_undo_are_counted(section, layers, qtbot):
    before = table(section)[1]
    layers.labels.data_setitem((np.full(9, 4), np.arange(9), np.arange(9)), 3)
    follows(section, qtbot, lambda: not np.array_equal(table(section)[1], before))
    section.measure.value = "pixels"
    npt.assert_array_equal(table(section)[1], expected(layers))
    layers.segments.undo()
    section.measure.value = "area"
    npt.assert_array_equal(table(section)[1], before)


def test_another_run_is_counted(section, layers, film, qtbot):
    result = segment(film, 2)
    layers.rerun(result, layers.pictures.pixels, "mix", keep_edits=False)
    follows(section, qtbot, lambda: section.model.columnCount() == 2)
    section.measure.value = "pixels"
    npt.assert_array_equal(table(section)[1], expected(layers))


def test_another_axis_is_counted(section, layers, qtbot):
    section.axis.value = 2
    follows(section, qtbot, lambda: section.model.rowCount() == 50)
    assert section.measure.value == "pixels"  # seconds times micrometres is no area
    npt.assert_array_equal(table(section)[1].sum(0), expected(layers).sum(0))


def test_measure_is_kept_along_another_axis(section, qtbot):
    section.measure.value = "percent"
    section.axis.value = 1
    assert section.measure.value == "percent"


def test_legend_has_room_for_all_its_lines(section, layers, qtbot):
    for value in (1, 2, 3):
        layers.segments.rename(value, f"A rather long name of segment {value}")
    plot = section.plot

    def check():
        legend = plot.legend
        assert "rather" in legend.text()
        assert plot.canvas.geometry().bottom() < legend.geometry().top()
        assert legend.height() >= legend.heightForWidth(legend.width())

    qtbot.waitUntil(check)


@pytest.mark.parametrize("channel_axis", [0, 1])
def test_channels_of_one_layer_are_no_slices(viewer, film, qtbot, channel_axis):
    data = np.stack([film, 255 - film], channel_axis)
    along = {"scale": [2, 0.5, 0.5], "units": ["s", "um", "um"]}
    along |= {"axis_labels": ["time", "y", "x"], "translate": [30, 0, 0]}
    for name, value in (
        ("scale", 1),
        ("units", "pixel"),
        ("axis_labels", "c"),
        ("translate", 0),
    ):
        along[name].insert(channel_axis, value)
    source = Sources((viewer.add_image(data, name="film", **along),), channel_axis)
    pixels = read_source(source)
    layers = show_segmentation(
        viewer, source, finish(pixels.segment_steps(Settings(3))), pixels=pixels
    )
    section = AreasSection()
    qtbot.addWidget(section.native)
    section.show_segments(layers)
    section.show()
    section.folded = False
    qtbot.waitUntil(lambda: section.model.rowCount() == N_FRAMES)
    titles, areas = table(section)
    assert titles == ["time", *(f"Segment {n} (µm²)" for n in (1, 2, 3))]
    npt.assert_allclose(areas, expected(layers) * 0.25)
    assert [section.axis.native.itemText(i) for i in range(3)] == ["time", "y", "x"]
    section.go_to(4)
    assert viewer.dims.point[-3 - channel_axis] == 38
    viewer.dims.set_point(-3 - channel_axis, 34)
    assert section.table.currentIndex().row() == 2
    section.show_segments(None)


def test_click_on_the_plot_goes_to_the_slice(section, layers, viewer, qtbot):
    plot = section.plot.canvas
    qtbot.waitUntil(plot.isVisible)
    for number in (5, 0, 6):
        in_scene = plot.getPlotItem().vb.mapViewToScene(QPointF(number, 0))
        place = plot.mapFromScene(in_scene) + QPoint(0, -20)
        qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert viewer.dims.current_step[0] == number
        assert section.plot.cursor.value() == pytest.approx(number)


def test_layers_may_leave_the_viewer(section, layers, viewer):
    viewer.layers.clear()
    assert viewer.dims.ndim == 2
    assert not section.plot.cursor.isVisible()


def test_click_on_a_row_goes_to_the_slice_and_the_slider_selects_it(
    section, viewer, qtbot
):
    index = section.model.index(3, 1)
    place = section.table.visualRect(index).center()
    qtbot.mouseClick(section.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert viewer.dims.current_step[0] == 3
    viewer.dims.set_current_step(0, 1)
    assert section.table.currentIndex().row() == 1


def test_table_of_a_second_result_has_its_name(section, layers, film, qtbot):
    second = show_segmentation(
        layers.viewer, layers.source, segment(film, 2), in_new_layers=True
    )
    section.show_segments(second)
    qtbot.waitUntil(lambda: section.file_rows() != [])
    assert section.file_rows()[1][0] == "film (2)"


def test_table_is_copied_and_saved(section, tmp_path, monkeypatch):
    said = []
    section.said.connect(said.append)
    section.copy_button.native.click()
    rows = section.file_rows()
    assert QApplication.clipboard().text() == table_text(rows, "\t")
    assert rows[0][0] == "image"
    assert {row[0] for row in rows[1:]} == {section._layers.sources.name}

    def save(path):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
        section.save_button.native.click()

    save(tmp_path / "areas")
    assert (tmp_path / "areas.csv").read_text("utf-8") == table_text(rows)
    save(tmp_path / "nowhere" / "areas.csv")
    assert said[0] == "Copied 7 rows: paste them into a spreadsheet."
    assert said[1].startswith("Saved")
    assert "could not be written" in said[2]


def test_flat_images_have_no_such_section(viewer, qtbot):
    flat = np.random.default_rng(0).integers(0, 255, (20, 30)).astype(np.uint8)
    source = viewer.add_image(flat)
    section = AreasSection()
    qtbot.addWidget(section.native)
    section.show_segments(show_segmentation(viewer, source, segment(flat, 2)))
    assert not section.visible
    section.folded = False
    assert not section.row.is_running


def lazily(film, look):
    return da.from_array(film, chunks=(1, 20, 25)).map_blocks(
        look, dtype=film.dtype, meta=np.empty((0, 0, 0), film.dtype)
    )


class Lazy:
    """As much of a clustering of lazy labels as the section reads."""

    layers_changed = Signal()

    def __init__(self, layers, look):
        from napari_kmeans.segments.segments import Segments

        self.sources, self.viewer = layers.sources, layers.viewer
        self.name = layers.name
        self.segments = Segments(
            layers.segments.recipe.model,
            lazily(layers.segments.labels, look),
            layers.segments.mean_colors,
        )


@pytest.fixture
def lazy_section(layers, qtbot):
    looked = []

    def look(block):
        looked.append(block.shape)
        return block

    section = AreasSection()
    qtbot.addWidget(section.native)
    section.show_segments(Lazy(layers, look))
    looked.clear()
    section.show()
    section.folded = False
    yield section, looked
    section.show_segments(None)


def test_lazy_labels_are_counted_when_asked_for(lazy_section, layers, qtbot):
    section, looked = lazy_section
    qtbot.wait(50)
    assert not looked
    assert section.count_button.visible
    section.count_button.native.click()
    qtbot.waitUntil(lambda: section.model.rowCount() == N_FRAMES)
    assert len(looked) == 4 * N_FRAMES
    section.measure.value = "pixels"
    npt.assert_array_equal(table(section)[1], expected(layers))
    assert not section.count_button.visible


def test_counting_can_be_cancelled(layers, qtbot):
    import threading

    gate = threading.Event()

    def look(block):
        gate.wait(10)
        return block

    section = AreasSection()
    qtbot.addWidget(section.native)
    section.show_segments(Lazy(layers, look))
    section.show()
    section.folded = False
    section.count_button.native.click()
    assert section.row.visible
    section.row.cancel_button.native.click()
    gate.set()
    assert not section.row.visible
    assert section.count_button.visible
    qtbot.wait(100)
    assert section.model.rowCount() == 0
    section.show_segments(None)


def test_block_that_cannot_be_read_is_told_of(layers, qtbot):
    def look(block):
        raise OSError("chunk 3/0/1 is damaged")

    section = AreasSection()
    qtbot.addWidget(section.native)
    section.show_segments(Lazy(layers, lambda block: block))
    section.show_segments(None)
    with_error = Lazy(layers, lambda block: block)
    with_error.segments._store.atoms = da.from_array(
        layers.segments.labels, chunks=(1, 20, 25)
    ).map_blocks(look, dtype="u1", meta=np.empty((0, 0, 0), "u1"))
    section.show_segments(with_error)
    section.show()
    said = []
    section.said.connect(said.append)
    section.folded = False
    section.count_button.native.click()
    qtbot.waitUntil(lambda: bool(said))
    (text,) = said
    assert text.startswith("The slices could not be counted: Chunk (0, 0, 0) of")
    assert "OSError: chunk 3/0/1 is damaged" in text
    assert section.count_button.visible
    section.show_segments(None)


def test_areas_follow_a_scale_that_is_set_later(section, layers, qtbot):
    qtbot.waitUntil(lambda: section.file_rows() != [])
    before = float(section.file_rows()[1][-1])
    layers.source.scale = (3, 1, 1)
    assert float(section.file_rows()[1][-1]) == 4 * before
    layers.source.units = ("s", "mm", "mm")
    qtbot.waitUntil(lambda: table(section)[0][1].endswith("(mm²)"))
    assert section.file_rows()[0][2] == "Segment 1 (mm²)"
