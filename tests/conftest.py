"""Fixtures that several rooms share."""

import pytest


@pytest.fixture(autouse=True)
def _settings_of_its_own(tmp_path_factory):
    """Keep a test away from the settings that the user, or another test, last used."""
    from qtpy.QtCore import QSettings

    folder = str(tmp_path_factory.mktemp("settings"))
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
