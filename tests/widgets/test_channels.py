"""Several layers, or the channels of one, clustered with the mouse and the keys."""

import numpy as np
import numpy.testing as npt
import pytest
from qtpy.QtCore import Qt

from napari_kmeans.core.segmentation import segment
from napari_kmeans.layers.clusterings import clustering_of

COLORS = ("red", "green", "blue")


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.integers(0, 60_000, (3, 40, 50)).astype(np.uint16)


@pytest.fixture
def layers(viewer, data):
    return [
        viewer.add_image(one, name=name, colormap=name, blending="additive")
        for one, name in zip(data, COLORS, strict=True)
    ]


@pytest.fixture
def table(viewer, panel, layers):
    viewer.layers.selection = set(layers)
    return panel.choice.table


def pick(qtbot, combo, text):
    """Choose an entry of a combo box with the keyboard."""
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Home)
    while not combo.currentText().startswith(text):
        before = combo.currentIndex()
        qtbot.keyClick(combo, Qt.Key.Key_Down)
        assert combo.currentIndex() > before, f"there is no '{text}'"


def write(qtbot, box, text):
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Tab)


def tick(qtbot, box):
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().center() * 0.2)


def test_selected_layers_are_listed(viewer, panel, layers):
    assert not panel.choice.table.visible
    viewer.layers.selection = set(layers)
    assert panel.choice.table.native.isVisible()
    assert [row.tick.full_text for row in panel.choice.table.rows] == list(COLORS)
    assert not panel.image.visible
    assert not panel.form.color_space.visible
    viewer.layers.selection = {layers[1]}
    assert not panel.choice.table.visible
    assert panel.image.value is layers[1]


def test_selected_layers_are_clustered_together(
    viewer, panel, table, layers, data, click, wait_for_run
):
    click(panel.segment_button)
    wait_for_run(panel)
    names = [layer.name for layer in viewer.layers]
    assert names[3:] == ["red + green + blue k-means", "red + green + blue segments"]
    labels = clustering_of(viewer, layers[2]).labels.data
    expected = segment(data, 4, channel_axis=0, scaling="standardize")
    npt.assert_array_equal(labels, expected.labels)


def test_ticks_weights_and_scalings_are_used(
    viewer, panel, table, layers, data, click, wait_for_run, qtbot
):
    qtbot.wait(50)
    tick(qtbot, table.rows[1].tick)
    write(qtbot, table.rows[0].weight, "2.5")
    pick(qtbot, table.rows[0].scaling, "none")
    pick(qtbot, table.rows[2].scaling, "robust")
    assert not table.rows[1].weight.isEnabled()
    click(panel.segment_button)
    wait_for_run(panel)
    clustering = clustering_of(viewer, layers[0])
    expected = segment(
        data[[0, 2]],
        4,
        channel_axis=0,
        channel_weights=(2.5, 1),
        scaling=("none", "percentile"),
    )
    npt.assert_array_equal(clustering.labels.data, expected.labels)
    assert clustering.labels.name == "red + blue segments"
    assert clustering_of(viewer, layers[1]) is None


def test_what_was_said_of_a_layer_is_remembered(viewer, panel, table, layers, qtbot):
    qtbot.wait(50)
    write(qtbot, table.rows[2].weight, "3")
    viewer.layers.selection = {layers[0]}
    viewer.layers.selection = {layers[0], layers[2]}
    assert [row.weight.value() for row in table.rows] == [1, 3]


def test_result_can_have_a_layer_for_each_channel(
    viewer, panel, table, layers, click, wait_for_run, qtbot
):
    pick(qtbot, panel.choice.channels_as.native, "one layer each")
    click(panel.segment_button)
    wait_for_run(panel)
    names = [layer.name for layer in viewer.layers]
    assert names[3:6] == [f"{name} k-means" for name in COLORS]


def test_an_output_stands_for_all_its_sources(
    viewer, panel, table, layers, click, wait_for_run
):
    click(panel.segment_button)
    wait_for_run(panel)
    viewer.layers.selection = {layers[0]}
    assert not table.visible
    viewer.layers.selection = {viewer.layers["red + green + blue segments"]}
    assert [row.tick.full_text for row in table.rows] == list(COLORS)
    assert panel.segments.visible


def test_mismatch_is_said_at_once_and_when_segmenting(
    viewer, panel, layers, click, qtbot
):
    layers[1].scale = (2, 2)
    viewer.layers.selection = set(layers)
    assert panel.choice.problem.native.isVisible()
    assert "'red' and 'green'" in panel.choice.problem.value
    click(panel.segment_button)
    assert "scale differs" in panel.status.value
    assert not panel.is_running
    tick(qtbot, panel.choice.table.rows[1].tick)
    assert not panel.choice.problem.visible


def test_colour_image_among_them_is_said(viewer, panel, layers):
    photo = viewer.add_image(np.zeros((40, 50, 3), np.uint8), name="photo")
    viewer.layers.selection = {*layers, photo}
    assert "'photo' is a colour image" in panel.choice.problem.value


def test_no_tick_is_said(viewer, panel, table, click, qtbot):
    qtbot.wait(50)
    for row in table.rows:
        tick(qtbot, row.tick)
    assert panel.choice.problem.value == "Tick at least one channel."
    click(panel.segment_button)
    assert panel.status.value.startswith("Tick at least one channel")


