"""The explorer open at a page, with its plot made."""

import pytest

from napari_kmeans.widgets.docks import dock_explorer


@pytest.fixture
def open_page(viewer, panel, qtbot):
    """Open the explorer at a page, and wait for its plot."""

    def open_at(title):
        explorer = dock_explorer(viewer)
        explorer.open(title)
        qtbot.waitUntil(explorer.isVisible)
        page = next(page for page in explorer.pages if page.title == title)
        qtbot.waitUntil(lambda: not page.plotting.is_running, timeout=20_000)
        return page

    return open_at


@pytest.fixture
def segment(panel, click, wait_for_run):
    """Press Segment and wait for the result."""

    def run():
        click(panel.segment_button)
        wait_for_run(panel)
        return panel.target.clustering

    return run


@pytest.fixture
def settle(qtbot):
    """Wait until a page's plot is made anew."""

    def wait(page):
        qtbot.wait(10)
        qtbot.waitUntil(lambda: not page.plotting.is_running, timeout=20_000)

    return wait
