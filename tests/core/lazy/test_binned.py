"""Pixels of more than 24 bits: through cells, within a thousandth of the full fit."""

import dask.array as da
import numpy as np
import pytest
from skimage import data

from napari_kmeans import KMeansModel, segment


def five_channels():
    """Draw a noisy image of five stains, most pixels dark."""
    random = np.random.default_rng(0)
    image = data.immunohistochemistry().astype(float)
    stains = [255 - image[..., channel % 3] + 9 * channel for channel in range(5)]
    return random.poisson(np.stack(stains) ** 1.3).astype("u2")


def hot_pixels():
    """Draw a dark image with a few pixels that are very bright."""
    random = np.random.default_rng(1)
    image = random.normal(100, 5, (400, 500)).astype("f4")
    image.ravel()[random.choice(image.size, 40)] = 30_000
    image.ravel()[random.choice(image.size, 40)] = 60_000
    return image


def with_borders():
    """Put NaN around an image, as a registered one has."""
    image = data.cell().astype("f4") / 255
    image[:30] = np.nan
    image[:, 400:] = np.inf
    return image


def far_from_zero():
    """Draw integers that floats cannot tell apart."""
    random = np.random.default_rng(2)
    return random.integers(0, 50, (300, 200)) ** 2 + 2**60


def of_any_size():
    """Draw floats over many orders of magnitude."""
    return np.random.default_rng(3).lognormal(0, 4, (300, 300, 2))


IMAGES = {
    "five channels, 16 bits": (five_channels, 0),
    "hot pixels": (hot_pixels, None),
    "NaN borders": (with_borders, None),
    "64-bit integers": (far_from_zero, None),
    "RGB floats": (lambda: data.retina()[::2, ::2].astype("f4") / 255, -1),
    "lognormal": (of_any_size, -1),
    "uint16 RGB": (lambda: data.immunohistochemistry().astype("u2") * 257, -1),
    "huge floats": (lambda: data.cell() * 1e300, None),
}


@pytest.mark.parametrize("n_clusters", [2, 6, 16])
@pytest.mark.parametrize("name", IMAGES)
def test_inertia_within_a_thousandth_of_the_fit_in_memory(name, n_clusters):
    make, axis = IMAGES[name]
    image = make()
    memory = KMeansModel.fit(image, n_clusters, channel_axis=axis)
    lazy = KMeansModel.fit(
        da.from_array(image, chunks=150), n_clusters, channel_axis=axis
    )
    assert lazy.inertia <= 1.001 * memory.inertia
    assert lazy.n_clusters == memory.n_clusters
    assert lazy.n_outside == memory.n_outside
    assert lazy.counts.sum() == memory.counts.sum()


def test_integers_that_floats_round_are_told_apart():
    image = far_from_zero()  # of 50 values
    model = KMeansModel.fit(da.from_array(image, chunks=150), 50)
    assert model.n_clusters == 50
    assert model.inertia == 0


@pytest.mark.parametrize("name", ["five channels, 16 bits", "NaN borders"])
def test_the_model_is_what_its_labels_are(name):
    make, axis = IMAGES[name]
    image = make()
    result = segment(
        da.from_array(image, chunks=(2, 200, 170)[-image.ndim :]), 5, channel_axis=axis
    )
    labels, recolored = result.labels.compute(), result.recolored.compute()
    model = result.model
    np.testing.assert_array_equal(np.bincount(labels.ravel())[1:], model.counts)
    pixels = np.moveaxis(image, axis, -1) if axis is not None else image[..., None]
    inertia = 0.0
    for label, centroid in enumerate(model.centroids, 1):
        own = pixels[labels == label].astype(float)
        np.testing.assert_allclose(own.mean(axis=0), centroid)
        inertia += ((own - own.mean(axis=0)) ** 2).sum()
    assert model.inertia == pytest.approx(inertia, rel=1e-4)
    np.testing.assert_array_equal(model.predict(image), labels)
    np.testing.assert_array_equal(model.recolor(labels, image), recolored)
    assert KMeansModel.from_dict(model.to_dict()) == model


