import numpy as np
import pytest
from magicgui.widgets import Container
from napari.layers import Image

from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.widgets.last_used import last_used
from napari_kmeans.widgets.settings_form import (
    DEFAULTS,
    SettingsForm,
    load_settings,
    save_settings,
)


@pytest.fixture
def form(qtbot):
    form = SettingsForm(DEFAULTS)
    shown = Container(widgets=[form.main, form.advanced])
    qtbot.addWidget(shown.native)
    shown.show()
    return form


def test_shows_the_settings_it_is_given(form):
    settings = Settings(
        n_clusters=9,
        color_space="lab",
        n_init=5,
        max_iter=7,
        tol=0.125,
        random_state=5,
    )
    form.settings = settings
    assert form.settings == settings


def test_automatic_restarts_are_said_in_words(form):
    assert form.settings.n_init == "auto"
    assert form.n_init.native.currentText() == "automatic"


def test_advanced_is_folded_and_counts_what_differs(form):
    assert form.advanced.folded
    assert not form.n_init.native.isVisible()
    assert form.advanced.title == "Advanced"
    form.random_state.value = 3
    form.n_init.value = 2
    assert form.advanced.title == "Advanced (2 changed)"


def test_advanced_unfolds_and_resets(form):
    form.advanced.folded = False
    assert form.n_init.native.isVisible()
    form.max_iter.value = 3
    form.n_clusters.value = 8
    form.reset_button.native.click()
    assert form.settings == Settings(n_clusters=8)
    assert form.advanced.title == "Advanced"


def test_every_choice_has_a_tooltip(form):
    for widget in (*form.main, *form.details):
        assert widget.tooltip, widget.label


def test_one_channel_has_no_colour_space(form):
    form.settings = Settings(n_clusters=4, color_space="lab")
    form.show_sources(Sources((Image(np.eye(4)),)))
    assert form.settings.color_space == "rgb"
    assert form.chosen.color_space == "lab"
    assert not form.color_space.visible


@pytest.mark.parametrize("n_clusters", [1, 2, 16, 17, 255])
def test_slider_and_box_agree_as_far_as_the_slider_goes(form, n_clusters):
    form.n_clusters.value = n_clusters
    assert form.n_clusters.value == n_clusters
    assert form.n_clusters.slider.value == min(max(n_clusters, 2), 16)


# The settings last used


def test_settings_come_back():
    settings = Settings(n_clusters=11, n_init=2, random_state=9)
    save_settings(settings, "colours")
    assert load_settings() == (settings, "colours")


def test_unreadable_settings_give_the_default():
    for stored in ("", "not json", "{}", '{"n_clusters": -3}', "[]"):
        last_used().setValue("settings", stored)
        assert load_settings() == (DEFAULTS, "")


def test_settings_of_another_version_give_the_default():
    last_used().setValue("settings", '{"n_clusters": 3, "colour": 1}')
    assert load_settings() == (DEFAULTS, "")


@pytest.mark.parametrize("text", ["abc", "0,5", "1 2", "12a"])
def test_nonsense_for_the_background_is_called_wrong_at_once(form, qtbot, text):
    form.advanced.folded = False
    qtbot.keyClicks(form.background.native, text)
    assert form.wrong.native.isVisible()
    assert form.wrong.value == f"'{text}' is not a number: type one such as 0."
    form.background.native.selectAll()
    qtbot.keyClicks(form.background.native, "7")
    assert not form.wrong.native.isVisible()


@pytest.mark.parametrize("text", ["-", "-.", "2e", "-1.5e-", "nan", " 0 "])
def test_a_number_that_is_being_typed_is_not_called_wrong(form, qtbot, text):
    form.advanced.folded = False
    for n, key in enumerate(text, start=1):
        qtbot.keyClicks(form.background.native, key)
        if text[:n].strip() not in ("n", "na"):
            assert not form.wrong.native.isVisible()
