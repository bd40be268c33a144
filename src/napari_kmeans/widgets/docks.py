"""The docks of the plugin: one panel and one explorer a window."""

from typing import Any
from weakref import ref

from napari.settings import get_settings
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMainWindow

PLUGIN = "napari-kmeans"
PANEL = "K-means"
EXPLORER = "K-means explorer"


def dock_panel(viewer: Any) -> Any:
    """Return the panel of a viewer's window, docked if it is not yet."""
    return _dock(viewer, PANEL)


def dock_explorer(viewer: Any) -> Any:
    """Return the explorer of a viewer's window, docked if it is not yet."""
    return _dock(viewer, EXPLORER)


def place_below(name: str) -> None:
    """Have a dock that is about to be made lie below the canvas, unless it was moved.

    Manifests cannot say where a dock goes, but napari asks this setting.
    """
    positions = get_settings().application.plugin_widget_positions
    positions.setdefault(f"{name} ({PLUGIN})", "bottom")


class Corners:
    """Leaves the lower corners of a window to the docks at its sides, for a while.

    What lies below is as wide as the canvas then, and takes no height from the panel.
    """

    SIDES = (
        (Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea),
        (Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea),
    )

    def __init__(self, window: QMainWindow) -> None:
        self._window = ref(window)
        self._before = {corner: window.corner(corner) for corner, _ in self.SIDES}
        for corner, side in self.SIDES:
            window.setCorner(corner, side)

    def give_back(self) -> None:
        """Have them belong to the docks that they belonged to before."""
        window = self._window()
        for corner, area in self._before.items():
            if window is not None:
                window.setCorner(corner, area)


def _dock(viewer: Any, name: str) -> Any:
    dock, widget = viewer.window.add_plugin_dock_widget(PLUGIN, name)
    dock.show()
    dock.raise_()  # it may be a tab behind others
    return widget
