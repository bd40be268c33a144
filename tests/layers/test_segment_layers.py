import numpy as np
import numpy.testing as npt
import pytest
from app_model.types import KeyBinding
from napari.components import ViewerModel
from napari.layers import Image, Labels
from napari.utils.notifications import notification_manager

from napari_kmeans.core.progress import finish
from napari_kmeans.core.settings import Settings
from napari_kmeans.layers.clusterings import clustering_of, show_segmentation
from napari_kmeans.layers.source_layers import Sources
from napari_kmeans.layers.source_pixels import read_source

RED = (1.0, 0.0, 0.0)


@pytest.fixture
def viewer():
    return ViewerModel()


def picture(shape=(40, 50, 3), dtype=np.uint8):
    return np.random.default_rng(0).integers(0, 256, shape).astype(dtype)


def cluster(viewer, source, n_clusters=3, **options):
    steps = read_source(source).segment_steps(Settings(n_clusters=n_clusters))
    return show_segmentation(viewer, source, finish(steps), **options)


@pytest.fixture
def stain(viewer):
    return cluster(viewer, viewer.add_image(picture(), name="stain"))


@pytest.fixture
def camera(viewer):
    return cluster(viewer, viewer.add_image(picture((40, 50)), name="camera"))


def assert_in_step(clustering):
    """The layers show the state, and the picture is a function of it."""
    labels = clustering.segments.labels
    npt.assert_array_equal(clustering.labels.data, labels)
    npt.assert_array_equal(
        clustering.recolored.data, clustering.pictures._pictures[0].draw()
    )
    for segment in clustering.segments.map:
        shown = clustering.labels.colormap.map(segment.value)
        npt.assert_allclose(shown, (*segment.color, float(segment.visible)), atol=1e-6)


def press(layer, key):
    """Do what napari does when a key is pressed while a layer is active."""
    layer.keymap[KeyBinding.from_str(key)](layer)


def stroke(layer, *points, value=2, size=7):
    """Paint as the mouse does, from press to release."""
    layer.brush_size = size
    with layer.block_history():
        for point in points:
            layer.paint(point, value)


# Painting


def test_recoloured_layer_follows_painting_undo_and_redo(stain):
    first = stain.recolored.data.copy()
    stroke(stain.labels, (10, 10), (12, 20))
    assert_in_step(stain)
    painted = stain.recolored.data.copy()
    assert (painted != first).any()
    press(stain.labels, "Ctrl+Z")
    assert_in_step(stain)
    npt.assert_array_equal(stain.recolored.data, first)
    press(stain.labels, "Ctrl+Shift+Z")
    assert_in_step(stain)
    npt.assert_array_equal(stain.recolored.data, painted)


def test_painting_and_merging_are_undone_in_the_order_they_happened(stain):
    states = [stain.labels.data.copy()]
    for act in (
        lambda: stroke(stain.labels, (10, 10)),
        lambda: stain.segments.merge([1, 2]),
        lambda: stroke(stain.labels, (30, 30), value=3),
        lambda: stain.segments.set_visible([3], visible=False),
        lambda: cluster(stain.viewer, stain.source, 5),
    ):
        act()
        assert_in_step(stain)
        states.append(stain.labels.data.copy())
    for state in reversed(states[:-1]):
        stain.segments.undo()
        assert_in_step(stain)
        npt.assert_array_equal(stain.labels.data, state)
    for state in states[1:]:
        stain.segments.redo()
        npt.assert_array_equal(stain.labels.data, state)


def test_label_painted_new_becomes_a_segment(stain):
    stroke(stain.labels, (10, 10), value=9)
    assert 9 in stain.segments.map
    assert_in_step(stain)


