"""The model: its order, its file, and the pictures that it draws."""

import json
import os
import pickle
import subprocess
import sys

import dask.array
import numpy as np
import pytest
from skimage.data import immunohistochemistry

from napari_kmeans import KMeansModel, segment


@pytest.fixture(scope="module")
def image():
    return immunohistochemistry()[::4, ::4]


@pytest.fixture(scope="module")
def model(image):
    return KMeansModel.fit(image, 4, channel_axis=-1)


def test_from_dark_to_bright(model):
    luminance = model.centroids @ [0.2125, 0.7154, 0.0721]
    assert (np.diff(luminance) > 0).all()
    gray = KMeansModel.fit(np.array([30, 10, 20], np.uint8), 3)
    assert gray.centroids.ravel().tolist() == [10, 20, 30]
    two = KMeansModel.fit(np.array([[9, 0], [0, 9], [1, 1]]), 3, channel_axis=-1)
    assert two.centroids.tolist() == [[1, 1], [0, 9], [9, 0]]


def test_centroids_are_the_means_of_their_pixels(image, model):
    labels = model.predict(image)
    for label, mean in enumerate(model.centroids, 1):
        np.testing.assert_allclose(mean, image[labels == label].mean(axis=0))
        assert model.counts[label - 1] == (labels == label).sum()
    assert model.n_clusters == 4
    assert model.n_outside == 0


@pytest.mark.parametrize("dtype", ["u1", "i8", "f4"])
@pytest.mark.parametrize("space", ["rgb", "lab"])
def test_a_saved_model_is_the_same_model(image, dtype, space, tmp_path):
    image = (image / 255 if dtype[0] == "f" else image).astype(dtype)
    model = KMeansModel.fit(image, 3, channel_axis=-1, color_space=space)
    model.save(tmp_path / "stain.json")
    loaded = KMeansModel.load(tmp_path / "stain.json")
    for same in (loaded, pickle.loads(pickle.dumps(model))):
        assert same == model
        assert hash(same) == hash(model)
        np.testing.assert_array_equal(same.predict(image), model.predict(image))
    assert model != KMeansModel.fit(image, 2, channel_axis=-1)
    assert model != "model"


def test_a_file_from_before_there_were_positions_is_read(image, model, tmp_path):
    saved = json.loads(json.dumps(model.to_dict()))
    for name in ("positions", "converged"):
        del saved[name]
    del saved["space"]["n_positions"]
    for name in ("position_weight", "sigma", "smoothing"):
        del saved["settings"][name]
    loaded = KMeansModel.from_dict(saved)
    assert loaded == model
    np.testing.assert_array_equal(loaded.predict(image), model.predict(image))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "palette"}, "not a napari-kmeans model"),
        ({"format_version": 99}, "version 99"),
        ({"centroids": "none"}, "damaged"),
        ({"settings": {"n_clusters": 0}}, "damaged"),
    ],
)
def test_a_file_that_is_no_model_says_why(model, change, words, tmp_path):
    path = tmp_path / "stain.json"
    path.write_text(json.dumps(model.to_dict() | change))
    with pytest.raises(ValueError, match=words):
        KMeansModel.load(path)
    path.write_text("{")
    with pytest.raises(ValueError, match=r"stain\.json"):
        KMeansModel.load(path)


@pytest.mark.parametrize(
    "change",
    [
        {"space": {"color_space": "oklab"}},
        {"space": {"weight": [1, float("nan"), 1]}},
        {"space": {"weight": [1, 1]}},
        {"space": {"dtype": "float32"}},
        {"space": {"exponent": 10**9}},
        {"space": {"n_positions": 1}},
        {"feature_centroids": [[1, 2, 3]]},
        {"centroids": [[float("inf"), 2, 3]] * 4},
        {"centroids": [], "counts": [], "feature_centroids": []},
        {"counts": [10**400] * 4},
        {"counts": [-1] * 4},
        {"inertia": float("nan")},
        {"inertia": "much"},
        {"dtype": "none"},
        {"converged": "yes"},
    ],
)
def test_a_damaged_file_is_refused(model, change, tmp_path):
    path, parts = tmp_path / "stain.json", json.loads(json.dumps(model.to_dict()))
    space = parts["space"] | change.pop("space", {})
    path.write_text(json.dumps(parts | {"space": space} | change))
    with pytest.raises(ValueError, match="damaged"):
        KMeansModel.load(path)


def test_a_file_nested_without_end_is_refused(tmp_path):
    path = tmp_path / "stain.json"
    path.write_text("[" * 200_000)
    with pytest.raises(ValueError, match=r"stain\.json cannot be read"):
        KMeansModel.load(path)


