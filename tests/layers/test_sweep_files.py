"""A sweep is saved as it is seen: slice, contrast, colours and proportions."""

import dask.array as da
import numpy as np
import numpy.testing as npt
import pytest
from napari.components import ViewerModel
from PIL import Image, ImageSequence

from napari_kmeans import converge, segment
from napari_kmeans.core.kept import Kept
from napari_kmeans.core.progress import finish
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.clusterings import show_segmentation
from napari_kmeans.layers.region import Slices
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import PixelSelection, read_source
from napari_kmeans.layers.sweep_files import SweepPlan, save_sweep_steps
from napari_kmeans.layers.view import view_of


@pytest.fixture
def viewer():
    return ViewerModel()


@pytest.fixture
def save(viewer, tmp_path):
    """Save a sweep of layers; of all kinds of file, or of some."""

    def run(layers, *, settings=None, selection=None, numbers=(2, 3), **kinds):
        sources = Sources(tuple(layers))
        pixels = read_source(sources, *([] if selection is None else [selection]))
        kinds = kinds or {"pictures": True}
        every = dict.fromkeys(("pictures", "sheet", "gif", "convergence"), False)
        plan = SweepPlan(tmp_path, "image", numbers, **{**every, **kinds})
        view = view_of(viewer, sources)
        settings = settings or Settings(3)
        steps = save_sweep_steps(pixels, settings, view, plan, Kept())
        assert finish(steps) is plan
        assert sorted(plan.written) == sorted(plan.files)
        assert all(file.exists() for file in plan.files)
        return plan

    return run


