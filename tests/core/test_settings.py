"""Settings are checked when they are made, and survive JSON."""

import inspect
import json
from dataclasses import fields

import numpy as np
import pytest

from napari_kmeans import KMeansModel, segment
from napari_kmeans.core.settings import Settings


@pytest.mark.parametrize(
    ("argument", "value", "error"),
    [
        ("n_clusters", 0, ValueError),
        ("n_clusters", 65_536, ValueError),
        ("n_clusters", 2.0, TypeError),
        ("n_clusters", True, TypeError),
        ("n_clusters", "3", TypeError),
        ("color_space", "cmyk", ValueError),
        ("color_space", None, ValueError),
        ("init", "best", ValueError),
        ("init", [[1.0, 2.0]] * 4, ValueError),
        ("pinned", [0], ValueError),  # there is no centroid to pin
        ("init", [[1.0], [np.nan], [2.0]], ValueError),
        ("init", [object()] * 3, TypeError),
        ("n_init", 0, ValueError),
        ("n_init", "many", TypeError),
        ("max_iter", 0, ValueError),
        ("tol", -1.0, ValueError),
        ("tol", "small", TypeError),
        ("random_state", -1, ValueError),
        ("random_state", None, TypeError),
        ("channel_weights", [0, 0, 0], ValueError),
        ("channel_weights", [1, -1, 1], ValueError),
        ("channel_weights", "heavy", TypeError),
        ("lightness_weight", np.inf, ValueError),
        ("lightness_weight", 0.5, ValueError),  # RGB has no lightness
        ("scaling", "log", ValueError),
        ("scaling", ["none", "log"], ValueError),
        ("scaling", [], ValueError),
        ("position_weight", -1, ValueError),
        ("position_weight", [1, np.nan], ValueError),
        ("position_weight", "near", TypeError),
        ("position_weight", [], TypeError),
        ("sigma", [1.0, -2.0], ValueError),
        ("sigma", None, TypeError),
        ("sigma", True, TypeError),
        ("smoothing", "mean", ValueError),
    ],
)
def test_what_cannot_be_used_is_named(argument, value, error):
    with pytest.raises(error, match=argument):
        Settings(**{"n_clusters": 3} | {argument: value})


def test_settings_survive_json():
    settings = Settings(
        np.int64(2),
        color_space="lab",
        init=np.array([[1, 2, 3], [4, 5, 6]]),
        n_init=3,
        channel_weights=[1, 2, 3],
        lightness_weight=0.5,
        scaling=["standardize", "none", "percentile"],
        position_weight=np.array([0, 0.5]),
        sigma=(1, 2.5),
        smoothing="median",
    )
    assert settings.sigma == (1.0, 2.5)
    assert Settings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings
    assert hash(settings) == hash(Settings.from_dict(settings.to_dict()))
    assert Settings.from_dict({"n_clusters": 3}) == Settings(3)


def test_one_number_is_for_every_axis():
    assert Settings(3, sigma=2).sigmas(3) == (2.0, 2.0, 2.0)
    assert Settings(3, sigma=[0, 1]).sigmas(2) == (0.0, 1.0)
    assert Settings(3, sigma=[0, 0]).sigmas(2) == Settings(3).sigmas(2) == ()
    assert Settings(3, position_weight=0.5).position_weights(2) == (0.5, 0.5)
    with pytest.raises(ValueError, match="the image has 3 spatial axes"):
        Settings(3, position_weight=[1, 1]).position_weights(3)


@pytest.mark.parametrize("function", [segment, KMeansModel.fit])
def test_every_setting_can_be_given_by_name_with_the_same_default(function):
    parameters = inspect.signature(function).parameters
    for field in fields(Settings):
        assert parameters[field.name].default in (
            field.default,
            inspect.Parameter.empty,  # n_clusters
        )


def test_an_unknown_setting_is_named():
    with pytest.raises(ValueError, match="n_cluster"):
        Settings.from_dict({"n_cluster": 3})
