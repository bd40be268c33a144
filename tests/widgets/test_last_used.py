from napari_kmeans.core.settings import Settings
from napari_kmeans.widgets import last_used
from napari_kmeans.widgets.last_used import load_settings, save_settings

DEFAULT = Settings(n_clusters=4)


def test_settings_come_back():
    settings = Settings(n_clusters=11, n_init=2, random_state=9)
    save_settings(settings)
    assert load_settings(DEFAULT) == settings


def test_unreadable_settings_give_the_default():
    for stored in ("", "not json", "{}", '{"n_clusters": -3}', "[]"):
        last_used._store().setValue("settings", stored)
        assert load_settings(DEFAULT) == DEFAULT


def test_settings_of_another_version_give_the_default():
    last_used._store().setValue("settings", '{"n_clusters": 3, "colour": 1}')
    assert load_settings(DEFAULT) == DEFAULT