def test_an_infinite_inertia_is_saved_as_json(tmp_path):
    image = np.random.default_rng(0).random((9, 9, 2)) * 1e300
    model = KMeansModel.fit(image, 2, channel_axis=-1)
    assert model.inertia == np.inf
    model.save(tmp_path / "stain.json")

    def refuse(constant):
        raise AssertionError(constant)

    json.loads((tmp_path / "stain.json").read_text(), parse_constant=refuse)
    assert KMeansModel.load(tmp_path / "stain.json") == model


def test_a_full_disk_leaves_the_older_file(model, tmp_path, monkeypatch):
    path = tmp_path / "stain.json"
    model.save(path)
    older = path.read_text()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        model.save(path)
    assert path.read_text() == older
    assert list(tmp_path.iterdir()) == [path]


def test_recolor_rounds_the_means(image, model):
    labels = model.predict(image)
    expected = np.rint(model.centroids).astype(np.uint8)[labels - 1]
    np.testing.assert_array_equal(model.recolor(labels), expected)
    np.testing.assert_array_equal(model.recolor(labels, image), expected)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_recolor_of_many_pixels(dtype):
    random = np.random.default_rng(0)
    image = random.integers(0, 255, (517, 509, 3)).astype(dtype)
    result = segment(image, 9, channel_axis=-1)
    centroids = result.model.centroids
    expected = (np.rint(centroids) if dtype[0] == "u" else centroids).astype(dtype)
    np.testing.assert_array_equal(result.recolored, expected[result.labels - 1])


def test_recolor_keeps_what_is_in_no_segment(image, model):
    labels = model.predict(image)
    labels[0, 0] = 0
    assert model.recolor(labels)[0, 0].tolist() == [0, 0, 0]
    assert model.recolor(labels, image)[0, 0].tolist() == image[0, 0].tolist()
    floats = KMeansModel.fit(image / 255, 3, channel_axis=-1)
    assert np.isnan(floats.recolor(labels % 3)[0, 0]).all()


def test_recolor_makes_alpha_where_it_has_no_image():
    image = np.random.default_rng(0).integers(0, 255, (6, 7, 4), np.uint8)
    image[..., 3] = 100
    image[2, 2, 3] = 0
    result = segment(image, 2, channel_axis=-1)
    alpha = result.model.recolor(result.labels)[..., 3]
    assert alpha[2, 2] == 0
    assert (np.delete(alpha.ravel(), 2 * 7 + 2) == 255).all()


def test_recolor_refuses_other_labels(image, model):
    labels = model.predict(image)
    with pytest.raises(TypeError, match="float"):
        model.recolor(labels.astype(float))
    with pytest.raises(ValueError, match="labels go from"):
        model.recolor(labels + 1)
    with pytest.raises(ValueError, match="shape"):
        model.recolor(labels[1:], image)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_labels_of_channels_elsewhere_can_be_recolored(image, model, axis):
    moved = np.ascontiguousarray(np.moveaxis(image, -1, axis))
    labels = model.predict(moved, channel_axis=axis)
    drawn = model.recolor(labels, moved, channel_axis=axis)
    without = model.recolor(labels, channel_axis=axis)
    expected = np.moveaxis(model.recolor(model.predict(image), image), -1, axis)
    np.testing.assert_array_equal(drawn, expected)
    np.testing.assert_array_equal(without, expected)
    lazy = dask.array.from_array(moved, chunks=32)
    lazy_labels = model.predict(lazy, channel_axis=axis)
    for one in (lazy, None):
        drawn = model.recolor(lazy_labels, one, channel_axis=axis)
        np.testing.assert_array_equal(drawn.compute(), expected)


def test_predict_on_another_shape(image, model):
    stack = np.stack([image, image[::-1]])
    labels = model.predict(stack, channel_axis=-1)
    np.testing.assert_array_equal(labels[1], model.predict(image)[::-1])


def test_predict_of_values_that_the_fit_never_saw(image, model):
    values = np.random.default_rng(0).integers(0, 256, (50, 50, 3), np.uint8)
    distances = ((values[..., None, :] - model.centroids) ** 2).sum(axis=-1)
    np.testing.assert_array_equal(model.predict(values), distances.argmin(-1) + 1)


def test_the_core_imports_neither_napari_nor_qt():
    heavy = "{'napari', 'qtpy', 'magicgui', 'scipy', 'skimage'}"
    code = (
        "import sys; from napari_kmeans import KMeansModel; "
        f"sys.exit(', '.join({heavy} & set(sys.modules)) or None)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
