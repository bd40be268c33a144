from dataclasses import replace

import pytest
from qtpy.QtCore import Qt

from napari_kmeans.segments.segment_map import Segment, SegmentMap
from napari_kmeans.widgets.segments_table.columns import COLUMNS, POSITION, segment_rows
from napari_kmeans.widgets.segments_table.table_model import SegmentsModel
from napari_kmeans.widgets.segments_table.table_view import TableView


def rows(values, unit="px", **pixels):
    segments = [Segment(v, f"Segment {v}", (0.1 * v, 0, 0), (v,)) for v in values]
    counts = {v: pixels.get(f"of_{v}", 100 * v) for v in values}
    return segment_rows(SegmentMap(tuple(segments)), counts, (1.0, unit), {}, {})


@pytest.fixture
def model(qapp, qtmodeltester):
    model = SegmentsModel()
    qtmodeltester.check(model)
    return model


@pytest.fixture
def view(model, qtbot):
    view = TableView(model, {})
    qtbot.addWidget(view)
    return view


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [1, 2, 3]),
        ([1, 2, 3], []),
        ([1, 2, 3, 4], [1, 3]),
        ([1, 3], [1, 2, 5, 3, 4]),
        ([1, 2, 3], [3, 1, 2]),
        ([1, 2, 3, 4], [4, 6, 2, 1]),
    ],
)
def test_rows_become_those_wanted(model, qtmodeltester, before, after):
    model.set_rows(rows(before))
    model.set_rows(rows(after))
    assert model.rows == rows(after)
    qtmodeltester.check(model)


def test_selection_survives_other_rows(model, view):
    model.set_rows(rows([1, 2, 3, 4]))
    view.select_values([2, 3])
    model.set_rows(rows([1, 2, 3, 4], of_2=7))
    assert view.selected_values == [2, 3]
    model.set_rows(rows([5, 3, 1, 2]))
    assert view.selected_values == [3, 2]
    model.set_rows(rows([5, 3, 1]))
    assert view.selected_values == [3]


@pytest.mark.parametrize("column", list(COLUMNS))
def test_every_column_sorts(model, view, column):
    model.set_rows(rows([1, 10, 9]))
    view.sortByColumn(POSITION[column], Qt.SortOrder.AscendingOrder)
    view.sortByColumn(POSITION[column], Qt.SortOrder.DescendingOrder)
    if column in ("label", "name", "pixels", "share"):
        view.selectAll()
        assert view.selected_values == [10, 9, 1]


def test_unit_is_in_the_title(model):
    def title():
        return model.headerData(POSITION["area"], Qt.Orientation.Horizontal)

    model.set_rows(rows([1], "µm²"))
    assert title() == "Area (µm²)"
    model.set_rows(rows([1], "µm³"))
    assert title() == "Volume (µm³)"


def test_every_cell_can_be_read_aloud(model):
    (row,) = rows([2])
    segment = replace(row.segment, visible=False, ignored=True)
    model.set_rows([replace(row, segment=segment)])
    spoken = [
        model.index(0, c).data(Qt.ItemDataRole.AccessibleTextRole)
        for c in range(len(COLUMNS))
    ]
    assert spoken[:5] == [
        "Shown: hidden",
        "Colour: #330000",
        "Label: 2",
        "Name: Segment 2",
        "Share: 100.0 %",
    ]
    assert spoken[-1] == "Ignore: ignored"
    for column in range(len(COLUMNS)):
        role = Qt.ItemDataRole.AccessibleTextRole
        assert model.headerData(column, Qt.Orientation.Horizontal, role)
