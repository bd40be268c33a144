"""The explorer's dock: where it lies, what it speaks of, and when it is looked at."""

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDockWidget, QLabel, QWidget

from napari_kmeans.widgets.docks import dock_explorer
from napari_kmeans.widgets.explorer import explorer as explorer_module


class Noted:
    """A page that notes what it is told."""

    tooltip = "For a test."

    def __init__(self, panel):
        self.native = QLabel(self.title)
        self.noted = []

    def look_at(self, clustering):
        self.noted.append(None if clustering is None else clustering.sources.name)

    def look_away(self):
        self.noted.append("away")


class One(Noted):
    title = "One"


class Two(Noted):
    title = "Two"


@pytest.fixture
def explorer(viewer, panel, stain, monkeypatch, click, qtbot):
    monkeypatch.setattr(explorer_module, "PAGES", (One, Two))
    viewer.add_image(stain, name="A")
    click(panel.run.explore_button)
    explorer = dock_explorer(viewer)
    qtbot.waitUntil(explorer.isVisible)
    return explorer


def dock_of(widget: QWidget) -> QDockWidget:
    while not isinstance(widget, QDockWidget):
        widget = widget.parent()
    return widget


def test_it_lies_below_the_canvas(viewer, explorer):
    window = viewer.window._qt_window
    area = window.dockWidgetArea(dock_of(explorer))
    assert area == Qt.DockWidgetArea.BottomDockWidgetArea


def test_it_is_as_wide_as_the_canvas_and_the_panel_keeps_its_height(
    viewer, panel, stain, monkeypatch, click, qtbot
):
    monkeypatch.setattr(explorer_module, "PAGES", (One, Two))
    window = viewer.window._qt_window
    window.resize(1089, 630)
    viewer.add_image(stain)
    qtbot.wait(100)
    height = panel.native.height()
    click(panel.run.explore_button)
    explorer = dock_explorer(viewer)
    qtbot.waitUntil(explorer.isVisible)
    qtbot.wait(100)
    assert panel.native.height() == height
    assert window.height() == 630
    assert dock_of(explorer).height() > 200
    corner = Qt.Corner.BottomRightCorner
    assert window.corner(corner) == Qt.DockWidgetArea.RightDockWidgetArea
    dock_of(explorer).destroyOnClose()
    assert window.corner(corner) == Qt.DockWidgetArea.BottomDockWidgetArea


def test_there_is_one_a_window(viewer, explorer, panel, click):
    click(panel.run.explore_button)
    assert dock_explorer(viewer) is explorer


def test_only_the_page_in_front_is_looked_at(explorer, qtbot):
    one, two = explorer.pages
    assert one.noted[-1] is None
    assert two.noted == []
    bar = explorer.tabs.tabBar()
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(1).center())
    assert one.noted[-1] == "away"
    assert two.noted == [None]
    dock_of(explorer).hide()
    assert two.noted[-1] == "away"


def test_it_follows_the_target(viewer, panel, explorer, click, wait_for_run, stain):
    assert explorer.heading.text() == "A · not segmented yet"
    click(panel.segment_button)
    wait_for_run(panel)
    assert explorer.pages[0].noted[-1] == "A"
    assert explorer.heading.text() == "A"
    viewer.add_image(255 - stain, name="B")
    assert explorer.heading.text() == "B · not segmented yet"
    assert explorer.pages[0].noted[-1] is None


def test_it_opens_the_panel_that_it_needs(viewer):
    explorer = dock_explorer(viewer)
    assert explorer.panel.native.isVisible()
    assert explorer.heading.text().startswith("Open an image")


def test_it_closes_with_the_panel(viewer, panel, explorer, qtbot):
    dock = dock_of(panel.native)
    dock.destroyOnClose()
    qtbot.waitUntil(lambda: not viewer.window.dock_widgets)


def test_closed_it_looks_at_nothing(viewer, panel, explorer, stain, qtbot):
    page = explorer.pages[0]
    dock_of(explorer).destroyOnClose()
    assert page.noted[-1] == "away"
    noted = list(page.noted)
    viewer.add_image(stain, name="B")
    assert page.noted == noted


def test_where_it_was_moved_to_it_opens_again(viewer, panel, explorer, qtbot):
    from napari.settings import get_settings

    positions = get_settings().application.plugin_widget_positions
    positions["K-means explorer (napari-kmeans)"] = "left"
    dock_of(explorer).destroyOnClose()
    again = dock_explorer(viewer)
    area = viewer.window._qt_window.dockWidgetArea(dock_of(again))
    assert area == Qt.DockWidgetArea.LeftDockWidgetArea


def test_no_page_makes_the_window_wider(
    viewer, panel, stain, click, wait_for_run, qtbot
):
    window = viewer.window._qt_window
    window.resize(1089, 630)
    viewer.add_image(stain)
    click(panel.segment_button)
    wait_for_run(panel)
    click(panel.run.explore_button)
    explorer = dock_explorer(viewer)
    qtbot.waitUntil(explorer.isVisible)
    for index in range(len(explorer.pages)):
        explorer.tabs.setCurrentIndex(index)
        qtbot.wait(100)
        assert (window.width(), window.height()) == (1089, 630)
