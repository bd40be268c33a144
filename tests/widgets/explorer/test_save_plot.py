"""Saving a plot: pictures that can be read on paper, drawings, tables."""

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor, QImage
from qtpy.QtWidgets import QFileDialog

from napari_kmeans.widgets.explorer.save_plot import (
    SCREEN_ONLY,
    SavePlotButton,
    pictures_of,
    table_of,
)

ROWS = [("value", "count"), (1.5, 2), (3, 4)]


@pytest.fixture
def canvas(qtbot):
    import pyqtgraph

    canvas = pyqtgraph.PlotWidget(background=None)
    qtbot.addWidget(canvas)
    canvas.resize(400, 200)
    canvas.plot(np.arange(5), pen="r")
    for name in ("left", "bottom"):
        canvas.getAxis(name).setPen("w")  # as in a dark theme
        canvas.getAxis(name).setTextPen("w")
    canvas.show()
    return canvas


@pytest.fixture
def save(qtbot, canvas, tmp_path, monkeypatch):
    """Press the button, and answer its dialog with a name."""
    kinds = (*pictures_of(canvas), table_of(lambda: ROWS))
    button = SavePlotButton(lambda: "cells / plot", kinds)
    qtbot.addWidget(button)
    button.show()
    said, asked = [], []
    button.said.connect(said.append)

    def press(name):
        def answer(_parent, _title, suggested, filters):
            asked.append((suggested, filters))
            return (str(tmp_path / name) if name else "", filters.split(";;")[0])

        monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        return tmp_path / name

    press.said, press.asked, press.button = said, asked, button
    return press


def test_a_picture_is_large_and_drawn_in_ink_on_paper(save, canvas):
    image = QImage(str(save("plot.png")))
    assert image.width() >= 1600
    assert image.pixelColor(2, 2).name() == "#ffffff"
    colors = {
        image.pixelColor(x, y).name()
        for x in range(0, image.width(), 3)
        for y in range(image.height())
    }
    assert "#000000" in colors  # the axes
    assert canvas.getAxis("left").pen().color().name() == "#ffffff"  # as before


def test_lines_are_drawn_in_ink_and_what_is_for_the_screen_is_left_out(save, canvas):
    import pyqtgraph

    line = pyqtgraph.InfiniteLine(2, pen=pyqtgraph.mkPen("w", width=3))
    text = pyqtgraph.TextItem("hovered", fill="b")
    text.setData(0, SCREEN_ONLY)
    canvas.addItem(line)
    text.setParentItem(canvas.getPlotItem().vb)  # as in the histogram
    image = QImage(str(save("plot.png")))
    colors = {
        QColor(image.pixel(x, y)).name()
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
    }
    assert "#0000ff" not in colors
    assert "#000000" in colors
    assert line.pen.color().name() == "#ffffff"
    assert text.isVisible()


def test_a_drawing_has_the_curve_and_the_axes(save):
    text = save("plot.svg").read_text()
    assert text.lstrip().startswith("<?xml")
    assert "#ff0000" in text
    assert "<text" in text


def test_a_table_has_the_numbers(save):
    path = save("plot.csv")
    assert path.read_text() == "value,count\n1.5,2\n3,4\n"
    assert save.said == [f"Saved '{path}'."]


def test_the_dialog_offers_all_kinds_under_a_name_without_slashes(save):
    save("plot")
    [(suggested, filters)] = save.asked
    assert suggested == "cells - plot.png"
    assert filters == "Picture (*.png);;Drawing (*.svg);;Table (*.csv)"
    assert save.button.toolTip() == "Save the plot as PNG, SVG or CSV."


def test_a_name_without_a_suffix_gets_that_of_the_chosen_kind(save, tmp_path):
    save("plot")
    assert (tmp_path / "plot.png").exists()


def test_another_suffix_is_refused_in_words(save, tmp_path):
    save("plot.bmp")
    assert save.said == ["'plot.bmp' was not saved: end its name in .png, .svg, .csv."]
    assert not list(tmp_path.iterdir())


def test_nothing_is_said_when_the_dialog_is_cancelled(save):
    save("")
    assert save.said == []


def test_what_cannot_be_written_is_said(save):
    save("no/such/folder/plot.png")
    assert "could not be written" in save.said[0]
