"""What the window keeps for the next session, in the user's own file."""

from qtpy.QtCore import QSettings


def last_used() -> QSettings:
    """Open the user's own file for this plugin."""
    ini, user = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    return QSettings(ini, user, "napari-kmeans", "last-used")
