"""Regions, one model a slice and the values left out, with real clicks and keys."""

import numpy as np
import numpy.testing as npt
import pytest
from qtpy.QtCore import Qt

from napari_kmeans.core.segmentation import segment
from napari_kmeans.layers.clusterings import clustering_of
from napari_kmeans.widgets.docks import dock_panel


@pytest.fixture
def nothing_drawn(viewer):
    """Hide the canvas: after a shapes layer is removed, software OpenGL would crash.

    It does in napari without a plugin, too.
    """
    viewer.window._qt_viewer.canvas.native.hide()


@pytest.fixture
def panel(panel):
    panel.region.folded = False
    return panel


@pytest.fixture
def volume():
    return np.random.default_rng(0).integers(0, 256, (6, 40, 50)).astype(np.uint8)


@pytest.fixture
def flat(volume):
    return volume[0]


def pick(qtbot, box, text):
    combo = box.native
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Home)
    while not combo.currentText().startswith(text):
        before = combo.currentIndex()
        qtbot.keyClick(combo, Qt.Key.Key_Down)
        assert combo.currentIndex() > before, f"there is no '{text}'"


def write(qtbot, box, text):
    box.native.setFocus()
    box.native.selectAll()
    qtbot.keyClicks(box.native, text)
    qtbot.keyClick(box.native, Qt.Key.Key_Tab)


def box(top, left, bottom, right):
    return [[top, left], [top, right], [bottom, right], [bottom, left]]


def shown(panel):
    region = panel.region
    names = (
        "axis",
        "range",
        "shapes_layer",
        "every_slice",
        "labels_layer",
        "values",
        "hint",
        "label_all",
    )
    return {name for name in names if getattr(region, name).native.isVisible()}


def labels_of(viewer, source):
    return clustering_of(viewer, source).labels.data


# What is shown