@pytest.mark.parametrize("scaling", ["standardize", "percentile", "none"])
@pytest.mark.parametrize("space", ["rgb", "lab", "hsv", "grey"])
def test_feature_spaces(space, scaling):
    image = data.immunohistochemistry()[::2, ::2].astype("f4") / 255
    choices = {"channel_axis": -1, "color_space": space, "scaling": scaling}
    memory = KMeansModel.fit(image, 4, **choices)
    lazy = KMeansModel.fit(da.from_array(image, chunks=(100, 130, 2)), 4, **choices)
    np.testing.assert_allclose(lazy.space.weight, memory.space.weight, rtol=2e-3)
    scale = np.mean(np.divide(lazy.space.weight, memory.space.weight)) ** 2
    assert lazy.inertia <= 1.005 * scale * memory.inertia
    labels = lazy.predict(image)
    assert (labels == memory.predict(image)).mean() > 0.98


def test_weights_and_initial_centroids():
    image = five_channels()
    lazy = da.from_array(image, chunks=(5, 200, 200))
    weights = [1, 0, 2, 0.5, 1]
    memory = KMeansModel.fit(image, 3, channel_axis=0, channel_weights=weights)
    model = KMeansModel.fit(lazy, 3, channel_axis=0, channel_weights=weights)
    assert model.inertia <= 1.001 * memory.inertia
    start = KMeansModel.fit(lazy, 3, channel_axis=0, init=memory.centroids)
    assert start.n_clusters == 3
    with pytest.raises(ValueError, match="init has 2 columns"):
        KMeansModel.fit(lazy, 2, channel_axis=0, init=[[1, 2], [3, 4]])


def test_the_order_of_the_tasks_changes_nothing():
    import dask

    image = da.from_array(five_channels(), chunks=(5, 64, 64))
    models = []
    for scheduler in ("synchronous", "threads"):
        with dask.config.set(scheduler=scheduler):
            models.append(KMeansModel.fit(image, 6, channel_axis=0))
    assert models[0] == models[1]


def test_fewer_values_than_clusters():
    image = np.random.default_rng(0).integers(0, 3, (50, 60)).astype("f4")
    model = KMeansModel.fit(da.from_array(image, chunks=20), 5)
    assert model.n_clusters == 3
    assert "only 3 different values" in model.message


def test_nothing_to_cluster():
    nan = da.full((40, 40), np.nan, chunks=20)
    with pytest.raises(ValueError, match="no pixel that can be clustered"):
        KMeansModel.fit(nan, 2)
    image = da.ones((40, 40), chunks=20)
    with pytest.raises(ValueError, match="mask is False everywhere"):
        KMeansModel.fit(image, 2, mask=np.zeros((40, 40), bool))
    with pytest.raises(ValueError, match="n_clusters is 2000"):
        KMeansModel.fit(image, 2000)
    with pytest.raises(ValueError, match="needs 3 channels"):
        KMeansModel.fit(image, 2, color_space="lab")


@pytest.mark.parametrize("n_clusters", [3, 8])
@pytest.mark.parametrize("name", IMAGES)
def test_a_bounded_number_of_cells_is_enough(name, n_clusters, monkeypatch):
    # Four times fewer than there are: as coarse as if the image had more of everything.
    monkeypatch.setattr("napari_kmeans.core.lazy.cells.MOST_CELLS", 1 << 14)
    make, axis = IMAGES[name]
    image = make()
    memory = KMeansModel.fit(image, n_clusters, channel_axis=axis)
    lazy = KMeansModel.fit(
        da.from_array(image, chunks=90), n_clusters, channel_axis=axis
    )
    assert lazy.inertia <= 1.001 * memory.inertia
