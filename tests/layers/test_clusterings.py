import json

import numpy as np
import numpy.testing as npt
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels

from napari_kmeans import __version__
from napari_kmeans.core.progress import finish
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.clusterings import (
    clustering_of,
    show_segmentation,
    shown_by,
)
from napari_kmeans.layers.region import Slices, inside_labels, inside_shapes
from napari_kmeans.layers.source_pixels import PixelSelection, read_source
from napari_kmeans.layers.world_grid import grid_of

GEOMETRY = (
    "scale",
    "translate",
    "rotate",
    "shear",
    "units",
    "axis_labels",
)


@pytest.fixture
def viewer():
    return ViewerModel()


def image(shape=(40, 36, 3), dtype=np.uint8, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(dtype)


def run(viewer, source, n_clusters=3, **options):
    steps = read_source(source).segment_steps(Settings(n_clusters=n_clusters))
    clustering = show_segmentation(viewer, source, finish(steps), **options)
    return clustering.recolored, clustering.labels


def edited(viewer, source):
    return clustering_of(viewer, source).edited_labels


def test_two_layers_are_added_on_top(viewer):
    source = viewer.add_image(image(), name="stain")
    viewer.add_points(name="spots")
    recolored, labels = run(viewer, source)
    assert [layer.name for layer in viewer.layers] == [
        "stain",
        "spots",
        "stain k-means",
        "stain segments",
    ]
    assert isinstance(recolored, Image)
    assert isinstance(labels, Labels)
    assert recolored.rgb
    assert labels.data.dtype == np.uint8
    assert set(np.unique(labels.data)) == {1, 2, 3}


def test_segments_wear_the_mean_colours_of_their_pixels(viewer):
    source = viewer.add_image(image())
    _, labels = run(viewer, source)
    for value in (1, 2, 3):
        mean = source.data[labels.data == value].mean(axis=0) / 255
        npt.assert_allclose(labels.colormap.map(value)[:3], mean, atol=1e-6)
    assert labels.colormap.map(0)[3] == 0
    assert labels.colormap.map(77)[3] == 1, "a label painted new must be seen"


@pytest.mark.filterwarnings("ignore:Non-orthogonal slicing")
@pytest.mark.parametrize(
    ("shape", "rgb", "ndim"),
    [((40, 36, 3), True, 2), ((4, 40, 36), False, 3), ((4, 40, 36, 3), True, 3)],
)
def test_outputs_lie_exactly_over_the_source(viewer, shape, rgb, ndim):
    affine = np.eye(ndim + 1)
    affine[0, -1] = 7
    source = viewer.add_image(
        image(shape),
        rgb=rgb,
        scale=(2.0, 0.5, 0.25)[:ndim],
        translate=(10, 20, 30)[:ndim],
        rotate=30 if ndim == 2 else (10, 20, 30),
        shear=[0.2] if ndim == 2 else [0.1, 0.2, 0.3],
        affine=affine,
        units=("um",) * ndim,
        axis_labels=("z", "y", "x")[-ndim:],
    )
    for layer in run(viewer, source):
        for name in GEOMETRY:
            npt.assert_array_equal(getattr(layer, name), getattr(source, name), name)
        npt.assert_array_equal(layer.extent.world, source.extent.world)
        npt.assert_array_equal(layer.affine.affine_matrix, source.affine.affine_matrix)
        assert layer.affine is not source.affine


def test_second_run_follows_a_source_that_moved(viewer):
    source = viewer.add_image(image())
    run(viewer, source)
    source.scale = (3, 4)
    source.affine = [[0, -1, 5], [1, 0, 2], [0, 0, 1]]
    for layer in run(viewer, source):
        npt.assert_array_equal(layer.scale, (3, 4))
        npt.assert_array_equal(layer.affine.affine_matrix, source.affine.affine_matrix)


def test_one_channel_looks_as_its_source(viewer):
    source = viewer.add_image(
        image((40, 36), np.uint16) * 9,
        colormap="magma",
        contrast_limits=(100, 2000),
        gamma=0.7,
    )
    recolored, labels = run(viewer, source)
    assert not recolored.rgb
    assert recolored.data.dtype == np.uint16
    assert recolored.data.shape == source.data.shape
    assert recolored.colormap.name == "magma"
    assert tuple(recolored.contrast_limits) == (100, 2000)
    assert recolored.gamma == 0.7
    clustering_of(viewer, source).segments.set_palette("mean")
    centroid = labels.metadata["napari-kmeans"]["centroids"][1][0]
    shown = source.colormap.map(((centroid - 100) / 1900) ** 0.7)
    npt.assert_allclose(labels.colormap.map(2), np.ravel(shown), atol=1e-6)


def test_distinct_colours_unless_the_image_is_a_photograph(viewer):
    palettes = []
    for shape in ((40, 36, 3), (40, 36)):
        source = viewer.add_image(image(shape))
        _, labels = run(viewer, source)
        assert labels.opacity == 1
        segments = clustering_of(viewer, source).segments
        palettes.append(segments.recipe.palette)
        for segment in segments.map:
            npt.assert_allclose(labels.colormap.map(segment.value)[:3], segment.color)
    assert palettes == ["mean", "ordered"]


def test_labels_are_outlines_while_the_original_is_shown(viewer):
    source = viewer.add_image(image())
    _, labels = run(viewer, source)
    clustering = clustering_of(viewer, source)
    contours = []
    for show_as in ("original", "palette", "original", "mean"):
        clustering.set_look(show_as=show_as)
        contours.append(labels.contour)
    assert contours == [1, 0, 1, 0]


def test_contour_that_the_user_has_chosen_stays(viewer):
    source = viewer.add_image(image())
    _, labels = run(viewer, source)
    clustering = clustering_of(viewer, source)
    labels.contour = 3
    clustering.set_look(hidden_as="transparent")
    assert labels.contour == 3
    for show_as in ("original", "mean"):
        clustering.set_look(show_as=show_as)
        assert labels.contour == 3
    labels.contour = 0
    clustering.set_look(show_as="original")
    labels.contour = 5
    clustering.set_look(hidden_as="black")
    clustering.set_look(show_as="mean")
    assert labels.contour == 5


def test_original_can_be_shown_in_3d(viewer):
    source = viewer.add_image(np.arange(60, dtype=np.uint8).reshape(3, 4, 5))
    run(viewer, source)
    clustering = clustering_of(viewer, source)
    viewer.dims.ndisplay = 3
    clustering.set_look(show_as="original")  # napari would warn of the contours
    npt.assert_array_equal(clustering.recolored.data, source.data)


def test_outlines_of_a_large_image_are_wider(viewer):
    source = viewer.add_image(np.tile(image((40, 30), seed=1), (60, 5)))
    _, labels = run(viewer, source)
    clustering_of(viewer, source).set_look(show_as="original")
    assert labels.contour == 2


def test_labels_that_are_made_again_are_outlines_too(viewer):
    source = viewer.add_image(image())
    _, labels = run(viewer, source)
    clustering = clustering_of(viewer, source)
    clustering.set_look(show_as="original")
    viewer.layers.remove(labels)
    clustering.add_missing_layers()
    assert clustering.labels.contour == 1
    clustering.set_look(show_as="mean")
    assert clustering.labels.contour == 0


def test_result_that_another_image_covers_comes_to_the_top(viewer):
    first = viewer.add_image(image(), name="A")
    run(viewer, first)
    second = viewer.add_image(image(), name="B")
    run(viewer, second)
    order = ["A", "B", "B k-means", "B segments", "A k-means", "A segments"]
    run(viewer, first, 3)
    assert [layer.name for layer in viewer.layers] == order
    viewer.add_points(name="marks")
    run(viewer, first, 2)
    assert [layer.name for layer in viewer.layers] == [*order, "marks"]
    viewer.layers["B"].visible = False
    viewer.layers.move(1, len(viewer.layers))
    run(viewer, first, 3)
    assert viewer.layers[-1].name == "B"


def test_metadata_tell_how_the_layers_were_made(viewer):
    source = viewer.add_image(image(), name="stain")
    for layer in run(viewer, source, n_clusters=3):
        record = layer.metadata["napari-kmeans"]
        assert record["source"] == "stain"
        assert record["settings"]["n_clusters"] == 3
        assert record["settings"]["random_state"] == 0
        assert np.shape(record["centroids"]) == (3, 3)
        assert sum(record["counts"]) == 1440
        assert record["inertia"] > 0
        assert record["version"] == __version__
        assert json.loads(json.dumps(record)) == record


def test_metadata_tell_which_pixels_were_clustered(viewer):
    source = viewer.add_image(image((40, 36)), name="cells")
    square = np.array([[5, 5], [5, 20], [30, 20], [30, 5]])
    shapes = viewer.add_shapes([square], name="drawn", translate=(1, 2))
    painted = viewer.add_labels(np.tri(40, 36, dtype=np.uint8), name="painted")

    def cluster(**selection):
        pixels = read_source(source, PixelSelection(**selection))
        segmentation = finish(pixels.segment_steps(Settings(3)))
        return show_segmentation(viewer, source, segmentation, pixels=pixels)

    cluster(region=inside_shapes(shapes), label_all=True, background=7)
    clustering = cluster(region=inside_labels(painted, [1]))

    def record():
        return json.loads(json.dumps(clustering.labels.metadata["napari-kmeans"]))

    of_labels = {"labels": "painted", "values": [1]}
    assert record()["selection"]["region"] == of_labels
    clustering.segments.undo()
    selection = record()["selection"]
    assert (selection["label_all"], selection["background"]) == (True, 7)
    told = selection["region"]
    assert (told["shapes"], told["every_slice"]) == ("drawn", False)
    grid = grid_of(shapes)
    npt.assert_array_equal(told["polygons"], [square])
    npt.assert_array_equal(told["matrix"], grid.matrix)
    assert told["units"] == ["pixel", "pixel"]
    cluster()
    assert record()["selection"]["region"] is None
    frames = Slices(((0, 2, 5),)).record()
    assert frames == {"slices": [[0, 2, 5]]}


def test_second_run_updates_its_own_layers(viewer):
    source = viewer.add_image(image())
    first = run(viewer, source, n_clusters=3)
    first[1].name = "renamed by the user"
    viewer.layers.move(0, 3)
    second = run(viewer, source, n_clusters=5)
    assert first[0] is second[0]
    assert first[1] is second[1]
    assert len(viewer.layers) == 3
    assert second[1].data.max() == 5
    assert second[1].metadata["napari-kmeans"]["settings"]["n_clusters"] == 5


def test_more_than_255_segments_after_fewer(viewer):
    source = viewer.add_image(np.arange(900, dtype=np.uint16).reshape(30, 30))
    run(viewer, source, n_clusters=3)
    _, labels = run(viewer, source, n_clusters=300)
    assert labels.data.dtype == np.uint16
    assert labels.data.max() == 300


def test_layers_of_the_same_name_are_left_alone(viewer):
    source = viewer.add_image(image(), name="stain")
    mine = viewer.add_labels(np.ones((40, 36), np.uint8), name="stain segments")
    _, labels = run(viewer, source)
    assert labels is not mine
    assert mine.data.min() == mine.data.max() == 1


def test_two_sources_have_layers_of_their_own(viewer):
    one = viewer.add_image(image(seed=1), name="one")
    two = viewer.add_image(image(seed=2), name="two")
    _, labels_one = run(viewer, one)
    before = labels_one.data.copy()
    run(viewer, two)
    npt.assert_array_equal(labels_one.data, before)
    assert len(viewer.layers) == 6
    assert shown_by(viewer, labels_one).source is one


@pytest.mark.parametrize("deleted", [0, 1])
def test_deleted_output_is_made_again(viewer, deleted):
    source = viewer.add_image(image(), name="stain")
    kept = run(viewer, source)
    viewer.layers.remove(kept[deleted])
    again = run(viewer, source)
    assert again[1 - deleted] is kept[1 - deleted]
    assert [layer.name for layer in viewer.layers] == [
        "stain",
        "stain k-means",
        "stain segments",
    ]


def paint(labels):
    labels.paint((3, 3), 2)


def script(labels):
    labels.data[2:5, 2:5] = 0


def replaced(labels):
    labels.data = np.ones_like(labels.data)


@pytest.mark.parametrize("edit", [paint, script, replaced])
def test_edits_are_noticed(viewer, edit):
    source = viewer.add_image(image())
    _, labels = run(viewer, source)
    assert edited(viewer, source) is None
    edit(labels)
    assert edited(viewer, source) is labels


def test_edits_that_were_undone_are_none(viewer):
    source = viewer.add_image(image())
    _, labels = run(viewer, source)
    labels.brush_size = 9
    labels.paint((6, 6), 3)
    assert edited(viewer, source) is labels
    labels.undo()
    assert edited(viewer, source) is None


def test_edits_are_kept_beside_a_new_pair(viewer):
    source = viewer.add_image(image())
    old = run(viewer, source)
    paint(old[1])
    painted = old[1].data.copy()
    new = run(viewer, source, n_clusters=4, in_new_layers=True)
    npt.assert_array_equal(old[1].data, painted)
    assert len(viewer.layers) == 5
    assert clustering_of(viewer, source).labels is new[1]
    assert clustering_of(viewer, old[0]).labels is old[1]
    assert shown_by(viewer, old[0]).source is source
    assert edited(viewer, source) is None


@pytest.mark.parametrize("n_clusters", [4, 300])
def test_undo_does_not_bring_old_pixels_into_a_new_result(viewer, n_clusters):
    source = viewer.add_image(np.arange(900, dtype=np.uint16).reshape(30, 30))
    _, labels = run(viewer, source, n_clusters=3)
    labels.mode = "paint"
    labels.brush_size = 9
    labels.paint((15, 15), 3)
    labels.paint((5, 5), 1)
    labels.undo()
    run(viewer, source, n_clusters=n_clusters)
    fresh = labels.data.copy()
    labels.undo()
    labels.redo()
    npt.assert_array_equal(labels.data, fresh)
    assert labels.mode == "paint"
    assert labels.editable


def test_show_selected_survives_a_second_run(viewer):
    source = viewer.add_image(image())
    _, labels = run(viewer, source)
    labels.selected_label = 2
    labels.show_selected_label = True
    run(viewer, source, n_clusters=5)
    assert labels.show_selected_label
    assert labels.colormap.use_selection
    assert labels.colormap.selection == 2


def test_alpha_zero_is_in_no_segment(viewer):
    data = image((40, 36, 4))
    data[..., 3] |= 1
    data[:4, :, 3] = 0
    source = viewer.add_image(data)
    recolored, labels = run(viewer, source)
    assert not labels.data[:4].any()
    assert labels.data[5:].all()
    npt.assert_array_equal(recolored.data[..., 3], data[..., 3])