def test_fill_erase_and_polygon_are_followed(stain):
    labels = stain.labels
    labels.fill((5, 5), 3)
    assert_in_step(stain)
    labels.brush_size = 5
    labels.paint((20, 20), 0)
    assert_in_step(stain)
    labels.paint_polygon([[5, 5], [5, 20], [20, 20]], 1)
    assert_in_step(stain)
    for _ in range(3):
        stain.segments.undo()
    assert_in_step(stain)
    assert stain.segments.n_edited == 0


def test_stroke_is_one_step_from_press_to_release(stain):
    stroke(stain.labels, (20, 10), (20, 20), (20, 30))
    assert_in_step(stain)
    assert len(stain.segments.history.past) == 1
    assert stain.segments.history.undo_name == "Paint"


def test_each_move_of_a_stroke_is_followed(stain):
    before = stain.labels.data.copy()
    with stain.labels.block_history():
        for column in (10, 20, 30):
            stain.labels.paint((20, column), 9)
            assert_in_step(stain)
    assert len(stain.segments.history.past) == 1
    stain.segments.undo()
    npt.assert_array_equal(stain.labels.data, before)
    assert_in_step(stain)


def test_stroke_through_the_slices_of_a_stack(viewer):
    stack = cluster(viewer, viewer.add_image(picture((6, 30, 40))))
    before = stack.labels.data.copy()
    stack.labels.n_edit_dimensions = 3
    stroke(stack.labels, (3, 10, 10), (3, 10, 20))
    changed = np.flatnonzero((stack.labels.data != before).any(axis=(1, 2)))
    assert len(changed) > 1
    assert_in_step(stack)
    assert len(stack.segments.history.past) == 1
    stack.segments.undo()
    npt.assert_array_equal(stack.labels.data, before)


def test_slice_that_is_not_shown_is_followed(viewer):
    stack = cluster(viewer, viewer.add_image(picture((6, 30, 40))))
    viewer.dims.set_current_step(0, 0)
    indices = np.full(9, 4), np.arange(9), np.arange(9)
    stack.labels.data_setitem(indices, 9)
    assert_in_step(stack)
    with stack.labels.block_history():
        stack.labels.data_setitem(indices, 8)
    assert_in_step(stack)
    assert len(stack.segments.history.past) == 2


def test_data_changed_by_a_script_are_taken_over(stain):
    stain.labels.data[:10] = 1
    stain.labels.refresh()
    assert_in_step(stain)
    stain.labels.data = np.full_like(stain.labels.data, 2)
    assert_in_step(stain)
    stain.segments.undo()
    stain.segments.undo()
    assert stain.segments.n_edited == 0
    assert_in_step(stain)


@pytest.mark.parametrize(
    ("act", "steps"),
    [
        (lambda c: c.segments.merge([1, 3]), ["Paint", "Merge 1 + 3"]),
        (lambda c: c.segments.split(1, 2, c.image), ["Paint", "Split 1"]),
        (
            lambda c: c.segments.replace_pixels(np.ones_like(c.labels.data), "Clean"),
            ["Paint", "Clean"],
        ),
        (
            lambda c: c.segments.rerun(c.segments.recipe.model, c.labels.data * 0 + 1),
            None,
        ),
        (lambda c: c.segments.undo(), []),
        (lambda c: c.viewer.layers.remove(c.labels) or c.add_missing_layers(), None),
    ],
)
def test_data_changed_by_a_script_are_taken_over_before_an_act(stain, act, steps):
    painted = stain.labels.data[5:20, 5:20] != 2
    stain.labels.data[5:20, 5:20] = 2
    act(stain)
    history = stain.segments.history
    if steps is not None:
        assert [step.name for step in history.past] == steps
    while history.undo_name not in ("Paint", None):
        stain.segments.undo()
    if history.undo_name is None:
        stain.segments.redo()
    assert (stain.labels.data[5:20, 5:20] == 2).all()
    assert stain.segments.n_edited == np.count_nonzero(painted)
    assert_in_step(stain)


