"""Fixtures that several rooms share."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def _settings_of_their_own(tmp_path_factory):
    """Keep the tests away from the settings that the user last used."""
    from qtpy.QtCore import QSettings

    folder = str(tmp_path_factory.mktemp("settings"))
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