def photograph(shape=(20, 30), seed=0):
    random = np.random.default_rng(seed)
    tiles = random.integers(0, 200, (shape[0] // 5, shape[1] // 5, 3))
    tiles = tiles.repeat(5, axis=0).repeat(5, axis=1)
    return (tiles + random.integers(0, 50, tiles.shape)).astype(np.uint8)


def picture(plan, name="k03.png", height=20):
    """Read a file without its caption, and what keeps a narrow one in the middle."""
    with Image.open(plan.path(name)) as opened:
        pixels = np.asarray(opened.convert("RGB"))
    assert pixels[:-height].min() < 100  # something is written
    inside = pixels[-height:]
    seen = np.flatnonzero((inside != 255).any(axis=(0, 2)))
    return inside[:, seen[0] : seen[-1] + 1]


def test_colours_are_those_of_the_recoloured_layer(viewer, save):
    layer = viewer.add_image(photograph(), rgb=True)
    plan = save([layer])
    pixels = read_source(layer)
    segmentation = finish(pixels.segment_steps(Settings(3)))
    shown = show_segmentation(viewer, Sources((layer,)), segmentation, pixels=pixels)
    npt.assert_array_equal(picture(plan), shown.recolored.data)


def test_one_channel_has_its_colormap_and_contrast(viewer, save):
    image = photograph()[..., 0].astype(np.uint16) * 16
    layer = viewer.add_image(image, colormap="viridis", contrast_limits=(500, 3000))
    layer.gamma = 0.7
    shown = segment(image, 3).recolored
    share = np.clip((shown - 500.0) / 2500, 0, 1) ** 0.7
    colors = layer.colormap.map(share.ravel())[:, :3].reshape(20, 30, 3)
    npt.assert_allclose(picture(save([layer])), 255 * colors, atol=1)


def test_several_channels_are_blended_as_in_napari(viewer, save):
    image = photograph().astype(np.uint16) * 16
    layers = viewer.add_image(image, channel_axis=-1, contrast_limits=(0, 4000))
    drawn = picture(save(layers)).reshape(-1, 3)
    sources = Sources(tuple(layers))
    pixels = read_source(sources)
    segmentation = finish(pixels.segment_steps(Settings(3)))
    shown = show_segmentation(viewer, sources, segmentation, pixels=pixels)
    npt.assert_allclose(drawn, shown.recolored.data.reshape(-1, 3), atol=1)


def test_the_slice_on_the_screen_is_drawn_and_all_slices_are_fitted(viewer, save):
    stack = np.stack([photograph(seed=seed) for seed in range(3)])
    layer = viewer.add_image(stack, rgb=True)
    viewer.dims.set_point(0, 2)
    alone = segment(stack, 3, channel_axis=-1)
    npt.assert_array_equal(picture(save([layer])), alone.recolored[2])


def test_slices_with_models_of_their_own(viewer, save):
    stack = np.stack([photograph(seed=seed) for seed in range(3)])
    layer = viewer.add_image(stack, rgb=True)
    viewer.dims.set_point(0, 1)
    plan = save([layer], selection=PixelSelection(slice_axis=0))
    alone = segment(stack[1], 3, channel_axis=-1)
    npt.assert_array_equal(picture(plan), alone.recolored)
    with pytest.raises(ValueError, match="Each slice has a model of its own"):
        save([layer], selection=PixelSelection(slice_axis=0), convergence=True)


def test_axes_are_drawn_as_they_are_displayed(viewer, save):
    stack = photograph().transpose(1, 2, 0)[..., :2].astype(float)  # (30, 3, 2)
    layer = viewer.add_image(stack)
    viewer.dims.order = (2, 1, 0)
    viewer.dims.set_point(2, 1)
    drawn = picture(save([layer]), height=3)
    assert drawn.shape[:2] == (3, 30)
    values = segment(stack, 3).labels[..., 1].T
    for label in np.unique(values):
        assert len(np.unique(drawn[values == label], axis=0)) == 1


def test_pixels_that_are_not_square_keep_their_proportions(viewer, save):
    layer = viewer.add_image(photograph(), rgb=True, scale=(2, 1))
    drawn = picture(save([layer]), height=40)
    npt.assert_array_equal(drawn[::2], drawn[1::2])
    assert drawn.shape == (40, 30, 3)


def test_what_is_outside_the_region_keeps_its_pixels(viewer, save):
    image = photograph()
    layer = viewer.add_image(image, rgb=True)
    mask = np.zeros(image.shape[:2], bool)
    mask[4:13] = True
    region = PixelSelection(region=Slices(((0, 4, 12),)))
    plan = save([layer], selection=region, pictures=True, convergence=True, width=30)
    drawn = picture(plan)
    npt.assert_array_equal(drawn[~mask], image[~mask])
    alone = segment(image, 3, channel_axis=-1, mask=mask)
    npt.assert_array_equal(drawn, alone.recolored)


def test_what_is_transparent_is_black(viewer, save):
    image = np.dstack([photograph(), np.full((20, 30), 255, np.uint8)])
    image[:4, :, 3] = 0
    drawn = picture(save([viewer.add_image(image, rgb=True)]))
    assert not drawn[:4].any()
    assert drawn[4:].any()


def test_floats_with_nan(viewer, save):
    image = photograph()[..., 0] / np.float32(7)
    image[:3, :5] = np.nan
    layer = viewer.add_image(image)
    drawn = picture(save([layer]))
    assert not drawn[:3, :5].any()
    assert len(np.unique(drawn[3:].reshape(-1, 3), axis=0)) == 3


@pytest.mark.parametrize("lazily", [False, True])
def test_lazy_images_and_pyramids(lazily, viewer, save):
    image = photograph()
    levels = [image, image[::2, ::2]]
    if lazily:
        layer = viewer.add_image(da.from_array(image, chunks=(10, 30, 3)), rgb=True)
    else:
        layer = viewer.add_image(levels, multiscale=True, rgb=True)
    alone = segment(image, 3, channel_axis=-1)
    npt.assert_array_equal(picture(save([layer])), alone.recolored)
    kind = "read block by block" if lazily else "a pyramid"
    with pytest.raises(ValueError, match=f"is {kind}.*untick"):
        save([layer], convergence=True)


def test_a_sheet_has_the_image_and_all_numbers(viewer, save):
    layer = viewer.add_image(photograph(), rgb=True, name="tissue")
    plan = save([layer], settings=Settings(3, color_space="lab"), sheet=True)
    with Image.open(plan.path("sheet.png")) as opened:
        assert opened.width == 1600
        drawn = {color for _, color in opened.convert("RGB").getcolors(1 << 20)}
    for number in plan.numbers:
        alone = segment(layer.data, number, channel_axis=-1, color_space="lab")
        colors = np.unique(alone.recolored.reshape(-1, 3), axis=0)
        assert {tuple(color) for color in colors.tolist()} <= drawn


def test_the_iterations_are_those_of_one_run(viewer, save):
    image = photograph()
    layer = viewer.add_image(image, rgb=True)
    settings = Settings(4, sigma=1.0, random_state=3)
    plan = save(
        [layer], settings=settings, convergence=True, width=60, iteration_seconds=0.3
    )
    run = converge(image, 4, channel_axis=-1, sigma=1.0, random_state=3)
    with Image.open(plan.path("convergence.gif")) as opened:
        assert opened.n_frames == len(run.models)
        assert opened.info["duration"] == 300
        frames = [
            np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(opened)
        ]
    for frame, model in zip(frames, run.models, strict=True):
        left = (frame.shape[1] - 60) // 2
        drawn = frame[-40:, left : left + 60][1::2, 1::2]
        npt.assert_array_equal(drawn, model.recolor(model.predict(image), image))


def test_an_animation_of_all_numbers(viewer, save):
    layer = viewer.add_image(photograph((100, 150)), rgb=True)
    plan = save([layer], numbers=(2, 4, 6), gif=True, loop=False, width=300)
    with Image.open(plan.path("sweep.gif")) as opened:
        assert (opened.n_frames, opened.width) == (3, 300)
        assert "loop" not in opened.info


def test_given_centroids_serve_where_they_suffice(viewer, save):
    layer = viewer.add_image(photograph(), rgb=True)
    init = ((10.0, 10.0, 10.0), (200.0, 200.0, 200.0), (250.0, 10.0, 10.0))
    settings = Settings(3, init=init, pinned=(0,))
    save([layer], settings=settings, numbers=(2, 3, 4))


def test_names_of_files_tell_what_is_in_them(tmp_path):
    plan = SweepPlan(tmp_path, "a b", (2, 10), convergence=True)
    assert [file.name for file in plan.files] == [
        "a b_k02.png",
        "a b_k10.png",
        "a b_sheet.png",
        "a b_sweep.gif",
        "a b_convergence.gif",
    ]