def test_a_number_that_no_label_can_have_is_not_painted(stain):
    stain.labels.data = stain.labels.data.astype(np.int32)
    before = stain.labels.data.copy()
    stain.labels.paint((5, 5), 70_000)
    said = notification_manager.records[-1].message
    assert "70000: the labels of segments go from 0 to 65535" in said
    npt.assert_array_equal(stain.labels.data, before)
    stain.labels.paint((5, 5), 7)
    assert stain.labels.data[5, 5] == 7
    assert 7 in stain.segments.map


def test_dtype_converted_by_the_user(stain):
    stain.labels.data = stain.labels.data.astype(np.int32)
    stroke(stain.labels, (10, 10))
    npt.assert_array_equal(stain.labels.data, stain.segments.labels)
    stain.segments.undo()
    npt.assert_array_equal(stain.labels.data, stain.segments.labels)


def test_labels_of_another_shape_are_left_to_the_script(stain):
    before = np.array(stain.segments.labels)
    stain.labels.data = np.ones((5, 5), np.uint8)
    npt.assert_array_equal(stain.segments.labels, before)
    stain.segments.merge([1, 2])
    npt.assert_array_equal(stain.labels.data, stain.segments.labels)


# Showing


def test_hidden_segment_is_transparent_and_black(stain):
    stain.segments.set_visible([2], visible=False)
    assert stain.labels.colormap.map(2)[3] == 0
    assert not stain.recolored.data[stain.segments.labels == 2].any()
    assert_in_step(stain)


def test_hidden_segment_can_be_transparent(stain):
    stain.set_look(hidden_as="transparent")
    stain.segments.set_visible([2], visible=False)
    alpha = stain.recolored.data[..., 3]
    npt.assert_array_equal(alpha == 0, stain.segments.labels == 2)
    stain.set_look(hidden_as="black")
    assert stain.recolored.data.shape == (40, 50, 3)
    assert_in_step(stain)


def test_original_pixels_are_shown_with_hidden_ones_black(stain):
    stain.set_look(show_as="original")
    npt.assert_array_equal(stain.recolored.data, stain.source.data)
    stain.segments.set_visible([1], visible=False)
    hidden = stain.segments.labels == 1
    assert not stain.recolored.data[hidden].any()
    npt.assert_array_equal(stain.recolored.data[~hidden], stain.source.data[~hidden])


def test_one_channel_in_palette_colours_and_back(camera):
    below = camera.recolored
    index = camera.viewer.layers.index(below)
    camera.segments.set_color(1, RED)
    camera.set_look(show_as="palette")
    assert camera.recolored.rgb
    assert camera.viewer.layers.index(camera.recolored) == index
    assert camera.recolored.name == "camera k-means"
    npt.assert_array_equal(
        camera.recolored.data[camera.segments.labels == 1][0], (255, 0, 0)
    )
    camera.set_look(show_as="mean")
    assert not camera.recolored.rgb
    assert_in_step(camera)
    assert len(camera.viewer.layers) == 3


def test_selected_layer_that_is_exchanged_is_known_until_it_is_gone(camera):
    layers = camera.viewer.layers
    layers.selection.active = camera.recolored
    owners = []
    layers.selection.events.changed.connect(
        lambda event: owners.extend(
            clustering_of(camera.viewer, layer) for layer in layers.selection
        )
    )
    layers.events.inserted.connect(
        lambda _: owners.extend(clustering_of(camera.viewer, one) for one in layers)
    )
    camera.set_look(show_as="palette")
    assert len(owners) > 3
    assert all(owner is camera for owner in owners)
    assert layers.selection.active is camera.recolored


def test_shuffling_colours_does_not_lose_them(stain):
    stain.segments.set_color(1, RED)
    stain.segments.set_visible([2], visible=False)
    stain.labels.new_colormap()
    assert_in_step(stain)


def test_metadata_follow_the_model(stain):
    cluster(stain.viewer, stain.source, 5)
    for layer in (stain.labels, stain.recolored):
        assert layer.metadata["napari-kmeans"]["settings"]["n_clusters"] == 5
    stain.segments.undo()
    for layer in (stain.labels, stain.recolored):
        assert layer.metadata["napari-kmeans"]["settings"]["n_clusters"] == 3


