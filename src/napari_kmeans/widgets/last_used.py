"""The settings of the last run, kept from one session to the next."""

import json

from qtpy.QtCore import QSettings

from napari_kmeans.core.settings import Settings


def load_settings(default: Settings) -> Settings:
    """Give the settings that were last used.

    Parameters
    ----------
    default : Settings
        What to give when there are none, or when they can no longer be read.

    Returns
    -------
    Settings
        The last used settings.
    """
    try:
        return Settings.from_dict(json.loads(str(_store().value("settings", "{}"))))
    except (KeyError, TypeError, ValueError):
        return default


def save_settings(settings: Settings) -> None:
    """Keep settings for the next session.

    Parameters
    ----------
    settings : Settings
        The settings of a run.
    """
    _store().setValue("settings", json.dumps(settings.to_dict()))


def _store() -> QSettings:
    """Open the user's own file for this plugin."""
    return QSettings(
        QSettings.Format.IniFormat,
        QSettings.Scope.UserScope,
        "napari-kmeans",
        "last-used",
    )
