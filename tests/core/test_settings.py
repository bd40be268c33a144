"""Settings are checked when they are made, and survive JSON."""

import json

import numpy as np
import pytest

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
        ("init", [[1.0, 2.0]], ValueError),
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
        scaling="standardize",
    )
    assert Settings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings
    assert hash(Settings(3)) == hash(Settings(3))


def test_an_unknown_setting_is_named():
    with pytest.raises(ValueError, match="n_cluster"):
        Settings.from_dict({"n_cluster": 3})
