"""The docks of the plugin: one panel and one explorer a window."""

from typing import Any

from napari.settings import get_settings

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


def _dock(viewer: Any, name: str) -> Any:
    dock, widget = viewer.window.add_plugin_dock_widget(PLUGIN, name)
    dock.show()
    dock.raise_()  # it may be a tab behind others
    return widget