# Layers that come and go


@pytest.mark.parametrize("deleted", ["labels", "recolored"])
def test_deleted_layer_is_made_again_as_it_was(stain, deleted):
    stroke(stain.labels, (10, 10))
    stain.segments.merge([1, 2])
    stain.viewer.layers.remove(getattr(stain, deleted))
    assert getattr(stain, deleted) is None
    stain.segments.set_visible([3], visible=False)
    stain.add_missing_layers()
    assert_in_step(stain)


def test_source_deleted(stain):
    stain.viewer.layers.remove(stain.source)
    stroke(stain.labels, (10, 10))
    stain.set_look(show_as="original")
    stain.segments.merge([1, 2])
    assert_in_step(stain)


def test_source_replaced_keeps_the_pixels_of_the_run(stain):
    before = stain.recolored.data.copy()
    stain.source.data = picture((20, 20, 3))
    stain.set_look(show_as="original")
    stain.set_look(show_as="mean")
    npt.assert_array_equal(stain.recolored.data, before)
    layers = (stain.recolored, stain.labels)
    again = cluster(stain.viewer, stain.source)
    assert (again.recolored, again.labels) == layers
    assert again.labels.data.shape == (20, 20)
    stroke(again.labels, (10, 10))
    press(again.labels, "Ctrl+Z")
    assert_in_step(again)


def test_duplicated_labels_are_a_layer_of_their_own(stain):
    copy = Labels(stain.labels.data.copy(), metadata=stain.labels.metadata)
    stain.viewer.add_layer(copy)
    before = copy.data.copy()
    stain.segments.merge([1, 2])
    npt.assert_array_equal(copy.data, before)
    assert clustering_of(stain.viewer, copy) is None


def test_two_clusterings_side_by_side(viewer):
    source = viewer.add_image(picture())
    first = cluster(viewer, source, 3)
    second = cluster(viewer, source, 5, in_new_layers=True)
    first.segments.merge([1, 2])
    stroke(second.labels, (10, 10))
    assert_in_step(first)
    assert_in_step(second)
    assert clustering_of(viewer, first.labels) is first
    assert clustering_of(viewer, source) is second


def test_two_viewers_with_one_source(viewer):
    source = Image(picture())
    other = ViewerModel()
    viewer.add_layer(source)
    other.add_layer(source)
    first, second = cluster(viewer, source), cluster(other, source)
    first.segments.merge([1, 2])
    assert_in_step(first)
    assert_in_step(second)
    assert len(second.segments.map) == 3


@pytest.mark.parametrize("name", ["labels", "recolored"])
def test_hidden_layer_stays_hidden_and_right(stain, name):
    getattr(stain, name).visible = False
    for act in (
        lambda: stain.segments.merge([1, 2]),
        lambda: stain.labels.paint((10, 10), 3),
        lambda: stroke(stain.labels, (20, 10), (20, 20), value=9),
        stain.segments.undo,
        lambda: stain.segments.set_visible([3], visible=False),
        lambda: stain.segments.split(3, 2, stain.image),
        lambda: setattr(stain, "show_as", "original"),
        stain.segments.undo,
        lambda: cluster(stain.viewer, stain.source, 4),
        stain.segments.undo,
    ):
        act()
        assert not getattr(stain, name).visible
        assert_in_step(stain)
    stain.labels.visible = stain.recolored.visible = True
    assert_in_step(stain)


def test_hidden_layer_of_values_stays_hidden_as_one_of_colours(camera):
    camera.recolored.visible = False
    camera.set_look(show_as="palette")
    assert camera.recolored.rgb
    assert not camera.recolored.visible
    camera.segments.merge([1, 2])
    assert_in_step(camera)


# Only what changes is drawn