def test_only_what_the_region_needs_is_shown(viewer, panel, volume, qtbot):
    source = viewer.add_image(volume)
    viewer.add_shapes([box(1, 1, 9, 9)], name="ROI")
    viewer.add_labels(volume // 128, name="cells")
    viewer.layers.selection.active = source
    expected = {
        "whole image": set(),
        "current slice": {"label_all"},
        "range of slices": {"axis", "range", "label_all"},
        "inside shapes": {"shapes_layer", "every_slice", "label_all"},
        "inside labels": {"labels_layer", "values", "label_all"},
    }
    for kind, names in expected.items():
        pick(qtbot, panel.region.kind, kind)
        assert shown(panel) == names, kind


def test_flat_image_has_no_slices(viewer, panel, volume, flat):
    viewer.add_image(volume)
    panel.region.kind.value = "range"
    viewer.add_image(flat)
    assert panel.region.kind.value == "whole"
    assert list(panel.region.kind.choices) == ["whole", "shapes", "labels"]
    assert not panel.region.models_row.visible


@pytest.mark.usefixtures("nothing_drawn")
def test_another_image_has_a_region_of_its_own(
    viewer, panel, flat, click, wait_for_run, qtbot
):
    camera = viewer.add_image(flat, name="camera")
    click(panel.region.draw_button)
    drawn = viewer.layers[-1]
    drawn.add([box(5, 5, 20, 20)])
    pick(qtbot, panel.region.label_all, "the whole image")
    coins = viewer.add_image(flat.copy(), name="coins")
    assert panel.region.title == "Region: whole image"
    click(panel.segment_button)
    wait_for_run(panel)
    assert labels_of(viewer, coins).all()
    viewer.layers.selection.active = camera
    assert panel.region.title == f"Region: inside '{drawn.name}'"
    assert panel.region.label_all.value
    viewer.layers.remove(drawn)
    viewer.layers.selection.active = coins
    viewer.layers.selection.active = camera
    assert panel.region.title == "Region: inside shapes (none yet)"


def test_range_of_an_image_comes_back_with_it(viewer, panel, volume, qtbot):
    one = viewer.add_image(volume, name="one")
    pick(qtbot, panel.region.kind, "range of slices")
    pick(qtbot, panel.region.axis, "axis 2")
    write(qtbot, panel.region.first, "7")
    viewer.add_image(volume[:, :30], name="two")
    viewer.layers.selection.active = one
    assert panel.region.region.ranges == ((2, 7, 49),)


@pytest.mark.usefixtures("nothing_drawn")
def test_region_of_an_image_that_is_gone_is_not_forced_on_the_next(
    viewer, panel, flat, click, wait_for_run
):
    viewer.add_image(flat)
    click(panel.region.draw_button)
    viewer.layers.clear()
    source = viewer.add_image(flat)
    assert panel.region.title == "Region: whole image"
    click(panel.segment_button)
    wait_for_run(panel)
    assert labels_of(viewer, source).all()


# Slices


def test_current_slice(viewer, panel, volume, click, wait_for_run, qtbot):
    source = viewer.add_image(volume)
    viewer.dims.set_current_step(0, 4)
    pick(qtbot, panel.region.kind, "current slice")
    click(panel.segment_button)
    wait_for_run(panel)
    labels = labels_of(viewer, source)
    npt.assert_array_equal(labels[4], segment(volume[4], 4).labels)
    assert not labels[[0, 1, 2, 3, 5]].any()
    assert "In no segment: 10,000 px outside." in panel.status.value


def test_slice_of_a_result_is_said_while_others_are_seen(
    viewer, panel, volume, click, wait_for_run, qtbot
):
    viewer.add_image(volume)
    viewer.dims.set_current_step(0, 3)
    pick(qtbot, panel.region.kind, "current slice")
    click(panel.segment_button)
    wait_for_run(panel)
    viewer.dims.set_current_step(0, 5)
    qtbot.waitUntil(lambda: panel.note.visible)
    assert panel.note.value == "This result is of slice 3."
    viewer.dims.set_current_step(0, 3)
    qtbot.waitUntil(lambda: panel.status.visible)
    assert not panel.note.visible
    panel.run.live.box.value = False
    pick(qtbot, panel.region.kind, "range of slices")
    qtbot.waitUntil(lambda: panel.note.visible)
    assert panel.note.value == "Settings changed: Segment again."


@pytest.mark.parametrize("label_all", [False, True])
def test_range_of_slices(viewer, panel, volume, click, wait_for_run, qtbot, label_all):
    source = viewer.add_image(volume)
    pick(qtbot, panel.region.kind, "range of slices")
    write(qtbot, panel.region.first, "1")
    write(qtbot, panel.region.last, "3")
    if label_all:
        pick(qtbot, panel.region.label_all, "the whole image")
    click(panel.segment_button)
    wait_for_run(panel)
    mask = np.zeros(volume.shape, bool)
    mask[1:4] = True
    expected = segment(volume, 4, mask=mask, label_all=label_all)
    npt.assert_array_equal(labels_of(viewer, source), expected.labels)
    fate = "Labelled, but not fitted" if label_all else "In no segment"
    assert f"{fate}: 6,000 px outside." in panel.status.value


def test_range_along_another_axis(viewer, panel, volume, qtbot, click, wait_for_run):
    source = viewer.add_image(volume, axis_labels=("z", "y", "x"))
    pick(qtbot, panel.region.kind, "range of slices")
    pick(qtbot, panel.region.axis, "x")
    assert (panel.region.first.value, panel.region.last.value) == (0, 49)
    write(qtbot, panel.region.first, "45")
    click(panel.segment_button)
    wait_for_run(panel)
    labels = labels_of(viewer, source)
    assert labels[..., 45:].all()
    assert not labels[..., :45].any()


def test_range_that_is_upside_down_is_explained(viewer, panel, volume, click, qtbot):
    viewer.add_image(volume)
    panel.region.kind.value = "range"
    write(qtbot, panel.region.first, "4")
    write(qtbot, panel.region.last, "2")
    click(panel.segment_button)
    qtbot.waitUntil(lambda: not panel.is_running)
    assert "goes from 4 to 2" in panel.status.value


# Shapes


def test_inside_shapes(viewer, panel, flat, click, wait_for_run, qtbot):
    source = viewer.add_image(flat, scale=(0.5, 0.5))
    viewer.add_shapes([box(5, 5, 10, 15)], name="ROI")
    viewer.layers.selection.active = source
    pick(qtbot, panel.region.kind, "inside shapes")
    click(panel.segment_button)
    wait_for_run(panel)
    mask = np.zeros(flat.shape, bool)
    mask[10:21, 10:31] = True
    expected = segment(flat, 4, mask=mask)
    npt.assert_array_equal(labels_of(viewer, source), expected.labels)


def test_shape_of_one_slice_counts_in_it_or_through_all(
    viewer, panel, volume, click, wait_for_run, qtbot
):
    source = viewer.add_image(volume)
    viewer.add_shapes([[[2, *corner] for corner in box(5, 5, 10, 15)]], name="ROI")
    viewer.layers.selection.active = source
    pick(qtbot, panel.region.kind, "inside shapes")
    click(panel.segment_button)
    wait_for_run(panel)
    labelled = labels_of(viewer, source).any(axis=(1, 2))
    npt.assert_array_equal(labelled, [0, 0, 1, 0, 0, 0])
    qtbot.wait(50)
    tick = panel.region.every_slice.native
    qtbot.mouseClick(tick, Qt.MouseButton.LeftButton, pos=tick.rect().center() * 0.2)
    assert panel.region.every_slice.value
    click(panel.segment_button)
    wait_for_run(panel)
    assert labels_of(viewer, source).any(axis=(1, 2)).all()


def test_no_shapes_layer_is_explained_until_there_is_one(
    viewer, panel, flat, click, qtbot
):
    source = viewer.add_image(flat)
    pick(qtbot, panel.region.kind, "inside shapes")
    assert shown(panel) == {"hint"}
    click(panel.segment_button)
    assert panel.status.value.startswith("There is no shapes layer")
    viewer.add_shapes(name="ROI")
    viewer.layers.selection.active = source
    assert "shapes_layer" in shown(panel)
    assert panel.region.shapes_layer.value.name == "ROI"
    assert panel.region.title == "Region: inside 'ROI'"
    qtbot.waitUntil(lambda: panel.status.value == "")
    click(panel.segment_button)
    qtbot.waitUntil(lambda: not panel.is_running)
    assert "'ROI' has no closed shape" in panel.status.value
    assert len(viewer.layers) == 2
    viewer.layers["ROI"].add_polygons([box(1, 1, 9, 9)])
    assert panel.status.value == ""


@pytest.mark.parametrize("kind", ["shapes", "labels"])
@pytest.mark.parametrize("order", ["layer first", "panel first", "kind first"])
def test_newest_layer_is_taken(viewer, flat, qtbot, kind, order):
    def add():
        for name in ("old", "new"):
            if kind == "shapes":
                viewer.add_shapes([box(1, 1, 9, 9)], name=name)
            else:
                viewer.add_labels(flat // 128, name=name)

    viewer.add_image(flat, name="image")
    if order == "layer first":
        add()
        viewer.layers.selection.active = viewer.layers["image"]
    panel = dock_panel(viewer)
    if order == "panel first":
        add()
    if order == "kind first":
        pick(qtbot, panel.region.kind, f"inside {kind}")
        viewer.add_points(name="other")
        add()
        name = "old"  # the first that came was taken
    else:
        pick(qtbot, panel.region.kind, f"inside {kind}")
        name = "new"
    assert panel.region.title == f"Region: inside '{name}'"
    assert not panel.region.hint.value


def test_region_is_drawn_in_one_click(
    viewer, panel, flat, click, wait_for_run, mouse, qtbot
):
    source = viewer.add_image(flat, scale=(0.5, 0.5), name="image")
    click(panel.segment_button)
    wait_for_run(panel)
    click(panel.region.draw_button)
    layer = viewer.layers.selection.active
    assert layer.name == "image region"
    assert layer.mode == "add_polygon"
    qtbot.waitUntil(lambda: panel.note.visible)
    assert panel.note.value == "Draw: double-click the last corner."
    assert panel.region.title == "Region: inside 'image region'"
    qtbot.wait(50)
    for corner in ((-60, -60), (60, -60), (60, 60)):
        mouse.click(corner)
    mouse.double_click((-60, 60))
    assert len(layer.data) == 1
    assert layer.face_color[0, 3] == 0
    click(panel.segment_button)
    wait_for_run(panel)
    inside = labels_of(viewer, source) > 0
    assert 0 < np.count_nonzero(inside) < flat.size


def test_drawn_shapes_do_not_cover_the_result(viewer, panel, flat):
    viewer.add_image(flat)
    roi = viewer.add_shapes([box(1, 1, 9, 9)])
    red = viewer.add_shapes([box(1, 1, 9, 9)], face_color="red")
    panel.region.kind.value = "shapes"
    assert panel.region.shapes_layer.value is red
    assert (red.face_color == [1, 0, 0, 1]).all()
    panel.region.shapes_layer.value = roi
    assert roi.face_color[0, 3] == 0
    roi.add_rectangles([box(1, 1, 9, 9)])
    assert roi.face_color[1, 3] == 0


@pytest.mark.usefixtures("nothing_drawn")
def test_removed_region_is_not_replaced_by_another(viewer, panel, flat, click):
    source = viewer.add_image(flat)
    viewer.add_shapes([box(1, 1, 5, 5)], name="other")
    roi = viewer.add_shapes([box(1, 1, 5, 5)], name="ROI")
    viewer.layers.selection.active = source
    panel.region.kind.value = "shapes"
    assert panel.region.shapes_layer.value is roi
    viewer.layers.remove(roi)
    assert panel.region.shapes_layer.value is None
    click(panel.segment_button)
    assert "Choose the shapes layer" in panel.status.value
    assert not panel.is_running


@pytest.mark.usefixtures("nothing_drawn")
def test_without_its_region_a_result_is_out_of_date_and_no_more_is_said(
    viewer, panel, flat, click, wait_for_run, qtbot
):
    source = viewer.add_image(flat)
    roi = viewer.add_shapes([box(5, 5, 10, 15)])
    viewer.layers.selection.active = source
    panel.region.kind.value = "shapes"
    click(panel.segment_button)
    wait_for_run(panel)
    viewer.layers.remove(roi)
    qtbot.waitUntil(lambda: panel.note.value == "Settings changed.")
    click(panel.segment_button)
    qtbot.waitUntil(lambda: panel.note.value == "")
    assert "shapes layer" in panel.status.value


def test_how_to_draw_is_said_before_the_first_result_too(viewer, panel, flat, qtbot):
    viewer.add_image(flat)
    panel.region.folded = False
    panel.region.draw_button.native.click()
    qtbot.waitUntil(lambda: panel.note.value == "Draw: double-click the last corner.")


@pytest.mark.usefixtures("nothing_drawn")
def test_region_removed_while_running_changes_nothing(
    viewer, panel, flat, click, gate, wait_for_run
):
    source = viewer.add_image(flat)
    roi = viewer.add_shapes([box(5, 5, 10, 15)])
    viewer.layers.selection.active = source
    panel.region.kind.value = "shapes"
    click(panel.segment_button)
    viewer.layers.remove(roi)
    gate.open()
    wait_for_run(panel)
    assert np.count_nonzero(labels_of(viewer, source)) == 6 * 11


def test_region_outside_keeps_the_result_before(
    viewer, panel, flat, click, wait_for_run
):
    source = viewer.add_image(flat)
    roi = viewer.add_shapes([box(5, 5, 10, 15)], name="ROI")
    viewer.layers.selection.active = source
    panel.region.kind.value = "shapes"
    click(panel.segment_button)
    wait_for_run(panel)
    before = labels_of(viewer, source).copy()
    roi.data = [np.array(box(500, 500, 510, 510))]
    click(panel.segment_button)
    wait_for_run(panel)
    assert "contain no pixel" in panel.status.value
    npt.assert_array_equal(labels_of(viewer, source), before)


# Labels


def test_inside_chosen_labels(viewer, panel, flat, click, wait_for_run, qtbot):
    source = viewer.add_image(flat)
    cells = np.random.default_rng(1).integers(0, 5, flat.shape)
    viewer.add_labels(cells, name="cells")
    viewer.layers.selection.active = source
    pick(qtbot, panel.region.kind, "inside labels")
    write(qtbot, panel.region.values, "1, 3-4")
    click(panel.segment_button)
    wait_for_run(panel)
    expected = segment(flat, 4, mask=np.isin(cells, (1, 3, 4)))
    npt.assert_array_equal(labels_of(viewer, source), expected.labels)


def test_nonsense_for_labels_is_explained(viewer, panel, flat, click, qtbot):
    source = viewer.add_image(flat)
    viewer.add_labels(flat // 128)
    viewer.layers.selection.active = source
    panel.region.kind.value = "labels"
    write(qtbot, panel.region.values, "all")
    click(panel.segment_button)
    assert "'all' is not a list of labels" in panel.status.value


def test_own_result_is_no_region(viewer, panel, flat, click, wait_for_run):
    viewer.add_image(flat, name="one")
    click(panel.segment_button)
    wait_for_run(panel)
    panel.region.kind.value = "labels"
    assert shown(panel) == {"hint"}
    viewer.add_image(flat, name="two")
    names = [panel.region.labels_layer.native.itemText(i) for i in range(2)]
    assert names[1:] == ["one segments"]


# Values


def test_background_and_saturated_are_left_out(
    viewer, panel, flat, click, wait_for_run, qtbot
):
    source = viewer.add_image(flat)
    panel.form.advanced.folded = False
    write(qtbot, panel.form.background, "0")
    qtbot.wait(50)
    tick = panel.form.saturated.native
    qtbot.mouseClick(tick, Qt.MouseButton.LeftButton, pos=tick.rect().center() * 0.2)
    assert panel.form.advanced.title == "Advanced (2 changed)"
    click(panel.segment_button)
    wait_for_run(panel)
    left_out = (flat == 0) | (flat == 255)
    npt.assert_array_equal(labels_of(viewer, source) == 0, left_out)
    words = f"{left_out.sum()} px of value 0 or saturated or without a value"
    assert words in panel.status.value
    click(panel.form.reset_button)
    assert panel.form.advanced.title == "Advanced"
    click(panel.segment_button)
    wait_for_run(panel)
    assert labels_of(viewer, source).all()


def test_only_integers_can_be_saturated(
    viewer, panel, volume, flat, click, wait_for_run
):
    whole = viewer.add_image(flat)
    panel.form.advanced.folded = False
    panel.form.saturated.value = True
    assert panel.form.advanced.title == "Advanced (1 changed)"
    source = viewer.add_image(flat / 255)
    assert not panel.form.saturated.enabled
    assert panel.form.advanced.title == "Advanced"
    click(panel.segment_button)
    wait_for_run(panel)
    assert labels_of(viewer, source).all()
    viewer.layers.selection.active = whole
    assert panel.form.saturated.enabled
    assert panel.form.advanced.title == "Advanced (1 changed)"


def test_channel_axis_has_no_slices(viewer, panel, volume):
    viewer.add_image(volume[:, np.newaxis].repeat(2, 1), axis_labels=("z", *"cyx"))
    panel.choice.channel_axis.value = 1
    assert list(panel.region.models.choices) == [None, 0]
    panel.region.kind.value = "range"
    assert list(panel.region.axis.choices) == [0, 2, 3]
    viewer.add_image(np.moveaxis(volume, 0, -1), rgb=False)
    panel.choice.channel_axis.value = 2
    assert not panel.region.models_row.visible
    assert list(panel.region.kind.choices) == ["whole", "shapes", "labels"]


def test_nonsense_for_the_background_is_explained(viewer, panel, flat, click, qtbot):
    viewer.add_image(flat)
    panel.form.advanced.folded = False
    write(qtbot, panel.form.background, "black")
    click(panel.segment_button)
    assert "'black', the value to leave out, is not a number" in panel.status.value


# One model a slice


def test_one_model_for_each_slice(viewer, panel, volume, click, wait_for_run, qtbot):
    source = viewer.add_image(volume, axis_labels=("t", "y", "x"))
    assert panel.region.models_row.visible
    pick(qtbot, panel.region.models, "one by one, in t")
    click(panel.segment_button)
    wait_for_run(panel)
    expected = segment(volume, 4, slice_axis=0)
    npt.assert_array_equal(labels_of(viewer, source), expected.labels)


def test_slices_of_the_next_image_are_clustered_together(viewer, panel, volume, qtbot):
    stack = viewer.add_image(volume, name="stack", axis_labels=("z", "y", "x"))
    pick(qtbot, panel.region.models, "one by one, in z")
    film = viewer.add_image(volume, name="film", axis_labels=("T", "y", "x"))
    assert panel.region.slice_axis is None
    assert panel.region.title == "Region: whole image"
    viewer.layers.selection.active = stack
    assert panel.region.slice_axis == 0
    viewer.layers.selection.active = film
    viewer.layers.clear()
    viewer.add_image(volume, axis_labels=("T", "y", "x"))
    assert panel.region.slice_axis is None


def test_slices_that_were_not_chosen_are_not_worth_a_word(
    viewer, panel, volume, click, wait_for_run, qtbot
):
    viewer.add_image(volume, axis_labels=("z", "y", "x"))
    pick(qtbot, panel.region.kind, "current slice")
    pick(qtbot, panel.region.models, "one by one, in z")
    click(panel.segment_button)
    wait_for_run(panel)
    assert "px" in panel.status.value
    assert "No pixel" not in panel.status.value


# Smoothing and positions, in the layer's units


def test_lengths_are_in_the_layers_units(
    viewer, panel, volume, click, wait_for_run, qtbot
):
    source = viewer.add_image(volume, scale=(2, 0.5, 0.25), units=("um",) * 3)
    panel.form.advanced.folded = False
    detail = panel.form
    assert not detail.sigma.native.isVisible()
    pick(qtbot, detail.smoothing, "Gaussian")
    assert detail.sigma.native.isVisible()
    assert detail.sigma.native.text() == "0.250 µm"
    write(qtbot, detail.sigma, "0.5")
    write(qtbot, detail.position_weight, "3")
    pick(qtbot, detail.in_3d, "in the volume")
    click(panel.segment_button)
    wait_for_run(panel)
    expected = segment(volume, 4, sigma=(0.25, 1, 2), position_weight=(6, 1.5, 0.75))
    npt.assert_array_equal(labels_of(viewer, source), expected.labels)
    pick(qtbot, detail.in_3d, "within a slice")
    click(panel.segment_button)
    wait_for_run(panel)
    expected = segment(volume, 4, sigma=(0, 1, 2), position_weight=(0, 1.5, 0.75))
    npt.assert_array_equal(labels_of(viewer, source), expected.labels)