def test_removed_layer_leaves_the_table(viewer, panel, table, layers):
    viewer.layers.remove(layers[0])
    assert [row.tick.full_text for row in table.rows] == ["green", "blue"]
    viewer.layers.remove(layers[1])
    assert not table.visible
    assert panel.image.value is layers[2]


def test_renamed_layer_is_renamed_in_the_table(panel, table, layers):
    layers[0].name = "nuclei & more"
    assert table.rows[0].tick.full_text == "nuclei & more"


def test_one_of_the_layers_removed_while_running(
    viewer, panel, table, layers, click, gate, qtbot
):
    click(panel.segment_button)
    viewer.layers.remove(layers[1])
    assert "'green' was removed" in panel.status.value
    gate.open()
    qtbot.wait(100)
    assert len(viewer.layers) == 2


def test_one_of_the_layers_replaced_while_running(
    viewer, panel, table, layers, click, gate
):
    click(panel.segment_button)
    layers[2].data = np.zeros((40, 50), np.uint16)
    assert "The pixels of 'blue' were replaced" in panel.status.value


def test_painted_labels_of_several_layers_are_asked_for(
    viewer, panel, table, layers, click, wait_for_run
):
    click(panel.segment_button)
    wait_for_run(panel)
    viewer.layers[-1].paint((20, 20), 1)
    viewer.layers[-1].brush_size = 9
    viewer.layers[-1].paint((20, 20), 1)
    click(panel.segment_button)
    wait_for_run(panel)
    assert panel.run.question.visible
    viewer.layers.remove(layers[0])
    assert not panel.run.question.visible


# A channel axis


def test_axis_of_few_entries_can_be_one_of_channels(
    viewer, panel, data, click, wait_for_run, qtbot
):
    source = viewer.add_image(data, name="stack")
    assert panel.choice.channel_axis.visible
    assert not panel.choice.table.visible
    pick(qtbot, panel.choice.channel_axis.native, "axis 0 (3)")
    assert [row.tick.full_text for row in panel.choice.table.rows] == [
        "Channel 1",
        "Channel 2",
        "Channel 3",
    ]
    qtbot.wait(50)
    tick(qtbot, panel.choice.table.rows[0].tick)
    click(panel.segment_button)
    wait_for_run(panel)
    labels = clustering_of(viewer, source).labels.data
    expected = segment(data[1:], 4, channel_axis=0, scaling="standardize")
    npt.assert_array_equal(labels, expected.labels)


def test_axis_is_kept_when_the_result_is_selected(
    viewer, panel, data, click, wait_for_run
):
    viewer.add_image(data, name="stack")
    panel.choice.channel_axis.value = 0
    click(panel.segment_button)
    wait_for_run(panel)
    viewer.layers.selection.active = viewer.layers["stack segments"]
    assert panel.choice.channel_axis.value == 0
    other = viewer.add_image(data[0])
    assert not panel.choice.channel_axis.visible
    viewer.layers.selection.active = viewer.layers["stack segments"]
    assert panel.choice.channel_axis.value == 0
    assert other in viewer.layers


@pytest.mark.parametrize("data", [np.zeros((30, 20, 20)), np.zeros((9, 9))])
def test_no_axis_is_offered_where_none_can_hold_channels(viewer, panel, data):
    viewer.add_image(data)
    assert not panel.choice.channel_axis.visible


def test_channels_that_were_ticked_come_back_with_their_result(
    viewer, panel, data, click, wait_for_run
):
    viewer.add_image(data, name="stack")
    panel.choice.channel_axis.value = 0
    panel.choice.table.ticked = (0, 2)
    click(panel.segment_button)
    wait_for_run(panel)
    viewer.add_image(data[0])
    viewer.layers.selection.active = viewer.layers["stack"]
    panel.choice.channel_axis.value = 0
    panel.choice.table.ticked = (1,)
    viewer.layers.selection.active = viewer.layers["stack segments"]
    assert panel.choice.table.ticked == (0, 2)
    assert panel.segments.visible


def test_layers_of_an_axis_are_named_after_the_image_and_the_labels_stay_active(
    viewer, panel, click, wait_for_run, qtbot
):
    source = viewer.add_image(np.random.default_rng(0).random((2, 20, 30)), name="pair")
    panel.choice.channel_axis.value = 0
    click(panel.segment_button)
    wait_for_run(panel)
    labels = clustering_of(viewer, source).labels
    assert viewer.layers.selection.active is labels
    qtbot.wait(50)
    pick(qtbot, panel.choice.channels_as.native, "one layer each")
    names = [layer.name for layer in viewer.layers]
    assert names[1:3] == ["pair Channel 1 k-means", "pair Channel 2 k-means"]
    assert viewer.layers.selection.active is labels
    assert set(viewer.layers.selection) == {labels}
    assert not panel.note.visible
    pick(qtbot, panel.choice.channels_as.native, "one picture")
    assert viewer.layers[1].name == "pair k-means"


def test_recolour_as_is_that_of_the_result_that_is_chosen(
    viewer, panel, table, layers, click, wait_for_run, qtbot
):
    click(panel.segment_button)
    wait_for_run(panel)
    first = viewer.layers["red + green + blue segments"]
    viewer.layers.selection = set(layers[:2])
    pick(qtbot, panel.choice.channels_as.native, "one layer each")
    click(panel.segment_button)
    wait_for_run(panel)
    viewer.layers.selection.active = first
    assert panel.choice.channels_as.value == "mix"
    assert "red + green + blue k-means" in viewer.layers
