"""The settings of the last run, kept between sessions."""

import json

from qtpy.QtCore import QSettings

from napari_kmeans.core.settings import Settings


def load_settings(default: Settings) -> Settings:
    """Return the settings that were last used."""
    try:
        return Settings.from_dict(json.loads(str(_store().value("settings", "{}"))))
    except (KeyError, TypeError, ValueError):
        return default


def save_settings(settings: Settings) -> None:
    """Keep settings for the next session."""
    _store().setValue("settings", json.dumps(settings.to_dict()))


def _store() -> QSettings:
    """Open the user's own file for this plugin."""
    return QSettings(
        QSettings.Format.IniFormat,
        QSettings.Scope.UserScope,
        "napari-kmeans",
        "last-used",
    )
