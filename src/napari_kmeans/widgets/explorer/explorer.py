"""The dock with pages of plots and choices, which follows the panel's target."""

from collections.abc import Callable
from typing import Any, Protocol

from napari.components import ViewerModel
from qtpy.QtCore import QEvent, QSize, Qt, QTimer
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import QDockWidget, QTabWidget, QVBoxLayout, QWidget
from superqt import QElidingLabel

from napari_kmeans.layers.segment_layers import SegmentLayers
from napari_kmeans.widgets.controls import Controls
from napari_kmeans.widgets.docks import EXPLORER, Corners, dock_panel, place_below
from napari_kmeans.widgets.explorer.choose_k_page import ChooseKPage
from napari_kmeans.widgets.explorer.cloud_page import CloudPage
from napari_kmeans.widgets.explorer.confidence_page import ConfidencePage
from napari_kmeans.widgets.explorer.density_page import DensityPage
from napari_kmeans.widgets.explorer.histogram_page import HistogramPage
from napari_kmeans.widgets.explorer.starts_page import StartsPage
from napari_kmeans.widgets.links import Links
from napari_kmeans.widgets.panel import KMeansPanel

SIZE = QSize(900, 280)
"""What the dock asks for, in logical pixels."""

LEAST_HEIGHT = 150


class Page(Protocol):
    """A page of the explorer, in a tab of its own.

    It is made with the panel, whose target it follows. It is told when it is looked at:
    only then may it compute or listen to the segments.
    """

    title: str
    tooltip: str
    native: QWidget

    def look_at(self, clustering: SegmentLayers | None) -> None:
        """Show the target, and follow it; told again when the target changes.

        The clustering is what was made of `panel.choice.sources`; None before a run.
        """

    def look_away(self) -> None:
        """Stop what runs, and follow nothing: the page is not seen any more."""


PAGES: tuple[Callable[[KMeansPanel], Page], ...] = (
    HistogramPage,
    CloudPage,
    DensityPage,
    StartsPage,
    ChooseKPage,
    ConfidencePage,
)
"""What makes the pages, in the order of their tabs."""


class Explorer(QWidget):
    """Shows one page at a time, of what the panel shows."""

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__()
        # Napari hands plugins a proxy.
        viewer: Any = getattr(napari_viewer, "__wrapped__", napari_viewer)
        place_below(EXPLORER)
        self.panel: KMeansPanel = dock_panel(viewer)
        # Before it is docked: else the window would grow for a moment, and stay so.
        self._corners = Corners(viewer.window._qt_window)  # noqa: SLF001
        self.pages = [make(self.panel) for make in PAGES]
        self._seen: Page | None = None
        self._links = Links()
        self.heading = QElidingLabel()
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for page in self.pages:
            self.tabs.setTabToolTip(
                self.tabs.addTab(page.native, page.title), page.tooltip
            )
        self.setMinimumHeight(LEAST_HEIGHT)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 4)
        layout.setSpacing(2)
        layout.addWidget(self.heading)
        layout.addWidget(self.tabs, stretch=1)
        self._controls = Controls(self)
        self._controls.home = self.tabs.tabBar
        target = self.panel.target
        self._links.follow((target.changed, self._show_target))
        self.tabs.currentChanged.connect(self._show_target)
        self.panel.native_parent_changed.connect(self._on_panel_moved)
        self.destroyed.connect(self._let_go)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Ask for a wide, low place."""
        return SIZE

    def open(self, title: str) -> None:
        """Turn to a page."""
        titles = [page.title for page in self.pages]
        self.tabs.setCurrentIndex(titles.index(title))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Look at the page that is in front."""
        super().showEvent(event)
        self._show_target()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Compute nothing that nobody sees."""
        super().hideEvent(event)
        self._turn_to(None)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Stop when the dock is closed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            self._turn_to(None)
            self._corners.give_back()
            self._let_go()

    def _let_go(self) -> None:
        """Stop following the panel."""
        self._links.follow()

    def _show_target(self, *_: object) -> None:
        """Show the target on the page that is looked at."""
        clustering = self.panel.target.clustering
        self.heading.setText(self._describe(clustering))
        if self.isVisible() and self.pages:
            page = self.pages[self.tabs.currentIndex()]
            self._turn_to(page)
            page.look_at(clustering)

    def _turn_to(self, page: Page | None) -> None:
        if self._seen is not None and self._seen is not page:
            self._seen.look_away()
        self._seen = page

    def _describe(self, clustering: SegmentLayers | None) -> str:
        """Name what the pages are about."""
        if clustering is not None:
            return clustering.name
        sources = self.panel.choice.sources
        if sources is None:
            return "Open an image and choose it in the K-means panel."
        return f"{sources.name} · not segmented yet"

    def _on_panel_moved(self, parent: Any) -> None:
        """Close with the panel, once that has gone."""
        if parent is None:
            QTimer.singleShot(0, self._close)

    def _close(self) -> None:
        dock = self.parent()
        while dock is not None and not isinstance(dock, QDockWidget):
            dock = dock.parent()
        if dock is not None:
            dock.destroyOnClose()
