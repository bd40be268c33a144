import numpy as np
import numpy.testing as npt
import pytest
from napari.components import ViewerModel
from napari.layers import Image
from napari.utils.colormaps import ensure_colormap

from napari_kmeans.core.progress import finish
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.channels import (
    ChannelStyle,
    channel_styles,
    mix_colors,
    mix_picture,
)
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import read_source

COLORS = ("red", "green", "blue")


@pytest.fixture
def viewer():
    return ViewerModel()


@pytest.fixture
def sources(viewer):
    data = np.random.default_rng(0).integers(0, 4096, (3, 30, 40)).astype(np.uint16)
    layers = [
        viewer.add_image(one, name=color, colormap=color, contrast_limits=(0, 4095))
        for one, color in zip(data, COLORS, strict=True)
    ]
    return Sources(tuple(layers))


def run(viewer, sources, **options):
    pixels = read_source(sources)
    segmentation = finish(pixels.segment_steps(Settings(4)))
    return show_segmentation(viewer, sources, segmentation, pixels=pixels, **options)


def as_napari_blends(layers):
    """Add up what napari shows of each layer."""
    total = 0
    for layer in layers:
        low, high = layer.contrast_limits
        share = np.clip((layer.data.astype(float) - low) / (high - low), 0, 1)
        colors = layer.colormap.map((share**layer.gamma).reshape(-1))[:, :3]
        total = total + layer.opacity * colors.reshape(*layer.data.shape, 3)
    return np.clip(total, 0, 1) * 255


def test_mix_is_what_naparis_additive_blending_shows(sources):
    first = sources.layers[0]
    first.gamma, first.opacity = 0.7, 0.5
    sources.layers[1].contrast_limits = (500, 3000)
    image = read_source(sources).image
    picture = mix_picture(image, channel_styles(sources))
    assert picture.dtype == np.uint8
    npt.assert_allclose(picture, as_napari_blends(sources.layers), atol=1)


def test_what_is_no_number_adds_nothing():
    layer = Image(np.zeros((4, 4), np.float32), contrast_limits=(0, 1), colormap="red")
    values = np.array([[np.nan, 1], [1, np.nan]], np.float32)
    mixed = mix_colors(values, channel_styles(Sources((layer, layer))))
    npt.assert_allclose(mixed, [[1, 0, 0], [1, 0, 0]])


def test_recoloured_layer_is_the_mix_of_the_means(viewer, sources):
    clustering = run(viewer, sources)
    assert clustering.segments.recipe.palette == "okabe-ito"
    clustering.segments.set_palette("mean")
    recolored, labels = clustering.recolored, clustering.labels.data
    assert recolored.rgb
    assert recolored.data.dtype == np.uint8
    image = read_source(sources).image
    for value in (1, 2, 3, 4):
        mean = image[labels == value].mean(axis=0, keepdims=True)
        expected = mix_colors(mean, channel_styles(sources))[0]
        shown = recolored.data[labels == value]
        npt.assert_allclose(shown, np.broadcast_to(expected * 255, shown.shape), atol=1)
        npt.assert_allclose(
            clustering.labels.colormap.map(value)[:3], expected, atol=1e-3
        )


def test_each_channel_can_have_a_layer(viewer, sources):
    clustering = run(viewer, sources, channels_as="channels")
    names = [layer.name for layer in viewer.layers]
    assert names == [
        *COLORS,
        *(f"{color} k-means" for color in COLORS),
        "red + green + blue segments",
    ]
    labels = clustering.labels.data
    for source, layer in zip(sources.layers, viewer.layers[3:6], strict=True):
        assert layer.colormap.name == source.colormap.name
        assert layer.contrast_limits == source.contrast_limits
        for value in (1, 2, 3, 4):
            inside = labels == value
            npt.assert_array_equal(
                layer.data[inside], np.rint(source.data[inside].mean())
            )
    blendings = [layer.blending for layer in viewer.layers[3:6]]
    assert blendings == ["opaque", "additive", "additive"]