def test_renaming_draws_nothing(stain):
    drawn = []
    for layer in (stain.recolored, stain.labels):
        layer.events.set_data.connect(lambda _: drawn.append(1))
    stain.segments.rename(1, "nuclei")
    stain.segments.set_ignored([1], ignored=True)
    assert drawn == []
    stain.segments.set_visible([1], visible=False)
    assert len(drawn) == 2


@pytest.mark.parametrize("show_as", ["mean", "original", "palette"])
@pytest.mark.parametrize("hidden_as", ["black", "transparent"])
@pytest.mark.parametrize("shape", [(40, 50, 3), (40, 50, 4), (40, 50)])
def test_what_is_drawn_bit_by_bit_is_the_whole(viewer, shape, show_as, hidden_as):
    clustering = cluster(viewer, viewer.add_image(picture(shape)), 6)
    clustering.set_look(show_as=show_as, hidden_as=hidden_as)
    for act in (
        lambda s: s.set_visible([2], visible=False),
        lambda s: s.set_color(3, RED),
        lambda s: s.solo([1, 4]),
        lambda s: s.set_visible([2, 3], visible=True),
        lambda s: s.merge([1, 2]),
        lambda s: s.undo(),
        lambda s: s.undo(),
        lambda s: s.redo(),
    ):
        act(clustering.segments)
        assert_in_step(clustering)


def test_recoloured_data_replaced_by_a_script_are_drawn_again(stain):
    stain.recolored.data = np.zeros_like(stain.recolored.data)
    stain.segments.set_visible([1], visible=False)
    assert_in_step(stain)


# Traps of napari's own undo


def test_naparis_own_undo_writes_nothing_old_into_new_labels(stain):
    stroke(stain.labels, (10, 10))
    stain.segments.merge([1, 2])
    after = stain.labels.data.copy()
    stain.labels.undo()
    npt.assert_array_equal(stain.labels.data, after)
    stain.segments.undo()
    assert_in_step(stain)


def test_split_and_merge_back(stain):
    first = stain.labels.data.copy()
    stain.segments.split(2, 3, stain.image)
    assert len(stain.segments.map) == 5
    assert_in_step(stain)
    stain.segments.undo()
    npt.assert_array_equal(stain.labels.data, first)


# Another image


def test_nothing_carries_over_to_another_image(stain):
    stain.segments.rename(1, "nuclei")
    stain.segments.set_ignored([3], ignored=True)
    stain.segments.merge([1, 2])
    again = cluster(stain.viewer, stain.viewer.add_image(stain.source.data.copy()))
    assert [s.name for s in again.segments.map] == [f"Segment {n}" for n in (1, 2, 3)]
    assert not any(s.ignored for s in again.segments.map)
    assert_in_step(again)


def test_untouched_segments_leave_other_images_in_their_own_order(stain):
    again = cluster(stain.viewer, stain.viewer.add_image(picture() // 2 + 60), 4)
    assert [segment.name for segment in again.segments.map] == [
        "Segment 1",
        "Segment 2",
        "Segment 3",
        "Segment 4",
    ]
    means = again.segments.recipe.means @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(means) > 0).all()


# What a script writes into the layer, and tells nobody

BEFORE = {
    "merge": lambda stain: stain.segments.merge([1, 3]),
    "split": lambda stain: stain.segments.split(1, 2, stain.image),
    "split, in steps": lambda stain: stain.segments.apply_split(
        finish(stain.split_steps(1, 2))
    ),
    "clean up": lambda stain: stain.segments.replace_pixels(
        np.where(stain.segments.labels == 3, 1, stain.segments.labels), "Fill holes"
    ),
    "preview": lambda stain: (
        stain.preview(np.ones_like(stain.segments.labels)),
        stain.preview(None),
    ),
    "another run that keeps edits": lambda stain: cluster(
        stain.viewer, stain.source, 4, keep_edits=True
    ),
    "layer deleted and made again": lambda stain: (
        stain.viewer.layers.remove(stain.labels),
        stain.add_missing_layers(),
    ),
    "layer deleted, merged and made again": lambda stain: (
        stain.viewer.layers.remove(stain.labels),
        stain.segments.merge([1, 3]),
        stain.add_missing_layers(),
    ),
    "hide": lambda stain: stain.segments.set_visible([2], visible=False),
    "Segment": lambda stain: stain.edited_labels,
}


@pytest.mark.parametrize("act", BEFORE)
def test_what_a_script_wrote_is_taken_over_first(stain, act):
    first = np.array(stain.segments.labels)
    stain.labels.data[5:20, 5:20] = 9
    BEFORE[act](stain)
    value = 5 if act == "another run that keeps edits" else 9
    is_there = (stain.segments.labels[5:20, 5:20] == value).all()
    assert is_there or act in {"clean up", "hide"}
    stain.take_paint()
    assert_in_step(stain)
    while stain.segments.history.past:
        stain.segments.undo()
        assert_in_step(stain)
    npt.assert_array_equal(stain.segments.labels, first)
    names = [step.name for step in stain.segments.history.future]
    assert names.count("Paint") == 1


def test_what_a_script_wrote_is_what_undo_takes_back(stain):
    stain.segments.merge([1, 3])
    merged = np.array(stain.segments.labels)
    stain.labels.data[5:20, 5:20] = 9
    stain.segments.undo()
    npt.assert_array_equal(stain.segments.labels, merged)
    assert_in_step(stain)


def test_layer_put_back_shows_what_has_happened_meanwhile(stain):
    layer = stain.labels
    stain.viewer.layers.remove(layer)
    stain.segments.merge([1, 3])
    stain.viewer.layers.append(layer)
    layer.refresh()
    assert stain.labels is layer
    assert stain.segments.n_edited == 0
    assert_in_step(stain)


@pytest.mark.parametrize("axis", [None, 0])
def test_a_split_uses_the_pixels_of_the_run(axis):
    image = picture((40, 50)) if axis is None else np.moveaxis(picture(), -1, 0)
    split = []
    for is_changed in (False, True):
        viewer = ViewerModel()
        layer = viewer.add_image(image.copy(), rgb=False)
        source = layer if axis is None else Sources((layer,), channel_axis=axis)
        clustering = cluster(viewer, source)
        if is_changed:
            layer.data[...] = layer.data[..., ::-1].copy()
        clustering.segments.split(2, 2, clustering.image)
        split.append(np.array(clustering.segments.labels))
    npt.assert_array_equal(*split)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scale", (0.5, 2)),
        ("translate", (3, 4)),
        ("rotate", 30),
        ("shear", [0.5]),
        ("affine", [[1, 0, 7], [0, 2, 8], [0, 0, 1]]),
        ("units", ("um", "um")),
        ("axis_labels", ("y", "x")),
    ],
)
def test_layers_follow_their_source_at_once(camera, name, value):
    setattr(camera.source, name, value)
    for layer in (camera.recolored, camera.labels):
        assert np.array_equal(
            np.asarray(getattr(layer, name)), np.asarray(getattr(camera.source, name))
        )
    assert camera.edited_labels is None
    assert not camera.segments.history.past


def test_other_layers_stay_where_they_are(viewer, camera):
    other = cluster(viewer, viewer.add_image(picture((40, 50)), name="other"))
    camera.source.scale = (3, 3)
    assert tuple(other.labels.scale) == (1, 1)


def test_rows_of_a_stack_of_channels_follow(viewer):
    source = viewer.add_image(picture((3, 20, 30)), name="channels")
    pixels = read_source(Sources((source,), 0))
    clustering = show_segmentation(
        viewer, pixels.sources, finish(pixels.segment_steps(Settings(3))), pixels=pixels
    )
    source.scale = (1, 0.5, 0.5)
    assert tuple(clustering.labels.scale) == (0.5, 0.5)