@pytest.mark.parametrize("channels_as", ["mix", "channels"])
def test_original_and_hidden_segments(viewer, sources, channels_as):
    clustering = run(viewer, sources, channels_as=channels_as)
    clustering.set_look(show_as="original")
    shown = [layer for layer in viewer.layers if layer.name.endswith("k-means")]
    if channels_as == "mix":
        expected = [as_napari_blends(sources.layers)]
    else:
        expected = [layer.data.astype(float) for layer in sources.layers]
    for layer, pixels in zip(shown, expected, strict=True):
        npt.assert_allclose(layer.data, pixels, atol=1)
    clustering.segments.set_visible([2], visible=False)
    hidden = clustering.labels.data == 2
    for layer, pixels in zip(shown, expected, strict=True):
        assert not layer.data[hidden].any()
        npt.assert_allclose(layer.data[~hidden], pixels[~hidden], atol=1)


def test_palette_is_one_layer_of_colours_and_back(viewer, sources):
    clustering = run(viewer, sources, channels_as="channels")
    before = [layer.data.copy() for layer in viewer.layers[3:6]]
    clustering.set_look(show_as="palette")
    (layer,) = (one for one in viewer.layers if one.name.endswith("k-means"))
    color = np.array(clustering.segments.map[3].color) * 255
    npt.assert_allclose(layer.data[clustering.labels.data == 3][0], color, atol=1)
    clustering.set_look(show_as="mean")
    shown = [one for one in viewer.layers if one.name.endswith("k-means")]
    for layer, pixels in zip(shown, before, strict=True):
        npt.assert_array_equal(layer.data, pixels)


def test_another_run_can_show_the_other_way(viewer, sources):
    run(viewer, sources)
    clustering = run(viewer, sources, channels_as="channels")
    assert len(viewer.layers) == 3 + 3 + 1
    run(viewer, sources, channels_as="mix")
    assert len(viewer.layers) == 3 + 1 + 1
    assert clustering.recolored.rgb


def test_painting_and_merging_are_followed_in_every_channel(viewer, sources):
    clustering = run(viewer, sources, channels_as="channels")
    clustering.labels.brush_size = 9
    clustering.labels.paint((15, 15), 1)
    clustering.segments.merge([1, 2])
    labels = clustering.segments.labels
    means = clustering.segments.recipe.means
    for channel, layer in enumerate(viewer.layers[3:6]):
        npt.assert_allclose(layer.data[labels == 1], means[0, channel], atol=0.51)


def test_deleted_channel_is_made_again(viewer, sources):
    clustering = run(viewer, sources, channels_as="channels")
    viewer.layers.remove("green k-means")
    assert "recoloured layer was deleted" in clustering.state_message
    clustering.add_missing_layers()
    names = [layer.name for layer in viewer.layers[3:6]]
    assert names == [f"{color} k-means" for color in COLORS]


def test_segments_painted_new_show_the_channels_themselves(viewer, sources):
    clustering = run(viewer, sources)
    clustering.labels.brush_size = 5
    clustering.labels.paint((10, 10), 9)
    new = clustering.labels.data == 9
    expected = as_napari_blends(sources.layers)
    npt.assert_allclose(clustering.recolored.data[new], expected[new], atol=1)


def test_channels_of_one_layer_are_as_bright_as_if_napari_had_split_them():
    data = np.stack([np.arange(100), np.arange(100) * 600]).astype(np.uint16)
    layer = Image(data.reshape(2, 10, 10))
    dim, bright = channel_styles(Sources((layer,), 0))
    assert dim.contrast_limits == (0, 99)
    assert bright.contrast_limits == (0, 59_400)
    assert dim.colormap.name != bright.colormap.name


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "f4"])
@pytest.mark.parametrize("n_channels", [1, 4, 40])
def test_picture_has_the_blended_colours_of_its_values(dtype, n_channels):
    """Integers are looked up in tables, which may round the other way."""
    values = np.random.default_rng(0).integers(-128, 128, (30, 20, n_channels))
    image = values.astype(dtype)
    maps = ("red", "green", "bop blue", "gray", "viridis")
    styles = [
        ChannelStyle(
            ensure_colormap(maps[n % 5]), (-20 * n, 90), 1 + n % 3 / 4, 1 - n % 4 / 8
        )
        for n in range(n_channels)
    ]
    expected = 255 * mix_colors(image.reshape(-1, n_channels), styles)
    drawn = mix_picture(image, styles)
    assert drawn.dtype == np.uint8
    npt.assert_allclose(drawn.reshape(-1, 3), expected, atol=0.6)
